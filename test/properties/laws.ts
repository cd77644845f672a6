/**
 * The laws that hold for every primitive, as functions of a sample that raise when the law does not hold. The suite runs
 * them on the rules as they are, the mutation script on rules that were broken on purpose.
 */
import { grad, hvp, jvp, linearize, transposeRules, vjp } from '@cotangent/autodiff';
import {
  type AnyTensor,
  formatType,
  type HostArray,
  isFloat,
  isPrimitiveName,
  type Node,
  reachable,
  sameShape,
  sameType,
} from '@cotangent/graph';
import { add, inner, mul } from '@cotangent/graph/ops';
import { pullBack } from '../../packages/autodiff/src/transpose.ts';
import { arrayOf } from '../cases/arrays.ts';
import { casesOf, type DrawnSample, linearSets } from '../cases/index.ts';
import { refusal } from './refusals.ts';
import {
  applied,
  combined,
  derivable,
  differences,
  directionsLike,
  expectClose,
  innerProduct,
  inputsLike,
  runner,
} from './running.ts';

export type Law = (sample: DrawnSample) => void;

const plus = (terms: readonly AnyTensor[]): AnyTensor => terms.reduce((a, b) => add(a, b));

/** The types that are inferred are those of the specification, and what is executed has them. */
export const typesAreExecuted: Law = (sample) => {
  const { inputs, results } = applied(sample.op, sample);
  const values = runner(inputs, results)(sample.operands);
  const specified = casesOf(sample.op).types?.(sample.operands, sample.params) ?? sample.operands.slice(0, 1);
  if (specified.length !== results.length)
    throw new Error(`${results.length} results, not ${specified.length}`);
  results.forEach((result, i) => {
    const [value, wanted] = [values[i]!, specified[i]!];
    if (!sameType(result, wanted))
      throw new Error(
        `result ${i} is inferred as ${formatType(result)} where it should be ${formatType(wanted)}`,
      );
    if (value.dtype !== result.dtype || !sameShape(value.shape, result.shape))
      throw new Error(
        `result ${i} was inferred as ${formatType(result)} and came out as ${formatType(value)}`,
      );
  });
};

/** The value is what nested loops written from the specification give. */
export const valueIsReference: Law = (sample) => {
  const { inputs, results } = applied(sample.op, sample);
  const values = runner(inputs, results)(sample.operands);
  const shapes = values.map(({ shape }) => shape);
  const wanted = casesOf(sample.op).reference?.(sample.operands, sample.params, shapes);
  wanted?.forEach((numbers, i) => {
    const { dtype, shape, data } = values[i]!;
    const tolerance = dtype === 'f32' ? 1e-6 : dtype === 'f64' ? 1e-12 : 0;
    const array = arrayOf(dtype, shape, numbers).data;
    expectClose(data, array, tolerance, `value of result ${i}`);
    const sign = data.findIndex(
      (entry: number, k) => entry === 0 && array[k] === 0 && !Object.is(entry, array[k]),
    );
    if (sign >= 0) throw new Error(`value of result ${i}: entry ${sign} is a zero of the other sign`);
  });
};

/** The tangent is the limit of differences; by decree it is zero for some. */
export const jvpIsDifference: Law = (sample) => {
  const { inputs, varying, floats } = derivable(sample.op, sample);
  if (varying.length === 0 || floats.length === 0) return;
  const wrt = varying.map((i) => inputs[i]! as AnyTensor);
  const tangents = inputsLike(wrt, 't');
  const pushed = jvp(floats, wrt, tangents as AnyTensor[]);
  const directions = directionsLike(wrt, sample.seed);
  const actual = runner([...inputs, ...tangents], pushed)([...sample.operands, ...directions]);
  const decreed = casesOf(sample.op).derivative === 'decree';
  const quotients = differences(runner(inputs, floats), sample.operands, varying, directions);
  actual.forEach(({ data }, i) => {
    const wanted = decreed ? new Float64Array(data.length) : quotients[i]!;
    expectClose(data, wanted, 1e-6, `tangent of result ${i}`);
  });
};

