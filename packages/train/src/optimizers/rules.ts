/**
 * The rules, each as in its paper and in PyTorch. w: parameter, g: gradient, η: learning rate, t: step from 1.
 * Weight decay λ is added to the gradient (g + λw), except where it is decoupled (AdamW, Lion).
 */
import type { AnyTensor } from '@cotangent/graph';
import {
  abs,
  add,
  div,
  equal,
  expm1,
  maximum,
  mul,
  neg,
  pow,
  sign,
  splat,
  sqrt,
  square,
  sub,
  where,
} from '@cotangent/graph/ops';
import type { SlotTable, StepContext, StepResult, UpdateRule } from './rule.ts';

export interface Decay {
  /** λ */
  readonly weightDecay: number;
}

const decayed = ({ gradient, parameter }: StepContext, weightDecay: number): AnyTensor =>
  weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay));

/** w − η·direction */
const descend = ({ parameter, learningRate }: StepContext, direction: AnyTensor): AnyTensor =>
  sub(parameter, mul(direction, learningRate));

/** β·old + (1 − β)·new */
const average = (old: AnyTensor, recent: AnyTensor, beta: number): AnyTensor =>
  add(mul(old, beta), mul(recent, 1 - beta));

/** 1 − βᵗ, as −expm1(t·ln β), which keeps its digits for β near 1. */
const correction = (step: AnyTensor, beta: number): AnyTensor =>
  beta === 0 ? splat(1, [], step.dtype) : neg(expm1(mul(step, Math.log(beta))));

const fraction = (name: string, value: number): string | undefined =>
  value >= 0 && value < 1 ? undefined : `${name} is ${value}, not a number from 0 up to 1`;

export interface SgdOptions extends Decay {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly dampening: number;
}

/** Robbins and Monro 1951; momentum: Polyak 1964; Nesterov as in Sutskever et al. 2013. */
export const sgdRule: UpdateRule<SgdOptions> = {
  kind: 'sgd',
  defaults: { momentum: 0, nesterov: false, dampening: 0, weightDecay: 0 },
  problem: ({ momentum, nesterov, dampening }) =>
    nesterov && (momentum === 0 || dampening !== 0)
      ? 'Nesterov momentum needs a momentum above 0 and no dampening'
      : fraction('momentum', momentum),
  slots: ({ momentum }): SlotTable => (momentum === 0 ? {} : { velocity: { initial: 0 } }),
  step: (context, { momentum, nesterov, dampening, weightDecay }): StepResult => {
    const g = decayed(context, weightDecay);
    if (momentum === 0) return { parameter: descend(context, g), slots: {} };
    const moved = add(mul(context.slots.velocity!, momentum), mul(g, 1 - dampening));
    // The first velocity is the gradient itself.
    const velocity = dampening === 0 ? moved : where(equal(context.step, 1), g, moved);
    return {
      parameter: descend(context, nesterov ? add(g, mul(velocity, momentum)) : velocity),
      slots: { velocity },
    };
  },
};

export interface AdamOptions extends Decay {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Keep the largest second moment (Reddi et al. 2018). */
  readonly amsgrad: boolean;
}

const betas = ({ beta1, beta2 }: { readonly beta1: number; readonly beta2: number }) =>
  fraction('beta1', beta1) ?? fraction('beta2', beta2);

function adamStep(
  context: StepContext,
  g: AnyTensor,
  start: AnyTensor,
  { beta1, beta2, epsilon, amsgrad }: AdamOptions,
) {
  const { slots, step, learningRate } = context;
  const first = average(slots.first!, g, beta1);
  const second = average(slots.second!, square(g), beta2);
  const largest = amsgrad ? maximum(slots.largest!, second) : second;
  const scale = add(div(sqrt(largest), sqrt(correction(step, beta2))), epsilon);
  const rate = div(learningRate, correction(step, beta1));
  return {
    parameter: sub(start, mul(div(first, scale), rate)),
    slots: { first, second, ...(amsgrad ? { largest } : {}) },
  };
}

