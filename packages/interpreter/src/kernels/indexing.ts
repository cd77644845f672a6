/** Indexing and order: gather and scatter along chosen axes, sort, top-k. */
import {
  allocate,
  countOf,
  type HostArray,
  indexOutOfRange,
  type NamesOf,
  positionOf,
  stridesOf,
  type TypedArray,
} from '@cotangent/graph';
import type { KernelTable } from '../kernel.ts';
import { aroundAxis, bitsOf, offsetsOf } from '../layout.ts';
import { hostArray } from './movement.ts';

export const indexingKernels = {
  gather: ([x, indices], params, [type]) => {
    const data = allocate(type.dtype, countOf(type.shape));
    gatherBits(bitsOf(x.data), pointsOf(x, indices, params), bitsOf(data));
    return [hostArray(type, data)];
  },
  scatterAdd: ([x, indices, updates], params, [type]) => {
    // Sums of f32 are rounded once: they are taken in double precision.
    const totals = x.dtype === 'f32' ? new Float64Array(x.data) : x.data.slice();
    addAt(totals, pointsOf(x, indices, params), updates.data);
    return [hostArray(type, x.dtype === 'f32' ? new Float32Array(totals) : totals)];
  },
  scatterSet: ([x, indices, updates], params, [type]) => {
    const data = x.data.slice();
    setAt(bitsOf(data), pointsOf(x, indices, params), bitsOf(updates.data));
    return [hostArray(type, data)];
  },
  sort: (inputs, { axis, keys, descending }, types) => {
    const results = inputs.map((x) => x.data.slice());
    const compare = comparison(
      inputs.slice(0, keys).map(({ data }) => data),
      descending,
    );
    eachLine(inputs[0].shape, axis, (line, first, step) => {
      line.sort(compare);
      for (let i = 0; i < inputs.length; i++)
        for (let place = 0; place < line.length; place++)
          results[i][first + place * step] = inputs[i].data[line[place]];
    });
    return results.map((data, i) => hostArray(types[i], data));
  },
  topK: ([x], { k }, [type, positionType]) => {
    const [values, positions] = [
      allocate(type.dtype, countOf(type.shape)),
      new Int32Array(countOf(type.shape)),
    ];
    const axis = x.shape.length - 1;
    const size = x.shape[axis];
    let row = 0;
    eachLine(x.shape, axis, (line) => {
      line.sort((a, b) => inOrder(x.data[b], x.data[a]));
      for (let i = 0; i < k; i++) {
        values[row * k + i] = x.data[line[i]];
        positions[row * k + i] = line[i] - row * size;
      }
      row++;
    });
    return [hostArray(type, values), hostArray(positionType, positions)];
  },
} satisfies KernelTable<NamesOf<'indexing'>>;

/** Where points lie: the offset of each point's block in the operand, and the offsets within a block. */
interface Points {
  readonly starts: Int32Array;
  readonly block: Int32Array;
}

function pointsOf(
  x: HostArray,
  indices: HostArray,
  { axes, batchAxes }: { readonly axes: readonly number[]; readonly batchAxes: number },
): Points {
  const strides = stridesOf(x.shape);
  const rest = x.shape.flatMap((_, axis) => (axis >= batchAxes && !axes.includes(axis) ? [axis] : []));
  const block = offsetsOf(
    rest.map((axis) => x.shape[axis]),
    rest.map((axis) => strides[axis]),
  );
  const batches = offsetsOf(x.shape.slice(0, batchAxes), strides.slice(0, batchAxes));
  const starts = new Int32Array(countOf(indices.shape.slice(0, -1)));
  const pointsPerBatch = batches.length === 0 ? 0 : starts.length / batches.length;
  let at = 0;
  for (let point = 0; point < starts.length; point++) {
    let start = batches[Math.floor(point / pointsPerBatch)];
    for (let i = 0; i < axes.length; i++) {
      const index = indices.data[at++];
      if (index < 0 || index >= x.shape[axes[i]])
        throw indexOutOfRange(index, positionOf(indices.shape.slice(0, -1), point), axes[i], x.shape);
      start += index * strides[axes[i]];
    }
    starts[point] = start;
  }
  return { starts, block };
}

function gatherBits(x: TypedArray, { starts, block }: Points, out: TypedArray): void {
  let at = 0;
  for (let point = 0; point < starts.length; point++) {
    const start = starts[point];
    for (let i = 0; i < block.length; i++) out[at++] = x[start + block[i]];
  }
}

function setAt(out: TypedArray, { starts, block }: Points, updates: TypedArray): void {
  let at = 0;
  for (let point = 0; point < starts.length; point++) {
    const start = starts[point];
    for (let i = 0; i < block.length; i++) out[start + block[i]] = updates[at++];
  }
}

function addAt(totals: TypedArray, { starts, block }: Points, updates: TypedArray): void {
  let at = 0;
  for (let point = 0; point < starts.length; point++) {
    const start = starts[point];
    for (let i = 0; i < block.length; i++) totals[start + block[i]] += updates[at++];
  }
}

/** The order of numbers for sorting: -0 before 0, NaN after everything. */
function inOrder(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return a !== 0 || Object.is(a, b) ? 0 : Object.is(a, -0) ? -1 : 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** Compares positions by the first key that tells them apart; NaN stays last when descending. */
function comparison(keys: readonly TypedArray[], descending: boolean): (a: number, b: number) => number {
  const inKey = (x: number, y: number) =>
    descending && !Number.isNaN(x) && !Number.isNaN(y) ? inOrder(y, x) : inOrder(x, y);
  return (a, b) => {
    for (const key of keys) {
      const order = inKey(key[a], key[b]);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** Visits the lines along an axis: positions of a line's elements, its first position, and the step between them. */
function eachLine(
  shape: readonly number[],
  axis: number,
  visit: (line: number[], first: number, step: number) => void,
): void {
  const [outer, size, inner] = aroundAxis(shape, axis);
  for (let row = 0; row < outer; row++) {
    for (let column = 0; column < inner; column++) {
      const first = row * size * inner + column;
      visit(
        Array.from({ length: size }, (_, i) => first + i * inner),
        first,
        inner,
      );
    }
  }
}