/** J(a·u + b·v) = a·Ju + b·Jv */
export const jvpIsLinear: Law = (sample) => {
  const { inputs, varying, floats } = derivable(sample.op, sample);
  if (varying.length === 0 || floats.length === 0) return;
  const wrt = varying.map((i) => inputs[i]! as AnyTensor);
  const tangents = inputsLike(wrt, 't');
  const run = runner([...inputs, ...tangents], jvp(floats, wrt, tangents as AnyTensor[]));
  const [u, v] = [directionsLike(wrt, sample.seed), directionsLike(wrt, sample.seed + 1)];
  const [a, b] = [2.5, -0.75];
  const mixed = u.map((one, i) => combined(a, one, b, v[i]!));
  const [ju, jv, jm] = [u, v, mixed].map((directions) => run([...sample.operands, ...directions]));
  jm!.forEach(({ data }, i) => {
    const wanted = combined(a, ju![i]!, b, jv![i]!);
    expectClose(data, wanted.data, 1e-12, `tangent of result ${i} in a combined direction`);
  });
};

/** Nodes that some of `sources` flow into. */
function dependents(results: readonly AnyTensor[], sources: readonly AnyTensor[]): Node[] {
  const touched = new Set<Node>(sources.map(({ node }) => node));
  return reachable(results).filter((node) => {
    if (!node.inputs.some((input) => touched.has(input.node))) return false;
    touched.add(node);
    return true;
  });
}

/** Where there is no reverse mode, asking for it is refused. */
function hasReverse(sample: DrawnSample): boolean {
  if (casesOf(sample.op).reversible?.(sample.params) ?? true) return true;
  const { inputs, floats } = derivable(sample.op, sample);
  const wrt = inputs.filter(({ dtype }) => isFloat(dtype)) as readonly AnyTensor[];
  if (floats.length > 0) {
    const { code } = refusal(() => vjp(floats, wrt, inputsLike(floats, 'c') as AnyTensor[]));
    if (code !== 'NOT_DIFFERENTIABLE') throw new Error(`reverse mode is refused with ${code}`);
  }
  return false;
}

/** Whatever touches a tangent of reverse mode is a primitive that the transpose table knows. */
export const jvpIsTransposable: Law = (sample) => {
  const { inputs, varying, floats } = derivable(sample.op, sample);
  if (varying.length === 0 || floats.length === 0 || !hasReverse(sample)) return;
  const wrt = varying.map((i) => inputs[i]! as AnyTensor);
  const tangents = inputsLike(wrt, 't');
  const pushed = linearize(floats, wrt)(tangents as AnyTensor[]);
  const opaque = dependents(pushed, tangents).find(({ op }) => !Object.hasOwn(transposeRules, op));
  if (opaque !== undefined)
    throw new Error(`the rule applies '${opaque.op}' to a tangent, which has no transpose`);
};

/** ⟨v, J·u⟩ = ⟨Jᵀ·v, u⟩ */
export const transposeIdentity: Law = (sample) => {
  const { inputs, varying, floats } = derivable(sample.op, sample);
  if (varying.length === 0 || floats.length === 0 || !hasReverse(sample)) return;
  const wrt = varying.map((i) => inputs[i]! as AnyTensor);
  const [tangents, cotangents] = [inputsLike(wrt, 't'), inputsLike(floats, 'c')];
  const pushed = jvp(floats, wrt, tangents as AnyTensor[]);
  const pulled = vjp(floats, wrt, cotangents as AnyTensor[]);
  const [u, v] = [directionsLike(wrt, sample.seed), directionsLike(floats, sample.seed + 1)];
  const run = runner([...inputs, ...tangents, ...cotangents], [...pushed, ...pulled]);
  const values = run([...sample.operands, ...u, ...v]);
  checkIdentity(values.slice(0, pushed.length), v, values.slice(pushed.length), u);
};

function checkIdentity(
  pushed: readonly HostArray[],
  v: readonly HostArray[],
  pulled: readonly HostArray[],
  u: readonly HostArray[],
): void {
  const [left, right] = [innerProduct(v, pushed), innerProduct(pulled, u)];
  const allowed = 1e-12 * (left.size + right.size) + 1e-300;
  if (!(Math.abs(left.value - right.value) <= allowed))
    throw new Error(`⟨v, J·u⟩ is ${left.value} and ⟨Jᵀ·v, u⟩ is ${right.value}`);
}

