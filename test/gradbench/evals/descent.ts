/**
 * Gradient descent as a loop of the graph, with derivatives of either mode taken inside of its body. The rules and numbers
 * are those of GradBench (`cpp/gradbench/gd.hpp`): where the descent stops is the result.
 */
import { arange, call, cond, fill, grad, jvp, stack, type Tensor, whileLoop } from 'cotangent';

export type Scalar = Tensor<[], 'f64'>;
export type Vector = Tensor<[number], 'f64'>;
export type Objective = (x: Vector) => Scalar;
/** The gradient of an objective at a point. */
export type Gradient = (objective: Objective, x: Vector) => Vector;

/**
 * Reverse mode: all coordinates at once. A derivative is by a tensor; the call makes it one by an argument, so that what the
 * objective takes from outside may come from the same point and stands still all the same.
 */
export const reverse: Gradient = (objective, x) => call((x) => grad(objective(x), x), x);

/** Forward mode: a direction for each coordinate. */
export const forward: Gradient = (objective, x) =>
  call((x) => {
    const value = objective(x);
    const count = Number(x.shape[0]);
    const partials = Array.from({ length: count }, (_, i) =>
      jvp(value, x, arange(count).equal(i).cast('f64')),
    );
    return stack(partials).as([count]);
  }, x);

export interface DescentOptions {
  /** The most steps: needed where reverse mode goes through the descent. */
  readonly maxSteps?: number;
}

const tolerance = 1e-5;

/**
 * From a start to where the gradient or a step is shorter than 1e-5. The rate doubles after ten steps that led down, and
 * halves at one that does not.
 */
export function argmin(
  gradient: Gradient,
  objective: Objective,
  start: Vector,
  options: DescentOptions = {},
): Vector {
  const init = {
    x: start,
    value: objective(start),
    slope: gradient(objective, start),
    rate: fill(1e-5, [], 'f64'),
    /** Steps that led down since the rate has changed. */
    taken: fill(0, [], 'i32'),
    going: fill(true, [], 'bool'),
  };
  type Descent = typeof init;
  const stopped = (at: Descent): Descent => ({ ...at, going: fill(false, [], 'bool') });
  const changed = (at: Descent, factor: number): Descent => ({
    ...at,
    rate: at.rate.mul(factor),
    taken: fill(0, [], 'i32'),
  });
  const move = (at: Descent): Descent => {
    const x = at.x.sub(at.slope.mul(at.rate));
    const tried = (): Descent => {
      const value = objective(x);
      const accepted = (): Descent => ({
        ...at,
        x,
        value,
        slope: gradient(objective, x),
        taken: at.taken.add(1),
      });
      return cond(value.less(at.value), accepted, () => changed(at, 0.5));
    };
    return cond(x.sub(at.x).norm().lessEqual(tolerance), () => stopped(at), tried);
  };
  const step = (at: Descent): Descent =>
    cond(
      at.slope.norm().lessEqual(tolerance),
      () => stopped(at),
      () =>
        cond(
          at.taken.equal(10),
          () => changed(at, 2),
          () => move(at),
        ),
    );
  return whileLoop({ init, ...options }, ({ going }) => going, step).x;
}

export function argmax(
  gradient: Gradient,
  objective: Objective,
  start: Vector,
  options: DescentOptions = {},
): Vector {
  return argmin(gradient, (x) => objective(x).neg(), start, options);
}
