/** Windows over spatial axes for references: channels in either layout, padding as amounts, options of windows. */
import type { HostArray } from '@cotangent/graph';
import { at, inside, positions } from '../arrays.ts';
import type { Random } from '../random.ts';
import { windowsWithin } from '../window.ts';
import { layouts, someOf } from './draws.ts';

export type PerAxis = number | readonly number[];

/** Options that windows of convolution and pooling share. */
export interface WindowOptions {
  readonly stride?: PerAxis;
  readonly padding?: 'valid' | 'same' | PerAxis | readonly (readonly [number, number])[];
  readonly dilation?: PerAxis;
  readonly layout?: 'channelsLast' | 'channelsFirst';
}

/** An image, sequence or volume that is read by example, place and channel. */
export interface Image {
  readonly examples: number;
  readonly sizes: readonly number[];
  readonly channels: number;
  /** 0 outside. */
  read(example: number, place: readonly number[], channel: number): number;
}

export function imageOf(x: HostArray, layout: WindowOptions['layout'] = 'channelsLast'): Image {
  const last = layout === 'channelsLast';
  const sizes = last ? x.shape.slice(1, -1) : x.shape.slice(2);
  return {
    examples: x.shape[0]!,
    sizes,
    channels: x.shape.at(last ? -1 : 1)!,
    read: (example, place, channel) =>
      inside(sizes, place) ? at(x, last ? [example, ...place, channel] : [example, channel, ...place]) : 0,
  };
}

/** The shape of an image, and where each of its positions is. */
export function imageShape(
  examples: number,
  sizes: readonly number[],
  channels: number,
  layout: WindowOptions['layout'] = 'channelsLast',
) {
  const last = layout === 'channelsLast';
  return {
    shape: last ? [examples, ...sizes, channels] : [examples, channels, ...sizes],
    placeOf: (position: readonly number[]) => ({
      example: position[0]!,
      place: last ? position.slice(1, -1) : position.slice(2),
      channel: position.at(last ? -1 : 1)!,
    }),
  };
}

export const each = (value: PerAxis, rank: number): readonly number[] =>
  typeof value === 'number' ? Array.from({ length: rank }, () => value) : value;

/** How far a window reaches. */
export const extentsOf = (window: readonly number[], dilation: readonly number[]): number[] =>
  window.map((size, i) => (size - 1) * dilation[i]! + 1);

/** [before, after] for each axis; 'same' makes ⌈size / stride⌉ windows fit, with the odd one at the end (TensorFlow). */
export function amountsOf(
  padding: WindowOptions['padding'] = 'valid',
  sizes: readonly number[],
  extents: readonly number[],
  strides: readonly number[],
): [number, number][] {
  if (padding === 'valid') return sizes.map(() => [0, 0]);
  if (padding === 'same')
    return sizes.map((size, i) => {
      const needed = (Math.ceil(size / strides[i]!) - 1) * strides[i]! + extents[i]!;
      const missing = Math.max(needed - size, 0);
      return [Math.floor(missing / 2), Math.ceil(missing / 2)];
    });
  const list = typeof padding === 'number' ? sizes.map(() => padding) : padding;
  return list.map((amount) => (typeof amount === 'number' ? [amount, amount] : [amount[0], amount[1]]));
}

/** Where the windows of a layer lie. */
export interface Windows {
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly extents: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  /** How many along each axis. */
  readonly counts: readonly number[];
}

/** Windows of options; in ceil mode a last one may stick out, if it starts before the padding at the end (PyTorch). */
export function windowsOf(
  size: PerAxis,
  { stride = 1, padding, dilation = 1 }: WindowOptions,
  sizes: readonly number[],
  ceilMode = false,
): Windows {
  const rank = sizes.length;
  const [window, strides, gaps] = [each(size, rank), each(stride, rank), each(dilation, rank)];
  const extents = extentsOf(window, gaps);
  const amounts = amountsOf(padding, sizes, extents, strides);
  const counts = sizes.map((length, i) => {
    const [before, after] = amounts[i]!;
    const whole = windowsWithin(length + before + after, extents[i]!, strides[i]!);
    const next = whole * strides[i]!;
    const covered = (whole - 1) * strides[i]! + extents[i]! === length + before + after;
    return whole + Number(ceilMode && !covered && next < length + before);
  });
  return { window, strides, dilation: gaps, extents, padding: amounts, counts };
}

/** The taps of a window, and the place in the input that each looks at. */
export const tapsAt = (
  { window, strides, dilation, padding }: Windows,
  place: readonly number[],
): { readonly tap: readonly number[]; readonly source: readonly number[] }[] =>
  positions(window).map((tap) => ({
    tap,
    source: tap.map((w, i) => place[i]! * strides[i]! + w * dilation[i]! - padding[i]![0]),
  }));

/** A number for all axes, or one for each. */
export const perAxis = (random: Random, rank: number, low: number, high: number): PerAxis =>
  random.chance(0.5) ? random.whole(low, high) : random.list(rank, () => random.whole(low, high));

/** A window with options, and sizes of an input into which it fits. */
export function drawnWindows(random: Random, rank: number) {
  const most = rank === 3 ? 2 : 3;
  const size = perAxis(random, rank, 1, most);
  const padding = random.pick<NonNullable<WindowOptions['padding']>>([
    'valid',
    'same',
    'same',
    random.whole(0, 1),
    random.list(rank, () => random.whole(0, 2)),
    random.list(rank, (): [number, number] => [random.whole(0, 2), random.whole(0, 1)]),
  ]);
  const options: WindowOptions = someOf(random, {
    stride: perAxis(random, rank, 1, most),
    padding,
    dilation: perAxis(random, rank, 1, 2),
    layout: random.pick(layouts),
  });
  const extents = extentsOf(each(size, rank), each(options.dilation ?? 1, rank));
  const sizes = extents.map((extent, i) => {
    const free =
      options.padding === 'same' || options.padding === undefined
        ? [0, 0]
        : amountsOf(options.padding, extents, extents, extents)[i]!;
    const least = options.padding === 'same' ? 1 : Math.max(1, extent - free[0]! - free[1]!);
    return least + random.whole(0, rank === 3 ? 1 : 3);
  });
  return { size, options, sizes };
}
