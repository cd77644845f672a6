/** Cases of layers that only move entries, and of look-ups by number. */
import { countOf } from '@cotangent/graph';
import { oneHot as makeOneHot, reshape as makeReshape } from '@cotangent/layers';
import type { EmbeddingOptions } from '../../../packages/layers/src/layers/shape.ts';
import { arrayOf, at, filled } from '../arrays.ts';
import type { LayerCases } from './case.ts';
import { numbers, someOf } from './draws.ts';

const flatten: LayerCases = {
  sample: (random, dtype) => ({
    options: {},
    x: numbers(random, dtype, random.shape({ leastRank: 1, leastSize: 1 })),
    training: random.chance(0.5),
  }),
  reference: ({ x }) => ({
    outputs: [{ shape: [x.shape[0]!, countOf(x.shape.slice(1))], values: Array.from(x.data) }],
  }),
  bad: [
    { options: { axis: 1 }, code: 'BAD_ARGUMENT', sentence: "flatten has no option 'axis'" },
    { options: {}, x: 'f32[]', code: 'AXIS_OUT_OF_RANGE', sentence: 'axis 1 is out of range for []' },
  ],
};

const reshape: LayerCases<{ readonly shape: readonly number[] }> = {
  make: ({ shape }) => makeReshape(shape),
  text: ({ shape }) => `reshape(${JSON.stringify(shape)})`,
  sample(random, dtype) {
    const target = random.shape({ leastSize: 1, mostRank: 3 });
    const open = random.chance(0.5) && target.length > 0 ? random.whole(0, target.length - 1) : -1;
    const entries = random.shuffle([...target]);
    const x = numbers(random, dtype, [random.whole(1, 3), ...entries]);
    return { options: { shape: target.map((size, i) => (i === open ? -1 : size)) }, x, training: false };
  },
  reference({ options: { shape }, x }) {
    const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
    const rest = countOf(x.shape.slice(1)) / known;
    return {
      outputs: [
        {
          shape: [x.shape[0]!, ...shape.map((size) => (size === -1 ? rest : size))],
          values: Array.from(x.data),
        },
      ],
    };
  },
  bad: [
    { options: { shape: 'flat' }, code: 'BAD_ARGUMENT', sentence: 'not a list of sizes' },
    { options: { shape: [1.5] }, code: 'BAD_ARGUMENT', sentence: 'not a list of sizes' },
    { options: {}, code: 'BAD_ARGUMENT', sentence: "reshape needs the option 'shape'" },
    {
      options: { shape: [4] },
      x: 'f32[2, 3]',
      code: 'SHAPE_MISMATCH',
      sentence: 'cannot reshape [2, 3] to [2, 4]',
    },
    {
      options: { shape: [-1, -1] },
      x: 'f32[2, 3]',
      code: 'SHAPE_MISMATCH',
      sentence: 'cannot reshape [2, 3] to [2, -1, -1]',
    },
    {
      options: { shape: [-1, 2] },
      x: 'f32[2, 3]',
      code: 'SHAPE_MISMATCH',
      sentence: 'cannot reshape [2, 3]',
    },
  ],
};

const oneHot: LayerCases<{ readonly classes: number }> = {
  make: ({ classes }) => makeOneHot(classes),
  text: ({ classes }) => `oneHot(${classes})`,
  sample(random) {
    const classes = random.whole(1, 4);
    const shape = random.shape({ mostRank: 3, leastSize: 1 });
    // Numbers of no class are rows of zeros.
    const numbers = random.list(countOf(shape), () => random.whole(-1, classes));
    return { options: { classes }, x: arrayOf('i32', shape, numbers), training: random.chance(0.5) };
  },
  reference({ options: { classes }, x }) {
    const shape = [...x.shape, classes];
    const values = filled(shape, (position) => Number(at(x, position.slice(0, -1)) === position.at(-1)));
    return { outputs: [{ shape, values }] };
  },
  mixes: ({ x }) => x.shape.length === 0,
  bad: [
    { options: { classes: 0 }, code: 'BAD_ARGUMENT', sentence: "the option 'classes' is 0" },
    { options: {}, code: 'BAD_ARGUMENT', sentence: "oneHot needs the option 'classes'" },
    { options: { classes: 3 }, x: 'f32[2]', code: 'DTYPE_MISMATCH', sentence: 'f32' },
  ],
};

/** Row x of a table. */
const embedding: LayerCases<EmbeddingOptions> = {
  sample(random, dtype) {
    const count = random.whole(1, 5);
    const shape = random.shape({ mostRank: 3, leastSize: 1 });
    const options: EmbeddingOptions = {
      count,
      units: random.whole(1, 3),
      ...(dtype === 'f64' ? { dtype } : {}),
      ...someOf(random, {
        paddingIndex: random.pick([null, random.whole(0, count - 1)]),
        regularizer: { l2: 0.1 },
      }),
    };
    const rows = random.list(countOf(shape), () => random.whole(0, count - 1));
    return {
      options,
      x: arrayOf(random.pick(['i32', 'u32']), shape, rows),
      training: random.chance(0.5),
    };
  },
  reference({ options: { units }, x, variables: { table } }) {
    const shape = [...x.shape, units];
    const values = filled(shape, (position) => at(table!, [at(x, position.slice(0, -1)), position.at(-1)!]));
    return { outputs: [{ shape, values }] };
  },
  mixes: ({ x }) => x.shape.length === 0,
  // The row of padding has no gradient by decree, which differences do not know.
  distance: ({ options: { paddingIndex }, x }) =>
    typeof paddingIndex === 'number' && Array.from(x.data).includes(paddingIndex) ? 0 : Infinity,
  bad: [
    { options: { units: 2 }, code: 'BAD_ARGUMENT', sentence: "embedding needs the option 'count'" },
    { options: { count: 2 }, code: 'BAD_ARGUMENT', sentence: "embedding needs the option 'units'" },
    { options: { count: 2, units: -1 }, code: 'BAD_ARGUMENT', sentence: "the option 'units' is -1" },
    { options: { count: 2, units: 2, dtype: 'i32' }, code: 'BAD_ARGUMENT', sentence: 'not one of f32, f64' },
    {
      options: { count: 2, units: 2, paddingIndex: -1 },
      code: 'BAD_ARGUMENT',
      sentence: "the option 'paddingIndex' is -1",
    },
    {
      options: { count: 2, units: 2, paddingIndex: 2 },
      code: 'BAD_ARGUMENT',
      sentence: "the option 'paddingIndex' is 2, and the rows are 0 to 1",
    },
    {
      options: { count: 2, units: 2, paddingIndex: 0.5 },
      code: 'BAD_ARGUMENT',
      sentence: "the option 'paddingIndex' is 0.5",
    },
    {
      options: { count: 2, units: 2 },
      x: 'f32[2]',
      code: 'DTYPE_MISMATCH',
      sentence: "embedding takes whole numbers, not f32: convert them with .cast('i32')",
    },
  ],
};

export const shapeCases = { flatten, reshape, oneHot, embedding } as const;
