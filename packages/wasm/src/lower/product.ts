/**
 * Products. Most are computed in tiles (`tiles.ts`); what tiles do not fit is summed as a reduction (`sums.ts`). What a
 * region computes behind a product is computed on its sums, before they are stored.
 */
import type { AnyTensor } from '@cotangent/graph';
import { addAffine, along, constantPlace, lanesOf, scaleAffine } from '../loops/build.ts';
import {
  type Affine,
  type Cost,
  type Kernel,
  type Lanes,
  type Statement,
  type Value,
  Variable,
} from '../loops/ir.ts';
import type { Product, ProductAxis } from './contraction.ts';
import type { Axis, Target } from './nest.ts';
import { summed } from './sums.ts';
import { tiled } from './tiles.ts';

/** What is done with sums: stores at coordinates of the result. */
export type Epilogue = (sum: Value, coordinates: readonly Affine[]) => Statement;

export interface ProductRequest {
  readonly name: string;
  readonly product: Product;
  readonly result: AnyTensor;
  /** Sizes of the result. */
  readonly shape: readonly number[];
  readonly around: readonly Variable[];
  readonly cost: Cost;
}

export function productKernels(request: ProductRequest, epilogue: Epilogue, target: Target): Kernel[] {
  const oriented = { ...request, product: orientedProduct(request) };
  const plan = planOf(oriented, target);
  return plan === undefined ? summed(oriented, epilogue, target) : tiled(oriented, plan, epilogue, target);
}

/** How a product is cut. */
export interface TilePlan {
  readonly lanes: Lanes;
  /** Run one by one, outermost first. */
  readonly outer: readonly ProductAxis[];
  /** The rows of a tile lie along it. */
  readonly row: ProductAxis;
  /** The columns of a tile lie along it. */
  readonly column: ProductAxis;
  readonly inner: readonly ProductAxis[];
  readonly tileRows: number;
  readonly tileVectors: number;
  /** The right operand is copied into panels before. */
  readonly packed: boolean;
  /** Rows of a unit, if units are blocks of rows. */
  readonly rowBlock: number | undefined;
}

const none: ProductAxis = { count: 1, left: 0, right: 0, out: { axis: 0, step: 0 } };
export const sizeOf = (axes: readonly ProductAxis[]): number =>
  axes.reduce((product, { count }) => product * count, 1);
export const long = (axes: readonly ProductAxis[]): ProductAxis[] => axes.filter(({ count }) => count !== 1);

/** Rows and columns change places. */
const swapped = ({ left, right, batch, rows, columns, inner }: Product): Product => {
  const swap = (axes: readonly ProductAxis[]) =>
    axes.map((axis) => ({ ...axis, left: axis.right, right: axis.left }));
  return {
    left: right,
    right: left,
    batch: swap(batch),
    rows: swap(columns),
    columns: swap(rows),
    inner: swap(inner),
  };
};

/** The last axis of the result that has neighbours: columns lie along it. */
export const isLast = ({ out }: ProductAxis, shape: readonly number[]): boolean =>
  out !== undefined && out.axis === shape.findLastIndex((count) => count > 1) && out.step === 1;

function orientedProduct({ product, shape }: ProductRequest): Product {
  const ends = (axes: readonly ProductAxis[]) => long(axes).some((axis) => isLast(axis, shape));
  return ends(product.rows) && !ends(product.columns) ? swapped(product) : product;
}

/** Fewer rows than this do not pay for packing the columns. */
const fewRows = 8;
/** Bytes of rows that stay in the second cache while panels of columns go by. */
const rowBytes = 65_536;

function planOf({ shape, result, product }: ProductRequest, { tile }: Target): TilePlan | undefined {
  if (result.dtype !== 'f32' && result.dtype !== 'f64') return undefined;
  const lanes = lanesOf(result.dtype);
  const column = long(product.columns).find((axis) => isLast(axis, shape));
  if (column === undefined || column.count < lanes || sizeOf(product.inner) === 0) return undefined;
  const rows = long(product.rows);
  // Tiles lie along the longest axis: it leaves the smallest rest.
  const row = rows.reduce<ProductAxis>((best, axis) => (axis.count >= best.count ? axis : best), none);
  const outer = [...product.batch, ...rows, ...product.columns].filter(
    (axis) => axis.count !== 1 && axis !== row && axis !== column,
  );
  const packed = column.right !== 1 || sizeOf(rows) > fewRows;
  const tileRows = Math.min(tile.rows, row.count);
  const most = tileRows === 1 ? 8 : tileRows === 2 ? 4 : tile.vectors;
  const vectors = packed ? Math.ceil(column.count / lanes) : Math.floor(column.count / lanes);
  const inner = mergedInner(product.inner);
  const depth = Math.min(sizeOf(inner), blockDepth(lanes * tile.vectors));
  const block = Math.floor(rowBytes / (depth * (16 / lanes)) / tileRows) * tileRows;
  const eighth = Math.ceil(row.count / 8 / tileRows) * tileRows;
  const inBlocks = packed && outer.length === 0 && row.count >= 128;
  return {
    lanes,
    outer,
    row,
    column,
    inner,
    tileRows,
    tileVectors: Math.max(1, Math.min(most, vectors)),
    packed,
    rowBlock: inBlocks ? Math.max(tileRows, Math.min(block, eighth)) : undefined,
  };
}

/** How many elements of the inner axes a panel has at once: with its rows it stays in the first cache. */
export const blockDepth = (width: number): number => Math.max(16, Math.floor(3072 / width));

/** Inner axes that both operands run through evenly become one. */
function mergedInner(inner: readonly ProductAxis[]): ProductAxis[] {
  const merged: ProductAxis[] = [];
  for (const axis of long(inner)) {
    const outer = merged.at(-1);
    if (
      outer !== undefined &&
      outer.left === axis.left * axis.count &&
      outer.right === axis.right * axis.count
    )
      merged[merged.length - 1] = { ...axis, count: axis.count * outer.count };
    else merged.push(axis);
  }
  return merged.length > 0 ? merged : [{ count: 1, left: 0, right: 0 }];
}

// Loops along axes, and places that move with them.

export const counted = (axes: readonly ProductAxis[], name: string): Axis[] =>
  axes.map(({ count }, i) => ({ variable: new Variable(`${name}${i}`), count }));

/** Places along axes, in an operand. */
export const moved = (
  axes: readonly ProductAxis[],
  places: readonly Affine[],
  side: 'left' | 'right',
): Affine =>
  axes.reduce<Affine>(
    (sum, axis, i) => addAffine(sum, scaleAffine(places[i]!, axis[side])),
    constantPlace(0),
  );

export const alongAll = (loops: readonly Axis[]): Affine[] => loops.map(({ variable }) => along(variable));

/** Coordinates of the result, from positions along the axes of the product. */
export function coordinatesOf(
  shape: readonly number[],
  places: readonly (readonly [ProductAxis, Affine])[],
): Affine[] {
  const found = shape.map(() => constantPlace(0));
  for (const [{ out }, at] of places)
    if (out !== undefined && out.step !== 0)
      found[out.axis] = addAffine(found[out.axis]!, scaleAffine(at, out.step));
  return found;
}

/** Row-major strides of a box. */
export const stridesIn = (counts: readonly number[]): number[] =>
  counts.map((_, i) => counts.slice(i + 1).reduce((product, count) => product * count, 1));
