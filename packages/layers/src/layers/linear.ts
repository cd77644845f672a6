/** Fully connected layers. */
import type { Initializer, Regularizer } from '@cotangent/graph';
import { fail, formatShape, glorotUniform, zeros } from '@cotangent/graph';
import { add, matmul } from '@cotangent/graph/ops';
import { checkFloat, parameter } from '../core.ts';
import { count, flag, initializer, regularizer, required } from '../options.ts';
import { define } from '../registry.ts';

export interface LinearOptions {
  /** Size of the last axis of the result. */
  readonly units: number;
  readonly bias?: boolean;
  readonly kernelInitializer?: Initializer;
  readonly biasInitializer?: Initializer;
  readonly kernelRegularizer?: Regularizer;
  readonly name?: string;
}

export const makeLinear = define<Required<LinearOptions>>(
  'linear',
  {
    units: required(count()),
    bias: flag(true),
    kernelInitializer: initializer(glorotUniform()),
    biasInitializer: initializer(zeros()),
    kernelRegularizer: regularizer(),
  },
  ({ units, bias, kernelInitializer, biasInitializer, kernelRegularizer }) =>
    (x) => {
      const { dtype } = x;
      checkFloat(x, 'linear');
      if (x.shape.length === 0)
        throw fail('SHAPE_MISMATCH', `linear needs [..., features], not ${formatShape(x.shape)}`);
      const features = x.shape.at(-1)!;
      if (typeof features !== 'number')
        throw fail('UNBOUND_DIMENSION', `linear needs a known number of features, not '${features}'`);
      const kernel = parameter('kernel', [features, units], kernelInitializer, {
        dtype,
        ...(kernelRegularizer && { regularizer: kernelRegularizer }),
      });
      const product = matmul(x, kernel);
      return bias ? add(product, parameter('bias', [units], biasInitializer, { dtype })) : product;
    },
);
