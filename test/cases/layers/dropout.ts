/** Cases of dropout: what is kept is x/(1 − p), what is dropped is 0, and nothing happens in evaluation. */
import type { DropoutOptions } from '../../../packages/layers/src/layers/dropout.ts';
import { at, filled, positions } from '../arrays.ts';
import type { LayerCases, LayerRun, Plain } from './case.ts';
import { layouts, numbers, someOf } from './draws.ts';

/** Whether the entries of two positions share their fate: those of one channel of one example, if it is spatial. */
function together(
  { options, x }: LayerRun<DropoutOptions>,
  a: readonly number[],
  b: readonly number[],
): boolean {
  if (options.spatial !== true) return false;
  const feature = options.layout === 'channelsFirst' ? 1 : x.shape.length - 1;
  return a[0] === b[0] && a[feature] === b[feature];
}

/** Srivastava et al. 2014, section 10, scaled while training. */
const dropout: LayerCases<DropoutOptions> = {
  layouts: ({ spatial }) => spatial === true,
  sample(random, dtype) {
    const rate = random.pick([0, 1, 0.5, 0.25, random.real(0.1, 0.9)]);
    const spatial = random.chance(0.4);
    const shape = random.shape({ leastRank: spatial ? 3 : 0, leastSize: 1 });
    const options: DropoutOptions = {
      rate,
      ...(spatial ? { spatial } : {}),
      ...someOf(random, { layout: random.pick(layouts) }),
    };
    return { options, x: numbers(random, dtype, shape), training: random.chance(0.7) };
  },
  mixes: ({ options: { rate }, x, training }) => x.shape.length === 0 || (training && rate > 0 && rate < 1),
  reference({ options: { rate }, x, training }) {
    if (training && rate > 0 && rate < 1) return undefined;
    const values = Array.from(x.data, (entry) => (training && rate === 1 ? 0 : entry));
    return { outputs: [{ shape: x.shape, values }] };
  },
  law(run: LayerRun<DropoutOptions>, { values }: Plain) {
    const { options, x } = run;
    const places = positions(x.shape);
    const kept = filled(x.shape, (position) => at(x, position) / (1 - options.rate));
    values.forEach((value, i) => {
      if (value !== 0 && !(Math.abs(value - kept[i]!) <= 1e-6 * Math.abs(kept[i]!)))
        throw new Error(`entry ${i} is ${value}, neither 0 nor ${kept[i]}`);
      places.forEach((place, k) => {
        if (together(run, places[i]!, place) && (value === 0) !== (values[k] === 0))
          throw new Error(`entries ${i} and ${k} of one channel are not dropped together`);
      });
    });
  },
  bad: [
    { options: {}, code: 'BAD_ARGUMENT', sentence: "dropout needs the option 'rate'" },
    { options: { rate: -0.1 }, code: 'BAD_ARGUMENT', sentence: 'not a number from 0 to 1' },
    { options: { rate: 1.1 }, code: 'BAD_ARGUMENT', sentence: "the option 'rate' is 1.1" },
    { options: { rate: 'half' }, code: 'BAD_ARGUMENT', sentence: 'not a number from 0 to 1' },
    { options: 2, code: 'BAD_ARGUMENT', sentence: "the option 'rate' is 2" },
    { options: { rate: 0.5, p: 0.5 }, code: 'BAD_ARGUMENT', sentence: "dropout has no option 'p'" },
    {
      options: { rate: 0.5, spatial: true },
      x: 'f32[2, 3]',
      training: true,
      code: 'SHAPE_MISMATCH',
      sentence: 'spatial dropout needs [batch, ..., channels] with spatial axes, not [2, 3]',
    },
    {
      options: { rate: 0.5 },
      x: 'i32[2, 3]',
      training: true,
      code: 'DTYPE_MISMATCH',
      sentence: 'dropout takes f32 or f64, not i32',
    },
  ],
};

export const dropoutCases = { dropout } as const;
