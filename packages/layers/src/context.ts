/**
 * What is ambient while a model is being built: whether it is built for training, whether its parameters are frozen,
 * and which layer is at work. It lives only during the synchronous call of a model.
 */
import { type AnyTensor, outermost } from '@cotangent/graph';
import { withNote } from '@cotangent/graph/ops';
import type { LayerCore } from './core.ts';

interface Mode {
  /** Undefined where nobody has said anything: then the model is built for evaluation, and remarks on it. */
  readonly training: boolean | undefined;
  readonly frozen: boolean;
}

let mode: Mode = { training: undefined, frozen: false };
let active: LayerCore | undefined;

export const isTraining = (): boolean => mode.training === true;
/** A value that training would compute in another way: whoever minimizes it by mistake is told. */
export const evaluated = (y: AnyTensor): AnyTensor =>
  mode.training === undefined && active !== undefined ? withNote(y, `${active.kind} '${active.path}'`) : y;
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
  <F extends (...args: never[]) => unknown>(model: F): F => {
    // A layer is one public call, with the line of this one; in a plain function each call inside has its own.
    const isOneCall = 'isLayerCall' in model;
    const wrapped = (...args: never[]): unknown => {
      const body = () => within(changes, () => model(...args));
      return isOneCall ? outermost(wrapped, body) : body();
    };
    // Called like the model and returning what it returns; only the ambient mode differs.
    return wrapped as unknown as F;
  };

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
