/** Cases of convolutions: plain, depthwise and separable, by sums over the taps of each window (Dumoulin and Visin 2016). */
import type { HostArray } from '@cotangent/graph';
import type {
  ConvLayerOptions,
  DepthwiseConvOptions,
  SeparableConvOptions,
} from '../../../packages/layers/src/layers/convolution.ts';
import { at, filled } from '../arrays.ts';
import type { BadLayer, LayerCases, Plain } from './case.ts';
import { numbers, someOf } from './draws.ts';
import {
  drawnWindows,
  type Image,
  imageOf,
  imageShape,
  type PerAxis,
  tapsAt,
  type WindowOptions,
  windowsOf,
} from './spatial.ts';

type Rank = 1 | 2 | 3;

/** y[b, p, f] = Σ over taps t and channels c of the group of f: x[b, p·stride + t·dilation − before, c]·w[t, c, f] */
export function convolved(
  x: Image,
  kernel: HostArray,
  size: PerAxis,
  options: WindowOptions,
  groups: number,
  bias: HostArray | undefined,
): Plain {
  const windows = windowsOf(size, options, x.sizes);
  const [inputs, filters] = [kernel.shape.at(-2)!, kernel.shape.at(-1)!];
  const { shape, placeOf } = imageShape(x.examples, windows.counts, filters, options.layout);
  const values = filled(shape, (position) => {
    const { example, place, channel: filter } = placeOf(position);
    const group = Math.floor(filter / (filters / groups));
    let total = bias?.data[filter] ?? 0;
    for (const { tap, source } of tapsAt(windows, place))
      for (let c = 0; c < inputs; c++)
        total += x.read(example, source, group * inputs + c) * at(kernel, [...tap, c, filter]);
    return total;
  });
  return { shape, values };
}

/** What every layer with a kernel over spatial axes refuses. */
export function badWindows(what: string, rank: Rank, options: object): BadLayer[] {
  const sizes = Array<number>(rank).fill(5).join(', ');
  const image = `f32[2, ${sizes}, 4]`;
  const bad = (more: object, x: string | undefined, code: BadLayer['code'], sentence: string): BadLayer => ({
    options: { ...options, kernel: 2, ...more },
    ...(x === undefined ? {} : { x }),
    code,
    sentence,
  });
  const axes = ['width', 'height, width', 'depth, height, width'][rank - 1]!;
  return [
    { options, code: 'BAD_ARGUMENT', sentence: `${what} needs the option 'kernel'` },
    bad(
      { kernel: 0 },
      undefined,
      'BAD_ARGUMENT',
      "the option 'kernel' is 0, not a whole number of 1 or more",
    ),
    bad({ stride: 0 }, undefined, 'BAD_ARGUMENT', "the option 'stride' is 0"),
    bad({ dilation: 1.5 }, undefined, 'BAD_ARGUMENT', "the option 'dilation' is 1.5"),
    bad({ padding: -1 }, undefined, 'BAD_ARGUMENT', "the option 'padding' is -1"),
    bad({ padding: 'full' }, undefined, 'BAD_ARGUMENT', "not 'valid', 'same', a number"),
    bad({ layout: 'NHWC' }, undefined, 'BAD_ARGUMENT', 'not one of channelsLast, channelsFirst'),
    bad({ strides: 2 }, undefined, 'BAD_ARGUMENT', `${what} has no option 'strides'`),
    bad({}, `f32[2, ${sizes}]`, 'SHAPE_MISMATCH', `${what} needs [batch, ${axes}, channels]`),
    bad({ layout: 'channelsFirst' }, `f32[2, ${sizes}]`, 'SHAPE_MISMATCH', `[batch, channels, ${axes}]`),
    bad({}, `f32[2, ${sizes}, channels]`, 'UNBOUND_DIMENSION', 'needs a known number of channels'),
    bad({}, `i32[2, ${sizes}, 4]`, 'DTYPE_MISMATCH', `${what} takes f32 or f64, not i32`),
    bad(
      { stride: Array(rank + 1).fill(1) },
      image,
      'BAD_ARGUMENT',
      `${rank + 1} entries for ${rank} spatial axes`,
    ),
    bad(
      { kernel: Array(rank + 1).fill(1) },
      image,
      'SHAPE_MISMATCH',
      'needs a kernel [...window, channels, filters]',
    ),
    bad({ padding: Array(rank + 1).fill(1) }, image, 'BAD_ARGUMENT', `padding has ${rank + 1} entries`),
  ];
}

/** What a window that does not fit is told; transposed windows always fit. */
const tooLarge = (rank: Rank, options: object): BadLayer => ({
  options: { ...options, kernel: 3, dilation: 3 },
  x: `f32[2, ${Array<number>(rank).fill(5).join(', ')}, 4]`,
  code: 'SHAPE_MISMATCH',
  sentence: 'does not fit into',
});

const common = (random: { chance(probability: number): boolean }) => ({
  bias: random.chance(0.6),
  kernelRegularizer: { l1: 0.1 },
});

