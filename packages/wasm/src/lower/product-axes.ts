/** What the ways to compute a product share: the request, the plan of tiles, and places along the axes of a product. */
import type { AnyTensor } from '@cotangent/graph';
import { addAffine, along, constantPlace, scaleAffine } from '../loops/build.ts';
import { type Affine, type Cost, type Lanes, type Statement, type Value, Variable } from '../loops/ir.ts';
import type { Product, ProductAxis } from './contraction.ts';
import type { Axis } from './nest.ts';

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

export const sizeOf = (axes: readonly ProductAxis[]): number =>
  axes.reduce((product, { count }) => product * count, 1);
export const long = (axes: readonly ProductAxis[]): ProductAxis[] => axes.filter(({ count }) => count !== 1);

/** The last axis of the result that has neighbours: columns lie along it. */
export const isLast = ({ out }: ProductAxis, shape: readonly number[]): boolean =>
  out !== undefined && out.axis === shape.findLastIndex((count) => count > 1) && out.step === 1;

/** How many elements of the inner axes a panel has at once: with its rows it stays in the first cache. */
export const blockDepth = (width: number): number => Math.max(16, Math.floor(3072 / width));

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
