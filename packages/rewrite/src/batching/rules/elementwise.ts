/** Batching of elementwise primitives: all operands have one shape, whatever the axes mean. */
import { families, type NamesOf } from '@cotangent/graph';
import type { BatchTable } from '../value.ts';
import { alike } from './forms.ts';

type Names = NamesOf<'elementwise'>;

/** The same rule for the whole family, by definition of the family. */
export const elementwiseBatching = Object.fromEntries(
  Object.keys(families.elementwise).map((name) => [name, alike<Names>()]),
) as unknown as BatchTable<Names>;
