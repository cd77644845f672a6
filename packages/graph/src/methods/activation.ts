/** Activation functions as methods: stable in value and in derivatives of every order. They take floats. */
import type { GeluOptions } from '../dsl/activation.ts';
import type { AnyTensor } from '../node.ts';
import type { Axis } from '../types/axis.ts';
import type { Arithmetic } from '../types/elementwise.ts';
import type { Fits, Like, Result } from '../types/outcome.ts';
import type { Glu } from '../types/part.ts';
import type { Along } from '../types/reduction.ts';

export interface ActivationMethods {
  /** max(x, 0); the derivative at 0 is 0. */
  relu<T extends AnyTensor>(this: T): Like<T>;
  /** min(max(x, 0), 6). */
  relu6<T extends AnyTensor>(this: T): Like<T>;
  /** x for x > 0, slope·x otherwise; slope is 0.01 by default. */
  leakyRelu<T extends AnyTensor>(this: T, slope?: number): Like<T>;
  /** x for x > 0, α(eˣ − 1) otherwise (Clevert et al. 2016). */
  elu<T extends AnyTensor>(this: T, alpha?: number): Like<T>;
  /** λ·elu(x, α) with the constants that keep mean 0 and variance 1 (Klambauer et al. 2017). */
  selu<T extends AnyTensor>(this: T): Like<T>;
  /** x for x > 0, α(exp(x/α) − 1) otherwise (Barron 2017). */
  celu<T extends AnyTensor>(this: T, alpha?: number): Like<T>;
  /** x·Φ(x) with the normal distribution function Φ, or its approximation by tanh (Hendrycks and Gimpel 2016). */
  gelu<T extends AnyTensor>(this: T, options?: GeluOptions): Like<T>;
  /** 1 / (1 + e⁻ˣ). */
  sigmoid<T extends AnyTensor>(this: T): Like<T>;
  /** ln(1 / (1 + e⁻ˣ)), without overflow. */
  logSigmoid<T extends AnyTensor>(this: T): Like<T>;
  /** ln(1 + exp(βx)) / β, without overflow. */
  softplus<T extends AnyTensor>(this: T, beta?: number): Like<T>;
  /** x / (1 + |x|). */
  softsign<T extends AnyTensor>(this: T): Like<T>;
  /** x·sigmoid(x), also called swish. */
  silu<T extends AnyTensor>(this: T): Like<T>;
  /** x·tanh(softplus(x)) (Misra 2019). */
  mish<T extends AnyTensor>(this: T): Like<T>;
  /** min(max(slope·x + offset, 0), 1); by default x/6 + 1/2. */
  hardSigmoid<T extends AnyTensor>(this: T, slope?: number, offset?: number): Like<T>;
  /** x·min(max(x + 3, 0), 6)/6. */
  hardSwish<T extends AnyTensor>(this: T): Like<T>;
  /** Limits to [low, high], by default [−1, 1]; the derivative at the corners is 0. */
  hardTanh<T extends AnyTensor>(this: T, low?: number, high?: number): Like<T>;
  /** x where |x| > λ, else 0; λ is 0.5 by default. */
  hardShrink<T extends AnyTensor>(this: T, lambda?: number): Like<T>;
  /** x moved towards 0 by λ, 0 within; λ is 0.5 by default. */
  softShrink<T extends AnyTensor>(this: T, lambda?: number): Like<T>;
  /** x − tanh x. */
  tanhShrink<T extends AnyTensor>(this: T): Like<T>;
  /** x where x > θ, else 0; θ is 1 by default. */
  thresholdedRelu<T extends AnyTensor>(this: T, theta?: number): Like<T>;
  /** x for x > 0, slope·x otherwise, with a learned slope that broadcasts against x (He et al. 2015). */
  prelu<T extends AnyTensor, B extends AnyTensor>(
    this: T,
    slope: Fits<Arithmetic<T, B>, B>,
  ): Result<Arithmetic<T, B>>;
  /** First half of an axis times the sigmoid of the second half (Dauphin et al. 2017); the axis must be even. */
  glu<T extends AnyTensor, const A extends Axis = -1>(
    this: T,
    axis?: Fits<Glu<T, A>, A>,
  ): Result<Glu<T, NoInfer<A>>>;
  /** eˣ / Σ eˣ along an axis, the last by default. */
  softmax<T extends AnyTensor, const A extends Axis = -1>(
    this: T,
    axis?: Fits<Along<T, A>, A>,
  ): Result<Along<T, NoInfer<A>>>;
  /** ln softmax along an axis, without ever taking the logarithm of a small number. */
  logSoftmax<T extends AnyTensor, const A extends Axis = -1>(
    this: T,
    axis?: Fits<Along<T, A>, A>,
  ): Result<Along<T, NoInfer<A>>>;
}
