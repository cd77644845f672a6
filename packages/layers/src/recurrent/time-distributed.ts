/** A layer at every time step: batch and time as one axis, and apart again. */
import { type AnyTensor, fail, formatShape, mulDims, show } from '@cotangent/graph';
import { reshape } from '@cotangent/graph/ops';
import { type AnyLayer, isLayer, LayerCore, type LayerLike, layerOf } from '../core.ts';
import { layersFromJson, register } from '../registry.ts';

export function makeTimeDistributed<L extends LayerLike = AnyLayer>(inner: AnyLayer): L {
  if (!isLayer(inner))
    throw fail(
      'BAD_ARGUMENT',
      `timeDistributed takes a layer, not ${show(inner)}: write layer('kind', f) around a function`,
    );
  return layerOf<L>(new LayerCore('timeDistributed', {}, [['layer', inner]], true), (x): AnyTensor => {
    const [batch, time, ...rest] = x.shape;
    if (batch === undefined || time === undefined)
      throw fail('SHAPE_MISMATCH', `timeDistributed needs [batch, time, ...], not ${formatShape(x.shape)}`);
    const y = inner(reshape(x, [mulDims(batch, time), ...rest]));
    return reshape(y, [batch, time, ...y.shape.slice(1)]);
  });
}
register('timeDistributed', (config) => {
  const [inner] = layersFromJson(config);
  if (inner === undefined) throw fail('BAD_JSON', `a timeDistributed layer needs a layer inside`);
  return makeTimeDistributed(inner[1]);
});