/** The transpose of a linear primitive, asked directly: ⟨v, P(u)⟩ = ⟨Pᵀ(v), u⟩ in each set of operands it is linear in. */
export const ownTranspose: Law = (sample) => {
  const sets = linearSets(sample.op, sample);
  if (sets.length > 0 && !Object.hasOwn(transposeRules, sample.op))
    throw new Error(`'${sample.op}' is linear in [${sets[0]}] and has no transpose`);
  for (const set of sets) {
    const { inputs, results, floats } = applied(sample.op, sample);
    const linear = set.filter((i) => i < inputs.length && isFloat(inputs[i]!.dtype));
    // Now and then the first result alone has a cotangent.
    const seen = floats.filter((_, i) => i === 0 || sample.seed % 3 !== 0);
    if (linear.length === 0 || seen.length === 0) continue;
    const placeholders = linear.map((i) => inputs[i]! as AnyTensor);
    const [u, v] = [directionsLike(placeholders, sample.seed), directionsLike(seen, sample.seed + 1)];
    const cotangents = inputsLike(seen, 'c');
    const map = { placeholders, results: seen, nodes: [results[0]!.node] };
    const pulled = pullBack(map, cotangents);
    const found = linear.flatMap((_, k) => (pulled[k] === undefined ? [] : [k]));
    const run = runner([...inputs, ...cotangents], [...seen, ...found.map((k) => pulled[k]!)]);
    const values = sample.operands.map((operand, i) =>
      linear.includes(i) ? u[linear.indexOf(i)]! : operand,
    );
    const answers = run([...values, ...v]);
    checkIdentity(
      answers.slice(0, seen.length),
      v,
      answers.slice(seen.length),
      found.map((k) => u[k]!),
    );
  }
};

/** A scalar of all results that is curved whether the primitive is or not. */
function curvedLoss(floats: readonly AnyTensor[], weights: readonly AnyTensor[]): AnyTensor {
  return plus(floats.map((y, i) => inner(weights[i]!, add(y, mul(mul(y, y), 0.25)))));
}

/** H·u is the difference quotient of gradients, symmetric, and the same in reverse over reverse. */
export const secondOrder: Law = (sample) => {
  const { inputs, varying, floats } = derivable(sample.op, sample);
  if (varying.length === 0 || floats.length === 0 || !hasReverse(sample)) return;
  const wrt = varying.map((i) => inputs[i]! as AnyTensor);
  const [weights, directions] = [inputsLike(floats, 'w'), inputsLike(wrt, 't')];
  const loss = curvedLoss(floats, weights as AnyTensor[]);
  const gradients = grad(loss, wrt);
  const product = hvp(loss, wrt, directions as AnyTensor[]);
  const twice = grad(plus(gradients.map((gradient, i) => inner(gradient, directions[i]!))), wrt);
  const all = [...inputs, ...weights];
  const w = directionsLike(floats, sample.seed + 2);
  const point = [...sample.operands, ...w];
  const [u, v] = [directionsLike(wrt, sample.seed), directionsLike(wrt, sample.seed + 1)];
  const run = runner([...all, ...directions], [...product, ...twice]);
  const [atU, atV] = [run([...point, ...u]), run([...point, ...v])];
  const [hu, hv] = [atU.slice(0, wrt.length), atV.slice(0, wrt.length)];
  const [left, right] = [innerProduct(v, hu), innerProduct(u, hv)];
  if (!(Math.abs(left.value - right.value) <= 1e-11 * (1 + left.size + right.size)))
    throw new Error(`⟨v, H·u⟩ is ${left.value} and ⟨u, H·v⟩ is ${right.value}`);
  const quotients = differences(runner(all, gradients), point, varying, u);
  for (const [i, { data }] of hu.entries()) {
    expectClose(data, atU[wrt.length + i]!.data, 1e-10, 'H·u forward over reverse, and reverse over reverse');
    expectClose(data, quotients[i]!, 1e-6, `H·u for operand ${varying[i]}`);
  }
};

/** Laws about values, for every dtype. */
export const valueLaws = { typesAreExecuted, valueIsReference } as const;

/** Laws about derivatives, in float64. */
export const derivativeLaws = {
  jvpIsDifference,
  jvpIsLinear,
  jvpIsTransposable,
  transposeIdentity,
  ownTranspose,
  secondOrder,
} as const;

/** Whether the samples of a primitive can have float64 operands. */
export const takesDoubles = (op: DrawnSample['op']): boolean =>
  isPrimitiveName(op) && casesOf(op).dtypes.includes('f64');
