/** Every operator of WebNN that the vectors call, by name. */
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import { movement } from './movement.ts';
import { normalization } from './normalization.ts';
import type { Operators } from './operator.ts';
import { products } from './product.ts';
import { recurrences } from './recurrence.ts';
import { reductions } from './reduction.ts';
import { spatial } from './spatial.ts';

export const operators: Operators = {
  ...elementwise,
  ...reductions,
  ...movement,
  ...indexing,
  ...products,
  ...spatial,
  ...normalization,
  ...recurrences,
};
