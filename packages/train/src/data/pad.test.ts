import { compile } from '@cotangent/engine';
import { CotangentError, fromNested, input } from '@cotangent/graph';
import { gru } from '@cotangent/layers';
import { describe, expect, it } from 'vitest';
import { fromArrays } from './dataset.ts';
import { padSequences } from './pad.ts';

const ragged = [
  [[1, 2]],
  [
    [3, 4],
    [5, 6],
    [7, 8],
  ],
  [],
];

describe('padSequences', () => {
  it('pads at the end to the longest sequence, and gives the lengths', () => {
    const { values, lengths } = padSequences(ragged);
    expect([values.dtype, lengths.dtype, lengths.toNested()]).toEqual(['f32', 'i32', [1, 3, 0]]);
    expect(values.toNested()).toEqual([
      [
        [1, 2],
        [0, 0],
        [0, 0],
      ],
      [
        [3, 4],
        [5, 6],
        [7, 8],
      ],
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
    ]);
  });

  it('takes a length, a value and a dtype', () => {
    const { values } = padSequences([[1, 2], [3]], { length: 4, value: -1, dtype: 'i32' });
    expect([values.dtype, values.toNested()]).toEqual([
      'i32',
      [
        [1, 2, -1, -1],
        [3, -1, -1, -1],
      ],
    ]);
  });

  it('keeps the dtype of host arrays', () => {
    const { values } = padSequences([fromNested([1, 2], 'f64'), fromNested([3], 'f64')]);
    expect([values.dtype, values.toNested()]).toEqual([
      'f64',
      [
        [1, 2],
        [3, 0],
      ],
    ]);
  });

  it('makes columns of a dataset and feeds of a run', async () => {
    const { values, lengths } = padSequences(ragged);
    const [batch] = await fromArrays({ x: values, lengths }).batch(3).collect();
    const x = input('x', ['batch', 'time', 2]);
    const n = input('lengths', ['batch'], 'i32');
    const { last } = gru({ units: 3 }).run(x, { lengths: n });
    const program = compile({ inputs: [x, n], outputs: last }, { seed: 1 });
    const [alone] = program({ x: [[[1, 2]]], lengths: [1] }).toNested() as number[][];
    expect(program(batch!).toNested()).toEqual([alone, expect.anything(), [0, 0, 0]]);
  });

  it.each<readonly [string, () => unknown, CotangentError['code'], string]>([
    ['no sequences', () => padSequences([]), 'EMPTY_DATASET', 'there are no sequences'],
    ['no list', () => padSequences(3 as never), 'BAD_DATA', 'takes a list of sequences, not 3'],
    [
      'a step instead of a sequence',
      () => padSequences([1]),
      'BAD_DATA',
      'sequence 0 is 1: a sequence is a list',
    ],
    [
      'a sequence beyond the length',
      () => padSequences([[1], [1, 2, 3]], { length: 2 }),
      'BAD_DATA',
      'sequence 1 has 3 steps, more than length: 2',
    ],
    [
      'steps of another shape',
      () => padSequences([[[1, 2]], [[1]]]),
      'BAD_DATA',
      'sequence 1 has steps f32[1] where',
    ],
    [
      'ragged steps',
      () => padSequences([[[1, 2], [1]]]),
      'BAD_DATA',
      'sequence 0: the nested array is ragged',
    ],
    ['a length that is none', () => padSequences([[1]], { length: 1.5 }), 'BAD_ARGUMENT', 'length is 1.5'],
  ])('refuses %s', (_, body, code, sentence) => {
    try {
      body();
    } catch (error) {
      expect(error).toBeInstanceOf(CotangentError);
      expect([(error as CotangentError).code, (error as Error).message]).toEqual([
        code,
        expect.stringContaining(sentence),
      ]);
      return;
    }
    throw new Error('nothing was refused');
  });

  it('is named where sequences are ragged', () => {
    const sentence = 'pad sequences to one length and give their lengths, as padSequences(list) does';
    expect(() => fromArrays({ x: ragged })).toThrow(sentence);
    expect(() => fromNested(ragged)).toThrow(sentence);
  });
});
