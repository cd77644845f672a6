/**
 * Checks derivatives against differences, in float64 whatever dtype the model has; and the identity
 * ⟨v, J·u⟩ = ⟨Jᵀ·v, u⟩, which needs no step.
 */

import { jvp, vjp } from '@cotangent/autodiff';
import { compileGraph, generatorOf, interpreter, type Program, State } from '@cotangent/engine';
import {
  type AnyTensor,
  assembleGraph,
  CotangentError,
  type HostArray,
  Input,
  isFloat,
  isInput,
  type Tree,
  zerosHost,
} from '@cotangent/graph';
import { add, inner } from '@cotangent/graph/ops';
import { type CheckPoint, type Coordinate, type PointValue, pointOf } from './point.ts';

export interface GradcheckOptions {
  /** Names of inputs and paths of variables to check; default: all that are floats. */
  readonly wrt?: readonly string[];
  /** Allowed error: absolute + relative · |difference quotient|. */
  readonly absolute?: number;
  readonly relative?: number;
  /** Arrays with more entries are checked along random directions. */
  readonly mostEntries?: number;
  /** Seed of directions, cotangents and initial values. */
  readonly seed?: number;
}

export interface GradcheckEntry {
  readonly name: string;
  /** 'right', 'wrong', or 'not finite'. */
  readonly verdict: 'right' | 'wrong' | 'not finite';
  /** Where the disagreement is worst: an index into the array, or the number of a direction. */
  readonly index: readonly number[];
  readonly derivative: number;
  readonly difference: number;
  readonly error: number;
}

export interface GradcheckReport {
  readonly passed: boolean;
  readonly entries: readonly GradcheckEntry[];
  /** |⟨v, Ju⟩ − ⟨Jᵀv, u⟩| relative to the size of its terms. */
  readonly dotProductError: number;
}

/** The identity holds up to rounding: terms of float64 added up in two orders. */
const dotProductTolerance = 1e-10;

/**
 * Checks the gradient of a graph at a point: `outputs` may have any shape, they are weighted with random cotangents.
 *
 * @param outputs  a tensor, or a list or record of tensors: a loss, or what a layer gives
 * @param point    values of inputs by name and of variables by path; variables left out have their initial values
 * @throws MISSING_INPUT, EXTRA_INPUT, SHAPE_MISMATCH; NOT_DIFFERENTIABLE if nothing can vary
 * @example
 * ```ts
 * const x = input('x', ['batch', 3]);
 * gradcheck(x.tanh().sum(), { x: [[0.1, 0.2, 0.3]] }).passed; // true
 * ```
 */
export function gradcheck(
  outputs: Tree,
  point: Readonly<Record<string, PointValue>>,
  options: GradcheckOptions = {},
): GradcheckReport {
  const { seed = 0, absolute = 1e-7, relative = 1e-6, mostEntries = 200 } = options;
  const place = pointOf(outputs, point, seed);
  const varying = chosen(place, options.wrt);
  if (varying.length === 0 || place.results.length === 0)
    throw new CotangentError(
      'NOT_DIFFERENTIABLE',
      'there is nothing to differentiate: no result or no leaf is a float',
    );
  const normal = normalFrom(seed);
  const checker = new Checker(place, varying, normal);
  const entries = varying.map((coordinate, i) => {
    const gradient = checker.gradients[i]!;
    const directions =
      coordinate.value.size <= mostEntries
        ? unitDirections(coordinate.value)
        : randomDirections(coordinate.value, normal);
    let worst: GradcheckEntry | undefined;
    for (const { index, direction } of directions) {
      const derivative = dot(gradient.data, direction);
      const difference = checker.differenceQuotient(coordinate, direction);
      const error = Math.abs(derivative - difference);
      const finite = Number.isFinite(derivative) && Number.isFinite(difference);
      const verdict = !finite
        ? 'not finite'
        : error <= absolute + relative * Math.abs(difference)
          ? 'right'
          : 'wrong';
      const entry: GradcheckEntry = { name: coordinate.name, verdict, index, derivative, difference, error };
      if (worst === undefined || isWorse(entry, worst)) worst = entry;
    }
    return (
      worst ?? {
        name: coordinate.name,
        verdict: 'right' as const,
        index: [],
        derivative: 0,
        difference: 0,
        error: 0,
      }
    );
  });
  const dotProductError = checker.dotProductError();
  return {
    entries,
    dotProductError,
    passed: entries.every(({ verdict }) => verdict === 'right') && dotProductError <= dotProductTolerance,
  };
}

const rank = { right: 0, wrong: 1, 'not finite': 2 } as const;
const isWorse = (a: GradcheckEntry, b: GradcheckEntry): boolean =>
  rank[a.verdict] !== rank[b.verdict] ? rank[a.verdict] > rank[b.verdict] : a.error > b.error;

function chosen({ coordinates }: CheckPoint, wrt: readonly string[] | undefined): Coordinate[] {
  const floats = coordinates.filter(({ leaf }) => isFloat(leaf.dtype));
  if (wrt === undefined) return floats.filter(({ leaf }) => isInput(leaf) || leaf.role === 'parameter');
  return wrt.map((name) => {
    const found = coordinates.find((coordinate) => coordinate.name === name);
    if (found === undefined)
      throw new CotangentError(
        'UNKNOWN_VARIABLE',
        `the graph has no input or variable '${name}': there is ${coordinates.map((one) => `'${one.name}'`).join(', ')}`,
      );
    if (!isFloat(found.leaf.dtype))
      throw new CotangentError(
        'NOT_DIFFERENTIABLE',
        `'${name}': ${found.leaf.dtype} has no gradient: leave it out, or convert it with .cast('f32')`,
      );
    return found;
  });
}

