/** Batching of elementwise primitives: all operands have one shape, whatever the axes mean. */
import { type AnyTensor, families, isFloat, type NamesOf, type PrimitiveParams } from '@cotangent/graph';
import { where } from '@cotangent/graph/ops';
import type { BatchRule, BatchTable } from '../value.ts';
import { again, alike, along } from './forms.ts';

/** Integers are divided by 1 for examples that are not at work. */
const dividing =
  <P extends 'div' | 'rem'>(): BatchRule<P> =>
  (operands, node, batch) => {
    const [x, by] = operands.map(batch.spread) as [AnyTensor, AnyTensor];
    const divisor =
      batch.active === undefined || isFloat(by.dtype) ? by : where(along(batch.active, by.shape), by, 1);
    return again(node, [x, divisor], node.params as PrimitiveParams<P>);
  };

type Names = NamesOf<'elementwise'>;
/** By definition of the family, but for what fails on some values. */
const alikeAll = Object.fromEntries(
  Object.keys(families.elementwise).map((name) => [name, alike<Names>()]),
) as unknown as BatchTable<Names>;

export const elementwiseBatching: BatchTable<Names> = { ...alikeAll, div: dividing(), rem: dividing() };
