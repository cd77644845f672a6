/** Convolution, pooling and resampling of images in the layouts of WebNN. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { type Operators, sizesOf, type Unary } from './operator.ts';

type ImageLayout = 'nchw' | 'nhwc';
type Pair = readonly [number, number];

interface ConvOptions {
  /** top, bottom, left, right */
  readonly padding?: readonly [number, number, number, number];
  readonly strides?: Pair;
  readonly dilations?: Pair;
  readonly groups?: number;
  readonly inputLayout?: ImageLayout;
  readonly filterLayout?: string;
  readonly bias?: AnyTensor;
  readonly outputPadding?: Pair;
  readonly outputSizes?: Pair;
}

interface Filtered extends Unary {
  readonly filter: AnyTensor;
}

const layoutOf = (layout: ImageLayout): ops.Layout => (layout === 'nchw' ? 'channelsFirst' : 'channelsLast');
const spatialSizes = (x: AnyTensor, layout: ImageLayout): readonly number[] =>
  layout === 'nchw' ? sizesOf(x).slice(2) : sizesOf(x).slice(1, 3);

/** A filter with its axes, named by letters, in another order. */
const inOrder = (filter: AnyTensor, from: string, to: string): AnyTensor =>
  ops.transpose(
    filter,
    [...to].map((letter) => from.indexOf(letter)),
  );

const withBias = (y: AnyTensor, bias: AnyTensor | undefined, layout: ImageLayout): AnyTensor => {
  if (bias === undefined) return y;
  return ops.add(y, layout === 'nchw' ? ops.reshape(bias, [...bias.shape, 1, 1]) : bias);
};

function conv2d({ input, filter }: Filtered, options: ConvOptions): AnyTensor {
  const { inputLayout = 'nchw', filterLayout = 'oihw', groups = 1, bias } = options;
  const { padding = [0, 0, 0, 0], strides = [1, 1], dilations = [1, 1] } = options;
  const y = ops.conv(input, inOrder(filter, filterLayout, 'hwio'), {
    padding: [padding.slice(0, 2) as unknown as Pair, padding.slice(2) as unknown as Pair],
    stride: strides,
    dilation: dilations,
    groups,
    layout: layoutOf(inputLayout),
  });
  return withBias(y, bias, inputLayout);
}

/** The filter holds [in, out / groups]; ours [in / groups, out], the groups side by side. */
function transposedKernel(filter: AnyTensor, layout: string, groups: number): AnyTensor {
  const ordered = inOrder(filter, layout, 'iohw');
  const [inputs, outputs, height, width] = sizesOf(ordered);
  const cut = ops.reshape(ordered, [groups, inputs / groups, outputs, height, width]);
  const moved = ops.transpose(cut, [3, 4, 1, 0, 2]);
  return ops.reshape(moved, [height, width, inputs / groups, groups * outputs]);
}

function convTranspose2d({ input, filter }: Filtered, options: ConvOptions): AnyTensor {
  const { inputLayout = 'nchw', filterLayout = 'iohw', groups = 1, bias, outputSizes } = options;
  const { padding = [0, 0, 0, 0], strides = [1, 1], dilations = [1, 1], outputPadding = [0, 0] } = options;
  const kernel = transposedKernel(filter, filterLayout, groups);
  const sizes = spatialSizes(input, inputLayout);
  const missing = (axis: number): number => {
    const window = (sizesOf(kernel)[axis] - 1) * dilations[axis] + 1;
    const size = (sizes[axis] - 1) * strides[axis] + window - padding[2 * axis] - padding[2 * axis + 1];
    return outputSizes![axis] - size;
  };
  const y = ops.convTranspose(input, kernel, {
    padding: [padding.slice(0, 2) as unknown as Pair, padding.slice(2) as unknown as Pair],
    stride: strides,
    dilation: dilations,
    groups,
    layout: layoutOf(inputLayout),
    outputPadding: outputSizes === undefined ? outputPadding : [missing(0), missing(1)],
  });
  return withBias(y, bias, inputLayout);
}

