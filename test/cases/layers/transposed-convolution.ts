/** Cases of transposed convolutions: every entry of the input adds its multiple of the kernel to the result. */
import type { ConvTransposeLayerOptions } from '../../../packages/layers/src/layers/convolution.ts';
import { at, filled, inside, offsetOf, positions } from '../arrays.ts';
import type { LayerCases } from './case.ts';
import { badGroups, badWindows } from './convolution.ts';
import { numbers, someOf } from './draws.ts';
import { amountsOf, drawnWindows, each, extentsOf, imageOf, imageShape } from './spatial.ts';

type Rank = 1 | 2 | 3;

/** Sizes of the result, and what is cut off before each axis. */
function geometry(options: ConvTransposeLayerOptions, sizes: readonly number[]) {
  const { kernel, stride = 1, dilation = 1, padding, outputPadding = 0 } = options;
  const rank = sizes.length;
  const [strides, gaps, more] = [each(stride, rank), each(dilation, rank), each(outputPadding, rank)];
  const extents = extentsOf(each(kernel, rank), gaps);
  if (padding === 'same')
    return {
      strides,
      gaps,
      counts: sizes.map((size, i) => size * strides[i]!),
      before: extents.map((extent, i) => Math.floor(Math.max(extent - strides[i]!, 0) / 2)),
    };
  const cut = amountsOf(padding, sizes, extents, strides);
  return {
    strides,
    gaps,
    counts: sizes.map(
      (size, i) => (size - 1) * strides[i]! + extents[i]! - cut[i]![0] - cut[i]![1] + more[i]!,
    ),
    before: cut.map(([before]) => before),
  };
}

const transposed = (rank: Rank): LayerCases<ConvTransposeLayerOptions> => ({
  layouts: () => true,
  sample(random, dtype) {
    for (;;) {
      const { size, options, sizes } = drawnWindows(random, rank);
      const groups = random.pick([1, 1, 2]);
      const [channels, filters] = [groups * random.whole(1, 2), groups * random.whole(1, 2)];
      const { shape } = imageShape(random.whole(1, 2), sizes, channels, options.layout);
      const room = each(options.stride ?? 1, rank).map((stride, i) =>
        Math.max(stride, each(options.dilation ?? 1, rank)[i]!),
      );
      const outputPadding = room.map((most) => random.whole(0, most - 1));
      const all: ConvTransposeLayerOptions = {
        filters,
        kernel: size,
        ...options,
        ...(groups === 1 ? {} : { groups }),
        ...(options.padding === 'same' || random.chance(0.4) ? {} : { outputPadding }),
        ...someOf(random, { bias: random.chance(0.6) }),
      };
      // Padding cuts off from the result, so something has to be left of it.
      if (geometry(all, sizes).counts.every((count) => count > 0))
        return { options: all, x: numbers(random, dtype, shape), training: random.chance(0.5) };
    }
  },
  /** y[b, p·stride + t·dilation − before, f] += x[b, p, c]·w[t, c, f] (Dumoulin and Visin 2016, chapter 4) */
  reference({ options, x, variables: { kernel, bias } }) {
    const { filters, groups = 1, layout } = options;
    const image = imageOf(x, layout);
    const { strides, gaps, counts, before } = geometry(options, image.sizes);
    const inputs = image.channels / groups;
    const sums = filled(
      [image.examples, ...counts, filters],
      (position) => bias?.data[position.at(-1)!] ?? 0,
    );
    for (let example = 0; example < image.examples; example++)
      for (const place of positions(image.sizes))
        for (const tap of positions(each(options.kernel, rank)))
          for (let filter = 0; filter < filters; filter++) {
            const target = place.map((p, i) => p * strides[i]! + tap[i]! * gaps[i]! - before[i]!);
            if (!inside(counts, target)) continue;
            const group = Math.floor(filter / (filters / groups));
            for (let c = 0; c < inputs; c++)
              sums[offsetOf([image.examples, ...counts, filters], [example, ...target, filter])]! +=
                image.read(example, place, group * inputs + c) * at(kernel!, [...tap, c, filter]);
          }
    const { shape, placeOf } = imageShape(image.examples, counts, filters, layout);
    const values = filled(shape, (position) => {
      const { example, place, channel } = placeOf(position);
      return sums[offsetOf([image.examples, ...counts, filters], [example, ...place, channel])]!;
    });
    return { outputs: [{ shape, values }] };
  },
  bad: [
    ...badWindows(`convTranspose${rank}d`, rank, { filters: 2 }),
    ...badGroups(`convTranspose${rank}d`, rank),
    {
      options: { filters: 2, kernel: 2, stride: 2, outputPadding: 2 },
      x: `f32[2, ${Array<number>(rank).fill(5).join(', ')}, 4]`,
      code: 'BAD_ARGUMENT',
      sentence: 'an outputPadding of 2 must be less than the stride or the dilation',
    },
    {
      options: { filters: 2, kernel: 2, stride: 2, padding: 'same', outputPadding: 1 },
      x: `f32[2, ${Array<number>(rank).fill(5).join(', ')}, 4]`,
      code: 'BAD_ARGUMENT',
      sentence: "padding 'same' already fixes the sizes",
    },
    {
      options: { filters: 2, kernel: 2, outputPadding: -1 },
      code: 'BAD_ARGUMENT',
      sentence: "the option 'outputPadding' is -1",
    },
    {
      options: { filters: 2, kernel: 1, padding: 9 },
      x: `f32[2, ${Array<number>(rank).fill(5).join(', ')}, 4]`,
      code: 'SHAPE_MISMATCH',
      sentence: 'a padding of 9 and 9 leaves nothing of a result of size 5',
    },
  ],
});

export const transposedConvolutionCases = {
  convTranspose1d: transposed(1),
  convTranspose2d: transposed(2),
  convTranspose3d: transposed(3),
} as const;
