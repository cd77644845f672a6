/** Every operator of ONNX that the cases call, by name; those of other domains with the domain in front. */
import { activations } from './activation.ts';
import { control } from './control.ts';
import { convolutions } from './convolution.ts';
import { elementwise } from './elementwise.ts';
import { generation } from './generation.ts';
import { indexing } from './indexing.ts';
import { losses } from './loss.ts';
import { movement } from './movement.ts';
import { normalization } from './normalization.ts';
import type { Operators } from './operator.ts';
import { pooling } from './pooling.ts';
import { products } from './product.ts';
import { recurrences } from './recurrence.ts';
import { reductions } from './reduction.ts';
import { resampling } from './resampling.ts';
import { training } from './training.ts';

export const operators: Operators = {
  ...elementwise,
  ...activations,
  ...reductions,
  ...movement,
  ...generation,
  ...indexing,
  ...products,
  ...convolutions,
  ...pooling,
  ...resampling,
  ...normalization,
  ...recurrences,
  ...control,
  ...losses,
  ...training,
};
