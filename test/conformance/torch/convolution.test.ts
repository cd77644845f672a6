/** Convolution layers, plain and transposed, against PyTorch; each with channels first and last. */
import {
  type AnyLayer,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
} from '@cotangent/layers';
import { applied, describeGroup, type Row } from './check.ts';
import { convKernel, convTransposeKernel } from './kernels.ts';

interface ConvConfig {
  readonly stride: number | readonly number[];
  readonly padding: number | readonly number[];
  readonly dilation: number | readonly number[];
  readonly groups: number;
  readonly bias: boolean;
  readonly outputPadding?: number | readonly number[];
}

/** The shape of the weight is given in the order of our kernels. */
const row = (
  make: (options: Parameters<typeof convTranspose2d>[0]) => AnyLayer,
  arrange: NonNullable<Row['arrange']>[string],
): Row => ({
  build: (
    { x, weight },
    { stride, padding, dilation, groups, bias, outputPadding }: ConvConfig,
    { layout },
  ) => {
    const sizes = weight.shape as readonly number[];
    const layer = make({
      filters: sizes.at(-1)!,
      kernel: sizes.slice(0, -2),
      stride,
      padding,
      dilation,
      groups,
      bias,
      layout,
      ...(outputPadding === undefined ? {} : { outputPadding }),
    });
    return applied(layer, layer(x), { weight: 'kernel', bias: 'bias' });
  },
  image: true,
  arrange: { weight: arrange },
});

describeGroup('conv', {
  conv1d: row(conv1d, convKernel),
  conv2d: row(conv2d, convKernel),
  conv3d: row(conv3d, convKernel),
});

describeGroup('conv-transpose', {
  convTranspose1d: row(convTranspose1d, convTransposeKernel),
  convTranspose2d: row(convTranspose2d, convTransposeKernel),
  convTranspose3d: row(convTranspose3d, convTransposeKernel),
});
