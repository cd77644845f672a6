/**
 * Initial values as data: what a variable starts from. The engine draws the numbers from (seed, path) alone.
 * Fans follow the last two axes: a kernel is [...window, in, out].
 */
import { HostArray, type Nested } from './host-array.ts';

export type Initializer =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'array'; readonly array: HostArray }
  | { readonly kind: 'nested'; readonly values: Nested }
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number }
  | { readonly kind: 'normal'; readonly mean: number; readonly deviation: number }
  /** Normal, redrawn beyond two deviations. */
  | { readonly kind: 'truncatedNormal'; readonly mean: number; readonly deviation: number }
  /** Variance scale / fan, from the given distribution. */
  | {
      readonly kind: 'varianceScaling';
      readonly scale: number;
      readonly fan: 'in' | 'out' | 'average';
      readonly distribution: 'uniform' | 'normal' | 'truncatedNormal';
    }
  /** A random matrix with orthonormal rows or columns (Saxe et al. 2013), times `gain`. */
  | { readonly kind: 'orthogonal'; readonly gain: number }
  /** Two words of a random key (u32), different for every path. */
  | { readonly kind: 'key' };

const scaling =
  (scale: number, fan: 'in' | 'out' | 'average', distribution: 'uniform' | 'truncatedNormal') =>
  (): Initializer => ({ kind: 'varianceScaling', scale, fan, distribution });

/** Glorot and Bengio 2010: variance 2 / (fan in + fan out). */
export const glorotUniform = scaling(1, 'average', 'uniform');
export const glorotNormal = scaling(1, 'average', 'truncatedNormal');
/** He et al. 2015: variance 2 / fan in, for rectified units. */
export const heUniform = scaling(2, 'in', 'uniform');
export const heNormal = scaling(2, 'in', 'truncatedNormal');
/** LeCun et al. 1998: variance 1 / fan in. */
export const lecunUniform = scaling(1, 'in', 'uniform');
export const lecunNormal = scaling(1, 'in', 'truncatedNormal');
export const orthogonal = (gain = 1): Initializer => ({ kind: 'orthogonal', gain });
export const uniform = (low = -0.05, high = 0.05): Initializer => ({ kind: 'uniform', low, high });
export const normal = (mean = 0, deviation = 0.05): Initializer => ({ kind: 'normal', mean, deviation });
export const truncatedNormal = (mean = 0, deviation = 0.05): Initializer => ({
  kind: 'truncatedNormal',
  mean,
  deviation,
});
export const constantOf = (value: number): Initializer => ({ kind: 'constant', value });
export const zeros = (): Initializer => constantOf(0);
export const ones = (): Initializer => constantOf(1);
/** Exactly these numbers; the shape must be the variable's. */
export const valuesOf = (values: Nested | HostArray): Initializer =>
  values instanceof HostArray ? { kind: 'array', array: values } : { kind: 'nested', values };
