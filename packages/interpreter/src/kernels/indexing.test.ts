import { CotangentError, fromNested, HostArray, zerosHost } from '@cotangent/graph';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, build, positions, run, runAll, wholeNumbers } from '../testing.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const indices = (values: Parameters<typeof fromNested>[0]) => fromNested(values, 'i32');

/** An operand, indices into some of its axes, and which ones. */
const cases = fc
  .record({
    shape: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
    points: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
    batchAxes: fc.nat({ max: 2 }),
  })
  .filter(({ shape, batchAxes }) => batchAxes < shape.length)
  .chain(({ shape, points, batchAxes }) =>
    fc.shuffledSubarray(shape.map((_, axis) => axis).filter((axis) => axis >= batchAxes)).chain((axes) => {
      const places = [...shape.slice(0, batchAxes), ...points];
      const count = positions(places).length;
      const coordinates = fc.tuple(...axes.map((axis) => fc.nat({ max: shape[axis] - 1 })));
      return fc.record({
        x: wholeNumbers('f32', shape),
        indices: fc
          .array(coordinates, { minLength: count, maxLength: count })
          .map((rows) => new HostArray('i32', [...places, axes.length], Int32Array.from(rows.flat()))),
        axes: fc.constant(axes),
        batchAxes: fc.constant(batchAxes),
      });
    }),
  );

/** For each position of a gather's result, the position in the operand it comes from. */
function sources(x: HostArray, index: HostArray, axes: readonly number[], batchAxes: number) {
  const block = x.shape.map((_, axis) => axis).filter((axis) => axis >= batchAxes && !axes.includes(axis));
  const places = index.shape.slice(0, -1);
  const shape = [...places, ...block.map((axis) => x.shape[axis])];
  const source = (position: readonly number[]) => {
    const place = position.slice(0, places.length);
    return x.shape.map((_, axis) => {
      if (axis < batchAxes) return position[axis];
      if (axes.includes(axis)) return at(index, [...place, axes.indexOf(axis)]);
      return position[places.length + block.indexOf(axis)];
    });
  };
  return { shape, source };
}

describe('gather and scatter', () => {
  test('gather takes the block at each point', () => {
    fc.assert(
      fc.property(cases, ({ x, indices: index, axes, batchAxes }) => {
        const { shape, source } = sources(x, index, axes, batchAxes);
        expect(run('gather', [x, index], { axes, batchAxes })).toEqual(
          build('f32', shape, (position) => at(x, source(position))),
        );
      }),
    );
  });
  test('scatterAdd adds and scatterSet writes, in row-major order of the updates', () => {
    fc.assert(
      fc.property(cases, ({ x, indices: index, axes, batchAxes }) => {
        const { shape, source } = sources(x, index, axes, batchAxes);
        let counter = 0;
        const updates = build('f32', shape, () => ++counter);
        const [added, written] = [new Map<string, number>(), new Map<string, number>()];
        for (const position of positions(shape)) {
          const place = String(source(position));
          added.set(place, (added.get(place) ?? 0) + at(updates, position));
          written.set(place, at(updates, position));
        }
        expect(run('scatterAdd', [x, index, updates], { axes, batchAxes })).toEqual(
          build('f32', x.shape, (position) => at(x, position) + (added.get(String(position)) ?? 0)),
        );
        expect(run('scatterSet', [x, index, updates], { axes, batchAxes })).toEqual(
          build('f32', x.shape, (position) => written.get(String(position)) ?? at(x, position)),
        );
      }),
    );
  });
  test('an index out of range is an error with the index, the axis and the shape', () => {
    const x = zerosHost('f32', [2, 3]);
    const gather = (index: number) => run('gather', [x, indices([[index]])], { axes: [1], batchAxes: 0 });
    expect(() => gather(3)).toThrow(
      /gather: index 3 at \[0\] of the indices is out of range for axis 1 of \[2, 3\], which has 3 entries/,
    );
    expect(() => gather(-1)).toThrow(expect.objectContaining({ code: 'INDEX_OUT_OF_RANGE' }));
    expect(() =>
      run('scatterSet', [x, indices([[2]]), zerosHost('f32', [1, 3])], { axes: [0], batchAxes: 0 }),
    ).toThrow(CotangentError);
  });
  test('scatterAdd of f32 rounds a sum once; integers wrap', () => {
    const count = 1000;
    const many = new HostArray('i32', [count, 1], new Int32Array(count));
    const small = new HostArray('f32', [count], new Float32Array(count).fill(2 ** -24));
    expect(run('scatterAdd', [fromNested([1]), many, small], { axes: [0], batchAxes: 0 }).data[0]).toBe(
      Math.fround(1 + count * 2 ** -24),
    );
    const wrap = [fromNested([2147483647], 'i32'), indices([[0]]), fromNested([1], 'i32')];
    expect(run('scatterAdd', wrap, { axes: [0], batchAxes: 0 }).toNested()).toEqual([-2147483648]);
  });
  test('no points gather nothing, from an empty operand as well', () => {
    const none = zerosHost('i32', [0, 1]);
    expect(run('gather', [zerosHost('f32', [0, 2]), none], { axes: [0], batchAxes: 0 }).shape).toEqual([
      0, 2,
    ]);
  });
});

