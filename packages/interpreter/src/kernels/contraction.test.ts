import { type DType, fromNested, HostArray, type PrimitiveParams, zerosHost } from '@cotangent/graph';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, build, numberTypes, permutations, positions, run, wholeNumbers } from '../testing.ts';

const wrapTo = (dtype: DType, value: number) =>
  dtype === 'i32' ? value | 0 : dtype === 'u32' ? value >>> 0 : value;

/** Operands made of axes in three kinds, put in any order. */
const dots = fc
  .record({
    batch: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
    contract: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 2 }),
    leftFree: fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 2 }),
    rightFree: fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 2 }),
    dtype: numberTypes,
  })
  .chain(({ batch, contract, leftFree, rightFree, dtype }) => {
    const kinds = batch.length + contract.length;
    return fc
      .tuple(permutations(kinds + leftFree.length), permutations(kinds + rightFree.length))
      .chain(([leftOrder, rightOrder]) => {
        const [left, right] = [
          [...batch, ...contract, ...leftFree],
          [...batch, ...contract, ...rightFree],
        ];
        const axesOf = (order: readonly number[], from: number, count: number) =>
          Array.from({ length: count }, (_, i) => order.indexOf(from + i));
        return fc.record({
          a: wholeNumbers(
            dtype,
            leftOrder.map((axis) => left[axis]),
          ),
          b: wholeNumbers(
            dtype,
            rightOrder.map((axis) => right[axis]),
          ),
          params: fc.constant({
            leftBatch: axesOf(leftOrder, 0, batch.length),
            rightBatch: axesOf(rightOrder, 0, batch.length),
            leftContract: axesOf(leftOrder, batch.length, contract.length),
            rightContract: axesOf(rightOrder, batch.length, contract.length),
          }),
        });
      });
  });

function naiveDot(a: HostArray, b: HostArray, params: PrimitiveParams<'dotGeneral'>): HostArray {
  const { leftBatch, rightBatch, leftContract, rightContract } = params;
  const free = (x: HostArray, taken: readonly number[]) =>
    x.shape.map((_, axis) => axis).filter((axis) => !taken.includes(axis));
  const leftFree = free(a, [...leftBatch, ...leftContract]);
  const rightFree = free(b, [...rightBatch, ...rightContract]);
  const shape = [
    ...leftBatch.map((axis) => a.shape[axis]),
    ...leftFree.map((axis) => a.shape[axis]),
    ...rightFree.map((axis) => b.shape[axis]),
  ];
  const leftAxes = [...leftBatch, ...leftFree, ...leftContract];
  const rightAxes = [...rightBatch, ...rightFree, ...rightContract];
  return build(a.dtype, shape, (position) => {
    const batch = position.slice(0, leftBatch.length);
    const row = position.slice(batch.length, batch.length + leftFree.length);
    const column = position.slice(batch.length + leftFree.length);
    let total = 0;
    for (const inner of positions(leftContract.map((axis) => a.shape[axis]))) {
      const [left, right] = [
        [...batch, ...row, ...inner],
        [...batch, ...column, ...inner],
      ];
      total +=
        at(
          a,
          a.shape.map((_, axis) => left[leftAxes.indexOf(axis)]),
        ) *
        at(
          b,
          b.shape.map((_, axis) => right[rightAxes.indexOf(axis)]),
        );
    }
    return wrapTo(a.dtype, total) + 0;
  });
}

describe('dotGeneral', () => {
  test('agrees with naive loops for any batch, contracted and free axes in any order', () => {
    fc.assert(
      fc.property(dots, ({ a, b, params }) => {
        expect(run('dotGeneral', [a, b], params)).toEqual(naiveDot(a, b, params));
      }),
      { numRuns: 300 },
    );
  });
  test('agrees with naive loops across the edges of its blocks', () => {
    for (const [height, depth, width] of [
      [1, 300, 1],
      [65, 257, 3],
      [130, 5, 9],
      [3, 513, 66],
    ]) {
      const a = build('f32', [depth, height], ([k, i]) => ((k * 7 + i * 3) % 11) - 5);
      const b = build('f32', [width, depth], ([j, k]) => ((k * 5 + j) % 13) - 6);
      const params = { leftBatch: [], rightBatch: [], leftContract: [0], rightContract: [1] };
      expect(run('dotGeneral', [a, b], params)).toEqual(naiveDot(a, b, params));
    }
  });
  test('f32 sums are rounded once', () => {
    const a = new HostArray('f32', [1001], new Float32Array(1001).fill(2 ** -24).fill(1, 0, 1));
    const ones = new HostArray('f32', [1001], new Float32Array(1001).fill(1));
    const params = { leftBatch: [], rightBatch: [], leftContract: [0], rightContract: [0] };
    expect(run('dotGeneral', [a, ones], params).data[0]).toBe(Math.fround(1 + 1000 * 2 ** -24));
  });
  test('integers multiply modulo 2³²', () => {
    const params = { leftBatch: [], rightBatch: [], leftContract: [0], rightContract: [0] };
    const x = fromNested([4294967295, 123456789], 'u32');
    expect(run('dotGeneral', [x, x], params).toNested()).toBe(
      Number((4294967295n ** 2n + 123456789n ** 2n) % 2n ** 32n),
    );
  });
  test('infinities stay in their own rows and columns', () => {
    const a = fromNested([[Infinity], [1]]);
    const b = fromNested([[2, 3]]);
    const params = { leftBatch: [], rightBatch: [], leftContract: [1], rightContract: [0] };
    expect(run('dotGeneral', [a, b], params).toNested()).toEqual([
      [Infinity, Infinity],
      [2, 3],
    ]);
  });
});

