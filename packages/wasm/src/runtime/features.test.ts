/** What the engine says where the host lacks what it needs. */
import { afterEach, expect, test } from 'vitest';
import { wasm } from '../index.ts';
import { features } from './features.ts';

const found = { ...features };
afterEach(() => {
  Object.assign(features, found);
});

test('this host has vectors', () => {
  expect(features.vectors).toBe(true);
});

test('without vectors there is no engine, and a sentence that says what to do', () => {
  Object.assign(features, { vectors: false });
  expect(() => wasm({ threads: 1 })).toThrow(
    "the engine 'wasm' needs WebAssembly with vectors of 128 bits (SIMD), which this host lacks: use a newer one, or { engine: interpreter() }",
  );
});
