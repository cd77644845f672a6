/** Convolutions of one, two and three spatial axes: plain, depthwise, separable and transposed. */
import {
  type AnyTensor,
  type Dim,
  fail,
  glorotUniform,
  type Initializer,
  type Regularizer,
  zeros,
} from '@cotangent/graph';
import { add, checkRank, conv, convTranspose, type Layout, reshape } from '@cotangent/graph/ops';
import { checkFloat, parameter } from '../core.ts';
import {
  choice,
  count,
  flag,
  initializer,
  type OptionTable,
  type PaddingOption,
  padding,
  perAxis,
  regularizer,
  required,
} from '../options.ts';
import { define } from '../registry.ts';

export interface ConvLayerOptions {
  /** Number of output channels. */
  readonly filters: number;
  /** Size of the window. */
  readonly kernel: number | readonly number[];
  readonly stride?: number | readonly number[];
  readonly padding?: PaddingOption;
  readonly dilation?: number | readonly number[];
  /** Channels and filters are cut into so many groups that do not see each other. */
  readonly groups?: number;
  readonly bias?: boolean;
  readonly layout?: Layout;
  readonly kernelInitializer?: Initializer;
  readonly biasInitializer?: Initializer;
  readonly kernelRegularizer?: Regularizer;
  readonly name?: string;
}

export interface ConvTransposeLayerOptions extends ConvLayerOptions {
  readonly outputPadding?: number | readonly number[];
}

/** Options of a convolution of each input channel by itself. */
export interface DepthwiseConvOptions extends Omit<ConvLayerOptions, 'filters' | 'groups'> {
  /** Filters per channel. */
  readonly multiplier?: number;
}

export interface SeparableConvOptions extends Omit<ConvLayerOptions, 'groups'> {
  readonly multiplier?: number;
}

const common = {
  kernel: required(perAxis()),
  stride: perAxis(1),
  padding: padding(),
  dilation: perAxis(1),
  bias: flag(true),
  layout: choice(['channelsLast', 'channelsFirst'], 'channelsLast'),
  kernelInitializer: initializer(glorotUniform()),
  biasInitializer: initializer(zeros()),
  kernelRegularizer: regularizer(),
};

type Complete = Required<ConvTransposeLayerOptions>;

const windowOf = (kernel: number | readonly number[], rank: number): readonly number[] =>
  typeof kernel === 'number' ? Array<number>(rank).fill(kernel) : kernel;

const channelAxis = (x: AnyTensor, layout: Layout): number =>
  layout === 'channelsLast' ? x.shape.length - 1 : 1;

/** Channels as a number: kernels have known sizes. */
function channelsOf(x: AnyTensor, layout: Layout, what: string): number {
  checkFloat(x, what);
  const channels: Dim | undefined = x.shape[channelAxis(x, layout)];
  if (typeof channels !== 'number')
    throw fail('UNBOUND_DIMENSION', `${what} needs a known number of channels, not '${channels}'`);
  return channels;
}

/** Adds one number per channel. */
export function addBias(x: AnyTensor, bias: AnyTensor, layout: Layout): AnyTensor {
  if (layout === 'channelsLast') return add(x, bias);
  return add(x, reshape(bias, [bias.shape[0]!, ...x.shape.slice(2).map(() => 1)]));
}

function kernelOf(
  x: AnyTensor,
  options: Complete,
  name: string,
  window: readonly number[],
  inputs: number,
  filters: number,
): AnyTensor {
  const { kernelInitializer, kernelRegularizer } = options;
  return parameter(name, [...window, inputs, filters], kernelInitializer, {
    dtype: x.dtype,
    ...(kernelRegularizer && { regularizer: kernelRegularizer }),
  });
}

const biasOf = (x: AnyTensor, options: Complete, filters: number): AnyTensor =>
  parameter('bias', [filters], options.biasInitializer, { dtype: x.dtype });

/** Channels and filters in groups: what plain and transposed convolutions have in common. */
const grouped = (
  what: string,
  rank: 1 | 2 | 3,
  extra: OptionTable,
  convolve: typeof conv | typeof convTranspose,
) =>
  define<Complete>(
    what,
    { filters: required(count()), groups: count(1), ...extra, ...common },
    (options) => (x) => {
      const { filters, groups, bias, layout } = options;
      checkRank(x, what, layout);
      const channels = channelsOf(x, layout, what);
      if (channels % groups !== 0 || filters % groups !== 0)
        throw fail(
          'SHAPE_MISMATCH',
          `${what}: ${channels} channels and ${filters} filters do not both divide into ${groups} groups`,
        );
      const kernel = kernelOf(
        x,
        options,
        'kernel',
        windowOf(options.kernel, rank),
        channels / groups,
        filters,
      );
      const y = convolve(x, kernel, options, what);
      return bias ? addBias(y, biasOf(x, options, filters), layout) : y;
    },
  );

const convolution = (rank: 1 | 2 | 3) => grouped(`conv${rank}d`, rank, {}, conv);
const transposed = (rank: 1 | 2 | 3) =>
  grouped(`convTranspose${rank}d`, rank, { outputPadding: perAxis(0, 0) }, convTranspose);

const depthwise = (rank: 1 | 2) => {
  const what = `depthwiseConv${rank}d`;
  return define<Complete & { multiplier: number }>(
    what,
    { multiplier: count(1), ...common },
    (options) => (x) => {
      const { multiplier, bias, layout } = options;
      checkRank(x, what, layout);
      const channels = channelsOf(x, layout, what);
      const kernel = kernelOf(x, options, 'kernel', windowOf(options.kernel, rank), 1, channels * multiplier);
      const y = conv(x, kernel, { ...options, groups: channels }, what);
      return bias ? addBias(y, biasOf(x, options, channels * multiplier), layout) : y;
    },
  );
};

/** Depthwise, then pointwise (Chollet 2017): the window looks at each channel, a 1-wide product mixes them. */
const separable = (rank: 1 | 2) => {
  const what = `separableConv${rank}d`;
  return define<Complete & { multiplier: number }>(
    what,
    { filters: required(count()), multiplier: count(1), ...common },
    (options) => (x) => {
      const { filters, multiplier, bias, layout } = options;
      checkRank(x, what, layout);
      const channels = channelsOf(x, layout, what);
      const depthKernel = kernelOf(
        x,
        options,
        'depthwiseKernel',
        windowOf(options.kernel, rank),
        1,
        channels * multiplier,
      );
      const pointKernel = kernelOf(
        x,
        options,
        'pointwiseKernel',
        Array<number>(rank).fill(1),
        channels * multiplier,
        filters,
      );
      const y = conv(
        conv(x, depthKernel, { ...options, groups: channels }, what),
        pointKernel,
        { layout },
        what,
      );
      return bias ? addBias(y, biasOf(x, options, filters), layout) : y;
    },
  );
};

export const makeConv = { 1: convolution(1), 2: convolution(2), 3: convolution(3) } as const;
export const makeConvTranspose = { 1: transposed(1), 2: transposed(2), 3: transposed(3) } as const;
export const makeDepthwiseConv = { 1: depthwise(1), 2: depthwise(2) } as const;
export const makeSeparableConv = { 1: separable(1), 2: separable(2) } as const;
