/** The closed set of primitives, by family. Everything a graph can say is said with these. */
import type { ParamsOf } from '../params.ts';
import type { Primitive } from '../primitive.ts';
import { contractionPrimitives } from './contraction.ts';
import { controlPrimitives } from './control.ts';
import { customPrimitives } from './custom.ts';
import { elementwisePrimitives } from './elementwise.ts';
import { indexingPrimitives } from './indexing.ts';
import { metaPrimitives } from './meta.ts';
import { movementPrimitives } from './movement.ts';
import { reductionPrimitives } from './reduction.ts';
import { windowPrimitives } from './window.ts';

export const primitives = {
  ...elementwisePrimitives,
  ...movementPrimitives,
  ...indexingPrimitives,
  ...reductionPrimitives,
  ...contractionPrimitives,
  ...windowPrimitives,
  ...metaPrimitives,
  ...controlPrimitives,
  ...customPrimitives,
} as const;

export type PrimitiveName = keyof typeof primitives;
export type PrimitiveParams<P extends PrimitiveName> = ParamsOf<(typeof primitives)[P]['params']>;

/** The families a name is filed under, for tables that are checked family by family. */
export const families = {
  elementwise: elementwisePrimitives,
  movement: movementPrimitives,
  indexing: indexingPrimitives,
  reduction: reductionPrimitives,
  contraction: contractionPrimitives,
  window: windowPrimitives,
  meta: metaPrimitives,
  control: controlPrimitives,
  custom: customPrimitives,
} as const;
export type FamilyName = keyof typeof families;
export type NamesOf<F extends FamilyName> = keyof (typeof families)[F] & PrimitiveName;

export const isPrimitiveName = (name: string): name is PrimitiveName => Object.hasOwn(primitives, name);

/** The definition of a primitive, where it is looked up by a name known only at run time. */
export const definitionOf = (name: PrimitiveName): Primitive<Readonly<Record<string, never>>> =>
  // A union of differently parametrized definitions, seen as one that takes the parameters it was built with.
  primitives[name] as unknown as Primitive<Readonly<Record<string, never>>>;

export { type AxisRoles, dilated, windowCount } from './contraction.ts';
export { branchesDiffer, carryChanges, joinParts, type LoopParts, loopParts } from './control.ts';
export { paddedDim } from './movement.ts';
