/**
 * Derivatives of bodies: the tangents of a body beside its values, its linear part with the values that it needs, and
 * the transpose of a linear body. The rules of loops and branches are made of these.
 */
import {
  type AnyTensor,
  assembleBody,
  type BodyInput,
  bodyInputs,
  type Graph,
  type Input,
  isSource,
  rebuildOn,
} from '@cotangent/graph';
import { dependentOn, dependents } from '../dependence.ts';
import { type Calculus, isThere, type Tangent, zero } from '../tangent.ts';

export const outputsOf = ({ outputs }: Graph): AnyTensor[] => outputs.map(({ tensor }) => tensor);

/** A body of unnamed results. */
export const bodyOf = (inputs: readonly Input[], results: readonly AnyTensor[]): Graph =>
  assembleBody(
    inputs,
    results.map((tensor, i) => ({ name: `result${i}`, tensor })),
  );

/** Where tensors stand in a list from some place on; the first place of those that come twice. */
export function placesOf(list: readonly AnyTensor[], from = 0): ReadonlyMap<AnyTensor, number> {
  const places = new Map<AnyTensor, number>();
  for (let place = list.length - 1; place >= from; place--) places.set(list[place]!, place);
  return places;
}

/** Those of a list that a mask marks. */
export const marked = <T>(list: readonly T[], mask: readonly boolean[]): T[] =>
  list.filter((_, i) => mask[i]);

/** Values in the marked places, in order; zero elsewhere. */
export function spread(mask: readonly boolean[], values: readonly Tangent[]): Tangent[] {
  let next = 0;
  return mask.map((one) => (one ? values[next++] : zero));
}

/** Values in the places of tangents that are there; zero elsewhere. */
export const placed = (places: readonly Tangent[], values: readonly AnyTensor[]): Tangent[] =>
  spread(places.map(isThere), values);

/** The inputs of the same names, as tangents or cotangents. */
export const renamed = (
  of: string,
  prefix: string,
  inputs: readonly { readonly name: string; readonly tensor: AnyTensor }[],
  others: readonly Input[],
): BodyInput[] =>
  bodyInputs(
    of,
    inputs.map(({ name, tensor: { shape, dtype } }) => ({ name: `${prefix}_${name}`, shape, dtype })),
    others,
  );
export const namedInputs = (inputs: readonly Input[]): { name: string; tensor: AnyTensor }[] =>
  inputs.map((tensor) => ({ name: tensor.name, tensor }));

/** Tangents of the results of a body, where the marked inputs have the tangents `dots`, which are inputs as well. */
export interface TangentBody {
  readonly dots: readonly BodyInput[];
  readonly tangents: readonly Tangent[];
}

export function tangentBody(
  of: string,
  body: Graph,
  mask: readonly boolean[],
  calculus: Calculus,
): TangentBody {
  return calculus.once(body, `tangents ${mask}`, () => findTangentBody(of, body, mask, calculus));
}

function findTangentBody(of: string, body: Graph, mask: readonly boolean[], calculus: Calculus): TangentBody {
  const wrt = marked(body.inputs, mask);
  const dots = renamed(of, 'd', namedInputs(wrt), body.inputs);
  const seeds = new Map<AnyTensor, Tangent>(wrt.map((input, i) => [input, dots[i]]));
  return { dots, tangents: calculus.pushForward(outputsOf(body), seeds) };
}

/** The linear part of a body. */
export interface LinearPart {
  /** Values of the body that the linear part needs. */
  readonly residuals: readonly AnyTensor[];
  /** Parameters in their places, and for the tangents of the marked inputs. */
  readonly kept: readonly BodyInput[];
  readonly dots: readonly BodyInput[];
  /** Tangents of the results of the body, in terms of `kept` and `dots`. */
  readonly tangents: readonly Tangent[];
}

export function linearPart(
  of: string,
  body: Graph,
  mask: readonly boolean[],
  calculus: Calculus,
): LinearPart {
  return calculus.once(body, `linear ${mask}`, () => findLinearPart(of, body, mask, calculus));
}

function findLinearPart(of: string, body: Graph, mask: readonly boolean[], calculus: Calculus): LinearPart {
  const wrt = marked(body.inputs, mask);
  const { placeholders, results, nodes } = calculus.linearMap(outputsOf(body), wrt);
  const linear = dependentOn(nodes, placeholders);
  // Constants and the like cost nothing to have twice.
  const residuals = new Set<AnyTensor>();
  const note = (tensor: AnyTensor): void => {
    if (!linear.has(tensor.node) && !isSource(tensor.node)) residuals.add(tensor);
  };
  for (const node of nodes) node.inputs.forEach(note);
  for (const result of results) if (result !== undefined) note(result);
  const list = [...residuals];
  const kept = bodyInputs(
    of,
    list.map(({ shape, dtype }) => ({ name: 'residual', shape, dtype })),
  );
  const dots = renamed(of, 'd', namedInputs(wrt), kept);
  const now = rebuildOn(
    nodes,
    new Map<AnyTensor, AnyTensor>([
      ...list.map((residual, i) => [residual, kept[i]!] as const),
      ...placeholders.map((placeholder, i) => [placeholder, dots[i]!] as const),
    ]),
  );
  return { residuals: list, kept, dots, tangents: results.map((result) => result && now(result)) };
}

/**
 * Cotangents of the inputs in which a body is linear, from cotangents of its results; the other inputs of the body keep
 * their meaning.
 */
export function transposed(
  body: Graph,
  isLinear: readonly boolean[],
  cotangents: readonly Tangent[],
  calculus: Calculus,
): Tangent[] {
  const placeholders = marked(body.inputs, isLinear);
  const nodes = dependents(body.nodes, placeholders);
  return calculus.pullBack({ placeholders, results: outputsOf(body), nodes }, cotangents);
}
