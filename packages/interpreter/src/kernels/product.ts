/**
 * The product of two matrices that lie anywhere: an element's place is start + rows[i] + columns[j]. Transpositions,
 * batches, and the windows of a convolution are all offsets of that kind, so this is the one loop under them.
 *
 * Blocked as in Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008: the right matrix is
 * packed once, the left one block by block, both as doubles; a tile of totals stays in registers along the depth.
 */
import type { TypedArray } from '@cotangent/graph';

export interface Matrix {
  readonly data: TypedArray;
  readonly start: number;
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

/** Totals held in registers: 4 x 4. */
const tile = 4;
/** Rows of the left matrix, and depth, of a packed block: 64 x 256 doubles lie in the second cache. */
const blockRows = 64;
const blockDepth = 256;

const padded = (count: number): number => Math.ceil(count / tile) * tile;

/** out ← left · right, with sums in double precision that are rounded by the store. */
export function multiplyFloats(left: Matrix, right: Matrix, out: Matrix): void {
  const [height, depth] = [out.rows.length, left.columns.length];
  if (depth === 1) multiplyOuter(left, right, out);
  else if (height === 1) multiplyRow(left, right, out);
  else multiplyBlocks(left, right, out);
}

/** In blocks that stay in the caches, packed so that the inner loop runs straight. */
function multiplyBlocks(left: Matrix, right: Matrix, out: Matrix): void {
  const [height, depth, width] = [out.rows.length, left.columns.length, padded(out.columns.length)];
  const packedRight = new Float64Array(depth * width);
  pack(right.data, right.start, right.columns, 0, width, right.rows, 0, depth, packedRight);
  const mostRows = Math.min(blockRows, padded(height));
  const packedLeft = new Float64Array(mostRows * Math.min(blockDepth, depth));
  const totals = new Float64Array(mostRows * width);
  for (let row = 0; row < height; row += blockRows) {
    const rows = Math.min(blockRows, height - row);
    const tiledRows = padded(rows);
    if (row > 0) totals.fill(0);
    for (let from = 0; from < depth; from += blockDepth) {
      const count = Math.min(blockDepth, depth - from);
      pack(left.data, left.start, left.rows, row, tiledRows, left.columns, from, count, packedLeft);
      for (let column = 0; column < width; column += tile)
        for (let i = 0; i < tiledRows; i += tile)
          multiplyTile(
            packedLeft,
            i * count,
            packedRight,
            column * depth + from * tile,
            count,
            totals,
            i * width + column,
            width,
          );
    }
    store(totals, width, rows, row, out);
  }
}

/** Of one column and one row: nothing is added up, so nothing is packed. */
function multiplyOuter(left: Matrix, right: Matrix, out: Matrix): void {
  const [a, b, data] = [left.data, right.data, out.data];
  const [leftAt, rightAt] = [left.start + left.columns[0], right.start + right.rows[0]];
  const [from, to, count] = [right.columns, out.columns, out.columns.length];
  for (let i = 0; i < out.rows.length; i++) {
    const factor = a[leftAt + left.rows[i]];
    const place = out.start + out.rows[i];
    // A total begins at 0: 0 + -0 is 0.
    for (let j = 0; j < count; j++) data[place + to[j]] = 0 + factor * b[rightAt + from[j]];
  }
}

/** Of one row: each entry of the right matrix is used once, so nothing is packed. Blocked along the depth as above. */
function multiplyRow(left: Matrix, right: Matrix, out: Matrix): void {
  const [a, b, data] = [left.data, right.data, out.data];
  const [from, to, depth, count] = [right.columns, out.columns, left.columns.length, out.columns.length];
  const leftAt = left.start + left.rows[0];
  const [totals, part] = [new Float64Array(count), new Float64Array(count)];
  for (let block = 0; block < depth; block += blockDepth) {
    part.fill(0);
    for (let k = block; k < Math.min(block + blockDepth, depth); k++) {
      const factor = a[leftAt + left.columns[k]];
      const rightAt = right.start + right.rows[k];
      for (let j = 0; j < count; j++) part[j] += factor * b[rightAt + from[j]];
    }
    for (let j = 0; j < count; j++) totals[j] += part[j];
  }
  const place = out.start + out.rows[0];
  for (let j = 0; j < count; j++) data[place + to[j]] = totals[j];
}

/**
 * Packs tiles one after the other: of each, the 4 entries at depth 0, then those at depth 1, and so on.
 * A last tile that sticks out repeats the last entry; what is computed with it is never stored.
 */
function pack(
  data: TypedArray,
  start: number,
  across: Int32Array,
  first: number,
  count: number,
  along: Int32Array,
  from: number,
  depth: number,
  packed: Float64Array,
): void {
  const last = across.length - 1;
  let at = 0;
  for (let i = first; i < first + count; i += tile) {
    const place0 = start + across[Math.min(i, last)];
    const place1 = start + across[Math.min(i + 1, last)];
    const place2 = start + across[Math.min(i + 2, last)];
    const place3 = start + across[Math.min(i + 3, last)];
    for (let k = from; k < from + depth; k++) {
      const offset = along[k];
      packed[at] = data[place0 + offset];
      packed[at + 1] = data[place1 + offset];
      packed[at + 2] = data[place2 + offset];
      packed[at + 3] = data[place3 + offset];
      at += tile;
    }
  }
}

/** Adds the product of two packed tiles to 4 x 4 totals. */
function multiplyTile(
  left: Float64Array,
  leftAt: number,
  right: Float64Array,
  rightAt: number,
  depth: number,
  totals: Float64Array,
  at: number,
  width: number,
): void {
  let [t00, t01, t02, t03] = [0, 0, 0, 0];
  let [t10, t11, t12, t13] = [0, 0, 0, 0];
  let [t20, t21, t22, t23] = [0, 0, 0, 0];
  let [t30, t31, t32, t33] = [0, 0, 0, 0];
  for (let k = 0; k < depth; k++) {
    const b0 = right[rightAt];
    const b1 = right[rightAt + 1];
    const b2 = right[rightAt + 2];
    const b3 = right[rightAt + 3];
    const a0 = left[leftAt];
    t00 += a0 * b0;
    t01 += a0 * b1;
    t02 += a0 * b2;
    t03 += a0 * b3;
    const a1 = left[leftAt + 1];
    t10 += a1 * b0;
    t11 += a1 * b1;
    t12 += a1 * b2;
    t13 += a1 * b3;
    const a2 = left[leftAt + 2];
    t20 += a2 * b0;
    t21 += a2 * b1;
    t22 += a2 * b2;
    t23 += a2 * b3;
    const a3 = left[leftAt + 3];
    t30 += a3 * b0;
    t31 += a3 * b1;
    t32 += a3 * b2;
    t33 += a3 * b3;
    leftAt += tile;
    rightAt += tile;
  }
  totals[at] += t00;
  totals[at + 1] += t01;
  totals[at + 2] += t02;
  totals[at + 3] += t03;
  at += width;
  totals[at] += t10;
  totals[at + 1] += t11;
  totals[at + 2] += t12;
  totals[at + 3] += t13;
  at += width;
  totals[at] += t20;
  totals[at + 1] += t21;
  totals[at + 2] += t22;
  totals[at + 3] += t23;
  at += width;
  totals[at] += t30;
  totals[at + 1] += t31;
  totals[at + 2] += t32;
  totals[at + 3] += t33;
}

function store(totals: Float64Array, width: number, rows: number, row: number, out: Matrix): void {
  for (let i = 0; i < rows; i++) {
    const place = out.start + out.rows[row + i];
    for (let j = 0; j < out.columns.length; j++) out.data[place + out.columns[j]] = totals[i * width + j];
  }
}

/** out ← left · right modulo 2³². */
export function multiplyIntegers(left: Matrix, right: Matrix, out: Matrix): void {
  for (let i = 0; i < out.rows.length; i++) {
    for (let j = 0; j < out.columns.length; j++) {
      const [a, b] = [left.start + left.rows[i], right.start + right.columns[j]];
      let total = 0;
      for (let k = 0; k < left.columns.length; k++)
        total = (total + Math.imul(left.data[a + left.columns[k]], right.data[b + right.rows[k]])) | 0;
      out.data[out.start + out.rows[i] + out.columns[j]] = total;
    }
  }
}
