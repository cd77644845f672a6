/** Containers: layers made of layers. They give the layers inside their keys, and so their paths. */
import { type AnyTensor, fail, show } from '@cotangent/graph';
import { add } from '@cotangent/graph/ops';
import { type AnyLayer, type Config, isLayer, LayerCore, type LayerLike, layerOf } from '../core.ts';
import { layersFromJson, register } from '../registry.ts';

/** A layer, or a plain function from tensor to tensor. */
export type Step = AnyLayer | ((x: never) => AnyTensor);

const apply = (step: Step, x: AnyTensor): AnyTensor => (step as (x: AnyTensor) => AnyTensor)(x);

function checkedSteps(kind: string, steps: readonly unknown[]): void {
  steps.forEach((step, i) => {
    if (typeof step !== 'function')
      throw fail(
        'BAD_ARGUMENT',
        `layer ${i} of ${kind} is ${show(step)}, not a layer or a function: is a call missing, as in relu()?`,
      );
  });
}

/** One after the other; keys are positions. Plain functions may stand between layers. */
export function makeSequential<L extends LayerLike = AnyLayer>(
  steps: readonly Step[],
  config: Config = {},
): L {
  checkedSteps('sequential', steps);
  const children = steps.flatMap((step, i) => (isLayer(step) ? [[String(i), step] as const] : []));
  const core = new LayerCore('sequential', config, children, children.length === steps.length);
  return layerOf<L>(core, (x) => steps.reduce<AnyTensor>((value, step) => apply(step, value), x));
}
// A sequence of nothing lists no layers.
register('sequential', ({ layers = [], ...config }) =>
  makeSequential(
    layersFromJson({ layers }).map(([, layer]) => layer),
    config,
  ),
);

/** x + inner(x) (He et al. 2016); `shortcut` brings x to the shape of the result where they differ. */
export function makeResidual<L extends LayerLike = AnyLayer>(
  inner: AnyLayer,
  shortcut?: AnyLayer,
  config: Config = {},
): L {
  checkedSteps('residual', shortcut === undefined ? [inner] : [inner, shortcut]);
  const children = [
    ['inner', inner] as const,
    ...(shortcut === undefined ? [] : [['shortcut', shortcut] as const]),
  ];
  return layerOf<L>(new LayerCore('residual', config, children, true), (x) =>
    add(inner(x), shortcut === undefined ? x : shortcut(x)),
  );
}
register('residual', ({ layers, ...config }) => {
  const byKey = Object.fromEntries(layersFromJson({ layers }));
  if (byKey.inner === undefined) throw fail('BAD_JSON', `a residual needs a layer 'inner'`);
  return makeResidual(byKey.inner, byKey.shortcut, config);
});

/**
 * Gives layers stable paths by name. The layers themselves come back.
 *
 * @example
 * ```ts
 * const { encoder, head } = named({ encoder: sequential(…), head: linear({ units: 10 }) });
 * ```
 */
export function named<T extends Readonly<Record<string, object>>>(layers: T): T {
  for (const [name, layer] of Object.entries(layers)) {
    if (!isLayer(layer)) throw fail('BAD_ARGUMENT', `'${name}' is ${show(layer)}, not a layer`);
    layer.core.rename(name);
  }
  return layers;
}
