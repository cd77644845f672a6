/** Evaluates a case: an interpreter of its chain of operators that builds one graph, and a program that runs it. */

import { compile, type Engine } from '@cotangent/engine';
import { type AnyTensor, type FloatDType, type HostArray, Input } from '@cotangent/graph';
import { constantOfArray } from '@cotangent/graph/ops';
import { type FixtureTensor, hostOf, resultOf } from '../harness.ts';
import { holderOf } from './numbers.ts';
import { operators } from './operators/index.ts';
import type { OperatorCall, VectorCase } from './vectors.ts';

/** The expected tensors of a case as an engine computes them, with reals in a dtype. */
export function evaluate(
  one: VectorCase,
  real: FloatDType,
  engine: Engine<'sync'>,
): Readonly<Record<string, FixtureTensor>> {
  const fed: { readonly input: Input; readonly value: HostArray }[] = [];
  const known = new Map<string, AnyTensor>();
  for (const [name, tensor] of Object.entries(one.inputs)) {
    const value = hostOf(tensor, holderOf(tensor.dataType, real));
    if (tensor.constant) known.set(name, constantOfArray(value));
    else {
      const input = new Input(name, value.shape, value.dtype);
      fed.push({ input, value });
      known.set(name, input);
    }
  }
  for (const call of one.operators) apply(call, known, real);

  const names = Object.keys(one.expected);
  const outputs = names.map((name) => known.get(name)!);
  const feeds = Object.fromEntries(fed.map(({ input, value }) => [input.name, value]));
  const results = compile({ inputs: fed.map(({ input }) => input), outputs }, { engine })(feeds);
  return Object.fromEntries(names.map((name, i) => [name, resultOf(results[i])]));
}

/** Applies one call and keeps what it gives under the names of its outputs. */
function apply(
  { name, arguments: list, outputs }: OperatorCall,
  known: Map<string, AnyTensor>,
  real: FloatDType,
): void {
  const resolve = (value: unknown): unknown => {
    if (typeof value === 'string') return known.get(value) ?? value;
    return Array.isArray(value) ? value.map(resolve) : value;
  };
  const resolved = (record: object): Record<string, unknown> =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, resolve(value)]));
  const { options, ...args } = Object.assign({}, ...list) as Record<string, unknown>;
  // The vectors give each operator the arguments and options that its row asks for.
  const result = operators[name](resolved(args) as never, resolved(options ?? {}) as never, { real });
  const results = Array.isArray(result) ? (result as readonly AnyTensor[]) : [result as AnyTensor];
  [outputs].flat().forEach((output, i) => {
    known.set(output as string, results[i]);
  });
}
