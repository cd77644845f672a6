/** Batching of windowed reductions: windows of one example, side by side. */
import { apply, type NamesOf, type Pairs, type PrimitiveParams, sizeOf } from '@cotangent/graph';
import { extent, greaterEqual, iota, mul, sub, where } from '@cotangent/graph/ops';
import { type BatchRule, type BatchTable, mapped } from '../value.ts';
import { along, shifted } from './forms.ts';

type Windows = PrimitiveParams<'reduceWindowSum'>;
const apart = ({ window, strides, padding, dilation }: Windows): Windows => ({
  window: [1, ...window],
  strides: [1, ...strides],
  padding: [[0, 0], ...padding] as Pairs,
  dilation: [1, ...dilation],
});

/** Positions count through all examples; those within the example are wanted. Padding stays −1. */
const withPosition =
  <P extends 'reduceWindowArgMax' | 'reduceWindowArgMin'>(): BatchRule<P> =>
  ([x], node, { size, spread }) => {
    const [values, positions] = apply(
      node.op as P,
      [spread(x!)],
      apart(node.params as Windows) as PrimitiveParams<P>,
    );
    const before = mul(iota([size], 0), extent(sizeOf(node.inputs[0]!.shape), 'i32'));
    const within = sub(positions!, along(before, positions!.shape));
    return [mapped(values!), mapped(where(greaterEqual(positions!, 0), within, -1))];
  };

export const windowBatching: BatchTable<NamesOf<'window'>> = {
  reduceWindowSum: shifted(apart),
  reduceWindowMax: shifted(apart),
  reduceWindowMin: shifted(apart),
  reduceWindowArgMax: withPosition(),
  reduceWindowArgMin: withPosition(),
};
