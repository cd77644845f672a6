/**
 * Looking before doing: what makes a program fail is found by a kernel of one unit, which writes down the first failure
 * of a run. What comes after works on values that were moved inside, and its results are thrown away.
 */
import {
  type AnyTensor,
  CotangentError,
  countOf,
  indexOutOfRange,
  isFloat,
  type Node,
  paramsOf,
  positionOf,
  sizesOf,
  stridesOf,
} from '@cotangent/graph';
import {
  affineValue,
  apply,
  assign,
  bitcast,
  constantPlace,
  convert,
  inLoops,
  integer,
  load,
  not,
  or,
  placeOf,
  store,
  when,
} from '../loops/build.ts';
import { Buffer, type Kernel, type Statement, type Value, type Variable } from '../loops/ir.ts';
import { loadFrom } from './expressions.ts';
import { type Lowering, operandOf } from './lowering.ts';
import { axesOf } from './nest.ts';

/** Most elements that the sentence of a `check` shows. */
export const mostShown = 64;

/** Where failures are written down: [number of the failure, element, value], and elements that are shown. */
export interface Status {
  readonly words: Buffer;
  readonly shown: Buffer;
}
export const newStatus = (): Status => ({
  words: new Buffer('status', 'i32', 4, 'status', 0),
  shown: new Buffer('shown', 'f64', mostShown, 'status', 1),
});

/** What was written down, read by the host. */
export interface Record {
  readonly element: number;
  readonly value: number;
  readonly shown: ArrayLike<number>;
}

/** A way in which a program can fail. */
export interface Failure {
  readonly node: Node;
  error(record: Record): CotangentError;
}

/** Numbers the failures of a program, from 1. */
export class Failures {
  readonly status = newStatus();
  readonly list: Failure[] = [];
  add(failure: Failure): number {
    return this.list.push(failure);
  }
}

/** Writes a failure down, unless there was one before. */
function report(
  { words }: Status,
  number: number,
  element: Value,
  value: Value,
  beside: readonly Statement[] = [],
): Statement {
  return when(apply('eq', load(words, constantPlace(0)), integer(0)), [
    assign(
      store(words, constantPlace(0), integer(number)),
      store(words, constantPlace(1), element),
      store(words, constantPlace(2), value),
    ),
    ...beside,
  ]);
}

const kernelOf = (name: string, body: Statement[], around: readonly Variable[], unit: Variable): Kernel => ({
  name,
  unit,
  units: 1,
  around,
  body,
  cost: { flops: 0, bytes: 0 },
});

/** The kernels that look for failures of a node. */
export function guardKernels(node: Node, lowering: Lowering, failures: Failures, unit: Variable): Kernel[] {
  if (node.op === 'check') return [checkGuard(node, lowering, failures, unit)];
  if (node.op === 'div' || node.op === 'rem')
    return isFloat(node.inputs[0]!.dtype) ? [] : [divisionGuard(node, lowering, failures, unit)];
  if (node.op === 'gather' || node.op === 'scatterAdd' || node.op === 'scatterSet')
    return indexGuards(node, lowering, failures, unit);
  throw new CotangentError('BAD_GRAPH', `the primitive '${node.op}' may fail, and nobody looks for it`);
}

function checkGuard(node: Node, lowering: Lowering, failures: Failures, unit: Variable): Kernel {
  const [, holds, shown] = node.inputs as [AnyTensor, AnyTensor, AnyTensor];
  const { message } = paramsOf<'check'>(node);
  // Only what the message names is written down, in the order in which it is named first.
  const named = [...new Set([...message.matchAll(/\{(\d+)\}/g)].map(([, place]) => Number(place)))].slice(
    0,
    mostShown,
  );
  const number = failures.add({
    node,
    error: (record) =>
      new CotangentError(
        'CHECK_FAILED',
        message.replace(/\{(\d+)\}/g, (_, place) => String(record.shown[named.indexOf(Number(place))])),
      ),
  });
  const shape = sizesOf(shown);
  const strides = stridesOf(shape);
  const copies = named
    .filter((place) => place < countOf(shape))
    .map((place): Statement => {
      const coordinates = shape.map((size, axis) => constantPlace(Math.floor(place / strides[axis]!) % size));
      return assign(
        store(
          failures.status.shown,
          constantPlace(named.indexOf(place)),
          convert(loadFrom(operandOf(lowering, shown), coordinates), 'f64'),
        ),
      );
    });
  const failed = not(loadFrom(operandOf(lowering, holds), []));
  return kernelOf(
    'check',
    [when(failed, [report(failures.status, number, integer(0), integer(0), copies)])],
    lowering.around,
    unit,
  );
}

function divisionGuard(node: Node, lowering: Lowering, failures: Failures, unit: Variable): Kernel {
  const [a, b] = node.inputs as [AnyTensor, AnyTensor];
  const unsigned = a.dtype === 'u32';
  const number = failures.add({
    node,
    error: ({ element, value }) =>
      new CotangentError(
        'BAD_DATA',
        `the integer ${unsigned ? value >>> 0 : value} is divided by 0 (element ${element})`,
      ),
  });
  const shape = sizesOf(b);
  const { axes, coordinates } = axesOf(shape);
  const strides = stridesOf(shape);
  const divisor = loadFrom(operandOf(lowering, b), coordinates);
  const value = bitcast(loadFrom(operandOf(lowering, a), coordinates), 'i32');
  const element = affineValue(placeOf(coordinates, strides));
  const body = inLoops(axes, [
    when(apply('eq', divisor, { kind: 'number', type: divisor.type, value: 0 }), [
      report(failures.status, number, element, value),
    ]),
  ]);
  return kernelOf(`${node.op}.check`, shape.includes(0) ? [] : body, lowering.around, unit);
}

function indexGuards(node: Node, lowering: Lowering, failures: Failures, unit: Variable): Kernel[] {
  const [x, indices] = node.inputs as [AnyTensor, AnyTensor];
  const { axes: indexed } = paramsOf<'gather'>(node);
  const shape = sizesOf(x);
  const from = operandOf(lowering, indices);
  const points = sizesOf(indices).slice(0, -1);
  if (points.includes(0)) return [];
  const { axes, coordinates } = axesOf(points);
  const point = affineValue(placeOf(coordinates, stridesOf(points)));
  const checks = indexed.map((axis, k): Statement => {
    const index = loadFrom(from, [...coordinates, constantPlace(k)]);
    const number = failures.add({
      node,
      error: ({ element, value }) => indexOutOfRange(value, positionOf(points, element), axis, shape),
    });
    const outside = or(apply('lt', index, integer(0)), apply('ge', index, integer(shape[axis]!)));
    return when(outside, [report(failures.status, number, point, index)]);
  });
  const body = inLoops(axes, checks);
  return [kernelOf(`${node.op}.check`, body, lowering.around, unit)];
}