const adamSlots = ({ amsgrad }: AdamOptions) => ({
  first: { initial: 0 },
  second: { initial: 0 },
  ...(amsgrad ? { largest: { initial: 0 } } : {}),
});

/** Kingma and Ba 2015. */
export const adamRule: UpdateRule<AdamOptions> = {
  kind: 'adam',
  defaults: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, amsgrad: false },
  problem: betas,
  slots: adamSlots,
  step: (context, options) =>
    adamStep(context, decayed(context, options.weightDecay), context.parameter, options),
};

/** Loshchilov and Hutter 2019: decay apart from the gradient. */
export const adamWRule: UpdateRule<AdamOptions> = {
  ...adamRule,
  kind: 'adamW',
  defaults: { ...adamRule.defaults, weightDecay: 0.01 },
  step: (context, options) => {
    const { parameter, learningRate } = context;
    const shrunk =
      options.weightDecay === 0
        ? parameter
        : sub(parameter, mul(parameter, mul(learningRate, options.weightDecay)));
    return adamStep(context, context.gradient, shrunk, options);
  },
};

export type AdamaxOptions = Omit<AdamOptions, 'amsgrad'>;

/** Kingma and Ba 2015, section 7: the largest gradient instead of the second moment. */
export const adamaxRule: UpdateRule<AdamaxOptions> = {
  kind: 'adamax',
  defaults: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
  problem: betas,
  slots: () => ({ first: { initial: 0 }, largest: { initial: 0 } }),
  step: (context, { beta1, beta2, epsilon, weightDecay }) => {
    const g = decayed(context, weightDecay);
    const first = average(context.slots.first!, g, beta1);
    const largest = maximum(mul(context.slots.largest!, beta2), add(abs(g), epsilon));
    const rate = div(context.learningRate, correction(context.step, beta1));
    return { parameter: sub(context.parameter, mul(div(first, largest), rate)), slots: { first, largest } };
  },
};

export interface NadamOptions extends AdamaxOptions {
  /** ψ of the momentum schedule. */
  readonly momentumDecay: number;
}

/** Dozat 2016: Adam with Nesterov momentum, μₜ = β₁(1 − 0.96^(tψ)/2). */
export const nadamRule: UpdateRule<NadamOptions> = {
  kind: 'nadam',
  defaults: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, momentumDecay: 0.004 },
  problem: betas,
  slots: () => ({
    first: { initial: 0 },
    second: { initial: 0 },
    momentumProduct: { initial: 1, scalar: true },
  }),
  step: (context, { beta1, beta2, epsilon, weightDecay, momentumDecay }) => {
    const { slots, step, learningRate, parameter } = context;
    const g = decayed(context, weightDecay);
    const momentum = (t: AnyTensor) =>
      mul(sub(splat(1, [], t.dtype), mul(pow(splat(0.96, [], t.dtype), mul(t, momentumDecay)), 0.5)), beta1);
    const [now, next] = [momentum(step), momentum(add(step, 1))];
    const momentumProduct = mul(slots.momentumProduct!, now);
    const first = average(slots.first!, g, beta1);
    const second = average(slots.second!, square(g), beta2);
    const scale = add(sqrt(div(second, correction(step, beta2))), epsilon);
    const one = splat(1, [], step.dtype);
    const recent = div(mul(learningRate, sub(one, now)), sub(one, momentumProduct));
    const ahead = div(mul(learningRate, next), sub(one, mul(momentumProduct, next)));
    const moved = sub(parameter, mul(div(g, scale), recent));
    return {
      parameter: sub(moved, mul(div(first, scale), ahead)),
      slots: { first, second, momentumProduct },
    };
  },
};

export interface RmspropOptions extends Decay {
  readonly alpha: number;
  readonly epsilon: number;
  readonly momentum: number;
  /** Divide by the deviation instead of the root mean square. */
  readonly centered: boolean;
}

