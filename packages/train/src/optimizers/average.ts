/** Exponential moving averages of parameters (Polyak and Juditsky 1992): calmer weights for evaluation. */
import type { State } from '@cotangent/engine';
import { CotangentError, constantOf, HostArray, type Update, Variable } from '@cotangent/graph';
import { add, mul, sub } from '@cotangent/graph/ops';
import type { Variables } from '@cotangent/layers';

export interface AverageOptions {
  /** Weight of the old average. */
  readonly decay?: number;
  readonly name?: string;
}

export class MovingAverage {
  private readonly averages: ReadonlyMap<Variable, Variable>;
  private readonly count: Variable;
  private readonly decay: number;
  private readonly followed = new Set<Variable>();

  constructor(parameters: Variables, { decay = 0.999, name = 'average' }: AverageOptions = {}) {
    if (!(decay > 0 && decay < 1))
      throw new CotangentError(
        'BAD_ARGUMENT',
        `the decay of a moving average lies between 0 and 1, not ${decay}`,
      );
    this.decay = decay;
    const owner = { path: name };
    this.averages = new Map(
      Object.values(parameters).map((one) => [
        one,
        new Variable(one.path, [...one.shape], one.dtype, constantOf(0), { owner, role: 'slot' }),
      ]),
    );
    this.count = new Variable('step', [], 'i32', constantOf(0), { owner, role: 'counter' });
  }

  /** The updates of an optimizer, and those of the averages after them. Parameters that do not move have no average. */
  after(updates: readonly Update[]): Update[] {
    const following = updates.flatMap(({ variable, value }) => {
      const average = this.averages.get(variable);
      if (average === undefined) return [];
      this.followed.add(variable);
      return [average.becomes(add(average, mul(sub(value, average), 1 - this.decay)))];
    });
    return [...updates, ...following, this.count.becomes(add(this.count, 1))];
  }

  /**
   * The averages by the paths of their parameters; none before the first step. The bias towards the start at 0 is
   * divided out: average / (1 − decayᵗ).
   */
  valuesIn(state: State<'sync'>): Map<string, HostArray> {
    const steps = state.get(this.count.path).item();
    const values = new Map<string, HostArray>();
    if (steps === 0) return values;
    const correction = -Math.expm1(steps * Math.log(this.decay));
    for (const parameter of this.followed) {
      const { dtype, shape, data } = state.get(this.averages.get(parameter)!.path);
      values.set(
        parameter.path,
        new HostArray(dtype, shape, data.map((entry) => entry / correction) as typeof data),
      );
    }
    return values;
  }

  /** Puts the averages in place of the parameters, and gives a function that puts the parameters back. */
  swapInto(state: State<'sync'>): () => void {
    const averages = this.valuesIn(state);
    const kept = [...averages.keys()].map((path) => [path, state.get(path)] as const);
    for (const [path, value] of averages) state.set(path, value);
    return () => {
      for (const [path, value] of kept) state.set(path, value);
    };
  }
}

/** Averages of parameters that follow an optimizer: `average.after(adam().minimize(loss, parameters))`. */
export const movingAverage = (parameters: Variables, options?: AverageOptions): MovingAverage =>
  new MovingAverage(parameters, options);
