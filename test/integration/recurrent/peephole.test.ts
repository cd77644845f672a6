/**
 * Peepholes against the formulas of Gers and Schmidhuber (2000), step by step in plain numbers: the input and the forget
 * gate see the cell before the step, the output gate the cell after it. The vectors of WebNN have equal weights in every
 * gate of an LSTM, so they cannot tell which gate is which.
 */
import { compute } from '@cotangent/engine';
import { constantOfArray } from '@cotangent/graph/ops';
import { runCell } from '@cotangent/layers';
import { describe, expect, test } from 'vitest';
import { drawn } from './sequences.ts';

interface Gate {
  readonly x: number;
  readonly h: number;
  readonly bias: number;
  readonly peephole: number;
}
/** One feature, one unit: numbers that are different everywhere. */
const gates: Readonly<Record<'i' | 'f' | 'g' | 'o', Gate>> = {
  i: { x: 0.7, h: -0.4, bias: 0.1, peephole: 0.9 },
  f: { x: -0.6, h: 0.5, bias: 0.8, peephole: -0.7 },
  g: { x: 1.1, h: 0.3, bias: -0.2, peephole: 0 },
  o: { x: 0.2, h: -0.9, bias: 0.4, peephole: 1.3 },
};
const sigmoid = (a: number): number => 1 / (1 + Math.exp(-a));

function stepped(sequence: readonly number[], first: { h: number; c: number }) {
  let { h, c } = first;
  return sequence.map((x) => {
    const gate = (name: keyof typeof gates, cell: number): number =>
      gates[name].x * x + gates[name].h * h + gates[name].bias + gates[name].peephole * cell;
    const next = sigmoid(gate('f', c)) * c + sigmoid(gate('i', c)) * Math.tanh(gate('g', 0));
    h = sigmoid(gate('o', next)) * Math.tanh(next);
    c = next;
    return { h, c };
  });
}

const inOrder = (entry: keyof Gate, names: readonly (keyof typeof gates)[]): number[] =>
  names.map((name) => gates[name][entry]);
const row = (entry: keyof Gate) => constantOfArray([inOrder(entry, ['i', 'f', 'g', 'o'])], 'f64');

describe('an LSTM with peepholes', () => {
  test('follows its formulas', () => {
    const sequence = Array.from(drawn([6], 'peephole').data);
    const first = { h: 0.3, c: -0.8 };
    const { output, state } = runCell(
      'lstm',
      constantOfArray([sequence.map((value) => [value])], 'f64'),
      { h: constantOfArray([[first.h]], 'f64'), c: constantOfArray([[first.c]], 'f64') },
      {
        kernel: row('x'),
        recurrentKernel: row('h'),
        bias: constantOfArray(inOrder('bias', ['i', 'f', 'g', 'o']), 'f64'),
        peephole: constantOfArray(inOrder('peephole', ['i', 'f', 'o']), 'f64'),
      },
    );
    const got = compute({ output, cell: state.c! }) as unknown as Record<
      'output' | 'cell',
      { data: Float64Array }
    >;
    const want = stepped(sequence, first);
    // Some ten operations of float64 a step.
    for (const [step, { h }] of want.entries()) expect(got.output.data[step]).toBeCloseTo(h, 13);
    expect(got.cell.data[0]).toBeCloseTo(want.at(-1)!.c, 13);
  });
});
