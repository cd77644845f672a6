/**
 * In a branch that an example does not take nothing may fail for it, and no loop may wait for it. One law for each
 * primitive that could: the program runs, and gives what a loop over the examples gives.
 */
import { vmap } from '@cotangent/autodiff';
import {
  type AnyTensor,
  call,
  cond,
  fill,
  type HostArray,
  input,
  scan,
  type Tensor,
  whileLoop,
} from '@cotangent/graph';
import { add, check, constantOfArray, take } from '@cotangent/graph/ops';
import { compute } from './engine.ts';
import { refusal } from './refusals.ts';

type Scalar = Tensor<[], 'f64'>;
type Whole = Tensor<[], 'i32'>;

/** f for positive examples, 0 for the others, by a branch for each; `wanted` is f in numbers. */
function onlyForPositive(f: (x: Scalar) => AnyTensor, wanted: (x: number) => number): void {
  const xs = input('xs', ['examples'], 'f64');
  const all = [2, -3, 1, -1];
  const picked = vmap({ xs }, (x) =>
    cond(
      x.greater(0),
      () => f(x) as Scalar,
      () => x.mul(0),
    ),
  );
  const found = Array.from((compute(picked, { xs: all }) as HostArray).data as Float64Array);
  all.forEach((x, i) => {
    const expected = x > 0 ? wanted(x) : 0;
    // A zero of either sign is the branch not taken.
    if (found[i] !== expected && !(found[i] === 0 && expected === 0))
      throw new Error(`example ${i} is ${found[i]} where it should be ${expected}`);
  });
}

const one: Whole = fill(0, [], 'i32');
/** Fails for numbers that are not positive. */
const demanding = (x: Scalar): Scalar =>
  check(x, x.greater(0), x.reshape([1]), '{0} is not positive') as Scalar;
/** Halves until 1/2 or less: never ends for numbers that are not positive, since they count as large. */
const halved = (x: Scalar): Scalar =>
  whileLoop(
    { init: { x, steps: one }, maxSteps: 10 },
    ({ x: now }) => now.greater(0.5).or(now.less(0)),
    ({ x: now, steps }) => ({ x: now.mul(0.5), steps: steps.add(1) }),
  ).x as Scalar;
const halvedNumber = (x: number): number => (x > 0.5 ? halvedNumber(x / 2) : x);

export const branchesAreMasked = {
  check: () => {
    onlyForPositive(demanding, (x) => x);
    // Outside of branches it fails for any example, with the numbers of that example.
    const xs = input('xs', ['examples'], 'f64');
    const { sentence } = refusal(() => compute(vmap({ xs }, demanding), { xs: [2, 1, -3, -4] }));
    if (sentence !== '-3 is not positive') throw new Error(`the failure is '${sentence}'`);
  },
  while: () => {
    onlyForPositive(halved, halvedNumber);
    // A condition that is the same for all examples, and never stops holding in the branch.
    onlyForPositive(
      (x) =>
        whileLoop(
          { init: x, maxSteps: 5 },
          (now) => now.greater(0).and(now.less(20)),
          (now) => now.mul(3),
        ),
      (x) => {
        let now = x;
        while (now < 20) now *= 3;
        return now;
      },
    );
  },
  cond: () =>
    onlyForPositive(
      (x) =>
        cond(
          x.less(1.5),
          () => demanding(x),
          () => demanding(x.sub(1.25)).mul(2),
        ),
      (x) => (x < 1.5 ? x : (x - 1.25) * 2),
    ),
  scan: () =>
    onlyForPositive(
      (x) => scan({ init: x, length: 3 }, (now) => [demanding(now).add(1)])[0],
      (x) => x + 3,
    ),
  call: () =>
    onlyForPositive(
      (x) => call((y: Scalar) => demanding(y).mul(3), x),
      (x) => 3 * x,
    ),
  gather: () =>
    onlyForPositive(
      (x) => add(take(constantOfArray([5, 6, 7], 'f64'), x.cast('i32'), 0), 0),
      (x) => 5 + x,
    ),
} as const;
