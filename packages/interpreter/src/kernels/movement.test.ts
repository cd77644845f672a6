import { convertHost, type DType, fromNested, HostArray, zerosHost } from '@cotangent/graph';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, build, permutations, run, runAll, shapes, wholeNumbers } from '../testing.ts';

const scalar = (value: number, dtype: DType = 'i32') => fromNested(value, dtype);
const anyType = fc.constantFrom<DType>('f32', 'f64', 'i32', 'u32');
const arrays = (maximumRank = 4) =>
  fc.tuple(shapes(maximumRank), anyType).chain(([shape, dtype]) => wholeNumbers(dtype, shape));
const arrayWith = <T>(extra: (x: HostArray) => fc.Arbitrary<T>) =>
  arrays().chain((x) => fc.tuple(fc.constant(x), extra(x)));

describe('sources', () => {
  test('constant repeats a number or is an array, converted to its dtype', () => {
    expect(run('constant', [], { value: 2.5, shape: [2], dtype: 'f64' }).toNested()).toEqual([2.5, 2.5]);
    expect(run('constant', [], { value: 2, shape: [], dtype: 'bool' }).toNested()).toBe(true);
    const value = fromNested([1.5, -2.5]);
    expect(run('constant', [], { value, shape: [2], dtype: 'i32' }).toNested()).toEqual([1, -2]);
    expect(run('constant', [], { value: -0, shape: [1], dtype: 'f32' }).toNested()).toEqual([-0]);
  });
  test('iota counts along one axis', () => {
    expect(run('iota', [], { shape: [2, 3], axis: 1, dtype: 'i32' }).toNested()).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(run('iota', [], { shape: [2, 3], axis: 0, dtype: 'f32' }).toNested()).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ]);
    expect(run('iota', [], { shape: [0, 3], axis: 0, dtype: 'f32' }).size).toBe(0);
  });
  test('dimensionSize is the size as a scalar', () => {
    expect(run('dimensionSize', [], { dim: 7, dtype: 'f32', least: 1 }).toNested()).toBe(7);
  });
});

