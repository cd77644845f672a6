/** Normalization, from the moments and the standardization that our layers are made of. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { momentsOf, standardize } from '@cotangent/layers';
import type { Operators, Unary } from './operator.ts';

interface NormOptions {
  readonly scale?: AnyTensor;
  readonly bias?: AnyTensor;
  readonly epsilon?: number;
}

/** Values over some axes of x, listed in their order, in the shape that broadcasts against x. */
function along(x: AnyTensor, values: AnyTensor, axes: readonly number[]): AnyTensor {
  const sorted = [...axes].sort((a, b) => a - b);
  const ordered = ops.transpose(
    values,
    sorted.map((axis) => axes.indexOf(axis)),
  );
  return ops.reshape(
    ordered,
    x.shape.map((size, axis) => (axes.includes(axis) ? size : 1)),
  );
}

function scaled(y: AnyTensor, axes: readonly number[], { scale, bias }: NormOptions): AnyTensor {
  const z = scale === undefined ? y : ops.mul(y, along(y, scale, axes));
  return bias === undefined ? z : ops.add(z, along(z, bias, axes));
}

const channelOf = (layout: 'nchw' | 'nhwc'): number => (layout === 'nchw' ? 1 : 3);

export const normalization: Operators = {
  batchNormalization: (
    { input, mean, variance }: Unary & Record<'mean' | 'variance', AnyTensor>,
    options: NormOptions & { axis?: number },
  ) => {
    const { axis = 1, epsilon = 1e-5 } = options;
    const centered = ops.sub(input, along(input, mean, [axis]));
    return scaled(
      standardize({ centered, variance: along(input, variance, [axis]) }, epsilon),
      [axis],
      options,
    );
  },
  instanceNormalization: ({ input }: Unary, options: NormOptions & { layout?: 'nchw' | 'nhwc' }) => {
    const { layout = 'nchw', epsilon = 1e-5 } = options;
    const axes = layout === 'nchw' ? [2, 3] : [1, 2];
    return scaled(standardize(momentsOf(input, axes), epsilon), [channelOf(layout)], options);
  },
  layerNormalization: ({ input }: Unary, options: NormOptions & { axes?: readonly number[] }) => {
    const { axes = input.shape.flatMap((_, axis) => (axis === 0 ? [] : [axis])), epsilon = 1e-5 } = options;
    return scaled(standardize(momentsOf(input, axes), epsilon), axes, options);
  },
};
