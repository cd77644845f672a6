/**
 * The laws of batching: vmap of a primitive is a loop over the examples, for its values and for its gradients, whatever
 * operands differ by example.
 */
import { grad, vmap } from '@cotangent/autodiff';
import { type AnyTensor, apply, HostArray, Input, isFloat, leavesOf } from '@cotangent/graph';
import { add, inner, mul, sum } from '@cotangent/graph/ops';
import { arrayOf } from '../cases/arrays.ts';
import { casesOf, type DrawnSample } from '../cases/index.ts';
import { Random } from '../cases/random.ts';
import type { Law } from './laws.ts';
import { derivable, directionsLike, expectClose, inputsLike, runner } from './running.ts';

const count = 3;

/**
 * The operand of another example: the same numbers in other places, so that they stay in the domain. Rows of indices stay
 * whole; single numbers count up and down, and conditions turn round.
 */
function another(x: HostArray, example: number): HostArray {
  if (example === 0) return x;
  const { dtype, shape, data } = x;
  const size = data.length;
  if (size === 0) return x;
  const entry = (i: number): number => data[i % size]!;
  if (dtype === 'bool')
    return arrayOf(
      dtype,
      shape,
      Array.from(data, (_, i) => (entry(i + example) + example) % 2),
    );
  // Up and down, so that a bound on one side is not met by all.
  if (!isFloat(dtype) && shape.length === 0)
    return arrayOf(dtype, shape, [example === 1 ? 1 - entry(0) : entry(0) - 1]);
  const step = isFloat(dtype) ? 1 : shape.at(-1)!;
  return arrayOf(
    dtype,
    shape,
    Array.from(data, (_, i) => entry(i + example * step)),
  );
}

/** One array for all examples. */
function together(arrays: readonly HostArray[]): HostArray {
  const { dtype, shape } = arrays[0]!;
  return arrayOf(
    dtype,
    [arrays.length, ...shape],
    arrays.flatMap(({ data }) => Array.from(data as Float64Array)),
  );
}

/** The examples of an array along its first axis. */
const apart = ({ dtype, shape, data }: HostArray): HostArray[] => {
  const rest = shape.slice(1);
  const size = data.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, i) => {
    const part = data.slice(i * size, (i + 1) * size);
    return arrayOf(dtype, rest, Array.from(part as Float64Array));
  });
};

interface Setting {
  /** Operands that differ by example. */
  readonly mask: readonly boolean[];
  /** Operands of each example. */
  readonly examples: readonly (readonly HostArray[])[];
}

function settingOf({ operands, seed }: DrawnSample): Setting {
  const random = new Random(seed + 1);
  const chosen = operands.map(() => random.chance(0.5));
  const mask = chosen.some(Boolean) ? chosen : operands.map(() => true);
  const examples = Array.from({ length: count }, (_, example) =>
    operands.map((operand, i) => (mask[i] ? another(operand, example) : operand)),
  );
  return { mask, examples };
}

/** What a function of operands gives for all examples by vmap, as inputs and results. */
function mappedOver(
  inputs: readonly Input[],
  { mask, examples }: Setting,
  f: (operands: readonly AnyTensor[]) => readonly AnyTensor[],
): {
  readonly inputs: readonly Input[];
  readonly values: readonly HostArray[];
  readonly results: AnyTensor[];
} {
  const all = inputs.map((input, i) =>
    mask[i] ? new Input(`all${i}`, [count, ...input.shape], input.dtype) : input,
  );
  // One more, so that primitives without operands have examples, too.
  const number = new Input('number', [count], 'f32');
  const xs = [number, ...all.filter((_, i) => mask[i])];
  const result = vmap({ xs }, (slices) => {
    let next = 1;
    const given = leavesOf(slices);
    return f(inputs.map((input, i) => (mask[i] ? given[next++]! : input)));
  });
  const operands = inputs.map((_, i) =>
    mask[i] ? together(examples.map((operands) => operands[i]!)) : examples[0]![i]!,
  );
  const values = [new HostArray('f32', [count], new Float32Array(count)), ...operands];
  return { inputs: [number, ...all], values, results: leavesOf(result) };
}

