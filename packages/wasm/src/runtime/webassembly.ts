/** The part of the WebAssembly interface that the engine uses; it is the same in every host, but only browsers' types have it. */
import { CotangentError } from '@cotangent/graph';

export interface MachineMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  grow(pages: number): number;
}

interface Machine {
  readonly Memory: new (description: { initial: number; maximum: number; shared: boolean }) => MachineMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: { readonly step: unknown } };
  validate(bytes: Uint8Array): boolean;
}

// Every host of the engine has it: where it is missing, this is undefined and the engine says so.
export const machine = (globalThis as unknown as { readonly WebAssembly: Machine }).WebAssembly;

/**
 * A module, compiled at once.
 * @throws ENGINE_LACKS where the host refuses so many bytes (Chromium does on the main thread of a page, from 8 MiB), or
 *   where a page forbids it
 */
export function moduleOf(bytes: Uint8Array): object {
  try {
    return new machine.Module(bytes);
  } catch (error) {
    if (/Content.Security.Policy|unsafe-eval/i.test(String(error)))
      throw new CotangentError(
        'ENGINE_LACKS',
        "the Content-Security-Policy of this page forbids to compile WebAssembly: it has to allow script-src 'wasm-unsafe-eval'; or use { engine: interpreter() }",
        { cause: error },
      );
    if (!(error instanceof RangeError)) throw error;
    throw new CotangentError(
      'ENGINE_LACKS',
      `the engine 'wasm' cannot compile a program of ${(bytes.length / 2 ** 20).toFixed(1)} MiB here, since the main thread of a page must not wait for that long: run it in a worker`,
      { cause: error },
    );
  }
}
