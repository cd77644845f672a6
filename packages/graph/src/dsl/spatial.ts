/** Convolution and pooling over the spatial axes of images, sequences and volumes. */
import { addDims, type Dim } from '../dim.ts';
import { type AnyTensor, apply1, applyForUser, fail } from '../node.ts';
import { dilated } from '../primitives/contraction.ts';
import { formatShape } from '../shape.ts';
import { div } from './elementwise.ts';
import { reverse } from './movement.ts';
import { broadcastTo, sameDType, splat } from './operands.ts';
import { max, mean } from './reduction.ts';

/** `[batch, ...spatial, channels]` or `[batch, channels, ...spatial]`. */
export type Layout = 'channelsLast' | 'channelsFirst';

/**
 * 'valid': none. 'same': as many results as ⌈size / stride⌉, the odd one at the end. A number or a list of numbers:
 * that much on both sides. Pairs: [before, after] per spatial axis.
 */
export type Padding = 'valid' | 'same' | number | readonly number[] | readonly (readonly [number, number])[];

export interface ConvOptions {
  readonly stride?: number | readonly number[];
  readonly padding?: Padding;
  readonly dilation?: number | readonly number[];
  readonly groups?: number;
  readonly layout?: Layout;
}

export interface ConvTransposeOptions extends ConvOptions {
  /** Extra size at the end of each spatial axis, less than the stride or the dilation. */
  readonly outputPadding?: number | readonly number[];
}

/** Which axes of an image tensor of a rank are spatial, and which are the others. */
export function axisRoles(
  rank: number,
  layout: Layout,
): { batch: number; feature: number; spatial: number[] } {
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i + (layout === 'channelsLast' ? 1 : 2));
  return { batch: 0, feature: layout === 'channelsLast' ? rank - 1 : 1, spatial };
}

/** One entry per spatial axis. */
function perAxis(
  value: number | readonly number[] | undefined,
  count: number,
  fallback: number,
  what: string,
  least = 1,
): number[] {
  const list =
    typeof value === 'number' || value === undefined
      ? Array<number>(count).fill(value ?? fallback)
      : [...value];
  if (list.length !== count)
    throw fail(
      'BAD_ARGUMENT',
      `${what} [${list.join(', ')}] has ${list.length} entries for ${count} spatial axes`,
    );
  if (!list.every((entry) => Number.isInteger(entry) && entry >= least))
    throw fail('BAD_ARGUMENT', `${what} [${list.join(', ')}] must be whole numbers, ${least} or more`);
  return list;
}

/** Explicit [before, after] padding of each spatial axis. */
function paddingOf(
  padding: Padding | undefined,
  sizes: readonly Dim[],
  windows: readonly number[],
  strides: readonly number[],
): [number, number][] {
  if (padding === undefined || padding === 'valid') return sizes.map(() => [0, 0]);
  if (padding === 'same') return sizes.map((size, i) => samePadding(size, windows[i]!, strides[i]!));
  if (typeof padding === 'string')
    throw fail(
      'BAD_ARGUMENT',
      `padding '${String(padding)}' is not one of 'valid', 'same', a number or [before, after] pairs`,
    );
  const list = typeof padding === 'number' ? sizes.map(() => padding) : padding;
  if (list.length !== sizes.length)
    throw fail('BAD_ARGUMENT', `padding has ${list.length} entries for ${sizes.length} spatial axes`);
  return list.map((entry) => {
    const pair: readonly [number, number] = typeof entry === 'number' ? [entry, entry] : entry;
    if (pair.length !== 2 || !pair.every((amount) => Number.isInteger(amount) && amount >= 0))
      throw fail('BAD_ARGUMENT', `padding ${JSON.stringify(entry)} must be whole numbers, 0 or more`);
    return [pair[0], pair[1]];
  });
}

