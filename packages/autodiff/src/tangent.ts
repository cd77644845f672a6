/** Tangents, and the shapes of rules: how the tables of derivatives are written. */
import type { AnyTensor, Graph, Node, PrimitiveName, PrimitiveParams } from '@cotangent/graph';
import { add, mulNoNan, splat } from '@cotangent/graph/ops';

/** A tangent or cotangent that is known to be zero is not a tensor at all. */
export const zero = undefined;
export type Zero = typeof zero;
export type Tangent = AnyTensor | Zero;

/** A node of one primitive, as the rules see it. */
export type NodeOf<P extends PrimitiveName> = Omit<Node, 'op' | 'params'> & {
  readonly op: P;
  readonly params: PrimitiveParams<P>;
};

/** A function linear in its tangents, as nodes between placeholders and results. */
export interface LinearMap {
  readonly placeholders: readonly AnyTensor[];
  readonly results: readonly Tangent[];
  /** Nodes that depend on a placeholder, in order. Everything else they use is a residual: an ordinary value. */
  readonly nodes: readonly Node[];
}

/** What the tangents are computed for. */
export interface Purpose {
  /** Forward mode: value and tangent of a loop run side by side. Otherwise the tangents are kept apart from the values. */
  readonly together: boolean;
  /** Reverse mode: the tangents will be transposed, and never computed. */
  readonly transposed: boolean;
}

/** What the rules of nodes with bodies do with the bodies. */
export interface Calculus extends Purpose {
  pushForward(outputs: readonly AnyTensor[], seeds: ReadonlyMap<AnyTensor, Tangent>): Tangent[];
  linearMap(outputs: readonly AnyTensor[], wrt: readonly AnyTensor[]): LinearMap;
  pullBack(map: LinearMap, cotangents: readonly Tangent[]): Tangent[];
  /**
   * What is found of a body under some key, found once while one derivative is taken: loops derive their bodies again until
   * they know which carries have tangents, and would derive the loops in them as often for each of these times.
   */
  once<T extends object>(body: Graph, key: string, find: () => T): T;
}

/**
 * Forward rule: tangents of the results from tangents of the operands, at least one of which is not zero.
 * Must be linear in the tangents, and made of primitives that the transpose table knows.
 */
export type JvpRule<P extends PrimitiveName> = (
  tangents: readonly Tangent[],
  node: NodeOf<P>,
  calculus: Calculus,
) => readonly Tangent[];
export type JvpTable<P extends PrimitiveName> = { readonly [Name in P]: JvpRule<Name> };

/**
 * Transpose rule of a primitive that is linear in some operands: cotangents of those operands (`isLinear`) from the
 * cotangents of the results. The other operands are plain values.
 */
export type TransposeRule<P extends PrimitiveName> = (
  cotangents: readonly Tangent[],
  node: NodeOf<P>,
  isLinear: (operand: number) => boolean,
  calculus: Calculus,
) => readonly Tangent[];

export const isThere = (tangent: Tangent): boolean => tangent !== zero;
/** Those that are there. */
export const present = (tangents: readonly Tangent[]): AnyTensor[] =>
  tangents.filter((tangent) => tangent !== zero);

export const zerosLike = (x: AnyTensor): AnyTensor => splat(0, x.shape, x.dtype);
export const onesLike = (x: AnyTensor): AnyTensor => splat(1, x.shape, x.dtype);

/** The tangent as a tensor. */
export const instantiate = (tangent: Tangent, like: AnyTensor): AnyTensor => tangent ?? zerosLike(like);

/** Tangents by tensor; those of a tensor that comes twice add up. */
export function seedsOf(
  primals: readonly AnyTensor[],
  tangents: readonly Tangent[],
): ReadonlyMap<AnyTensor, Tangent> {
  const seeds = new Map<AnyTensor, Tangent>();
  primals.forEach((primal, i) => seeds.set(primal, sumOf(seeds.get(primal), tangents[i])));
  return seeds;
}

/** Sum of tangents, skipping zeros. */
export const sumOf = (...tangents: readonly Tangent[]): Tangent =>
  tangents.reduce<Tangent>(
    (total, tangent) => (total === zero ? tangent : tangent === zero ? total : add(total, tangent)),
    zero,
  );

/**
 * tangent × a coefficient that may be infinite, or NaN on a way that a guard does not take: 0 times it is 0, so that
 * no derivative becomes NaN.
 */
export const scaled = (tangent: Tangent, coefficient: () => AnyTensor): Tangent =>
  tangent === zero ? zero : mulNoNan(tangent, coefficient());

/** Only primitives that are linear in an operand have an entry. */
export type TransposeTable<P extends PrimitiveName> = { readonly [Name in P]?: TransposeRule<Name> };
