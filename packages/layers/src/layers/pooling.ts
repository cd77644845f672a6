/** Pooling: the largest or the mean of each window, or of the whole. */
import { averagePool, globalAveragePool, globalMaxPool, type Layout, maxPool } from '@cotangent/graph/ops';
import { choice, flag, type PaddingOption, padding, perAxis, required } from '../options.ts';
import { define } from '../registry.ts';

export interface PoolLayerOptions {
  readonly window: number | readonly number[];
  /** Default: the window. */
  readonly stride?: number | readonly number[];
  readonly padding?: PaddingOption;
  readonly dilation?: number | readonly number[];
  readonly ceilMode?: boolean;
  readonly layout?: Layout;
  readonly name?: string;
}

export interface AveragePoolLayerOptions extends PoolLayerOptions {
  /** Divide by the whole window (default), or only by what lies inside the input. */
  readonly countIncludePad?: boolean;
}

const layout = choice(['channelsLast', 'channelsFirst'], 'channelsLast');
const table = {
  window: required(perAxis()),
  stride: perAxis(),
  padding: padding(),
  dilation: perAxis(1),
  ceilMode: flag(false),
  layout,
};

type Complete = Required<Omit<AveragePoolLayerOptions, 'stride'>> & Pick<AveragePoolLayerOptions, 'stride'>;

const maximum = (rank: 1 | 2 | 3) =>
  define<Complete>(
    `maxPool${rank}d`,
    table,
    (options) => (x) => maxPool(x, options.window, options, `maxPool${rank}d`),
  );
const average = (rank: 1 | 2 | 3) =>
  define<Complete>(
    `averagePool${rank}d`,
    { ...table, countIncludePad: flag(true) },
    (options) => (x) => averagePool(x, options.window, options, `averagePool${rank}d`),
  );

export const makeMaxPool = { 1: maximum(1), 2: maximum(2), 3: maximum(3) } as const;
export const makeAveragePool = { 1: average(1), 2: average(2), 3: average(3) } as const;

export interface GlobalPoolOptions {
  readonly layout?: Layout;
  readonly name?: string;
}
export const makeGlobalAveragePool = define<Required<GlobalPoolOptions>>(
  'globalAveragePool',
  { layout },
  (options) => (x) => globalAveragePool(x, options),
);
export const makeGlobalMaxPool = define<Required<GlobalPoolOptions>>(
  'globalMaxPool',
  { layout },
  (options) => (x) => globalMaxPool(x, options),
);
