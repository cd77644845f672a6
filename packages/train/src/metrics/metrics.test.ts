/** Claims about metrics: values worked out by hand, streaming equals the whole, padding counts nothing. */
import { CotangentError, type ErrorCode, fromNested, HostArray } from '@cotangent/graph';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  absoluteError,
  accuracy,
  classReports,
  confusionMatrix,
  f1Score,
  type Metric,
  type MetricBatch,
  meanLoss,
  measure,
  precision,
  r2,
  recall,
  squaredError,
  topKAccuracy,
} from './index.ts';

const pair = (
  predictions: number[] | number[][],
  labels: number[] | number[][],
  weights?: number[],
): MetricBatch => ({
  predictions: fromNested(predictions, 'f64'),
  labels: fromNested(labels, 'f64'),
  weights: weights === undefined ? undefined : fromNested(weights),
});
const expectCode = (action: () => unknown, code: ErrorCode, sentence: RegExp): void => {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(CotangentError);
    expect((error as CotangentError).code).toBe(code); // the line above made sure
    expect((error as CotangentError).message).toMatch(sentence); // as above
    return;
  }
  throw new Error('nothing was thrown');
};

/**
 * Twelve rows of three classes. Pairs (label, prediction): (0,0) ×3, (0,1) ×1, (1,1) ×2, (1,2) ×2, (2,0) ×1, (2,2) ×3.
 * By hand: predicted 4, 3, 5; actual 4, 4, 4; hits 3, 2, 3.
 */
const labels = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2];
const predictions = [0, 0, 0, 1, 1, 1, 2, 2, 0, 2, 2, 2];
const digits = pair(predictions, labels);

describe('classification', () => {
  it('agrees with the hand-counted table', () => {
    expect(measure(accuracy(), [digits])).toBe(8 / 12);
    expect(measure(confusionMatrix(3), [digits])).toEqual([
      [3, 1, 0],
      [0, 2, 2],
      [1, 0, 3],
    ]);
    expect(measure(precision(3, 'none'), [digits])).toEqual([3 / 4, 2 / 3, 3 / 5]);
    expect(measure(recall(3, 'none'), [digits])).toEqual([3 / 4, 2 / 4, 3 / 4]);
    expect(measure(f1Score(3, 'none'), [digits])).toEqual([6 / 8, 4 / 7, 6 / 9]);
    expect(measure(precision(3), [digits])).toBeCloseTo((3 / 4 + 2 / 3 + 3 / 5) / 3, 15);
    expect(measure(recall(3), [digits])).toBeCloseTo(2 / 3, 15);
    expect(measure(f1Score(3), [digits])).toBeCloseTo((3 / 4 + 4 / 7 + 2 / 3) / 3, 15);
    for (const metric of [precision(3, 'micro'), recall(3, 'micro'), f1Score(3, 'micro')])
      expect(measure(metric, [digits])).toBe(8 / 12);
    expect(measure(classReports(3), [digits])[1]).toEqual({
      class: 1,
      precision: 2 / 3,
      recall: 1 / 2,
      f1: 4 / 7,
      support: 4,
    });
    expectTypeOf(measure(precision(3, 'none'), [])).toEqualTypeOf<readonly number[]>();
    expectTypeOf(measure(precision(3), [])).toEqualTypeOf<number>();
  });

  it('division by zero is 0', () => {
    const batch = pair([0, 0], [0, 1]); // class 1 never predicted, class 2 neither predicted nor there
    expect(measure(precision(3, 'none'), [batch])).toEqual([1 / 2, 0, 0]);
    expect(measure(recall(3, 'none'), [batch])).toEqual([1, 0, 0]);
    expect(measure(f1Score(3, 'none'), [batch])).toEqual([2 / 3, 0, 0]);
    expect(measure(f1Score(3, 'micro'), [])).toBe(0);
    expect(measure(accuracy(), [])).toBeNaN();
  });

  it('takes scores by argmax, the first of equals, and NaN as the greatest', () => {
    const scores = [
      [0.1, 0.7, 0.2],
      [5, 5, 1],
      [9, Number.NaN, 10],
    ];
    expect(measure(accuracy(), [pair(scores, [1, 0, 1])])).toBe(1);
    expect(
      measure(accuracy(), [
        pair(scores, [
          [0, 1, 0],
          [1, 0, 0],
          [0, 0, 1],
        ]),
      ]),
    ).toBe(2 / 3); // one-hot labels
  });

  it('top-k looks at the k highest scores', () => {
    const batch = pair(
      [
        [4, 3, 2, 1],
        [4, 3, 2, 1],
        [1, 1, 1, 1],
        [0, 0, 5, 0],
      ],
      [1, 2, 1, 1],
    );
    expect([1, 2, 3, 4].map((k) => measure(topKAccuracy(k), [batch]))).toEqual([0, 0.5, 1, 1]);
  });

  it('top-1 accuracy is accuracy', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }), fc.nat(3)),
          { minLength: 1 },
        ),
        (rows) => {
          const batch = pair(
            rows.map(([scores]) => scores),
            rows.map(([, label]) => label),
          );
          expect(measure(topKAccuracy(1), [batch])).toBe(measure(accuracy(), [batch]));
        },
      ),
    );
  });
});