const conv = (rank: Rank): LayerCases<ConvLayerOptions> => ({
  layouts: () => true,
  sample(random, dtype) {
    const { size, options, sizes } = drawnWindows(random, rank);
    const groups = random.pick([1, 1, 2]);
    const [channels, filters] = [groups * random.whole(1, 2), groups * random.whole(1, 2)];
    const { shape } = imageShape(random.whole(1, 2), sizes, channels, options.layout);
    return {
      options: {
        filters,
        kernel: size,
        ...options,
        ...(groups === 1 ? {} : { groups }),
        ...someOf(random, common(random)),
      },
      x: numbers(random, dtype, shape),
      training: random.chance(0.5),
    };
  },
  reference({ options, x, variables: { kernel, bias } }) {
    const { groups = 1, layout } = options;
    return { outputs: [convolved(imageOf(x, layout), kernel!, options.kernel, options, groups, bias)] };
  },
  bad: [
    ...badWindows(`conv${rank}d`, rank, { filters: 2 }),
    tooLarge(rank, { filters: 2 }),
    { options: { kernel: 2 }, code: 'BAD_ARGUMENT', sentence: `conv${rank}d needs the option 'filters'` },
    ...badGroups(`conv${rank}d`, rank),
  ],
});

export const badGroups = (what: string, rank: Rank): BadLayer[] => {
  const image = (channels: number) => `f32[2, ${Array<number>(rank).fill(5).join(', ')}, ${channels}]`;
  return [
    {
      options: { filters: 4, kernel: 2, groups: 2 },
      x: image(3),
      code: 'SHAPE_MISMATCH',
      sentence: `${what}: 3 channels and 4 filters do not both divide into 2 groups`,
    },
    {
      options: { filters: 3, kernel: 2, groups: 2 },
      x: image(4),
      code: 'SHAPE_MISMATCH',
      sentence: 'do not both divide into 2 groups',
    },
    {
      options: { filters: 2, kernel: 2, groups: 0 },
      code: 'BAD_ARGUMENT',
      sentence: "the option 'groups' is 0",
    },
  ];
};

/** Filters c·m to c·m + m − 1 see channel c alone (Chollet 2017). */
const depthwise = (rank: 1 | 2): LayerCases<DepthwiseConvOptions> => ({
  layouts: () => true,
  sample(random, dtype) {
    const { size, options, sizes } = drawnWindows(random, rank);
    const { shape } = imageShape(random.whole(1, 2), sizes, random.whole(1, 3), options.layout);
    return {
      options: {
        kernel: size,
        ...options,
        ...someOf(random, { ...common(random), multiplier: random.whole(1, 3) }),
      },
      x: numbers(random, dtype, shape),
      training: random.chance(0.5),
    };
  },
  reference({ options, x, variables: { kernel, bias } }) {
    const image = imageOf(x, options.layout);
    return { outputs: [convolved(image, kernel!, options.kernel, options, image.channels, bias)] };
  },
  bad: [
    ...badWindows(`depthwiseConv${rank}d`, rank, {}),
    tooLarge(rank, {}),
    { options: { kernel: 2, multiplier: 0 }, code: 'BAD_ARGUMENT', sentence: "the option 'multiplier' is 0" },
    { options: { kernel: 2, groups: 2 }, code: 'BAD_ARGUMENT', sentence: "has no option 'groups'" },
  ],
});

/** Depthwise, then a window of one place that mixes channels; the bias is added at the end. */
const separable = (rank: 1 | 2): LayerCases<SeparableConvOptions> => ({
  layouts: () => true,
  sample(random, dtype) {
    const { options, ...rest } = depthwise(rank).sample(random, dtype);
    return { ...rest, options: { ...options, filters: random.whole(1, 3) } };
  },
  reference({ options, x, variables: { depthwiseKernel, pointwiseKernel, bias } }) {
    const image = imageOf(x, options.layout);
    const { layout: _, ...window } = options;
    const deep = convolved(image, depthwiseKernel!, options.kernel, window, image.channels, undefined);
    const { shape, values } = deep;
    const channels = shape.at(-1)!;
    const between: Image = {
      examples: image.examples,
      sizes: shape.slice(1, -1),
      channels,
      read: (example, place, channel) => {
        const row = [example, ...place].reduce((offset, i, axis) => offset * shape[axis]! + i, 0);
        return values[row * channels + channel]!;
      },
    };
    const layout = options.layout === undefined ? {} : { layout: options.layout };
    return { outputs: [convolved(between, pointwiseKernel!, 1, layout, 1, bias)] };
  },
  bad: [
    ...badWindows(`separableConv${rank}d`, rank, { filters: 2 }),
    tooLarge(rank, { filters: 2 }),
    {
      options: { kernel: 2 },
      code: 'BAD_ARGUMENT',
      sentence: `separableConv${rank}d needs the option 'filters'`,
    },
  ],
});

export const convolutionCases = {
  conv1d: conv(1),
  conv2d: conv(2),
  conv3d: conv(3),
  depthwiseConv1d: depthwise(1),
  depthwiseConv2d: depthwise(2),
  separableConv1d: separable(1),
  separableConv2d: separable(2),
} as const;
