/** Layers of layers, folded in types as at run time. */
import type { ResidualShape, SequenceStep, SequentialShape } from '@cotangent/graph';
import type { AnyLayer } from '../core.ts';
import { makeActivation } from '../layers/activation.ts';
import { makeResidual, makeSequential, type Step } from '../layers/containers.ts';
import type { Layer } from '../types.ts';

/**
 * One layer after the other; plain functions may stand between them.
 *
 * @example
 * ```ts
 * const model = sequential(linear({ units: 64 }), relu(), linear({ units: 10 }));
 * model(input('x', ['batch', 784])).shape // ['batch', 10]
 * ```
 */
export const sequential = <const L extends readonly SequenceStep[]>(...steps: L): Layer<SequentialShape<L>> =>
  makeSequential(steps as readonly unknown[] as readonly Step[]);

/** x + inner(x); `shortcut` brings x to the shape of the result where they differ. */
export const residual = <const I extends SequenceStep, const S extends SequenceStep | undefined = undefined>(
  inner: I,
  shortcut?: S,
): Layer<ResidualShape<I, S>> =>
  // Whatever is no layer is refused at run time, with a sentence.
  makeResidual(inner as unknown as AnyLayer, shortcut as unknown as AnyLayer | undefined);

/** First half times sigmoid of the second half along an axis (Dauphin et al. 2017). */
export const glu = (options: { readonly axis?: number; readonly name?: string } = {}): AnyLayer =>
  makeActivation.glu(options);
