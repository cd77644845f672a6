/** What is checked, as programs: values, tangents and cotangents of a function of arrays at a point. */
import { grad, jvp, vjp } from '@cotangent/autodiff';
import { compileGraph, type Engine, State } from '@cotangent/engine';
import { type AnyTensor, assembleGraph, CotangentError, HostArray, Input, zerosHost } from '@cotangent/graph';
import { add, inner } from '@cotangent/graph/ops';

export type Arrays = readonly HostArray[];
export type Run = (values: Arrays) => HostArray[];

/** Tensors as a function of inputs, on an engine. */
export function runner(inputs: readonly Input[], outputs: readonly AnyTensor[], engine: Engine<'sync'>): Run {
  const graph = assembleGraph({
    inputs,
    outputs: outputs.map((tensor, i) => ({ name: `r${i}`, tensor })),
    updates: [],
  });
  const program = compileGraph(graph, { state: new State({ engine }) });
  return (values) => {
    const feeds = Object.fromEntries(inputs.map(({ name }, i) => [name, values[i]!]));
    const results = program(feeds as never) as Readonly<Record<string, HostArray | number>>;
    return outputs.map(({ dtype }, i) => {
      const value = results[`r${i}`]!;
      if (typeof value !== 'number') return value;
      const scalar = zerosHost(dtype, []);
      scalar.data[0] = value;
      return scalar;
    });
  };
}

/** The parts of what is checked. */
export interface Definition {
  readonly inputs: readonly Input[];
  readonly values: Arrays;
  /** Which of the inputs vary. */
  readonly varying: readonly number[];
  /** Floats that depend on the inputs. */
  readonly results: readonly AnyTensor[];
  readonly engine: Engine<'sync'>;
}

/** Inputs of the types of some tensors, numbered behind those that are there. */
const inputsLike = (tensors: readonly AnyTensor[], name: string, others: number): Input[] =>
  tensors.map(({ shape, dtype }, i) => new Input(`${name} ${others + i}`, shape, dtype));

/** A function at a point, with its derivatives in both modes. Programs are made when they are asked for. */
export class Subject {
  readonly values: Arrays;
  readonly varying: readonly number[];
  /** Types of the results. */
  readonly results: readonly AnyTensor[];
  private readonly definition: Definition;
  private readonly value: Run;
  private readonly tangents: readonly Input[];
  private readonly cotangents: readonly Input[];
  private pushing: Run | undefined;
  private pulling: Run | undefined;

  constructor(definition: Definition) {
    const { inputs, results, varying, values, engine } = definition;
    this.definition = definition;
    this.values = values;
    this.varying = varying;
    this.results = results;
    this.value = runner(inputs, results, engine);
    this.tangents = inputsLike(this.wrt, 'tangent', inputs.length);
    this.cotangents = inputsLike(results, 'cotangent', inputs.length);
  }

  private get wrt(): readonly AnyTensor[] {
    return this.varying.map((i) => this.definition.inputs[i]! as AnyTensor);
  }

  /** The results when what varies has these values. */
  at(moved: Arrays): HostArray[] {
    return this.value(this.values.map((value, i) => moved[this.varying.indexOf(i)] ?? value));
  }

  /** Values of what varies. */
  get place(): Arrays {
    return this.varying.map((i) => this.values[i]!);
  }

  /** Forward mode: tangents of the results. */
  push(tangents: Arrays): HostArray[] {
    return this.forward([...this.values, ...tangents]);
  }

  /** Reverse mode: cotangents of what varies. */
  pull(cotangents: Arrays): HostArray[] {
    return this.reverse([...this.values, ...cotangents]);
  }

  /** Why there is no forward mode, as of a rule of reverse mode that is not linear; undefined if there is one. */
  get forwardRefusal(): string | undefined {
    return refusalOf(() => this.forward);
  }
  /** Why there is no reverse mode, as of a loop without a bound; undefined if there is one. */
  get reverseRefusal(): string | undefined {
    return refusalOf(() => this.reverse);
  }

  private get forward(): Run {
    const { inputs, results, engine } = this.definition;
    this.pushing ??= runner(
      [...inputs, ...this.tangents],
      jvp(results, this.wrt, [...this.tangents] as AnyTensor[]),
      engine,
    );
    return this.pushing;
  }

  private get reverse(): Run {
    const { inputs, results, engine } = this.definition;
    this.pulling ??= runner(
      [...inputs, ...this.cotangents],
      vjp(results, this.wrt, [...this.cotangents] as AnyTensor[]),
      engine,
    );
    return this.pulling;
  }

  /** The gradient of the results, weighted, as a function: its derivative is the second one. */
  gradientDefinition(weights: Arrays): Definition {
    const { results } = this.definition;
    const weighted = results
      .map((result, i) => inner(result, this.cotangents[i]! as AnyTensor))
      .reduce((a, b) => add(a, b));
    return {
      ...this.definition,
      inputs: [...this.definition.inputs, ...this.cotangents],
      values: [...this.values, ...weights],
      results: grad(weighted, this.wrt),
    };
  }
}

function refusalOf(mode: () => Run): string | undefined {
  try {
    mode();
    return undefined;
  } catch (error) {
    if (error instanceof CotangentError && error.code === 'NOT_DIFFERENTIABLE') return error.sentence;
    throw error;
  }
}

/** The same function at another place. */
export const at = (definition: Definition, place: Arrays): Definition => ({
  ...definition,
  values: definition.values.map((value, i) => place[definition.varying.indexOf(i)] ?? value),
});

/** Arrays of the types of some tensors, filled by a draw. */
export function randomLike(
  tensors: readonly { readonly shape: AnyTensor['shape'] }[],
  draw: () => number,
): HostArray[] {
  return tensors.map(({ shape }) => {
    const array = zerosHost('f64', shape as readonly number[]);
    for (let i = 0; i < array.data.length; i++) array.data[i] = draw();
    return array;
  });
}

/** Σ xᵢ·yᵢ over several arrays, and the sum of the sizes of its terms; factors of 0 do not look at the other one. */
export function innerProduct(x: Arrays, y: Arrays): { readonly value: number; readonly size: number } {
  let [value, size] = [0, 0];
  x.forEach(({ data }, k) => {
    for (let i = 0; i < data.length; i++) {
      if (y[k]!.data[i] === 0) continue;
      const term = data[i]! * y[k]!.data[i]!;
      value += term;
      size += Math.abs(term);
    }
  });
  return { value, size };
}

/** x + by·direction, for several arrays. */
export const movedBy = (x: Arrays, directions: Arrays, by: number): HostArray[] =>
  x.map(({ shape, data }, k) => {
    const moved = Float64Array.from(data as Float64Array, (entry, i) => entry + by * directions[k]!.data[i]!);
    return new HostArray('f64', shape, moved);
  });
