/** Pooling layers against PyTorch, with positions of maxima; each with channels first and last. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import {
  type AnyLayer,
  averagePool1d,
  averagePool2d,
  averagePool3d,
  globalAveragePool,
  globalMaxPool,
  maxPool1d,
  maxPool2d,
  maxPool3d,
} from '@cotangent/layers';
import { describeGroup, type Layout, type Row } from './check.ts';

interface PoolConfig {
  readonly kernel: number | readonly number[];
  readonly stride: number | readonly number[];
  readonly padding: number | readonly number[];
  readonly ceilMode: boolean;
  readonly dilation?: number | readonly number[];
  readonly countIncludePad?: boolean;
}

const optionsOf = ({ stride, padding, ceilMode, dilation, countIncludePad }: PoolConfig, layout: Layout) => ({
  stride,
  padding,
  ceilMode,
  layout,
  ...(dilation === undefined ? {} : { dilation }),
  ...(countIncludePad === undefined ? {} : { countIncludePad }),
});

/** PyTorch counts positions inside one channel, we count through the whole tensor. */
function insideChannel(positions: AnyTensor, x: AnyTensor, layout: Layout): AnyTensor {
  const sizes = x.shape as readonly number[];
  const [channels, spatial] =
    layout === 'channelsLast' ? [sizes.at(-1)!, sizes.slice(1, -1)] : [1, sizes.slice(2)];
  const area = spatial.reduce((product, size) => product * size, 1);
  return ops.rem(ops.div(positions, channels), area);
}

type MakePool = (options: Parameters<typeof averagePool2d>[0] & object) => AnyLayer;

const largest = (make: MakePool): Row => ({
  build: ({ x }, config: PoolConfig, { layout }) => {
    const options = optionsOf(config, layout);
    const y = make({ window: config.kernel, ...options })(x);
    const positions = ops.maxPoolWithPositions(x, config.kernel, options)[1];
    return { outputs: { y, indices: insideChannel(positions, x, layout) }, owned: {} };
  },
  image: true,
});

const average = (make: MakePool): Row => ({
  build: ({ x }, config: PoolConfig, { layout }) =>
    make({ window: config.kernel, ...optionsOf(config, layout) })(x),
  image: true,
});

const whole = (make: typeof globalMaxPool): Row => ({
  build: ({ x }, _, { layout }) => make({ layout })(x),
  image: true,
});

describeGroup('pool', {
  maxPool1d: largest(maxPool1d),
  maxPool2d: largest(maxPool2d),
  maxPool3d: largest(maxPool3d),
  avgPool1d: average(averagePool1d),
  avgPool2d: average(averagePool2d),
  avgPool3d: average(averagePool3d),
  globalAvgPool: whole(globalAveragePool),
  globalMaxPool: whole(globalMaxPool),
});
