/** Random programs with loops and branches compute, and are differentiated, as plain loops are. */
import { describe, test } from 'vitest';
import { holds } from '../runs.ts';
import { agreesWithLoops, differentiatesSimplified, survivesTransformations } from './laws.ts';
import { type LoopProgram, loopPrograms, namedPrograms } from './programs.ts';

const recomputed = {
  'every step again': { remat: 1 },
  'every second step': { remat: 2 },
  'every √n-th step': { remat: 'sqrt' },
} as const;

describe('random scans', () => {
  const flat = loopPrograms(0, 6);
  test('have the values and derivatives of plain loops, up to second order', () => {
    holds(flat, (program) => agreesWithLoops(program, { scan: {} }), 60);
  });
  test('have the same derivatives when steps are recomputed', () => {
    holds(flat, (program) => agreesWithLoops(program, recomputed), 20);
  });
  test('have the same derivatives when they are unrolled', () => {
    holds(flat, (program) => agreesWithLoops(program, { unrolled: { unroll: true } }), 20);
  });
  test('are well formed, and keep their bits in simplification and JSON, as their derivatives do', () => {
    holds(flat, (program) => survivesTransformations(program), 20);
  });
  test('are so, too, when steps are recomputed', () => {
    holds(flat, (program) => survivesTransformations(program, { remat: 2 }), 10);
  });
  test('over a named axis have the derivatives of loops over its size', () => {
    const over = ([program, named]: readonly [LoopProgram, LoopProgram]): void =>
      agreesWithLoops(program, { 'a named axis': {} }, named);
    holds(namedPrograms(1, 4), over, 25);
  });
  test('have the same derivatives after simplification', () => {
    holds(flat, differentiatesSimplified, 20);
  });
});

describe('random scans with loops, branches, calls and derivatives by hand in them', () => {
  const nested = loopPrograms(2, 4);
  test('have the values and derivatives of plain loops, up to second order', () => {
    holds(nested, (program) => agreesWithLoops(program, { scan: {} }), 30);
  });
  test('have the same derivatives when steps are recomputed, or unrolled', () => {
    holds(nested, (program) => agreesWithLoops(program, { ...recomputed, unrolled: { unroll: true } }), 8);
  });
  test('are well formed, and keep their bits in simplification and JSON, as their derivatives do', () => {
    holds(nested, (program) => survivesTransformations(program), 12);
  });
  test('have the same derivatives after simplification', () => {
    holds(nested, differentiatesSimplified, 8);
  });
});
