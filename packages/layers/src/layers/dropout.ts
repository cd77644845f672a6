/** Dropout (Srivastava et al. 2014), inverted: what is kept is scaled up while training, and nothing happens otherwise. */
import { type AnyTensor, constantOf, fail, formatShape, type Shape, Variable } from '@cotangent/graph';
import {
  add,
  bernoulli,
  broadcastTo,
  div,
  foldIn,
  type Layout,
  loopCounters,
  type PendingUpdate,
  splat,
  where,
  withPending,
} from '@cotangent/graph/ops';
import { activeLayer, evaluated, isTraining } from '../context.ts';
import { checkFloat, statistic } from '../core.ts';
import { amount, choice, flag, required } from '../options.ts';
import { define } from '../registry.ts';

export interface DropoutOptions {
  /** Probability with which an element is dropped. */
  readonly rate: number;
  /** Drop whole channels, the same at all positions (Tompson et al. 2015). */
  readonly spatial?: boolean;
  readonly layout?: Layout;
  readonly name?: string;
}

/** How many training steps have been taken: shared by everything random, counted once per program. */
const step = new Variable('step', [], 'u32', constantOf(0), { role: 'counter' });
const stepCounts: PendingUpdate = {
  variable: step as unknown as Variable,
  next: (old) => add(old, 1),
  once: true,
};

/** The step counter, and a mark that advances it once whenever the marked value is computed. */
export const readStep = (): { readonly step: AnyTensor; readonly mark: (y: AnyTensor) => AnyTensor } => ({
  step,
  mark: (y) => withPending(y, stepCounts),
});

/** x·mask / (1 − rate), where an element of the mask is 1 with probability 1 − rate. */
export function dropWith(x: AnyTensor, key: AnyTensor, rate: number, maskShape: Shape = x.shape): AnyTensor {
  const kept = bernoulli(key, 1 - rate, maskShape);
  return where(broadcastTo(kept, x.shape), div(x, 1 - rate), 0);
}

/**
 * Dropout by the layer that is at work, from a key of its own. The stream goes on with the step of the training, with
 * every call, and with the steps of the loops around.
 */
export function dropHere(x: AnyTensor, rate: number, maskShape: Shape = x.shape, name = 'key'): AnyTensor {
  if (rate === 0) return x;
  if (!isTraining()) return evaluated(x);
  if (rate === 1) return splat(0, x.shape, x.dtype);
  // The key differs for every path and seed.
  const key = statistic(name, [2], { kind: 'key' }, 'u32', 'key');
  const counter = readStep();
  const numbers = [counter.step, activeLayer()!.nextCall(), ...loopCounters()];
  const stream = numbers.reduce<AnyTensor>((own, number) => foldIn(own, number), key);
  return counter.mark(dropWith(x, stream, rate, maskShape));
}

const positions = (x: AnyTensor, layout: Layout): Shape => {
  if (x.shape.length < 3)
    throw fail(
      'SHAPE_MISMATCH',
      `spatial dropout needs [batch, ..., channels] with spatial axes, not ${formatShape(x.shape)}`,
    );
  const feature = layout === 'channelsLast' ? x.shape.length - 1 : 1;
  return x.shape.map((size, axis) => (axis === 0 || axis === feature ? size : 1));
};

export const makeDropout = define<Required<DropoutOptions>>(
  'dropout',
  {
    rate: required(amount(undefined, 0, 1)),
    spatial: flag(false),
    layout: choice(['channelsLast', 'channelsFirst'], 'channelsLast'),
  },
  ({ rate, spatial, layout }) =>
    (x) => {
      checkFloat(x, 'dropout');
      return dropHere(x, rate, spatial ? positions(x, layout) : x.shape);
    },
);
