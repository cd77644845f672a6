/** Exponential moving averages of parameters (Polyak and Juditsky 1992): calmer weights for evaluation. */
import type { State } from '@cotangent/engine';
import { constantOf, HostArray, type Update, Variable } from '@cotangent/graph';
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

  constructor(parameters: Variables, { decay = 0.999, name = 'average' }: AverageOptions = {}) {
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

  /** The updates of an optimizer, and those of the averages after them. */
  after(updates: readonly Update[]): Update[] {
    const following = updates.flatMap(({ variable, value }) => {
      const average = this.averages.get(variable);
      return average === undefined
        ? []
        : [average.becomes(add(average, mul(sub(value, average), 1 - this.decay)))];
    });
    return [...updates, ...following, this.count.becomes(add(this.count, 1))];
  }

  /**
   * Puts the averages in place of the parameters, and gives a function that puts the parameters back.
   * The bias towards the start at 0 is divided out: average / (1 − decayᵗ).
   */
  swapInto(state: State<'sync'>): () => void {
    const steps = state.get(this.count.path).item();
    const correction = steps === 0 ? 1 : -Math.expm1(steps * Math.log(this.decay));
    const kept: [string, HostArray][] = [];
    for (const [parameter, average] of this.averages) {
      const value = state.get(average.path);
      kept.push([parameter.path, state.get(parameter.path)]);
      if (steps > 0)
        state.set(
          parameter.path,
          new HostArray(
            value.dtype,
            value.shape,
            value.data.map((entry) => entry / correction) as typeof value.data,
          ),
        );
    }
    return () => {
      for (const [path, value] of kept) state.set(path, value);
    };
  }
}

/** Averages of parameters that follow an optimizer: `average.after(adam().minimize(loss, parameters))`. */
export const movingAverage = (parameters: Variables, options?: AverageOptions): MovingAverage =>
  new MovingAverage(parameters, options);
