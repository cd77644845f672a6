/** Activations as layers: one row for each. */
import type { AnyTensor } from '@cotangent/graph';
import { constantOf, fail, formatShape } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { checkFloat, parameter } from '../core.ts';
import { amount, choice, type OptionTable, positive } from '../options.ts';
import { define } from '../registry.ts';

const plain = (kind: string, f: (x: AnyTensor) => AnyTensor) => define<object>(kind, {}, () => f);
const withOptions = <O extends object>(
  kind: string,
  table: OptionTable,
  f: (x: AnyTensor, options: O) => AnyTensor,
) => define<O>(kind, table, (options) => (x) => f(x, options));

export const makeActivation = {
  relu: plain('relu', ops.relu),
  relu6: plain('relu6', ops.relu6),
  leakyRelu: withOptions<{ slope: number }>('leakyRelu', { slope: amount(0.01) }, (x, { slope }) =>
    ops.leakyRelu(x, slope),
  ),
  elu: withOptions<{ alpha: number }>('elu', { alpha: amount(1) }, (x, { alpha }) => ops.elu(x, alpha)),
  selu: plain('selu', ops.selu),
  celu: withOptions<{ alpha: number }>('celu', { alpha: positive(1) }, (x, { alpha }) => ops.celu(x, alpha)),
  gelu: withOptions<{ approximate: 'none' | 'tanh' }>(
    'gelu',
    { approximate: choice(['none', 'tanh'], 'none') },
    ops.gelu,
  ),
  sigmoid: plain('sigmoid', ops.sigmoid),
  tanh: plain('tanh', ops.tanh),
  softplus: withOptions<{ beta: number }>('softplus', { beta: positive(1) }, (x, { beta }) =>
    ops.softplus(x, beta),
  ),
  softsign: plain('softsign', ops.softsign),
  silu: plain('silu', ops.silu),
  mish: plain('mish', ops.mish),
  hardSigmoid: plain('hardSigmoid', (x) => ops.hardSigmoid(x)),
  hardSwish: plain('hardSwish', ops.hardSwish),
  hardTanh: withOptions<{ low: number; high: number }>(
    'hardTanh',
    { low: amount(-1), high: amount(1) },
    (x, { low, high }) => {
      if (!(low < high)) throw fail('BAD_ARGUMENT', `hardTanh: low is below high, not ${low} and ${high}`);
      return ops.hardTanh(x, low, high);
    },
  ),
  logSigmoid: plain('logSigmoid', ops.logSigmoid),
  hardShrink: withOptions<{ lambda: number }>('hardShrink', { lambda: amount(0.5, 0) }, (x, { lambda }) =>
    ops.hardShrink(x, lambda),
  ),
  softShrink: withOptions<{ lambda: number }>('softShrink', { lambda: amount(0.5, 0) }, (x, { lambda }) =>
    ops.softShrink(x, lambda),
  ),
  tanhShrink: plain('tanhShrink', ops.tanhShrink),
  thresholdedRelu: withOptions<{ theta: number }>('thresholdedRelu', { theta: amount(1) }, (x, { theta }) =>
    ops.thresholdedRelu(x, theta),
  ),
  softmax: withOptions<{ axis: number }>('softmax', { axis: amount(-1) }, (x, { axis }) =>
    ops.softmax(x, axis),
  ),
  logSoftmax: withOptions<{ axis: number }>('logSoftmax', { axis: amount(-1) }, (x, { axis }) =>
    ops.logSoftmax(x, axis),
  ),
  glu: withOptions<{ axis: number }>('glu', { axis: amount(-1) }, (x, { axis }) => ops.glu(x, axis)),
  /** A slope for each channel (last axis), learned (He et al. 2015). */
  prelu: withOptions<{ initial: number }>('prelu', { initial: amount(0.25) }, (x, { initial }) => {
    checkFloat(x, 'prelu');
    const channels = x.shape.at(-1);
    if (channels === undefined)
      throw fail('SHAPE_MISMATCH', `prelu needs [..., channels], not ${formatShape(x.shape)}`);
    return ops.prelu(x, parameter('slope', [channels], constantOf(initial), { dtype: x.dtype }));
  }),
} as const;
