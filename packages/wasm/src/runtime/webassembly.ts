/** The part of the WebAssembly interface that the engine uses; it is the same in every host, but only browsers' types have it. */

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
