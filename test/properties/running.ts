/** Running tensors on arrays: what all properties stand on. */
import {
  type AnyTensor,
  apply,
  assembleGraph,
  HostArray,
  Input,
  isFloat,
  type PrimitiveName,
} from '@cotangent/graph';
import { casesOf, type Sample } from '../cases/index.ts';
import { Random } from '../cases/random.ts';
import { engine, prepareOn } from './engine.ts';

/** A prepared function of arrays. */
export type Run = (values: readonly HostArray[]) => HostArray[];

export function runner(inputs: readonly Input[], outputs: readonly AnyTensor[]): Run {
  const graph = assembleGraph({
    inputs,
    outputs: outputs.map((tensor, i) => ({ name: `r${i}`, tensor })),
    updates: [],
  });
  const prepared = prepareOn(engine, graph);
  return (values) => [...prepared.run(values, []).outputs];
}

/** A primitive applied to inputs of the types of a sample's operands. */
export interface Applied {
  readonly inputs: readonly Input[];
  readonly results: readonly AnyTensor[];
  /** Positions of operands that a derivative can be taken in. */
  readonly varying: readonly number[];
  /** Results that have a derivative. */
  readonly floats: readonly AnyTensor[];
}

export const applied = (op: PrimitiveName, sample: Sample<PrimitiveName>): Applied =>
  appliedTo(op, sample, (inputs) => inputs);

/** The same, with operands for which a derivative by decree is the true one. */
export const derivable = (op: PrimitiveName, sample: Sample<PrimitiveName>): Applied =>
  appliedTo(op, sample, (inputs) => casesOf(op).truly?.(inputs, sample.params) ?? inputs);

function appliedTo(
  op: PrimitiveName,
  { operands, params }: Sample<PrimitiveName>,
  operandsOf: (inputs: readonly Input[]) => readonly AnyTensor[],
): Applied {
  const inputs = operands.map(({ shape, dtype }, i) => new Input(`x${i}`, shape, dtype));
  const results = apply(op, operandsOf(inputs), params);
  const { differentiable } = casesOf(op);
  const varying = inputs.flatMap(({ dtype }, i) =>
    isFloat(dtype) && (differentiable === undefined || differentiable.includes(i)) ? [i] : [],
  );
  return { inputs, results, varying, floats: results.filter(({ dtype }) => isFloat(dtype)) };
}

/** Inputs of the types of some tensors. */
export const inputsLike = (tensors: readonly AnyTensor[], name: string): Input[] =>
  tensors.map(({ shape, dtype }, i) => new Input(`${name}${i}`, shape, dtype));

/** Random directions of the types of some arrays, of length about 1. */
export function directionsLike(arrays: readonly AnyTensor[], seed: number): HostArray[] {
  const random = new Random(seed);
  return arrays.map(({ shape }) => {
    const sizes = shape as readonly number[];
    const count = sizes.reduce((product, size) => product * size, 1);
    const length = Math.sqrt(Math.max(1, count));
    return new HostArray(
      'f64',
      sizes,
      Float64Array.from({ length: count }, () => random.real(-1, 1) / length),
    );
  });
}

/** x + step·direction, entry by entry. */
export const moved = (x: HostArray, direction: HostArray, step: number): HostArray =>
  new HostArray(
    'f64',
    x.shape,
    Float64Array.from(x.data, (entry, i) => entry + step * direction.data[i]!),
  );

/** a·x + b·y, entry by entry. */
export const combined = (a: number, x: HostArray, b: number, y: HostArray): HostArray =>
  new HostArray(
    'f64',
    x.shape,
    Float64Array.from(x.data, (entry, i) => a * entry + b * y.data[i]!),
  );

/** Σ xᵢ·yᵢ over several arrays, and the size of the terms, against which rounding is judged. */
export function innerProduct(
  x: readonly HostArray[],
  y: readonly HostArray[],
): { readonly value: number; readonly size: number } {
  let [value, size] = [0, 0];
  x.forEach(({ data }, k) => {
    for (let i = 0; i < data.length; i++) {
      const term = data[i]! * y[k]!.data[i]!;
      value += term;
      size += Math.abs(term);
    }
  });
  return { value, size };
}

/** a − b, where the extreme of nothing stays what it is. */
const gap = (a: number, b: number): number => (a === b ? 0 : a - b);

/** Central differences of `run` along a direction at steps h and h/2, combined so that the error of order h² cancels. */
export function differences(
  run: Run,
  point: readonly HostArray[],
  varying: readonly number[],
  directions: readonly HostArray[],
  step = 1e-4,
): Float64Array[] {
  const at = (by: number) =>
    run(
      point.map((x, i) => {
        const k = varying.indexOf(i);
        return k < 0 ? x : moved(x, directions[k]!, by);
      }),
    );
  const [far, farBack, near, nearBack] = [at(step), at(-step), at(step / 2), at(-step / 2)];
  return far.map((array, k) =>
    Float64Array.from(array.data, (_, i) => {
      const wide = gap(array.data[i]!, farBack![k]!.data[i]!) / (2 * step);
      const narrow = gap(near![k]!.data[i]!, nearBack![k]!.data[i]!) / step;
      return (4 * narrow - wide) / 3;
    }),
  );
}

/** Raises with both numbers where they differ by more than `relative`·(1 + size). */
export function expectClose(
  actual: ArrayLike<number>,
  wanted: ArrayLike<number>,
  relative: number,
  what: string,
): void {
  if (actual.length !== wanted.length)
    throw new Error(`${what}: ${actual.length} entries where there should be ${wanted.length}`);
  for (let i = 0; i < actual.length; i++) {
    const [a, b] = [actual[i]!, wanted[i]!];
    const near = Math.abs(a - b) <= relative * (1 + Math.max(Math.abs(a), Math.abs(b)));
    if (!near && !Object.is(a, b)) throw new Error(`${what}: entry ${i} is ${a} where it should be ${b}`);
  }
}
