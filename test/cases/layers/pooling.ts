/** Cases of pooling: the largest entry or the mean of each window, or of all places. */

import { input, type Nested } from '@cotangent/graph';
import { type AnyLayer, globalMaxPool, maxPool1d, maxPool2d, maxPool3d } from '@cotangent/layers';
import type {
  AveragePoolLayerOptions,
  GlobalPoolOptions,
} from '../../../packages/layers/src/layers/pooling.ts';
import { distinct, filled, inside, positions } from '../arrays.ts';
import type { Random } from '../random.ts';
import type { BadLayer, Kink, LayerCases } from './case.ts';
import { layouts, numbers, someOf } from './draws.ts';
import { drawnWindows, type Image, imageOf, imageShape, tapsAt, type Windows, windowsOf } from './spatial.ts';

type Rank = 1 | 2 | 3;

const windowsIn = (x: Image, options: AveragePoolLayerOptions): Windows =>
  // The distance between windows is the window itself unless it is said.
  windowsOf(
    options.window,
    { ...options, stride: options.stride ?? options.window },
    x.sizes,
    options.ceilMode,
  );

/** Windows that look at no entry at all have no largest one and no mean. */
const looksInside = (x: Image, windows: Windows): boolean =>
  positions(windows.counts).every((place) =>
    tapsAt(windows, place).some(({ source }) => inside(x.sizes, source)),
  );

function drawnOptions(random: Random, rank: Rank, average: boolean) {
  for (;;) {
    const { size, options, sizes } = drawnWindows(random, rank);
    const all: AveragePoolLayerOptions = {
      window: size,
      ...options,
      ...someOf(random, {
        ceilMode: random.chance(0.6),
        ...(average ? { countIncludePad: random.chance(0.4) } : {}),
      }),
    };
    const { shape } = imageShape(random.whole(1, 2), sizes, random.whole(1, 2), options.layout);
    const image: Image = { examples: 0, sizes, channels: 0, read: () => 0 };
    const windows = windowsIn(image, all);
    const isWide = windows.padding.some((amounts, i) => Math.max(...amounts) >= windows.extents[i]!);
    if (!isWide && looksInside(image, windows)) return { options: all, shape };
  }
}

/** What every pooling refuses. */
function badPooling(what: string, rank: Rank): BadLayer[] {
  const sizes = Array<number>(rank).fill(5).join(', ');
  const image = `f32[2, ${sizes}, 4]`;
  const bad = (
    options: object,
    x: string | undefined,
    code: BadLayer['code'],
    sentence: string,
  ): BadLayer => ({
    options,
    ...(x === undefined ? {} : { x }),
    code,
    sentence,
  });
  return [
    bad({}, undefined, 'BAD_ARGUMENT', `${what} needs the option 'window'`),
    bad({ window: 0 }, undefined, 'BAD_ARGUMENT', "the option 'window' is 0"),
    bad({ window: 2, stride: -1 }, undefined, 'BAD_ARGUMENT', "the option 'stride' is -1"),
    bad({ window: 2, padding: [[0, -1]] }, undefined, 'BAD_ARGUMENT', "the option 'padding'"),
    bad({ window: 2, ceilMode: 'yes' }, undefined, 'BAD_ARGUMENT', 'not true or false'),
    bad({ window: 2, kernel: 2 }, undefined, 'BAD_ARGUMENT', `${what} has no option 'kernel'`),
    bad({ window: 2 }, `f32[2, ${sizes}]`, 'SHAPE_MISMATCH', `${what} needs [batch, `),
    bad({ window: 2, padding: 2 }, image, 'BAD_ARGUMENT', 'would look at nothing but the padding of 2 and 2'),
    bad({ window: 6 }, image, 'SHAPE_MISMATCH', 'does not fit into'),
    bad({ window: Array(rank + 1).fill(2) }, image, 'BAD_ARGUMENT', `entries for ${rank} spatial axes`),
    bad({ window: 2 }, `bool[2, ${sizes}, 4]`, 'DTYPE_MISMATCH', 'bool'),
    bad(
      { window: 2, ceilMode: true },
      `f32[2, ${'a, '.repeat(rank)}4]`,
      'UNBOUND_DIMENSION',
      'ceil mode needs a known size',
    ),
  ];
}

/** Windows in which the largest entry is there more than once. */
const equals: Readonly<Record<Rank, { readonly shape: readonly number[]; readonly values: Nested }>> = {
  1: { shape: [1, 4, 1], values: [[[2], [2], [1], [1]]] },
  2: {
    shape: [1, 2, 2, 1],
    values: [
      [
        [[3], [3]],
        [[1], [3]],
      ],
    ],
  },
  3: {
    shape: [1, 1, 2, 2, 1],
    values: [
      [
        [
          [[1], [4]],
          [[4], [0]],
        ],
      ],
    ],
  },
};

const tie = (rank: Rank): Kink => ({
  name: `maxPool${rank}d of equal entries`,
  kind: 'kink',
  sentence:
    'several entries of a window are the largest: the gradient goes to the first of them in row-major order',
  build() {
    const { shape, values } = equals[rank];
    const layer = { 1: maxPool1d(2), 2: maxPool2d(2), 3: maxPool3d([1, 2, 2]) }[rank] as AnyLayer;
    return { outputs: layer(input('x', [...shape], 'f64')), point: { x: values } };
  },
});

