/** Optimizers: a rule with its options, a learning rate that can be read and written between calls, and its slots. */
import { grad } from '@cotangent/autodiff';
import {
  type AnyTensor,
  CotangentError,
  constantOf,
  formatShape,
  isTensor,
  outermost,
  pendingUpdates,
  reachable,
  type ScalarLoss,
  sameShape,
  show,
  type Update,
  Variable,
} from '@cotangent/graph';
import { abs, add, cast, mul, noteOf, square, sum } from '@cotangent/graph/ops';
import { matchesPath, type Variables } from '@cotangent/layers';
import type { UpdateRule } from './rule.ts';

/** Options of one group of parameters, by a pattern of paths as in `select`. */
export interface GroupOptions {
  /** Factor of the learning rate. */
  readonly rateScale?: number;
  readonly weightDecay?: number;
  /** Leave these parameters as they are. */
  readonly frozen?: boolean;
}

export interface CommonOptions {
  readonly learningRate?: number;
  /** Where its variables live; needed if a program has two optimizers of one kind. */
  readonly name?: string;
  /** Options by pattern of paths; the first that matches counts. */
  readonly groups?: Readonly<Record<string, GroupOptions>>;
  /** Changes gradients before they are used, such as `(g) => clipByGlobalNorm(g, 1)`. */
  readonly clip?: (gradients: Gradients) => Gradients;
}

export type Gradients = Readonly<Record<string, AnyTensor>>;

export class Optimizer<O extends object = object> {
  readonly kind: string;
  readonly name: string;
  /** A variable: `state.get(optimizer.learningRate.path)` reads it, `state.set` writes it. */
  readonly learningRate: Variable<[], 'f64'>;
  private readonly rule: UpdateRule<O>;
  private readonly options: O;
  private readonly common: CommonOptions;
  private readonly count: Variable<[], 'i32'>;
  private readonly slots = new Map<string, Variable>();

  constructor(rule: UpdateRule<O>, defaultRate: number, given: Partial<O> & CommonOptions) {
    const { learningRate = defaultRate, name = rule.kind, groups, clip, ...own } = given;
    const unknown = Object.keys(own).find((option) => !Object.hasOwn(rule.defaults, option));
    if (unknown !== undefined)
      throw new CotangentError(
        'BAD_ARGUMENT',
        `${rule.kind} has no option '${unknown}': there is learningRate, name, groups, clip, ${Object.keys(rule.defaults).join(', ')}`,
      );
    if (!(Number.isFinite(learningRate) && learningRate >= 0))
      throw new CotangentError(
        'NOT_FINITE',
        `the learning rate of ${rule.kind} is ${learningRate}, not a number of 0 or more`,
      );
    this.rule = rule;
    this.kind = rule.kind;
    this.name = name;
    this.options = { ...rule.defaults, ...(own as Partial<O>) };
    for (const [option, value] of Object.entries(this.options))
      if (typeof value === 'number' && !(Number.isFinite(value) && value >= 0))
        throw new CotangentError(
          'NOT_FINITE',
          `${rule.kind}: ${option} is ${value}, not a number of 0 or more`,
        );
    const problem = rule.problem?.(this.options);
    if (problem !== undefined) throw new CotangentError('BAD_ARGUMENT', `${rule.kind}: ${problem}`);
    this.common = { ...(groups && { groups }), ...(clip && { clip }) };
    this.learningRate = new Variable('learningRate', [], 'f64', constantOf(learningRate), {
      owner: { path: name },
      role: 'slot',
    });
    this.count = new Variable('step', [], 'i32', constantOf(0), { owner: { path: name }, role: 'counter' });
  }

  /**
   * Updates that lower a loss: gradients, regularizers, and one step.
   *
   * @param loss        a scalar, built with `training(model)`
   * @param parameters  what moves: `parametersOf(model)`, or a part of it
   * @returns updates for `compile({ updates })`; those that the loss carries (running statistics) come by themselves
   * @throws BAD_ARGUMENT if the loss reaches dropout or batch norm that was not built for training
   * @example
   * ```ts
   * const loss = crossEntropy(training(model)(x), labels);
   * const step = compile({ inputs: [x, labels], outputs: { loss }, updates: adam().minimize(loss, parametersOf(model)) });
   * ```
   */
  minimize<L extends AnyTensor>(loss: ScalarLoss<L>, parameters: Variables): Update[] {
    return outermost(this.minimize, () => {
      const target = checkedLoss(loss);
      const leaves: Gradients = parameters;
      const gradients = grad(penalized(target, Object.values(parameters)), leaves);
      const carried = pendingUpdates([target]).map(({ variable }) => variable);
      const updates = this.step(parameters, gradients);
      return updates.filter(({ variable }) => !carried.includes(variable));
    });
  }

