/** Values inside of vmap, and the shape of rules: how the table of batching is written. */
import type { AnyTensor, Dim, Graph, Input, Node, PrimitiveName } from '@cotangent/graph';

/** A value that is the same for all examples, or (`mapped`) one for each, along a first axis. */
export interface Value {
  readonly tensor: AnyTensor;
  readonly mapped: boolean;
}

export const shared = (tensor: AnyTensor): Value => ({ tensor, mapped: false });
export const mapped = (tensor: AnyTensor): Value => ({ tensor, mapped: true });
export const isMapped = (value: Value): boolean => value.mapped;

/** A body for all examples at once. */
export interface BatchedBody {
  /** Parameters in the order of the body's, those of mapped operands with the axis of the examples. */
  readonly inputs: readonly Input[];
  /** The examples at work, if the body is told: one more parameter, before all others. */
  readonly active: Input | undefined;
  readonly results: readonly Value[];
}

/** What rules ask of the walk. */
export interface Batching {
  /** The number of examples. */
  readonly size: Dim;
  /**
   * The examples at work (bool, one for each); all if undefined. In a branch that an example does not take nothing
   * may fail for it, and no loop waits for it.
   */
  readonly active: AnyTensor | undefined;
  /** One for each example, repeated if need be. */
  spread(value: Value): AnyTensor;
  /** Whether a tensor depends on the example. */
  dependsOnExample(tensor: AnyTensor): boolean;
  /** A body as a body, for operands of which some are mapped. */
  body(body: Graph, mask: readonly boolean[], of: string): BatchedBody;
  /** A body in the graph around, for the examples that `active` marks. */
  inline(body: Graph, operands: readonly Value[], active: AnyTensor | undefined): readonly Value[];
}

/** What a node becomes when at least one of its operands is mapped. */
export type BatchRule<P extends PrimitiveName> = (
  operands: readonly Value[],
  node: Node<P>,
  batch: Batching,
) => readonly Value[];
export type BatchTable<P extends PrimitiveName> = { readonly [Name in P]: BatchRule<Name> };