/** Programs of one check: the weighted value, the gradients, and both sides of the dot-product identity. */
class Checker {
  readonly gradients: readonly HostArray[];
  private readonly value: Program;
  private readonly weights: Readonly<Record<string, HostArray>>;
  private readonly feeds: Record<string, HostArray> = {};
  private readonly tangents: Readonly<Record<string, HostArray>>;
  private readonly leftSide: number;

  constructor(place: CheckPoint, varying: readonly Coordinate[], normal: () => number) {
    // Variables become inputs here: their values are fed, nothing is bound to a state.
    const state = new State({ engine: interpreter() });
    const leaves = varying.map(({ leaf }) => leaf as AnyTensor);
    const cotangents = place.results.map(({ shape }, i) => new Input(`cotangent ${i}`, shape, 'f64'));
    const directions = varying.map(({ leaf }, i) => new Input(`tangent ${i}`, leaf.shape, 'f64'));
    const weighted = place.results.map((result, i) => inner(result, cotangents[i]!)).reduce(add);
    const gradients = vjp(place.results, leaves, cotangents as AnyTensor[]);
    const pushed = jvp(place.results, leaves, directions as AnyTensor[]);
    const left = pushed.map((tangent, i) => inner(tangent, cotangents[i]!)).reduce(add);
    const program = (outputs: readonly AnyTensor[]): Program =>
      compileGraph(
        assembleGraph({
          inputs: [...place.graph.inputs, ...cotangents, ...directions],
          outputs: outputs.map((tensor, i) => ({ name: `r${i}`, tensor })),
          updates: [],
        }),
        { state },
      );
    const random = (inputs: readonly Input[]) =>
      Object.fromEntries(inputs.map((one) => [one.name, randomLike(one.shape as readonly number[], normal)]));
    this.weights = random(cotangents);
    this.tangents = random(directions);
    for (const { leaf, value, name } of place.coordinates) if (isInput(leaf)) this.feeds[name] = value;
    this.value = program([weighted]);
    this.state = state;
    for (const { leaf } of place.coordinates)
      if (!isInput(leaf)) state.ensure(leaf, leaf.shape as readonly number[]);
    for (const { leaf, value, name } of place.coordinates) if (!isInput(leaf)) state.set(name, value);
    const results = this.run(program([...gradients, left]));
    this.gradients = gradients.map((_, i) => asArray(results[`r${i}`]!));
    this.leftSide = asArray(results[`r${gradients.length}`]!).data[0]!;
  }
  private readonly state: State<'sync'>;

  private run(program: Program): Readonly<Record<string, HostArray | number>> {
    return program({ ...this.feeds, ...this.weights, ...this.tangents } as never) as Readonly<
      Record<string, HostArray | number>
    >;
  }

  /** Central differences at h and h/2, combined so that the error of order h² cancels (Richardson 1911). */
  differenceQuotient({ leaf, name, value }: Coordinate, direction: Float64Array): number {
    const size = Math.max(...value.data, ...Array.from(value.data, (entry) => -entry), 1);
    const slope = (step: number): number => {
      const at = (side: number): number => {
        const moved = zerosHost('f64', value.shape);
        for (let i = 0; i < moved.data.length; i++)
          moved.data[i] = value.data[i]! + side * step * direction[i]!;
        if (isInput(leaf)) this.feeds[name] = moved;
        else this.state.set(name, moved);
        return asArray(this.run(this.value).r0!).data[0]!;
      };
      return (at(1) - at(-1)) / (2 * step);
    };
    const step = 1e-4 * size;
    const result = (4 * slope(step / 2) - slope(step)) / 3;
    if (isInput(leaf)) this.feeds[name] = value;
    else this.state.set(name, value);
    return result;
  }

  /** |⟨v, Ju⟩ − ⟨Jᵀv, u⟩| / (1 + Σ |terms|) */
  dotProductError(): number {
    let right = 0;
    let scale = 1 + Math.abs(this.leftSide);
    this.gradients.forEach((gradient, i) => {
      const direction = this.tangents[`tangent ${i}`]!;
      for (let k = 0; k < gradient.size; k++) {
        const term = gradient.data[k]! * direction.data[k]!;
        right += term;
        scale += Math.abs(term);
      }
    });
    return Math.abs(this.leftSide - right) / scale;
  }
}

const asArray = (value: HostArray | number): HostArray => {
  if (typeof value !== 'number') return value;
  const scalar = zerosHost('f64', []);
  scalar.data[0] = value;
  return scalar;
};

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < a.length; i++) if (b[i] !== 0) total += a[i]! * b[i]!;
  return total;
};

function normalFrom(seed: number): () => number {
  const draw = generatorOf(seed, 'gradcheck');
  return () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}

function randomLike(shape: readonly number[], normal: () => number): HostArray {
  const result = zerosHost('f64', shape);
  for (let i = 0; i < result.data.length; i++) result.data[i] = normal();
  return result;
}

interface Direction {
  readonly index: readonly number[];
  readonly direction: Float64Array;
}

function* unitDirections({ shape, size }: HostArray): Generator<Direction> {
  for (let i = 0; i < size; i++) {
    const direction = new Float64Array(size);
    direction[i] = 1;
    const index: number[] = [];
    for (let axis = shape.length - 1, rest = i; axis >= 0; axis--) {
      index.unshift(rest % shape[axis]!);
      rest = Math.floor(rest / shape[axis]!);
    }
    yield { index, direction };
  }
}

const randomDirectionCount = 8;

function* randomDirections({ size }: HostArray, normal: () => number): Generator<Direction> {
  for (let i = 0; i < randomDirectionCount; i++) {
    const direction = Float64Array.from({ length: size }, normal);
    const length = Math.sqrt(dot(direction, direction));
    yield { index: [i], direction: direction.map((entry) => entry / length) };
  }
}