describe('movement puts every element where its formula says', () => {
  test('transpose: result axis i is operand axis permutation[i]', () => {
    fc.assert(
      fc.property(
        arrayWith((x) => permutations(x.shape.length)),
        ([x, permutation]) => {
          const y = run('transpose', [x], { permutation });
          expect(y).toEqual(
            build(
              x.dtype,
              permutation.map((axis) => x.shape[axis]),
              (position) =>
                at(
                  x,
                  x.shape.map((_, axis) => position[permutation.indexOf(axis)]),
                ),
            ),
          );
        },
      ),
    );
  });
  test('broadcastInDim: operand axis i becomes result axis axes[i]', () => {
    const cases = fc.tuple(shapes(), anyType).chain(([shape, dtype]) =>
      fc.shuffledSubarray(shape.map((_, axis) => axis)).chain((axes) =>
        fc
          .tuple(...axes.map(() => fc.boolean()))
          .chain((ones) =>
            wholeNumbers(
              dtype,
              axes.map((axis, i) => (ones[i] ? 1 : shape[axis])),
            ),
          )
          .map((x) => ({ x, shape, axes })),
      ),
    );
    fc.assert(
      fc.property(cases, ({ x, shape, axes }) => {
        const y = run('broadcastInDim', [x], { shape, axes });
        expect(y).toEqual(
          build(x.dtype, shape, (position) =>
            at(
              x,
              axes.map((axis, i) => (x.shape[i] === 1 ? 0 : position[axis])),
            ),
          ),
        );
      }),
    );
  });
  test('reverse runs axes backwards', () => {
    fc.assert(
      fc.property(
        arrayWith((x) => fc.subarray(x.shape.map((_, axis) => axis))),
        ([x, axes]) => {
          expect(run('reverse', [x], { axes })).toEqual(
            build(x.dtype, x.shape, (position) =>
              at(
                x,
                position.map((i, axis) => (axes.includes(axis) ? x.shape[axis] - 1 - i : i)),
              ),
            ),
          );
        },
      ),
    );
  });
  test('slice takes start, start + stride, … below the limit', () => {
    const bounds = (x: HostArray) =>
      fc.tuple(
        ...x.shape.map((size) =>
          fc.tuple(fc.nat({ max: size }), fc.nat({ max: size }), fc.integer({ min: 1, max: 3 })),
        ),
      );
    fc.assert(
      fc.property(arrayWith(bounds), ([x, list]) => {
        const start = list.map(([a, b]) => Math.min(a, b));
        const limit = list.map(([a, b]) => Math.max(a, b));
        const strides = list.map(([, , stride]) => stride);
        const shape = start.map((first, axis) => Math.ceil((limit[axis] - first) / strides[axis]));
        expect(run('slice', [x], { start, limit, strides })).toEqual(
          build(x.dtype, shape, (position) =>
            at(
              x,
              position.map((i, axis) => start[axis] + i * strides[axis]),
            ),
          ),
        );
      }),
    );
  });
  test('pad puts values around and between, and crops where it is negative', () => {
    const amounts = (x: HostArray) =>
      fc.tuple(
        ...x.shape.map(() =>
          fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }), fc.nat({ max: 2 })),
        ),
      );
    fc.assert(
      fc.property(arrayWith(amounts), ([x, list]) => {
        const shape = x.shape.map((n, axis) => {
          const [low, high, interior] = list[axis];
          return low + high + (n === 0 ? 0 : n + (n - 1) * interior);
        });
        fc.pre(shape.every((size) => size >= 0));
        const padding = list.map(([low, high]): [number, number] => [low, high]);
        const interior = list.map(([, , count]) => count);
        expect(run('pad', [x, scalar(9, x.dtype)], { padding, interior })).toEqual(
          build(x.dtype, shape, (position) => {
            const source = position.map((i, axis) => (i - list[axis][0]) / (interior[axis] + 1));
            const inside = source.every((i, axis) => Number.isInteger(i) && i >= 0 && i < x.shape[axis]);
            return inside ? at(x, source) : 9;
          }),
        );
      }),
    );
  });
  test('concatenate joins along an axis, empty parts included', () => {
    const [a, b] = [
      fromNested([
        [1, 2],
        [3, 4],
      ]),
      fromNested([[5], [6]]),
    ];
    expect(run('concatenate', [a, zerosHost('f32', [2, 0]), b], { axis: 1 }).toNested()).toEqual([
      [1, 2, 5],
      [3, 4, 6],
    ]);
    expect(run('concatenate', [fromNested([true]), fromNested([false])], { axis: 0 }).toNested()).toEqual([
      true,
      false,
    ]);
  });
  test('reshape keeps the row-major order', () => {
    expect(
      run(
        'reshape',
        [
          fromNested([
            [1, 2, 3],
            [4, 5, 6],
          ]),
        ],
        { shape: [3, 2] },
      ).toNested(),
    ).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
  });
  test('bytes and doubles move as well', () => {
    const x = fromNested([
      [true, false],
      [true, true],
    ]);
    expect(run('transpose', [x], { permutation: [1, 0] }).toNested()).toEqual([
      [true, true],
      [false, true],
    ]);
    const y = build('f64', [200, 2], ([i, j]) => i / 3 + j);
    expect(at(run('transpose', [y], { permutation: [1, 0] }), [1, 77])).toBe(77 / 3 + 1);
    expect(run('slice', [y], { start: [0, 0], limit: [200, 2], strides: [1, 1] })).toEqual(y);
  });
});

describe('windows at a computed start', () => {
  const x = fromNested([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ]);
  test('dynamicSlice moves the window inwards', () => {
    const slice = (row: number, column: number) =>
      run('dynamicSlice', [x, scalar(row), scalar(column)], { sizes: [2, 2] }).toNested();
    expect(slice(1, 0)).toEqual([
      [4, 5],
      [7, 8],
    ]);
    expect(slice(5, 9)).toEqual([
      [5, 6],
      [8, 9],
    ]);
    expect(slice(-4, -1)).toEqual([
      [1, 2],
      [4, 5],
    ]);
  });
  test('dynamicUpdateSlice writes into a copy', () => {
    const update = fromNested([[0, -1]]);
    const y = run('dynamicUpdateSlice', [x, update, scalar(9), scalar(1)], {});
    expect(y.toNested()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
      [7, 0, -1],
    ]);
    expect(at(x, [2, 1])).toBe(8);
  });
});

