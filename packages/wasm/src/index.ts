/** The public face of the wasm package. */
import { WasmEngine, type WasmOptions } from './runtime/engine.ts';

/** An engine that compiles programs to WebAssembly. */
export const wasm = (options: WasmOptions = {}): WasmEngine => new WasmEngine(options);
export type { WasmEngine, WasmOptions };
