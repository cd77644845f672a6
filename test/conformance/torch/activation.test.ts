/** Activations against PyTorch, far arguments included. Layers where there is one, with the same options. */
import type { AnyTensor } from '@cotangent/graph';
import { prelu, reshape } from '@cotangent/graph/ops';
import * as layers from '@cotangent/layers';
import { describeGroup, type Row } from './check.ts';

const plain = (make: () => layers.AnyLayer): Row => ({ build: ({ x }) => make()(x) });
const along = (make: (options: { axis: number }) => layers.AnyLayer): Row => ({
  build: ({ x }, { axis }: { axis: number }) => make({ axis })(x),
});

/** A slope for each channel, which is axis 1: in the shape that broadcasts. */
const preluAlongChannels = (x: AnyTensor, slope: AnyTensor): AnyTensor =>
  prelu(x, slope.shape[0] === 1 ? slope : reshape(slope, [slope.shape[0], ...x.shape.slice(2).map(() => 1)]));

describeGroup('activation', {
  relu: plain(layers.relu),
  relu6: plain(layers.relu6),
  leakyRelu: { build: ({ x }, { slope }: { slope: number }) => layers.leakyRelu({ slope })(x) },
  prelu: { build: ({ x, slope }) => preluAlongChannels(x, slope) },
  elu: { build: ({ x }, { alpha }: { alpha: number }) => layers.elu({ alpha })(x) },
  selu: plain(layers.selu),
  celu: { build: ({ x }, { alpha }: { alpha: number }) => layers.celu({ alpha })(x) },
  gelu: {
    build: ({ x }, { approximate }: { approximate: 'none' | 'tanh' }) => layers.gelu({ approximate })(x),
  },
  sigmoid: plain(layers.sigmoid),
  logSigmoid: plain(layers.logSigmoid),
  tanh: plain(layers.tanh),
  softplus: { build: ({ x }, { beta }: { beta: number }) => layers.softplus({ beta })(x) },
  softsign: plain(layers.softsign),
  silu: plain(layers.silu),
  mish: plain(layers.mish),
  hardSigmoid: plain(layers.hardSigmoid),
  hardSwish: plain(layers.hardSwish),
  hardTanh: {
    build: ({ x }, { min, max }: { min: number; max: number }) => layers.hardTanh({ low: min, high: max })(x),
  },
  hardShrink: {
    build: ({ x }, { lambd }: { lambd: number }) => layers.hardShrink({ lambda: lambd })(x),
  },
  softShrink: {
    build: ({ x }, { lambd }: { lambd: number }) => layers.softShrink({ lambda: lambd })(x),
  },
  tanhShrink: plain(layers.tanhShrink),
  thresholdedRelu: {
    build: ({ x }, { theta }: { theta: number }) => layers.thresholdedRelu({ theta })(x),
  },
  softmax: along(layers.softmax),
  logSoftmax: along(layers.logSoftmax),
  glu: along(layers.glu),
});