describe('running totals', () => {
  const x = fromNested([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const total = (
    op: 'cumulativeSum' | 'cumulativeProd',
    axis: number,
    exclusive: boolean,
    reverse: boolean,
  ) => run(op, [x], { axis, exclusive, reverse }).toNested();
  test('run along an axis, from either end, with or without the element itself', () => {
    expect(total('cumulativeSum', 1, false, false)).toEqual([
      [1, 3, 6],
      [4, 9, 15],
    ]);
    expect(total('cumulativeSum', 1, true, false)).toEqual([
      [0, 1, 3],
      [0, 4, 9],
    ]);
    expect(total('cumulativeSum', 1, false, true)).toEqual([
      [6, 5, 3],
      [15, 11, 6],
    ]);
    expect(total('cumulativeSum', 0, true, true)).toEqual([
      [4, 5, 6],
      [0, 0, 0],
    ]);
    expect(total('cumulativeProd', 1, true, true)).toEqual([
      [6, 3, 1],
      [30, 6, 1],
    ]);
  });
  test('accumulate f32 in double precision and integers modulo 2³²', () => {
    const small = new HostArray('f32', [1001], new Float32Array(1001).fill(2 ** -24).fill(1, 0, 1));
    expect(run('cumulativeSum', [small], { axis: 0, exclusive: false, reverse: false }).data[1000]).toBe(
      Math.fround(1 + 1000 * 2 ** -24),
    );
    const big = convertHost(fromNested([65537, 65537, 3], 'f64'), 'u32');
    expect(run('cumulativeProd', [big], { axis: 0, exclusive: false, reverse: false }).toNested()).toEqual([
      65537, 131073, 393219,
    ]);
  });
});

describe('running extremes', () => {
  const both = (
    op: 'cumulativeMax' | 'cumulativeMin',
    x: HostArray,
    { axis = 0, reverse = false }: { axis?: number; reverse?: boolean } = {},
  ) => runAll(op, [x], { axis, reverse }).map((result) => result.toNested());
  const nan = Number.NaN;

  test('are those of the examples of torch.cummax and torch.cummin', () => {
    const up = [-0.3449, -1.5447, 0.0685, -1.5104, -1.1706, 0.2259, 1.4696, -1.3284, 1.9946, -0.8209];
    expect(both('cumulativeMax', fromNested(up, 'f64'))).toEqual([
      [-0.3449, -0.3449, 0.0685, 0.0685, 0.0685, 0.2259, 1.4696, 1.4696, 1.9946, 1.9946],
      [0, 0, 2, 2, 2, 5, 6, 6, 8, 8],
    ]);
    const down = [-0.2284, -0.6628, 0.0975, 0.268, -1.3298, -0.422, -0.3885, 1.1762, 0.9165, 1.6684];
    expect(both('cumulativeMin', fromNested(down, 'f64'))).toEqual([
      [-0.2284, -0.6628, -0.6628, -0.6628, -1.3298, -1.3298, -1.3298, -1.3298, -1.3298, -1.3298],
      [0, 1, 1, 1, 4, 4, 4, 4, 4, 4],
    ]);
  });
  test('run along an axis, from either end, with positions counted from its beginning', () => {
    const x = fromNested(
      [
        [1, 5, 2],
        [4, 3, 6],
      ],
      'i32',
    );
    expect(both('cumulativeMax', x, { axis: 1, reverse: true })).toEqual([
      [
        [5, 5, 2],
        [6, 6, 6],
      ],
      [
        [1, 1, 2],
        [2, 2, 2],
      ],
    ]);
    expect(both('cumulativeMin', x, { axis: 0, reverse: true })).toEqual([
      [
        [1, 3, 2],
        [4, 3, 6],
      ],
      [
        [0, 1, 0],
        [1, 1, 1],
      ],
    ]);
  });
  test('the first of equals on the way keeps the position; of 0 and -0 the value is the extreme', () => {
    const x = fromNested([2, 3, 3, 1, 3]);
    expect(both('cumulativeMax', x)[1]).toEqual([0, 1, 1, 1, 1]);
    expect(both('cumulativeMax', x, { reverse: true })[1]).toEqual([4, 4, 4, 4, 4]);
    expect(both('cumulativeMin', fromNested([0, -0]))).toEqual([
      [0, -0],
      [0, 0],
    ]);
    expect(both('cumulativeMax', fromNested([-Infinity, -Infinity]))[1]).toEqual([0, 0]);
  });
  test('behind the first NaN everything is that NaN', () => {
    const x = fromNested([1, nan, 7, nan]);
    expect(both('cumulativeMax', x)).toEqual([
      [1, nan, nan, nan],
      [0, 1, 1, 1],
    ]);
    expect(both('cumulativeMin', fromNested([1, nan, 7, 8]), { reverse: true })).toEqual([
      [nan, nan, 7, 8],
      [1, 1, 2, 3],
    ]);
    expect(both('cumulativeMax', fromNested([nan, 2]))[1]).toEqual([0, 0]);
  });
  test('unsigned numbers are not signed, and nothing gives nothing', () => {
    const big = fromNested([1, 4294967295, 3], 'u32');
    expect(both('cumulativeMax', big)[0]).toEqual([1, 4294967295, 4294967295]);
    expect(both('cumulativeMin', big)[0]).toEqual([1, 1, 1]);
    expect(both('cumulativeMax', zerosHost('f32', [0]))).toEqual([[], []]);
  });
});
