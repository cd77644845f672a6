/**
 * Checks derivatives against measured slopes, in float64 whatever dtype the model has: reverse mode, forward mode and
 * second order; and the identity ⟨v, J·u⟩ = ⟨Jᵀ·v, u⟩, which needs no step.
 */

import { type Engine, generatorOf, interpreter } from '@cotangent/engine';
import {
  CotangentError,
  checkDifferentiable,
  checkKeys,
  type HostArray,
  type OptionKeys,
  show,
} from '@cotangent/graph';
import type { Culprit } from './blame.ts';
import { type Comparison, compare, dotProductError, type Extent, linearityError } from './compare.ts';
import { culpritsIn } from './culprit.ts';
import { type Checkable, type CheckPoint, type PointValue, pointOf, type Values } from './point.ts';
import { type Arrays, at, type Definition, movedBy, randomLike, Subject } from './subject.ts';
import { isPassing, type Tolerance } from './verdict.ts';

export interface GradcheckOptions {
  /** Names of inputs and paths of variables to check; default: all inputs and parameters that are floats. */
  readonly wrt?: readonly string[];
  /** Values of variables that the point leaves out; they come before those of a program or trainer. */
  readonly state?: Values;
  /** Seed of directions, cotangents, and of initial values of variables; models that draw random numbers need it. */
  readonly seed?: number;
  /** Allowed error: absolute + relative · |slope|. */
  readonly absolute?: number;
  readonly relative?: number;
  /** Up to which order derivatives are checked: 1 or 2 (default). */
  readonly order?: 1 | 2;
  /** Arrays with more entries are checked along random directions. */
  readonly mostEntries?: number;
  /** Results with more entries are checked in random combinations. */
  readonly mostResults?: number;
  /** Whether to search for the node to blame when something is wrong. */
  readonly search?: boolean;
  /** Which engine computes; default: the interpreter. */
  readonly engine?: Engine<'sync'>;
}

/** What is found for one input or parameter: the worst of its entries. */
export interface GradcheckEntry extends Comparison {
  readonly name: string;
  /** 1: the gradient. 2: the gradient of the gradient, along a direction. */
  readonly order: 1 | 2;
}

export interface GradcheckReport {
  /** All verdicts are 'right' or 'kink', the modes agree, and the results are the same in every run. */
  readonly passed: boolean;
  readonly entries: readonly GradcheckEntry[];
  /** |⟨v, Ju⟩ − ⟨Jᵀv, u⟩| relative to the size of its terms; the larger one of both orders. */
  readonly dotProductError: number;
  /** |J(au + bw) − aJu − bJw| relative to its terms: not 0 for a rule that is not linear. */
  readonly linearityError: number;
  /** False if two runs at the same point gave different bits. */
  readonly deterministic: boolean;
  /** The nodes to blame, if something is wrong. */
  readonly culprits: readonly Culprit[];
  /** What to know about the check: results that are no scalars, updates that were left out. */
  readonly notes: readonly string[];
}

/** Laws between derivatives hold up to rounding: terms of float64 added up in two orders. */
const mostRounding = 1e-10;

/**
 * Checks derivatives at a point. Results may have any shape: small ones are checked entry by entry, others in random
 * combinations.
 *
 * @param checked  a tensor, or a list or record of tensors (a loss, what a layer gives); a graph; a compiled program or a
 *   trainer, which bring the values of their variables along
 * @param point    values of inputs by name and of variables by path; variables left out have the values of the option
 *   `state`, or initial ones
 * @throws MISSING_INPUT, EXTRA_INPUT, SHAPE_MISMATCH, DTYPE_MISMATCH, BAD_DATA, BATCH_TOO_SMALL; NOT_FINITE for a point
 *   with NaN or infinity; NOT_DIFFERENTIABLE if nothing can vary, or for `wrt` of integers;
 *   BAD_ARGUMENT if the function draws random numbers or depends on what it changes itself, and nothing says where that
 *   stands
 * @example
 * ```ts
 * const x = input('x', ['batch', 3]);
 * gradcheck(x.tanh().sum(), { x: [[0.1, 0.2, 0.3]] }).passed; // true
 * ```
 */