type ConvParams = PrimitiveParams<'convGeneral'>;

/** Every parameter random: sizes, strides, padding that may crop, dilations, groups of one kind, and the order of axes. */
const convolutions = fc
  .record({
    rank: fc.integer({ min: 0, max: 2 }),
    groups: fc.integer({ min: 1, max: 3 }),
    groupKind: fc.constantFrom<'feature' | 'batch'>('feature', 'batch'),
    batch: fc.integer({ min: 0, max: 2 }),
    features: fc.integer({ min: 0, max: 3 }),
    outFeatures: fc.integer({ min: 0, max: 3 }),
    dtype: numberTypes,
  })
  .chain((sizes) => {
    const { rank, groups, groupKind, batch, features, outFeatures, dtype } = sizes;
    const each = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: rank, maxLength: rank });
    const step = fc.integer({ min: 1, max: 3 });
    const roles = permutations(rank + 2).map(([b, f, ...spatial]) => ({ batch: b, feature: f, spatial }));
    const params = fc.record({
      strides: each(step),
      padding: each(fc.tuple(fc.integer({ min: -2, max: 3 }), fc.integer({ min: -2, max: 3 }))),
      inputDilation: each(step),
      kernelDilation: each(step),
      featureGroups: fc.constant(groupKind === 'feature' ? groups : 1),
      batchGroups: fc.constant(groupKind === 'batch' ? groups : 1),
      input: roles,
      kernel: roles,
      output: roles,
    });
    return fc
      .tuple(params, each(fc.integer({ min: 0, max: 5 })), each(fc.integer({ min: 1, max: 3 })))
      .filter(([{ padding, inputDilation }, inputs]) =>
        inputs.every(
          (n, i) => (n === 0 ? 0 : (n - 1) * inputDilation[i] + 1) + padding[i][0] + padding[i][1] >= 0,
        ),
      )
      .chain(([convParams, inputs, windows]) => {
        const shaped = (
          { batch: b, feature, spatial }: ConvParams['input'],
          first: number,
          second: number,
          rest: number[],
        ) => {
          const shape: number[] = [];
          shape[b] = first;
          shape[feature] = second;
          for (const [i, axis] of spatial.entries()) shape[axis] = rest[i];
          return wholeNumbers(dtype, shape);
        };
        return fc.record({
          x: shaped(
            convParams.input,
            batch * convParams.batchGroups,
            features * convParams.featureGroups,
            inputs,
          ),
          kernel: shaped(convParams.kernel, outFeatures * groups, features, windows),
          params: fc.constant(convParams),
        });
      });
  });

/** The definition: y[n, p, o] = Σ x[n, (p·stride + w·dilation − low) / inputDilation, c] · kernel[w, c, o]. */
function naiveConv(x: HostArray, kernel: HostArray, params: ConvParams, shape: readonly number[]): HostArray {
  const { strides, padding, inputDilation, kernelDilation, featureGroups, batchGroups, input, output } =
    params;
  const roles = params.kernel;
  const windows = roles.spatial.map((axis) => kernel.shape[axis]);
  const features = kernel.shape[roles.feature];
  const outPerGroup = kernel.shape[roles.batch] / (featureGroups * batchGroups);
  const place = (of: ConvParams['input'], batch: number, feature: number, spatial: readonly number[]) => {
    const position: number[] = [];
    position[of.batch] = batch;
    position[of.feature] = feature;
    for (const [i, axis] of of.spatial.entries()) position[axis] = spatial[i];
    return position;
  };
  return build(x.dtype, shape, (position) => {
    const out = position[output.feature];
    const group = Math.floor(out / outPerGroup);
    const n = position[output.batch] + (batchGroups > 1 ? group * shape[output.batch] : 0);
    const firstFeature = featureGroups > 1 ? group * features : 0;
    let total = 0;
    for (const window of positions(windows)) {
      const source = window.map(
        (w, i) =>
          (position[output.spatial[i]] * strides[i] + w * kernelDilation[i] - Number(padding[i][0])) /
          inputDilation[i],
      );
      if (!source.every((p, i) => Number.isInteger(p) && p >= 0 && p < x.shape[input.spatial[i]])) continue;
      for (let c = 0; c < features; c++)
        total += at(x, place(input, n, firstFeature + c, source)) * at(kernel, place(roles, out, c, window));
    }
    return wrapTo(x.dtype, total) + 0;
  });
}

describe('convGeneral', () => {
  test('agrees with its definition for all parameters at once', () => {
    fc.assert(
      fc.property(convolutions, ({ x, kernel, params }) => {
        const y = run('convGeneral', [x, kernel], params);
        expect(y).toEqual(naiveConv(x, kernel, params, y.shape));
      }),
      { numRuns: 500 },
    );
  });
  test('an input smaller than the window gives an empty result', () => {
    const roles = { batch: 0, feature: 2, spatial: [1] };
    const y = run('convGeneral', [zerosHost('f32', [2, 3, 1]), zerosHost('f32', [5, 1, 4])], {
      strides: [1],
      padding: [[0, 0]],
      inputDilation: [1],
      kernelDilation: [1],
      featureGroups: 1,
      batchGroups: 1,
      input: roles,
      kernel: { batch: 2, feature: 1, spatial: [0] },
      output: roles,
    });
    expect(y.shape).toEqual([2, 0, 4]);
  });
});