describe('regression', () => {
  // scikit-learn's documentation: r2_score([3, -0.5, 2, 7], [2.5, 0.0, 2, 8]) = 0.948…, mean_squared_error 0.375, mean_absolute_error 0.5
  const batch = pair([2.5, 0, 2, 8], [3, -0.5, 2, 7]);
  it('agrees with the documented examples', () => {
    expect(measure(squaredError(), [batch])).toBe(0.375);
    expect(measure(absoluteError(), [batch])).toBe(0.5);
    // by hand: residuals 1.5, labels' mean 2.875, deviations 29.1875
    expect(measure(r2(), [batch])).toBeCloseTo(1 - 1.5 / 29.1875, 14);
  });

  it('of several outputs is the plain mean over outputs', () => {
    // scikit-learn's documentation: mean_squared_error([[0.5, 1], [-1, 1], [7, -6]], [[0, 2], [-1, 2], [8, -5]]) = 0.708…
    const rows = pair(
      [
        [0, 2],
        [-1, 2],
        [8, -5],
      ],
      [
        [0.5, 1],
        [-1, 1],
        [7, -6],
      ],
    );
    expect(measure(squaredError(), [rows])).toBeCloseTo(0.7083333333333334, 14);
    expect(measure(absoluteError(), [rows])).toBe(0.75);
    // by hand: 1 - 1.25 / 36.1666…, 1 - 3 / 32.6666…
    expect(measure(r2(), [rows])).toBeCloseTo((1 - 1.25 / (217 / 6) + (1 - 3 / (98 / 3))) / 2, 14);
  });

  it('r2 of equal labels is 1 when exact and 0 when not, and does not cancel far from zero', () => {
    expect(measure(r2(), [pair([4, 4], [4, 4])])).toBe(1);
    expect(measure(r2(), [pair([4, 5], [4, 4])])).toBe(0);
    const far = pair([1e9 + 1, 1e9 + 2, 1e9 + 4], [1e9 + 1, 1e9 + 2, 1e9 + 3]);
    expect(measure(r2(), [far])).toBeCloseTo(0.5, 6);
  });

  it('a mean loss weighs batch means by their rows', () => {
    expect(
      measure(meanLoss(), [
        { loss: 1, count: 3 },
        { loss: fromNested(2), count: 1 },
      ]),
    ).toBe(1.25);
    expect(
      measure(meanLoss(), [{ loss: 3, weights: fromNested([1, 1, 0]) }, { loss: fromNested([6]) }]),
    ).toBe(4);
    expect(measure(meanLoss(), [{ loss: fromNested([1, 2, 99]), weights: fromNested([1, 1, 0]) }])).toBe(1.5);
    expect(measure(meanLoss(), [{ loss: Number.NaN, weights: fromNested([0]) }, { loss: 1 }])).toBe(1);
  });
});