export function gradcheck(
  checked: Checkable,
  point: Readonly<Record<string, PointValue>>,
  options: GradcheckOptions = {},
): GradcheckReport {
  checkOptions(options);
  const { seed, order = 2, engine = interpreter() } = options;
  const extent = extentOf(options);
  const place = pointOf(checked, point, seed, options.state);
  const varying = chosen(place, options.wrt);
  checkSomething(place, varying);
  const normal = normalFrom(seed ?? 0);
  const definition: Definition = {
    inputs: place.coordinates.map(({ leaf }) => leaf),
    values: place.coordinates.map(({ value }) => value),
    varying,
    results: place.results,
    engine,
  };
  const first = new Subject(definition);
  const { forwardRefusal, reverseRefusal } = first;
  if (forwardRefusal !== undefined && reverseRefusal !== undefined)
    throw new CotangentError('NOT_DIFFERENTIABLE', reverseRefusal);
  const bothModes = forwardRefusal === undefined && reverseRefusal === undefined;
  const definitions =
    order === 2 && reverseRefusal === undefined
      ? [definition, first.gradientDefinition(randomLike(first.results, normal))]
      : [definition];
  const subjects = definitions.map((one, i) => (i === 0 ? first : new Subject(one)));
  const compared = subjects.map((subject) => compare(subject, extent, normal));
  // A kink hides what else is wrong, so the same is asked a little beside it.
  const isKinked = compared.flat().some(({ verdict }) => verdict === 'kink');
  const beside = isKinked ? besideOf(definitions, normal) : undefined;
  const again = beside?.map((one) => compare(new Subject(one), extent, normal));
  const entries = compared.flatMap((list, i) =>
    list.map((own, k): GradcheckEntry => {
      const other = again?.[i]?.[k];
      const worse = own.verdict === 'kink' && other?.verdict === 'wrong' ? other : own;
      return { name: place.coordinates[varying[k]!]!.name, order: i === 0 ? 1 : 2, ...worse };
    }),
  );
  const [identities, bends] = [dotProductError, linearityError].map((law) =>
    subjects
      .filter((subject) => subject.forwardRefusal === undefined && (law === linearityError || bothModes))
      .map((subject) => law(subject, normal)),
  );
  const [identity, bend] = [Math.max(0, ...identities!), Math.max(0, ...bends!)];
  const deterministic = subjects.every((subject) => isDeterministic(subject, normal));
  // NaN is no error that is small enough.
  const sound =
    entries.every(({ verdict }) => isPassing(verdict)) && identity <= mostRounding && bend <= mostRounding;
  const search = { extent, order, engine, normal };
  return {
    passed: sound && deterministic,
    entries,
    dotProductError: identity,
    linearityError: bend,
    deterministic,
    culprits:
      sound || options.search === false ? [] : culpritsIn([...definitions, ...(beside ?? [])], search),
    notes: [
      ...notesOn(place),
      ...(forwardRefusal === undefined ? [] : [`reverse mode alone was checked: ${forwardRefusal}`]),
      ...(reverseRefusal === undefined
        ? []
        : [`forward mode alone was checked, in the first order: ${reverseRefusal}`]),
      ...(isKinked ? ['there is a kink here: derivatives were checked beside it, too'] : []),
    ],
  };
}

/** A little beside the point, where a kink is none; undefined if there are no values. */
function besideOf(definitions: readonly Definition[], normal: () => number): Definition[] | undefined {
  const subject = new Subject(definitions[0]!);
  const direction = randomLike(subject.place, normal);
  for (const side of [1e-3, -1e-3]) {
    const place = subject.place.map(
      (value, k) => movedBy([value], [direction[k]!], side * sizeOf(value))[0]!,
    );
    const hasValues = subject
      .at(place)
      .every(({ data }) => data.every((entry: number) => Number.isFinite(entry)));
    if (hasValues) return definitions.map((definition) => at(definition, place));
  }
  return undefined;
}

function sizeOf({ data }: HostArray): number {
  let size = 1;
  for (const entry of data) size = Math.max(size, Math.abs(entry));
  return size;
}

