/** Everything a script needs, from one package. Programs are compiled to WebAssembly unless they name another engine. */
import { setDefaultEngine } from '@cotangent/engine';
import { sharedWasm } from '@cotangent/wasm';

setDefaultEngine(sharedWasm);

export * from '@cotangent/autodiff';
export * from '@cotangent/engine';
export * from '@cotangent/gradcheck';
export * from '@cotangent/graph';
export * from '@cotangent/inspect';
export * from '@cotangent/layers';
export * from '@cotangent/rewrite';
export * from '@cotangent/train';
export * from '@cotangent/wasm';
