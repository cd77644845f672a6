/** Optimizers of PyTorch in terms of ours: the same rules under our names of the options. */
import { adadelta, adagrad, adam, adamax, adamW, type Optimizer, rmsprop, sgd } from '@cotangent/train';

export interface OptimizerConfig {
  readonly lr: number;
  readonly weight_decay?: number;
  readonly momentum?: number;
  readonly dampening?: number;
  readonly nesterov?: boolean;
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly amsgrad?: boolean;
  readonly alpha?: number;
  readonly centered?: boolean;
  readonly rho?: number;
  readonly lr_decay?: number;
  readonly initial_accumulator_value?: number;
}

/** Only the options that are given: the defaults are part of what is compared. */
const given = <O extends object>(options: O): { [K in keyof O]: Exclude<O[K], undefined> } =>
  // Entries without a value are left out, so what remains has one.
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;

const shared = ({ lr, weight_decay }: OptimizerConfig) => ({ learningRate: lr, weightDecay: weight_decay });
const moments = ({ betas, eps }: OptimizerConfig) => ({ beta1: betas?.[0], beta2: betas?.[1], epsilon: eps });

export const optimizers: Readonly<Record<string, (config: OptimizerConfig) => Optimizer>> = {
  sgd: (config) => {
    const { momentum, dampening, nesterov } = config;
    return sgd(given({ ...shared(config), momentum, dampening, nesterov }));
  },
  adam: (config) => adam(given({ ...shared(config), ...moments(config), amsgrad: config.amsgrad })),
  adamw: (config) => adamW(given({ ...shared(config), ...moments(config), amsgrad: config.amsgrad })),
  adamax: (config) => adamax(given({ ...shared(config), ...moments(config) })),
  rmsprop: (config) => {
    const { alpha, eps, momentum, centered } = config;
    return rmsprop(given({ ...shared(config), alpha, epsilon: eps, momentum, centered }));
  },
  adagrad: (config) => {
    const { eps, lr_decay, initial_accumulator_value } = config;
    return adagrad(
      given({
        ...shared(config),
        epsilon: eps,
        rateDecay: lr_decay,
        initialAccumulator: initial_accumulator_value,
      }),
    );
  },
  adadelta: (config) => {
    const { rho, eps } = config;
    return adadelta(given({ ...shared(config), rho, epsilon: eps }));
  },
};