/** Runs every example by itself; undefined where one is refused, as by the bound of a loop. */
function oneByOne(
  run: (operands: readonly HostArray[]) => HostArray[],
  { examples }: Setting,
): HostArray[][] | undefined {
  try {
    return examples.map(run);
  } catch {
    return undefined;
  }
}

function expectSame(actual: readonly HostArray[], wanted: readonly HostArray[][], tolerance: number): void {
  actual.forEach((all, i) => {
    apart(all).forEach(({ dtype, data }, example) => {
      const exact = !isFloat(dtype);
      const { data: by } = wanted[example]![i]!;
      expectClose(data, by, exact ? 0 : tolerance, `result ${i} of example ${example}`);
    });
  });
}

/** vmap(P)(x) = [P(x₀), P(x₁), …] */
export const vmapIsLoop: Law = (sample) => {
  const setting = settingOf(sample);
  const inputs = inputsLike(sample.operands.map(typeOnly), 'x');
  const wanted = oneByOne(runner(inputs, apply(sample.op, inputs, sample.params)), setting);
  if (wanted === undefined) return;
  const f = (operands: readonly AnyTensor[]) => apply(sample.op, operands, sample.params);
  const batched = mappedOver(inputs, setting, f);
  const tolerance = sample.dtype === 'f32' ? 1e-5 : 1e-12;
  expectSame(runner(batched.inputs, batched.results)(batched.values), wanted, tolerance);
};

/** An array seen as the type that it has. */
const typeOnly = ({ dtype, shape }: HostArray): AnyTensor => new Input('type', shape, dtype) as AnyTensor;

/** A scalar of all results that is curved. */
const lossOf = (results: readonly AnyTensor[], weights: readonly AnyTensor[]): AnyTensor =>
  results.map((y, i) => inner(weights[i]!, add(y, mul(mul(y, y), 0.25)))).reduce((a, b) => add(a, b));

/** vmap of gradients is a loop of gradients, and the gradient of a vmap has them as its entries. */
export const vmapOfGradients: Law = (sample) => {
  const { inputs, varying, floats } = derivable(sample.op, sample);
  if (varying.length === 0 || floats.length === 0) return;
  if (casesOf(sample.op).reversible?.(sample.params) === false) return;
  const weights = inputsLike(floats, 'w');
  const w = directionsLike(floats, sample.seed + 2);
  const f = (operands: readonly AnyTensor[]): AnyTensor => {
    const given = casesOf(sample.op).truly?.(operands, sample.params) ?? operands;
    const results = apply(sample.op, given, sample.params).filter(({ dtype }) => isFloat(dtype));
    return lossOf(results, weights as AnyTensor[]);
  };
  const wrt = (operands: readonly AnyTensor[]) => varying.map((i) => operands[i]!);
  const single = runner([...inputs, ...weights], grad(f(inputs), wrt(inputs)));
  const setting = settingOf(sample);
  const wanted = oneByOne((operands) => single([...operands, ...w]), setting);
  if (wanted === undefined) return;
  const each = mappedOver(inputs, setting, (operands) => grad(f(operands), wrt(operands)));
  const run = runner([...each.inputs, ...weights], each.results);
  expectSame(run([...each.values, ...w]), wanted, 1e-10);

  const whole = mappedOver(inputs, setting, (operands) => [f(operands)]);
  const gradients = grad(sum(whole.results[0]!), wrt(whole.inputs.slice(1)));
  const found = runner([...whole.inputs, ...weights], gradients)([...whole.values, ...w]);
  found.forEach((gradient, k) => {
    const parts = wanted.map((list) => list[k]!.data);
    if (setting.mask[varying[k]!]) {
      apart(gradient).forEach(({ data }, e) =>
        expectClose(data, parts[e]!, 1e-10, `gradient of example ${e}`),
      );
      return;
    }
    const total = Array.from(gradient.data, (_, i) => parts.reduce((sofar, data) => sofar + data[i]!, 0));
    expectClose(gradient.data, total, 1e-10, 'gradient of what is the same for all examples');
  });
};

/** Laws about values, for every dtype. */
export const batchLaws = { vmapIsLoop } as const;
/** Laws about gradients, in float64. */
export const batchGradientLaws = { vmapOfGradients } as const;
