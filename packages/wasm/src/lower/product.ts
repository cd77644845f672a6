/**
 * Products. Most are computed in tiles (`tiles.ts`); what tiles do not fit is summed as a reduction (`untiled.ts`). What a
 * region computes behind a product is computed on its sums, before they are stored.
 */
import { lanesOf } from '../loops/build.ts';
import type { Kernel } from '../loops/ir.ts';
import type { Product, ProductAxis } from './contraction.ts';
import type { Target } from './nest.ts';
import {
  blockDepth,
  type Epilogue,
  isLast,
  long,
  type ProductRequest,
  sizeOf,
  type TilePlan,
} from './product-axes.ts';
import { tiled } from './tiles.ts';
import { summed } from './untiled.ts';

export function productKernels(request: ProductRequest, epilogue: Epilogue, target: Target): Kernel[] {
  const oriented = { ...request, product: orientedProduct(request) };
  const plan = planOf(oriented, target);
  return plan === undefined ? summed(oriented, epilogue, target) : tiled(oriented, plan, epilogue, target);
}

const none: ProductAxis = { count: 1, left: 0, right: 0, out: { axis: 0, step: 0 } };
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