/** What cannot vary has no derivative: each reason has its sentence. */
function checkSomething({ coordinates, results }: CheckPoint, varying: readonly number[]): void {
  const nothing = (sentence: string): CotangentError =>
    new CotangentError('NOT_DIFFERENTIABLE', `there is nothing to differentiate: ${sentence}`);
  if (results.length === 0) throw nothing(`no result is a float; convert one with .cast('f32')`);
  if (varying.length > 0) return;
  throw nothing(
    coordinates.length === 0
      ? 'the results depend on no input and no variable'
      : `no input and no parameter is a float, or wrt names none: there is ${coordinates.map(({ name, leaf }) => `'${name}' (${leaf.dtype})`).join(', ')}`,
  );
}

const optionKeys: OptionKeys<GradcheckOptions> = {
  wrt: true,
  state: true,
  seed: true,
  absolute: true,
  relative: true,
  order: true,
  mostEntries: true,
  mostResults: true,
  search: true,
  engine: true,
};

const isTolerance = (value: number): boolean => Number.isFinite(value) && value >= 0;
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 1;
/** What numbers among the options have to be. */
const numbers = {
  seed: [Number.isSafeInteger, 'a whole number'],
  absolute: [isTolerance, 'a number of 0 or more'],
  relative: [isTolerance, 'a number of 0 or more'],
  mostEntries: [isCount, 'a whole number of 1 or more'],
  mostResults: [isCount, 'a whole number of 1 or more'],
} as const;

function checkOptions(options: GradcheckOptions): void {
  checkKeys('gradcheck', options, optionKeys);
  const refuse = (sentence: string): CotangentError => new CotangentError('BAD_ARGUMENT', sentence);
  const { order = 2, wrt } = options;
  if (order !== 1 && order !== 2) throw refuse(`gradcheck checks the orders 1 and 2, not ${show(order)}`);
  for (const [name, [holds, wanted]] of Object.entries(numbers)) {
    const value = options[name as keyof typeof numbers];
    if (value !== undefined && !holds(value))
      throw refuse(`the option ${name} of gradcheck is ${wanted}, not ${show(value)}`);
  }
  if (wrt !== undefined && !(Array.isArray(wrt) && wrt.every((name) => typeof name === 'string')))
    throw refuse(
      `the option wrt of gradcheck is a list of names, as in ['x', 'net/0/kernel'], not ${show(wrt)}`,
    );
}

function extentOf({
  absolute = 1e-7,
  relative = 1e-6,
  mostEntries = 64,
  mostResults = 24,
}: GradcheckOptions): Extent {
  const tolerance: Tolerance = { absolute, relative };
  return { tolerance, mostEntries, mostResults, samples: 4 };
}

/** Places of what varies among the coordinates. */
function chosen({ coordinates }: CheckPoint, wrt: readonly string[] | undefined): number[] {
  if (wrt === undefined) return coordinates.flatMap(({ varies }, i) => (varies ? [i] : []));
  const twice = wrt.find((name, i) => wrt.indexOf(name) !== i);
  if (twice !== undefined) throw new CotangentError('DUPLICATE_NAME', `wrt names '${twice}' twice`);
  return wrt.map((name) => {
    const found = coordinates.findIndex((coordinate) => coordinate.name === name);
    if (found < 0)
      throw new CotangentError(
        'UNKNOWN_VARIABLE',
        `the graph has no input or variable '${name}': there is ${coordinates.map((one) => `'${one.name}'`).join(', ')}`,
      );
    checkDifferentiable(coordinates[found]!.leaf, name);
    return found;
  });
}

/** The same bits twice. */
function isDeterministic(subject: Subject, normal: () => number): boolean {
  const cotangents = randomLike(subject.results, normal);
  const run = (): Arrays => [
    ...subject.at(subject.place),
    ...(subject.reverseRefusal === undefined ? subject.pull(cotangents) : []),
  ];
  const [once, again] = [run(), run()];
  return once.every(({ data }, i) =>
    data.every((entry: number, k: number) => Object.is(entry, again[i]!.data[k])),
  );
}

function notesOn({ results }: CheckPoint): string[] {
  const wide = results.find(({ shape }) => shape.length > 0);
  return wide === undefined
    ? []
    : [
        `a result is [${wide.shape.join(', ')}] and no scalar: its entries are checked one by one or in random combinations; for a loss, reduce it with .mean() or .sum()`,
      ];
}

/** Normal random numbers, by Box and Muller 1958. */
function normalFrom(seed: number): () => number {
  const draw = generatorOf(seed, 'gradcheck');
  return () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}
