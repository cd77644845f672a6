/**
 * Holds a function to its table on an engine: the value, the derivative in reverse mode (a cotangent for one result at a
 * time) and in forward mode (a tangent for one entry at a time). All points of one length run as one program.
 */
import { jvp, vjp } from '@cotangent/autodiff';
import { compileGraph, type Engine, type Mode } from '@cotangent/engine';
import { type AnyTensor, closeGraph, type FloatDType, type HostArray, Input } from '@cotangent/graph';
import { splat } from '@cotangent/graph/ops';
import { arrayOf } from '../../cases/arrays.ts';
import type { GridFunction } from './functions.ts';
import { type Case, casesOf, tableOf } from './table.ts';
import { isSubnormal, isWithin } from './units.ts';

/** An engine, and what may be asked of it. */
export interface Judged {
  readonly engine: Engine<Mode>;
  readonly dtypes: readonly FloatDType[];
  /** The bounds of the table of functions, times this. */
  readonly slack: number;
  /** Whether it has subnormal numbers. Without them points that need them are left out, and 0 stands for one. */
  readonly subnormals: boolean;
}

export interface Verdict {
  readonly points: number;
  /** One line for each number that is wrong. */
  readonly mistakes: readonly string[];
}

export async function verdict(f: GridFunction, dtype: FloatDType, judged: Judged): Promise<Verdict> {
  const table = tableOf(f.table);
  const cases = casesOf(table, dtype).filter(
    ({ at }) => f.takes(at) && (judged.subnormals || !at.some((x) => isSubnormal(x, dtype))),
  );
  const mistakes: string[] = [];
  for (const size of new Set(cases.map(({ at }) => at.length))) {
    const group = cases.filter(({ at }) => at.length === size);
    const vectors = table.kind === 'vector';
    const found = await (vectors ? rows : columns)(f, dtype, group, judged);
    mistakes.push(...compared(f, dtype, group, found, vectors ? size : f.operands, judged));
  }
  return { points: cases.length, mistakes };
}

/** Results of every case: values, and derivatives by [result, entry], backwards and forwards. */
interface Found {
  value(point: number, result: number): number;
  backward(point: number, result: number, entry: number): number;
  forward(point: number, result: number, entry: number): number;
}

/** A program of arrays, on the engine that is judged. */
function programOf(inputs: readonly Input[], outputs: readonly AnyTensor[], { engine }: Judged) {
  const named = Object.fromEntries(outputs.map((tensor, i) => [`r${i}`, tensor]));
  const program = compileGraph(closeGraph({ inputs, outputs: named }), { engine });
  return async (arrays: readonly HostArray[]): Promise<HostArray[]> => {
    const results = await program(Object.fromEntries(inputs.map(({ name }, i) => [name, arrays[i]!])));
    return outputs.map((_, i) => results[`r${i}`] as HostArray);
  };
}

/** Elementwise functions: a column of points for each operand. */
async function columns(
  f: GridFunction,
  dtype: FloatDType,
  cases: readonly Case[],
  judged: Judged,
): Promise<Found> {
  const count = cases.length;
  const inputs = Array.from({ length: f.operands }, (_, k) => new Input(`x${k}`, [count], dtype));
  const tangents = inputs.map((_, k) => new Input(`t${k}`, [count], dtype));
  const y = f.build(inputs);
  const points = inputs.map((_, k) =>
    arrayOf(
      dtype,
      [count],
      cases.map(({ at }) => at[k]!),
    ),
  );
  const gradients = vjp(y, inputs, splat(1, y.shape, dtype)) as readonly AnyTensor[];
  const [values, ...slopes] = await programOf(inputs, [y, ...gradients], judged)(points);
  const push = programOf([...inputs, ...tangents], [jvp(y, inputs, tangents)], judged);
  const pushed: HostArray[] = [];
  for (let k = 0; k < f.operands; k++) {
    const directions = tangents.map((_, i) => filled(dtype, [count], () => Number(i === k)));
    pushed.push(...(await push([...points, ...directions])));
  }
  return {
    value: (point) => values!.data[point]!,
    backward: (point, _, entry) => slopes[entry]!.data[point]!,
    forward: (point, _, entry) => pushed[entry]!.data[point]!,
  };
}

/** Functions of vectors: a matrix whose rows are points. */
async function rows(
  f: GridFunction,
  dtype: FloatDType,
  cases: readonly Case[],
  judged: Judged,
): Promise<Found> {
  const [count, size, results] = [cases.length, cases[0]!.at.length, cases[0]!.value.length];
  const x = new Input('x', [count, size], dtype);
  const tangent = new Input('t', x.shape, dtype);
  const y = f.build([x]);
  const cotangent = new Input('c', y.shape, dtype);
  const point = arrayOf(
    dtype,
    [count, size],
    cases.flatMap(({ at }) => at),
  );
  const pull = programOf([x, cotangent], [y, vjp(y, x, cotangent)], judged);
  const push = programOf([x, tangent], [jvp(y, x, tangent)], judged);
  const shape = y.shape as readonly number[];
  let values: HostArray | undefined;
  const [pulled, pushed]: [HostArray[], HostArray[]] = [[], []];
  for (let i = 0; i < results; i++) {
    const [value, gradient] = await pull([point, filled(dtype, shape, (at) => Number(at % results === i))]);
    values = value;
    pulled.push(gradient!);
  }
  for (let j = 0; j < size; j++)
    pushed.push(...(await push([point, filled(dtype, [count, size], (at) => Number(at % size === j))])));
  return {
    value: (row, result) => values!.data[row * results + result]!,
    backward: (row, result, entry) => pulled[result]!.data[row * size + entry]!,
    forward: (row, result, entry) => pushed[entry]!.data[row * results + result]!,
  };
}

function filled(dtype: FloatDType, shape: readonly number[], entry: (at: number) => number): HostArray {
  const count = shape.reduce((product, size) => product * size, 1);
  return arrayOf(
    dtype,
    shape,
    Array.from({ length: count }, (_, at) => entry(at)),
  );
}

function compared(
  f: GridFunction,
  dtype: FloatDType,
  cases: readonly Case[],
  found: Found,
  entries: number,
  { slack, subnormals }: Judged,
): string[] {
  const mistakes: string[] = [];
  cases.forEach(({ at, value, derivative }, point) => {
    const judge = (
      what: string,
      actual: number,
      wanted: number,
      ulps: number,
      scale: number,
      signed: boolean,
    ) => {
      const flushed = !subnormals && isSubnormal(wanted, dtype) && actual === 0;
      if (flushed || isWithin(actual, wanted, dtype, { ulps: ulps * slack, scale, signedZeros: signed }))
        return;
      mistakes.push(`${what} at [${at.map(show)}] is ${show(actual)}, not ${show(wanted)}`);
    };
    value.forEach((wanted, i) => {
      const scale = f.value.scale?.(at, { i, j: 0, dtype }) ?? 0;
      judge(`value ${i}`, found.value(point, i), wanted, f.value.ulps, scale, f.signedZeros);
      derivative[i]!.slice(0, entries).forEach((slope, j) => {
        const size = f.derivative.scale?.(at, { i, j, dtype }) ?? 0;
        const both = [found.backward(point, i, j), found.forward(point, i, j)] as const;
        judge(`∂${i}/∂${j} backwards`, both[0], slope, f.derivative.ulps, size, false);
        judge(`∂${i}/∂${j} forwards`, both[1], slope, f.derivative.ulps, size, false);
      });
    });
  });
  return mistakes;
}

const show = (x: number): string => (Object.is(x, -0) ? '-0' : String(x));
