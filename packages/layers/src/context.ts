/**
 * What is ambient while a model is being built: whether it is built for training, whether its parameters are frozen,
 * and which layer is at work. It lives only during the synchronous call of a model.
 */
import type { LayerCore } from './core.ts';

interface Mode {
  readonly training: boolean;
  readonly frozen: boolean;
}

let mode: Mode = { training: false, frozen: false };
let active: LayerCore | undefined;

export const isTraining = (): boolean => mode.training;
export const isFrozen = (): boolean => mode.frozen;
export const activeLayer = (): LayerCore | undefined => active;

function within<R>(changes: Partial<Mode>, body: () => R): R {
  const saved = mode;
  mode = { ...mode, ...changes };
  try {
    return body();
  } finally {
    mode = saved;
  }
}

export function insideCore<R>(core: LayerCore, body: () => R): R {
  const saved = active;
  active = core;
  try {
    return body();
  } finally {
    active = saved;
  }
}

const transformed =
  (changes: Partial<Mode>) =>
  <F extends (...args: never[]) => unknown>(model: F): F =>
    // Called like the model and returning what it returns; only the ambient mode differs.
    ((...args: never[]) => within(changes, () => model(...args))) as unknown as F;

/**
 * The same model built for training: batch norm uses the batch and carries the update of its running statistics,
 * dropout drops. Plain functions around layers need no flag.
 *
 * @example
 * ```ts
 * const loss = crossEntropy(training(model)(x), labels);
 * const digit = model(x).argmax(-1);
 * ```
 */
export const training = transformed({ training: true });

/** The same model built for evaluation, also inside a training one. */
export const evaluation = transformed({ training: false });

/** The same model with its parameters held constant: no gradient reaches them. */
export const frozen = transformed({ frozen: true });