/** Tieleman and Hinton 2012. */
export const rmspropRule: UpdateRule<RmspropOptions> = {
  kind: 'rmsprop',
  defaults: { alpha: 0.99, epsilon: 1e-8, momentum: 0, centered: false, weightDecay: 0 },
  problem: ({ alpha, momentum }) => fraction('alpha', alpha) ?? fraction('momentum', momentum),
  slots: ({ momentum, centered }) => ({
    second: { initial: 0 },
    ...(centered ? { mean: { initial: 0 } } : {}),
    ...(momentum > 0 ? { velocity: { initial: 0 } } : {}),
  }),
  step: (context, { alpha, epsilon, momentum, centered, weightDecay }) => {
    const g = decayed(context, weightDecay);
    const second = average(context.slots.second!, square(g), alpha);
    const mean = centered ? average(context.slots.mean!, g, alpha) : undefined;
    const scale = add(sqrt(mean === undefined ? second : maximum(sub(second, square(mean)), 0)), epsilon);
    const quotient = div(g, scale);
    const velocity = momentum > 0 ? add(mul(context.slots.velocity!, momentum), quotient) : undefined;
    return {
      parameter: descend(context, velocity ?? quotient),
      slots: { second, ...(mean && { mean }), ...(velocity && { velocity }) },
    };
  },
};

export interface AdagradOptions extends Decay {
  readonly epsilon: number;
  /** The learning rate is divided by 1 + (t − 1)·rateDecay. */
  readonly rateDecay: number;
  readonly initialAccumulator: number;
}

/** Duchi et al. 2011. */
export const adagradRule: UpdateRule<AdagradOptions> = {
  kind: 'adagrad',
  defaults: { epsilon: 1e-10, rateDecay: 0, initialAccumulator: 0, weightDecay: 0 },
  slots: ({ initialAccumulator }) => ({ total: { initial: initialAccumulator } }),
  step: (context, { epsilon, rateDecay, weightDecay }) => {
    const g = decayed(context, weightDecay);
    const total = add(context.slots.total!, square(g));
    const rate = div(context.learningRate, add(mul(sub(context.step, 1), rateDecay), 1));
    return {
      parameter: sub(context.parameter, mul(div(g, add(sqrt(total), epsilon)), rate)),
      slots: { total },
    };
  },
};

export interface AdadeltaOptions extends Decay {
  readonly rho: number;
  readonly epsilon: number;
}

/** Zeiler 2012. */
export const adadeltaRule: UpdateRule<AdadeltaOptions> = {
  kind: 'adadelta',
  defaults: { rho: 0.9, epsilon: 1e-6, weightDecay: 0 },
  problem: ({ rho }) => fraction('rho', rho),
  slots: () => ({ second: { initial: 0 }, moved: { initial: 0 } }),
  step: (context, { rho, epsilon, weightDecay }) => {
    const g = decayed(context, weightDecay);
    const second = average(context.slots.second!, square(g), rho);
    const delta = mul(div(sqrt(add(context.slots.moved!, epsilon)), sqrt(add(second, epsilon))), g);
    return {
      parameter: descend(context, delta),
      slots: { second, moved: average(context.slots.moved!, square(delta), rho) },
    };
  },
};

export interface LionOptions extends Decay {
  readonly beta1: number;
  readonly beta2: number;
}

/** Chen et al. 2023: only the sign of the averaged gradient, with decoupled decay. */
export const lionRule: UpdateRule<LionOptions> = {
  kind: 'lion',
  defaults: { beta1: 0.9, beta2: 0.99, weightDecay: 0 },
  problem: betas,
  slots: () => ({ first: { initial: 0 } }),
  step: (context, { beta1, beta2, weightDecay }) => {
    const { parameter, gradient, slots } = context;
    const direction = sign(average(slots.first!, gradient, beta1));
    const total = weightDecay === 0 ? direction : add(direction, mul(parameter, weightDecay));
    return { parameter: descend(context, total), slots: { first: average(slots.first!, gradient, beta2) } };
  },
};
