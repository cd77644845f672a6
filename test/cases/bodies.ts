/** Bodies for cases: graphs of random formulas that remember what they mean as functions of plain numbers. */
import {
  assembleBody,
  BodyInput,
  type DType,
  type Graph,
  type HostArray,
  type ValueType,
} from '@cotangent/graph';
import { drawn, typeOf } from './arrays.ts';
import {
  type Floats,
  type Formula,
  Formulas,
  type Kind,
  kinds,
  type Numbers,
  typeOfKind,
} from './formulas.ts';
import type { Random } from './random.ts';

/** What a body means, told without the graph. */
export interface Meaning {
  readonly types: readonly ValueType[];
  values(inputs: readonly Numbers[]): Numbers[];
  /** Places of the inputs in which the body is linear together; none where it is curved. */
  readonly linear: readonly number[];
}

const meanings = new WeakMap<Graph, Meaning>();

/** Bodies of cases have been made by `bodyOf`. */
export const meaningOf = (body: Graph): Meaning => meanings.get(body)!;

export interface BodySpec {
  /** The primitive that the body belongs to. */
  readonly of: string;
  readonly floats: Floats;
  readonly inputs: readonly Kind[];
  readonly outputs: readonly Kind[];
  readonly formulas: readonly Formula[];
  readonly linear?: readonly number[];
}

export function bodyOf({ of, floats, inputs, outputs, formulas, linear = [] }: BodySpec): Graph {
  const parameters = inputs.map((kind, i) => {
    const { shape, dtype } = typeOfKind(kind, floats);
    return new BodyInput(`${kind}${i}`, shape, dtype, of);
  });
  const body = assembleBody(
    parameters,
    formulas.map((formula, i) => ({ name: `${outputs[i]}${i}`, tensor: formula.tensor(parameters) })),
  );
  meanings.set(body, {
    types: outputs.map((kind) => typeOfKind(kind, floats)),
    values: (given) => formulas.map((formula) => formula.numbers(given)),
    linear,
  });
  return body;
}

/** A body with random formulas; linear in the inputs at some places where those are given. */
export function drawnBody(
  random: Random,
  { linear, ...spec }: Omit<BodySpec, 'formulas'> & { readonly linear?: readonly number[] | undefined },
): Graph {
  const formulas = new Formulas(random, spec.floats, spec.inputs);
  const drawn = spec.outputs.map((kind) =>
    linear === undefined || kind !== 'float' ? formulas.of(kind) : formulas.linear(linear),
  );
  return bodyOf({ ...spec, formulas: drawn, ...(linear === undefined ? {} : { linear }) });
}

/** The types of results of a body that come out once for each step. */
export const stackedTypes = (types: readonly ValueType[], length: number): ValueType[] =>
  types.map(({ dtype, shape }) => ({ dtype, shape: [length, ...shape] }));

export const numbersOf = ({ data }: HostArray): number[] => Array.from(data);

export const floatTypes: readonly DType[] = ['f32', 'f64'];

export const drawnFloats = (random: Random, dtype: DType): Floats => ({
  dtype,
  shape: random.shape({ mostRank: 2 }),
});
export const drawnKinds = (random: Random, least: number, most: number): Kind[] =>
  random.list(random.whole(least, most), () => random.pick(kinds));
export const floatsOnly = (random: Random, least: number, most: number): Kind[] =>
  random.list(random.whole(least, most), () => 'float' as const);

/** Values of some kinds; with leading axes, several of each. */
export const valuesOf = (
  random: Random,
  floats: Floats,
  list: readonly Kind[],
  wild: boolean,
  leading: readonly number[] = [],
): HostArray[] =>
  list.map((kind) => {
    const { dtype, shape } = typeOfKind(kind, floats);
    return drawn(random, dtype, [...leading, ...(shape as readonly number[])], { wild });
  });

export const places = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i);

/** A body whose results are some of its inputs, from types as they print. */
export function passing(inputs: readonly string[], results: readonly number[]): Graph {
  const leaves = inputs.map((text, i) => {
    const { shape, dtype } = typeOf(text);
    return new BodyInput(`x${i}`, shape, dtype, 'call');
  });
  return assembleBody(
    leaves,
    results.map((place, i) => ({ name: `y${i}`, tensor: leaves[place]! })),
  );
}
