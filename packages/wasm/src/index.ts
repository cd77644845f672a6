/** The public face of the wasm package. */
import { WasmEngine, type WasmOptions } from './runtime/engine.ts';

/**
 * An engine that compiles each program to one WebAssembly module: loops over fused operations in vectors, products in
 * tiles, one call per step, on several threads where memory can be shared. Results are the same bits for any number of
 * threads. Programs on one engine share its memory and its workers.
 *
 * @throws ENGINE_LACKS where WebAssembly has no vectors, or where threads are asked for that cannot be had
 * @example
 * ```ts
 * const x = input('x', ['batch', 3]);
 * const program = compile({ inputs: [x], outputs: x.square().sum() }, { engine: wasm({ threads: 1 }) });
 * program({ x: [[1, 2, 3]] }); // 14
 * ```
 */
export const wasm = (options: WasmOptions = {}): WasmEngine => new WasmEngine(options);

let shared: WasmEngine | undefined;

/** The engine that all programs of a process share that name none: made when it is asked for first. */
export const sharedWasm = (): WasmEngine => (shared ??= wasm());

export { type ExplainOptions, type Explanation, explain, type KernelReport } from './explain.ts';
export { WasmEngine, type WasmOptions };