function samePadding(size: Dim, window: number, stride: number): [number, number] {
  if (typeof size !== 'number' && stride !== 1)
    throw fail(
      'UNBOUND_DIMENSION',
      `padding 'same' with stride ${stride} needs a known size, not '${size}': give the padding in numbers`,
    );
  const total =
    typeof size === 'number'
      ? Math.max((Math.ceil(size / stride) - 1) * stride + window - size, 0)
      : window - 1;
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

const axisNames = [['width'], ['height', 'width'], ['depth', 'height', 'width']];

/** Refuses a tensor of another rank than the last two letters of a name such as conv2d say. */
export function checkRank(x: AnyTensor, what: string, layout: Layout): void {
  const count = /(\d)d$/.exec(what);
  const rank = count === null ? Math.max(x.shape.length, 3) : Number(count[1]) + 2;
  if (x.shape.length === rank) return;
  const spatial = axisNames[rank - 3]?.join(', ') ?? 'spatial';
  throw fail(
    'SHAPE_MISMATCH',
    `${what} needs ${layout === 'channelsLast' ? `[batch, ${spatial}, channels]` : `[batch, channels, ${spatial}]`}, not ${formatShape(x.shape)}`,
    [formatShape(x.shape)],
  );
}

/** Each window lies inside the padded input, at least once; an empty axis has no windows. */
function checkWindows(
  x: AnyTensor,
  sizes: readonly Dim[],
  windows: readonly number[],
  padding: readonly (readonly [number, number])[],
): void {
  const tooLarge = sizes.some((size, i) => {
    const padded = addDims(size, padding[i]![0] + padding[i]![1]);
    return typeof padded === 'number' && size !== 0 && padded < windows[i]!;
  });
  if (tooLarge)
    throw fail(
      'SHAPE_MISMATCH',
      `a window of ${windows.join(' x ')} does not fit into ${formatShape(x.shape)}: use padding 'same', or less pooling before`,
      [formatShape(x.shape)],
    );
}

/** Sizes of the window of a kernel that has as many axes as x. */
function kernelWindows(x: AnyTensor, kernel: AnyTensor, what: string): number[] {
  if (kernel.shape.length !== x.shape.length)
    throw fail(
      'SHAPE_MISMATCH',
      `${what} of ${formatShape(x.shape)} needs a kernel [...window, channels, filters], not ${formatShape(kernel.shape)}`,
    );
  const windows = kernel.shape.slice(0, -2);
  if (!windows.every((size): size is number => typeof size === 'number'))
    throw fail('UNBOUND_DIMENSION', `the window of a kernel has known sizes, not ${formatShape(windows)}`);
  return windows;
}

/**
 * Convolution (cross-correlation) with a kernel [...window, channels / groups, filters].
 *
 * @param x  [batch, ...spatial, channels], or channels first by option
 * @example
 * ```ts
 * const y = conv(images, kernel, { padding: 'same', stride: 2 });
 * ```
 */
export function conv(x: AnyTensor, kernel: AnyTensor, options: ConvOptions = {}, what = 'conv'): AnyTensor {
  const { layout = 'channelsLast', groups = 1 } = options;
  checkRank(x, what, layout);
  sameDType(x, kernel);
  const rank = x.shape.length;
  const roles = axisRoles(rank, layout);
  const strides = perAxis(options.stride, rank - 2, 1, 'stride');
  const dilation = perAxis(options.dilation, rank - 2, 1, 'dilation');
  const windows = kernelWindows(x, kernel, what).map((size, i) => dilated(size, dilation[i]!));
  const sizes = roles.spatial.map((axis) => x.shape[axis]!);
  const padding = paddingOf(options.padding, sizes, windows, strides);
  checkWindows(x, sizes, windows, padding);
  return apply1('convGeneral', [x, kernel], {
    strides,
    padding,
    inputDilation: strides.map(() => 1),
    kernelDilation: dilation,
    featureGroups: groups,
    batchGroups: 1,
    input: roles,
    kernel: { batch: rank - 1, feature: rank - 2, spatial: windows.map((_, i) => i) },
    output: roles,
  });
}

/**
 * Transposed convolution with a kernel [...window, channels / groups, filters]: the linear map that a strided
 * convolution has as its gradient. Sizes grow to (size − 1)·stride + window − before − after + outputPadding;
 * with padding 'same' to size·stride.
 */
export function convTranspose(
  x: AnyTensor,
  kernel: AnyTensor,
  options: ConvTransposeOptions = {},
  what = 'convTranspose',
): AnyTensor {
  const { layout = 'channelsLast', groups = 1 } = options;
  checkRank(x, what, layout);
  sameDType(x, kernel);
  const rank = x.shape.length;
  const roles = axisRoles(rank, layout);
  const strides = perAxis(options.stride, rank - 2, 1, 'stride');
  const dilation = perAxis(options.dilation, rank - 2, 1, 'dilation');
  const extra = perAxis(options.outputPadding, rank - 2, 0, 'outputPadding', 0);
  const windows = kernelWindows(x, kernel, what).map((size, i) => dilated(size, dilation[i]!));
  if (options.padding === 'same' && extra.some((size) => size > 0))
    throw fail(
      'BAD_ARGUMENT',
      `${what}: padding 'same' already fixes the sizes, so there is no outputPadding`,
    );
  const tooMuch = extra.find((size, i) => size >= Math.max(strides[i]!, dilation[i]!));
  if (tooMuch !== undefined)
    throw fail(
      'BAD_ARGUMENT',
      `${what}: an outputPadding of ${tooMuch} must be less than the stride or the dilation`,
    );
  const cropped =
    options.padding === 'same'
      ? windows.map((window, i): [number, number] => {
          const total = Math.max(window - strides[i]!, 0);
          return [Math.floor(total / 2), total - Math.floor(total / 2)];
        })
      : paddingOf(options.padding, windows, windows, strides);
  roles.spatial.forEach((axis, i) => {
    const size = x.shape[axis]!;
    if (typeof size !== 'number' || size === 0) return;
    const whole = (size - 1) * strides[i]! + windows[i]! + extra[i]!;
    const [before, after] = cropped[i]!;
    if (options.padding !== 'same' && whole <= before + after)
      throw fail(
        'SHAPE_MISMATCH',
        `${what} of ${formatShape(x.shape)}: a padding of ${before} and ${after} leaves nothing of a result of size ${whole}`,
        [formatShape(x.shape)],
      );
  });
  const growth =
    options.padding === 'same' ? windows.map((window, i) => Math.max(strides[i]! - window, 0)) : extra;
  return apply1(
    'convGeneral',
    [
      x,
      reverse(
        kernel,
        windows.map((_, i) => i),
      ),
    ],
    {
      strides: strides.map(() => 1),
      padding: windows.map(
        (window, i) => [window - 1 - cropped[i]![0], window - 1 - cropped[i]![1] + growth[i]!] as const,
      ),
      inputDilation: strides,
      kernelDilation: dilation,
      featureGroups: groups,
      batchGroups: 1,
      input: roles,
      kernel: { batch: rank - 1, feature: rank - 2, spatial: windows.map((_, i) => i) },
      output: roles,
    },
  );
}

export interface PoolOptions {
  /** Distance between windows; the window itself by default. */
  readonly stride?: number | readonly number[];
  readonly padding?: Padding;
  readonly dilation?: number | readonly number[];
  /** Let a last window stick out at the end, if it starts inside the input or the padding before it. */
  readonly ceilMode?: boolean;
  readonly layout?: Layout;
}

export interface AveragePoolOptions extends PoolOptions {
  /** Divide by the size of the whole window (default), or only by what lies inside the input. */
  readonly countIncludePad?: boolean;
}

interface Windows {
  readonly window: number[];
  readonly strides: number[];
  readonly padding: [number, number][];
  readonly dilation: number[];
  /** How much of the padding after the end comes from ceil mode. */
  readonly overhang: number[];
}

/** Window parameters for all axes, 1 on batch and channels. */
function windowsOf(
  x: AnyTensor,
  size: number | readonly number[],
  options: PoolOptions,
  what: string,
): Windows {
  const { layout = 'channelsLast', ceilMode = false } = options;
  checkRank(x, what, layout);
  const { spatial } = axisRoles(x.shape.length, layout);
  const window = perAxis(size, spatial.length, 1, 'window');
  const strides =
    options.stride === undefined ? window : perAxis(options.stride, spatial.length, 1, 'stride');
  const dilation = perAxis(options.dilation, spatial.length, 1, 'dilation');
  const extents = window.map((entry, i) => dilated(entry, dilation[i]!));
  const sizes = spatial.map((axis) => x.shape[axis]!);
  const padding = paddingOf(options.padding, sizes, extents, strides);
  checkWindows(x, sizes, extents, padding);
  // Such a window has no largest entry and no mean.
  const empty = padding.findIndex(([before, after], i) => Math.max(before, after) >= extents[i]!);
  if (empty >= 0)
    throw fail(
      'BAD_ARGUMENT',
      `${what}: a window of ${extents[empty]} would look at nothing but the padding of ${padding[empty]!.join(' and ')}: pad less than the window is wide`,
    );
  const overhang = spatial.map((_, i) =>
    ceilMode ? overhangOf(sizes[i]!, padding[i]!, extents[i]!, strides[i]!) : 0,
  );
  const spread = <T>(values: readonly T[], other: T): T[] => {
    const all = x.shape.map(() => other);
    spatial.forEach((axis, i) => (all[axis] = values[i]!));
    return all;
  };
  return {
    window: spread(window, 1),
    strides: spread(strides, 1),
    padding: spread(
      padding.map(([before, after], i): [number, number] => [before, after + overhang[i]!]),
      [0, 0],
    ),
    dilation: spread(dilation, 1),
    overhang: spread(overhang, 0),
  };
}

function overhangOf(
  size: Dim,
  [before, after]: readonly [number, number],
  extent: number,
  stride: number,
): number {
  if (typeof size !== 'number')
    throw fail('UNBOUND_DIMENSION', `ceil mode needs a known size, not '${size}'`);
  const rest = size + before + after - extent;
  const last = Math.ceil(rest / stride) * stride;
  return last < size + before ? Math.max(last - rest, 0) : 0;
}

/** The largest entry of each window; its derivative goes to the first of equals. */
export function maxPool(
  x: AnyTensor,
  window: number | readonly number[],
  options: PoolOptions = {},
  what = 'maxPool',
): AnyTensor {
  return maxPoolWithPositions(x, window, options, what)[0]!;
}

/** The largest entries and their positions as flat row-major indices into `x` (i32). */
export function maxPoolWithPositions(
  x: AnyTensor,
  size: number | readonly number[],
  options: PoolOptions = {},
  what = 'maxPool',
): readonly AnyTensor[] {
  const { window, strides, padding, dilation } = windowsOf(x, size, options, what);
  return applyForUser('reduceWindowArgMax', [x], { window, strides, padding, dilation });
}

/** The mean of each window. */
export function averagePool(
  x: AnyTensor,
  size: number | readonly number[],
  options: AveragePoolOptions = {},
  what = 'averagePool',
): AnyTensor {
  const { countIncludePad = true } = options;
  const { window, strides, padding, dilation, overhang } = windowsOf(x, size, options, what);
  const total = apply1('reduceWindowSum', [x], { window, strides, padding, dilation });
  const whole = window.reduce((product, entry) => product * entry, 1);
  const plain = padding.every(([before, after]) => before === 0 && after === 0);
  if (plain || (countIncludePad && overhang.every((amount) => amount === 0))) return div(total, whole);
  // Count what each window covers: the input, and the padding but not the overhang if that is to count.
  const counted = (axis: number): number =>
    countIncludePad ? padding[axis]![0] + padding[axis]![1] - overhang[axis]! : 0;
  const { spatial } = axisRoles(x.shape.length, options.layout ?? 'channelsLast');
  const covered = splat(
    1,
    x.shape.map((dim, axis) => (spatial.includes(axis) ? addDims(dim, counted(axis)) : 1)),
    x.dtype,
  );
  const rest = padding.map(([before, after], axis) =>
    countIncludePad ? ([0, overhang[axis]!] as const) : ([before, after] as const),
  );
  const count = apply1('reduceWindowSum', [covered], { window, strides, padding: rest, dilation });
  return div(total, broadcastTo(count, total.shape));
}

function spatialAxes(x: AnyTensor, layout: Layout = 'channelsLast'): number[] {
  if (x.shape.length >= 2) return axisRoles(x.shape.length, layout).spatial;
  const needed = layout === 'channelsLast' ? '[batch, ..., channels]' : '[batch, channels, ...]';
  throw fail('SHAPE_MISMATCH', `global pooling needs ${needed}, not ${formatShape(x.shape)}`, [
    formatShape(x.shape),
  ]);
}

/** Mean over all spatial axes: [batch, channels]. */
export const globalAveragePool = (x: AnyTensor, options: { readonly layout?: Layout } = {}): AnyTensor =>
  mean(x, spatialAxes(x, options.layout));
/** Maximum over all spatial axes: [batch, channels]. */
export const globalMaxPool = (x: AnyTensor, options: { readonly layout?: Layout } = {}): AnyTensor =>
  max(x, spatialAxes(x, options.layout));
