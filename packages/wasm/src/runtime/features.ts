/** What the host of the engine can do. */
import { CotangentError } from '@cotangent/graph';
import { type MachineMemory, machine } from './webassembly.ts';

/** A module with one function of one instruction on vectors (f32x4.relaxed_madd, or i8x16.splat). */
const withBody = (...body: number[]): Uint8Array =>
  Uint8Array.from([
    0,
    97,
    115,
    109,
    1,
    0,
    0,
    0,
    1,
    5,
    1,
    96,
    0,
    1,
    123,
    3,
    2,
    1,
    0,
    10,
    body.length + 4,
    1,
    body.length + 2,
    0,
    ...body,
    11,
  ]);
const zero = [0xfd, 12, ...Array.from({ length: 16 }, () => 0)];

export const features = {
  /** Vectors of 128 bits. */
  vectors: machine?.validate(withBody(65, 0, 0xfd, 15)) ?? false,
  /** Multiplication and addition in one. */
  relaxed: machine?.validate(withBody(...zero, ...zero, ...zero, 0xfd, 0x85, 2)) ?? false,
};

/** Most pages of 64 KiB that a memory can have. */
const mostPages = 65_536;

/** @throws ENGINE_LACKS where there are no vectors */
export function memoryFor(shared: boolean): {
  readonly memory: MachineMemory;
  readonly maximumPages: number;
} {
  if (!features.vectors)
    throw new CotangentError(
      'ENGINE_LACKS',
      "the engine 'wasm' needs WebAssembly with vectors of 128 bits (SIMD), which this host lacks: use a newer one, or { engine: interpreter() }",
    );
  for (let maximum = mostPages; maximum >= 1024; maximum >>= 1) {
    try {
      return { memory: new machine.Memory({ initial: 16, maximum, shared }), maximumPages: maximum };
    } catch {
      // The host has less room for addresses.
    }
  }
  throw new CotangentError('OUT_OF_MEMORY', "the engine 'wasm' cannot have any memory from this host");
}