interface PoolOptions {
  readonly windowDimensions?: Pair;
  readonly padding?: readonly [number, number, number, number];
  readonly strides?: Pair;
  readonly dilations?: Pair;
  readonly layout?: ImageLayout;
  readonly roundingType?: 'floor' | 'ceil';
  readonly outputSizes?: Pair;
}

/** Our window and options; rounding up and given sizes become padding at the end. */
function windowOf(input: AnyTensor, options: PoolOptions) {
  const { layout = 'nchw', roundingType = 'floor', outputSizes } = options;
  const { padding = [0, 0, 0, 0], strides = [1, 1], dilations = [1, 1] } = options;
  const sizes = spatialSizes(input, layout);
  const window = options.windowDimensions ?? (sizes as unknown as Pair);
  const pairs = sizes.map((size, axis): Pair => {
    const [before, after] = [padding[2 * axis], padding[2 * axis + 1]];
    const extent = (window[axis] - 1) * dilations[axis] + 1;
    const steps = (size + before + after - extent) / strides[axis];
    const count = outputSizes?.[axis] ?? (roundingType === 'ceil' ? Math.ceil(steps) : Math.floor(steps)) + 1;
    const needed = (count - 1) * strides[axis] + extent;
    return [before, Math.max(after, needed - size - before)];
  });
  return {
    window,
    options: { padding: pairs, stride: strides, dilation: dilations, layout: layoutOf(layout) },
  };
}

const pool =
  (f: (x: AnyTensor, window: Pair, options: ops.PoolOptions) => AnyTensor) =>
  ({ input }: Unary, given: PoolOptions): AnyTensor => {
    const { window, options } = windowOf(input, given);
    return f(input, window, options);
  };

/** √Σ x²: the mean over the whole window, times its size. */
const l2Pool = (x: AnyTensor, window: Pair, options: ops.PoolOptions): AnyTensor =>
  ops.sqrt(ops.mul(ops.averagePool(ops.square(x), window, options), window[0] * window[1]));

interface ResampleOptions {
  readonly mode?: 'nearest-neighbor' | 'linear';
  readonly scales?: Pair;
  readonly sizes?: Pair;
  readonly axes?: Pair;
}

/** Each result lies at (i + ½)·size/newSize − ½ in the input; outside, the border counts. */
function resampleAxis(x: AnyTensor, axis: number, newSize: number, linear: boolean): AnyTensor {
  const size = sizesOf(x)[axis];
  const places = Array.from({ length: newSize }, (_, i) => ((i + 0.5) * size) / newSize - 0.5);
  const at = (positions: readonly number[]): AnyTensor =>
    ops.take(
      x,
      positions.map((position) => Math.min(Math.max(position, 0), size - 1)),
      axis,
    );
  // Halves go down.
  if (!linear) return at(places.map((place) => Math.ceil(place - 0.5)));
  const lower = places.map(Math.floor);
  const share = ops.constantOfArray(
    places.map((place, i) => place - lower[i]),
    x.dtype,
  );
  const weight = ops.reshape(share, [newSize, ...x.shape.slice(axis + 1).map(() => 1)]);
  const [left, right] = [at(lower), at(lower.map((place) => place + 1))];
  return ops.add(left, ops.mul(ops.sub(right, left), weight));
}

function resample2d({ input }: Unary, options: ResampleOptions): AnyTensor {
  const { mode = 'nearest-neighbor', scales = [1, 1], sizes, axes = [2, 3] } = options;
  return axes.reduce((x, axis, i) => {
    const newSize = sizes?.[i] ?? Math.floor(sizesOf(input)[axis] * scales[i]);
    return resampleAxis(x, axis, newSize, mode === 'linear');
  }, input);
}

export const spatial: Operators = {
  conv2d,
  convTranspose2d,
  averagePool2d: pool((x, window, options) =>
    ops.averagePool(x, window, { ...options, countIncludePad: false }),
  ),
  l2Pool2d: pool(l2Pool),
  maxPool2d: pool((x, window, options) => ops.maxPool(x, window, options)),
  resample2d,
};