  /**
   * Updates from gradients of one's own.
   *
   * @param gradients  one for each parameter, under the same names
   */
  step(parameters: Variables, gradients: Gradients): Update[] {
    return outermost(this.step, () => {
      const clipped = this.common.clip?.(gradients) ?? gradients;
      const number = add(this.count, 1);
      const updates = Object.entries(parameters).flatMap(([name, parameter]) =>
        this.stepOf(parameter, clipped[name], name, number),
      );
      return [...updates, { variable: this.count as unknown as Variable, value: number }];
    });
  }

  private stepOf(
    parameter: Variable,
    gradient: AnyTensor | undefined,
    name: string,
    number: AnyTensor,
  ): Update[] {
    const group = this.groupOf(parameter.path);
    if (group.frozen === true) return [];
    if (gradient === undefined)
      throw new CotangentError('BAD_ARGUMENT', `there is no gradient for the parameter '${name}'`);
    if (!sameShape(gradient.shape, parameter.shape))
      throw new CotangentError(
        'SHAPE_MISMATCH',
        `the gradient of '${name}' is ${formatShape(gradient.shape)}, not ${formatShape(parameter.shape)}`,
      );
    const { weightDecay } = group;
    const options = weightDecay === undefined ? this.options : { ...this.options, weightDecay };
    const rate = cast(this.learningRate, parameter.dtype);
    const wanted = Object.entries(this.rule.slots(options));
    const slots = Object.fromEntries(
      wanted.map(([slot, { initial, scalar }]) => [
        slot,
        this.slotOf(parameter, slot, initial, scalar === true),
      ]),
    );
    const context = {
      parameter,
      gradient,
      slots,
      learningRate: group.rateScale === undefined ? rate : mul(rate, group.rateScale),
      step: cast(number, parameter.dtype),
    };
    const result = this.rule.step(context, options);
    return [
      parameter.becomes(result.parameter),
      ...Object.entries(slots).map(([slot, variable]) => variable.becomes(result.slots[slot]!)),
    ];
  }

  private slotOf(parameter: Variable, slot: string, initial: number, scalar: boolean): Variable {
    const name = `${slot}/${parameter.path}`;
    let variable = this.slots.get(name);
    if (variable === undefined) {
      const shape = scalar ? [] : [...parameter.shape];
      variable = new Variable(name, shape, parameter.dtype, constantOf(initial), {
        owner: { path: this.name },
        role: 'slot',
      });
      this.slots.set(name, variable);
    }
    return variable;
  }

  private groupOf(path: string): GroupOptions {
    for (const [pattern, group] of Object.entries(this.common.groups ?? {}))
      if (matchesPath(path, pattern)) return group;
    return {};
  }
}

/** loss + Σ (l1·Σ|w| + l2·Σw²) over the regularized parameters. */
export function penalized(loss: AnyTensor, parameters: readonly Variable[]): AnyTensor {
  return parameters.reduce<AnyTensor>((total, parameter) => {
    const { l1 = 0, l2 = 0 } = parameter.regularizer ?? {};
    const withL1 = l1 === 0 ? total : add(total, mul(sum(abs(parameter)), l1));
    return l2 === 0 ? withL1 : add(withL1, mul(sum(square(parameter)), l2));
  }, loss);
}

/** Training through dropout that does not drop is a mistake that nobody would see. */
function checkedLoss(loss: unknown): AnyTensor {
  if (!isTensor(loss))
    throw new CotangentError('BAD_ARGUMENT', `minimize needs a loss tensor, not ${show(loss)}`);
  const notes = new Set(reachable([loss]).flatMap((node) => noteOf(node) ?? []));
  if (notes.size > 0)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `the loss reaches ${[...notes].slice(0, 3).join(', ')}, not built for training: build the loss on training(model)(x); or say evaluation(model)(x) if that is meant`,
    );
  return loss;
}