const maximum = (rank: Rank): LayerCases<AveragePoolLayerOptions> => ({
  layouts: () => true,
  smooth: 'all entries are different, by more than a step of differences',
  sample(random, dtype) {
    const { options, shape } = drawnOptions(random, rank, false);
    return { options, x: distinct(random, dtype, shape), training: random.chance(0.5) };
  },
  reference({ options, x }) {
    const image = imageOf(x, options.layout);
    const windows = windowsIn(image, options);
    const { shape, placeOf } = imageShape(image.examples, windows.counts, image.channels, options.layout);
    const values = filled(shape, (position) => {
      const { example, place, channel } = placeOf(position);
      let largest = -Infinity;
      for (const { source } of tapsAt(windows, place))
        if (inside(image.sizes, source)) largest = Math.max(largest, image.read(example, source, channel));
      return largest;
    });
    return { outputs: [{ shape, values }] };
  },
  kinks: [tie(rank)],
  bad: badPooling(`maxPool${rank}d`, rank),
});

/** Padding counts unless it is left out; what sticks out in ceil mode never does (PyTorch). */
const average = (rank: Rank): LayerCases<AveragePoolLayerOptions> => ({
  layouts: () => true,
  sample(random, dtype) {
    const { options, shape } = drawnOptions(random, rank, true);
    return { options, x: numbers(random, dtype, shape), training: random.chance(0.5) };
  },
  reference({ options, x }) {
    const image = imageOf(x, options.layout);
    const windows = windowsIn(image, options);
    const { shape, placeOf } = imageShape(image.examples, windows.counts, image.channels, options.layout);
    const isPadded = (source: readonly number[]) =>
      source.every((i, axis) => i < image.sizes[axis]! + windows.padding[axis]![1]);
    const values = filled(shape, (position) => {
      const { example, place, channel } = placeOf(position);
      let [total, count] = [0, 0];
      for (const { source } of tapsAt(windows, place)) {
        total += image.read(example, source, channel);
        const counts = (options.countIncludePad ?? true) ? isPadded(source) : inside(image.sizes, source);
        if (counts) count++;
      }
      return total / count;
    });
    return { outputs: [{ shape, values }] };
  },
  bad: [
    ...badPooling(`averagePool${rank}d`, rank),
    {
      options: { window: 2, countIncludePad: 0 },
      code: 'BAD_ARGUMENT',
      sentence: "the option 'countIncludePad' is 0",
    },
  ],
});

function globalPool(
  what: string,
  total: (entries: readonly number[]) => number,
): LayerCases<GlobalPoolOptions> {
  const isMaximum = what === 'globalMaxPool';
  return {
    layouts: () => true,
    sample(random, dtype) {
      const options: GlobalPoolOptions = someOf(random, { layout: random.pick(layouts) });
      const sizes = random.list(random.whole(1, 3), () => random.whole(1, 3));
      const { shape } = imageShape(random.whole(1, 3), sizes, random.whole(1, 3), options.layout);
      const x = isMaximum ? distinct(random, dtype, shape) : numbers(random, dtype, shape);
      return { options, x, training: random.chance(0.5) };
    },
    reference({ options, x }) {
      const image = imageOf(x, options.layout);
      const shape = [image.examples, image.channels];
      const values = filled(shape, ([example, channel]) =>
        total(positions(image.sizes).map((place) => image.read(example!, place, channel!))),
      );
      return { outputs: [{ shape, values }] };
    },
    ...(isMaximum
      ? {
          smooth: 'all entries are different, by more than a step of differences',
          kinks: [
            {
              name: 'globalMaxPool of equal entries',
              kind: 'kink' as const,
              sentence: 'two places have the largest entry: each gets half of the gradient',
              build: () => ({
                outputs: globalMaxPool()(input('x', [1, 3, 1], 'f64')),
                point: { x: [[[5], [1], [5]]] },
              }),
            },
          ],
        }
      : {}),
    bad: [
      {
        options: { layout: 'last' },
        code: 'BAD_ARGUMENT',
        sentence: 'not one of channelsLast, channelsFirst',
      },
      { options: { window: 2 }, code: 'BAD_ARGUMENT', sentence: `${what} has no option 'window'` },
      {
        options: {},
        x: 'f32[2]',
        code: 'SHAPE_MISMATCH',
        sentence: 'global pooling needs [batch, ..., channels], not [2]',
      },
    ],
  };
}

export const poolingCases = {
  maxPool1d: maximum(1),
  maxPool2d: maximum(2),
  maxPool3d: maximum(3),
  averagePool1d: average(1),
  averagePool2d: average(2),
  averagePool3d: average(3),
  globalAveragePool: globalPool(
    'globalAveragePool',
    (entries) => entries.reduce((sum, entry) => sum + entry, 0) / entries.length,
  ),
  globalMaxPool: globalPool('globalMaxPool', (entries) => entries.reduce((a, b) => Math.max(a, b))),
} as const;