describe('sort', () => {
  const sorted = (values: number[], descending: boolean) =>
    run('sort', [fromNested(values, 'f64')], { axis: 0, keys: 1, descending }).toNested();
  test('puts -0 before 0 and NaN last', () => {
    expect(sorted([3, nan, 0, -0, -infinity, infinity], false)).toEqual([-infinity, -0, 0, 3, infinity, nan]);
  });
  test('leaves NaN last when descending', () => {
    expect(sorted([3, nan, -0, 0, 5], true)).toEqual([5, 3, 0, -0, nan]);
  });
  test('is stable and takes the other operands along', () => {
    const keys = fromNested([2, 1, 2, 1], 'i32');
    const values = fromNested([10, 20, 30, 40]);
    for (const [descending, expected] of [
      [false, [20, 40, 10, 30]],
      [true, [10, 30, 20, 40]],
    ] as const)
      expect(runAll('sort', [keys, values], { axis: 0, keys: 1, descending })[1].toNested()).toEqual(
        expected,
      );
  });
  test('sorts by the second key where the first ties', () => {
    const operands = [
      fromNested([1, 0, 1, 0], 'i32'),
      fromNested([4, 3, 2, 1]),
      fromNested([0, 1, 2, 3], 'u32'),
    ];
    const results = runAll('sort', operands, { axis: 0, keys: 2, descending: false });
    expect(results.map((x) => x.toNested())).toEqual([
      [0, 0, 1, 1],
      [1, 3, 2, 4],
      [3, 1, 2, 0],
    ]);
  });
  test('sorts along any axis', () => {
    const x = fromNested([
      [3, 1],
      [2, 5],
      [1, 4],
    ]);
    expect(run('sort', [x], { axis: 0, keys: 1, descending: false }).toNested()).toEqual([
      [1, 1],
      [2, 4],
      [3, 5],
    ]);
    expect(run('sort', [zerosHost('f32', [2, 0])], { axis: 1, keys: 1, descending: false }).shape).toEqual([
      2, 0,
    ]);
  });
});

test('topK gives the largest in order; NaN counts as largest, ties go to the lower position', () => {
  const x = fromNested([
    [1, 5, 5, 2],
    [nan, infinity, 3, nan],
  ]);
  const [values, places] = runAll('topK', [x], { k: 3 });
  expect(values.toNested()).toEqual([
    [5, 5, 2],
    [nan, nan, infinity],
  ]);
  expect(places.toNested()).toEqual([
    [1, 2, 3],
    [0, 3, 1],
  ]);
  expect(places.dtype).toBe('i32');
  expect(run('topK', [x], { k: 0 }).shape).toEqual([2, 0]);
});
