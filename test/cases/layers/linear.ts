/** Cases of fully connected layers: y = x·W + b, row by row. */
import type { LinearOptions } from '../../../packages/layers/src/layers/linear.ts';
import { at, filled } from '../arrays.ts';
import type { LayerCases } from './case.ts';
import { numbers, someOf } from './draws.ts';

const linear: LayerCases<LinearOptions> = {
  sample(random, dtype) {
    const shape = random.shape({ leastRank: 1, mostRank: 3, leastSize: 1 });
    const options: LinearOptions = {
      units: random.whole(1, 4),
      ...someOf(random, { bias: random.chance(0.5), kernelRegularizer: { l2: 0.1 } }),
    };
    return { options, x: numbers(random, dtype, shape), training: random.chance(0.5) };
  },
  /** Goodfellow, Bengio and Courville 2016, equation 6.3 without the activation. */
  reference({ options: { units, bias = true }, x, variables }) {
    const shape = x.shape.with(-1, units);
    const values = filled(shape, (position) => {
      const [row, unit] = [position.slice(0, -1), position.at(-1)!];
      let total = bias ? variables.bias!.data[unit]! : 0;
      for (let k = 0; k < x.shape.at(-1)!; k++)
        total += at(x, [...row, k]) * at(variables.kernel!, [k, unit]);
      return total;
    });
    return { outputs: [{ shape, values }] };
  },
  mixes: ({ x }) => x.shape.length === 1,
  bad: [
    { options: {}, code: 'BAD_ARGUMENT', sentence: "linear needs the option 'units'" },
    { options: 3, code: 'BAD_ARGUMENT', sentence: 'linear takes a record of options, not 3' },
    { options: { units: 0 }, code: 'BAD_ARGUMENT', sentence: 'not a whole number of 1 or more' },
    { options: { units: 2.5 }, code: 'BAD_ARGUMENT', sentence: "the option 'units' is 2.5" },
    { options: { units: 2, unit: 2 }, code: 'BAD_ARGUMENT', sentence: "linear has no option 'unit'" },
    { options: { units: 2, bias: 1 }, code: 'BAD_ARGUMENT', sentence: 'not true or false' },
    { options: { units: 2, name: 'a/b' }, code: 'BAD_ARGUMENT', sentence: 'not a short name' },
    {
      options: { units: 2, kernelRegularizer: { l2: -1 } },
      code: 'BAD_ARGUMENT',
      sentence: 'not { l1, l2 } with numbers of 0 or more',
    },
    {
      options: { units: 2, kernelInitializer: { kind: 'unknown' } },
      code: 'BAD_ARGUMENT',
      sentence: 'is not an initializer',
    },
    {
      options: { units: 2 },
      x: 'i32[2, 3]',
      code: 'DTYPE_MISMATCH',
      sentence: 'linear takes f32 or f64, not i32',
    },
    {
      options: { units: 2 },
      x: 'f32[]',
      code: 'SHAPE_MISMATCH',
      sentence: 'linear needs [..., features], not []',
    },
    {
      options: { units: 2 },
      x: 'f32[2, features]',
      code: 'UNBOUND_DIMENSION',
      sentence: "linear needs a known number of features, not 'features'",
    },
  ],
};

export const linearCases = { linear } as const;