describe('every metric', () => {
  const classes = 4;
  const metrics: Metric<unknown, unknown>[] = [
    accuracy(),
    confusionMatrix(classes),
    precision(classes),
    recall(classes, 'micro'),
    f1Score(classes, 'none'),
    classReports(classes),
    squaredError(),
    absoluteError(),
    r2(),
  ];
  const rows = fc.array(
    fc.record({
      prediction: fc.nat(classes - 1),
      label: fc.nat(classes - 1),
      weight: fc.constantFrom(0, 1, 0.5, 3),
    }),
    { minLength: 1, maxLength: 40 },
  );
  type Row = { prediction: number; label: number; weight: number };
  const batchOf = (part: readonly Row[]): MetricBatch =>
    pair(
      part.map((row) => row.prediction),
      part.map((row) => row.label),
      part.map((row) => row.weight),
    );

  it('read in batches gives exactly what it gives read at once, through states that survive JSON', () => {
    fc.assert(
      fc.property(fc.constantFrom(...metrics), rows, fc.integer({ min: 1, max: 9 }), (metric, all, size) => {
        let state = metric.initial;
        for (let start = 0; start < all.length; start += size)
          state = JSON.parse(JSON.stringify(metric.update(state, batchOf(all.slice(start, start + size)))));
        expect(metric.result(state)).toEqual(measure(metric, [batchOf(all)]));
      }),
      { numRuns: 500 },
    );
  });

  it('does not look at rows of weight 0, and leaves states alone', () => {
    fc.assert(
      fc.property(fc.constantFrom(...metrics), rows, (metric, all) => {
        const before = JSON.stringify(metric.initial);
        const spoilt = all.map((row) =>
          row.weight === 0 ? { ...row, prediction: Number.NaN, label: 77 } : row,
        );
        expect(measure(metric, [batchOf(spoilt)])).toEqual(
          measure(metric, [batchOf(all.filter((row) => row.weight > 0))]),
        );
        expect(JSON.stringify(metric.initial)).toBe(before);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what does not fit is refused', () => {
  it('shapes', () => {
    expectCode(() => measure(accuracy(), [pair([1, 2], [1])]), 'SHAPE_MISMATCH', /\[2\] and labels \[1\]/);
    expectCode(() => measure(accuracy(), [pair([[0.3], [0.7]], [0, 1])]), 'SHAPE_MISMATCH', /threshold/);
    expectCode(
      () => measure(squaredError(), [pair([[1], [2]], [1, 2])]),
      'SHAPE_MISMATCH',
      /\[2, 1\] and \[2\]/,
    );
    expectCode(
      () => measure(accuracy(), [pair([1, 2], [1, 2], [1])]),
      'SHAPE_MISMATCH',
      /weights .*\[2\], not \[1\]/,
    );
    expectCode(() => measure(topKAccuracy(5), [pair([[1, 2]], [1])]), 'SHAPE_MISMATCH', /at least 5 classes/);
  });
  it('classes', () => {
    expectCode(
      () => measure(confusionMatrix(3), [pair([0], [3])]),
      'INDEX_OUT_OF_RANGE',
      /row 0 has class 3/,
    );
    expectCode(() => measure(accuracy(), [pair([0], [-1])]), 'BAD_DATA', /labels: row 0 has -1/);
    expectCode(() => measure(accuracy(), [pair([0.5], [0])]), 'BAD_DATA', /predictions: row 0 has 0.5/);
    expectCode(() => confusionMatrix(1), 'BAD_ARGUMENT', /from 2/);
    expectCode(() => topKAccuracy(0), 'BAD_ARGUMENT', /from 1/);
  });
  it('weights', () => {
    const batch = { ...pair([0], [0]), weights: new HostArray('f32', [1], Float32Array.of(-1)) };
    expectCode(() => measure(accuracy(), [batch]), 'BAD_DATA', /weight of row 0 is -1/);
  });
});
