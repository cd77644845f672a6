/**
 * Runs a case of PyTorch: builds the graph that a row of a table describes, with gradients of Σ output·cotangent for
 * every input and parameter, computes all in one program, and compares. Each case runs in float64 and in float32, and
 * image cases with channels first and last.
 */

import { vjp } from '@cotangent/autodiff';
import { compile, compileGraph, type Engine, type Program } from '@cotangent/engine';
import { type AnyTensor, closeGraph, type FloatDType, Input, type Variable } from '@cotangent/graph';
import type { AnyLayer } from '@cotangent/layers';
import { retype } from '@cotangent/rewrite';
import { describe, expect, test } from 'vitest';
import { engines } from '../engines.ts';
import {
  channelsToEnd,
  expectClose,
  type FixtureTensor,
  hostOf,
  resultOf,
  type Tolerance,
  toleranceFor,
} from '../harness.ts';
import { type Entries, type GroupName, index, readGroup, type TorchCase } from './fixtures.ts';

/** The entries of a case as inputs of a graph. A row asks only for those that its fixtures have. */
export type Leaves = Readonly<
  Record<
    | 'x'
    | 'y'
    | 'a'
    | 'b'
    | 't'
    | 'p'
    | 'n'
    | 'h'
    | 'c'
    | 'h0'
    | 'c0'
    | 'w'
    | 'wi'
    | 'wh'
    | 'w1'
    | 'b1'
    | 'w2'
    | 'target'
    | 'weight'
    | 'slope'
    | 'index'
    | 'src'
    | 'mask'
    | 'var'
    | 'pos_weight'
    | 'indices',
    AnyTensor
  >
>;

export type Layout = 'channelsFirst' | 'channelsLast';

export interface Context {
  readonly layout: Layout;
  readonly mode: 'train' | 'eval';
}

/** A built case: results by entry (a bare tensor is `y`), and entries that are variables of a layer. */
export interface Built {
  readonly outputs: Readonly<Record<string, AnyTensor>>;
  readonly owned: Readonly<Record<string, Variable>>;
}

/** How a case is written with this library. The table that holds it knows the configuration of its fixtures. */
export type Build = (leaves: Leaves, config: never, context: Context) => AnyTensor | Built;

export interface Row {
  readonly build: Build;
  /** `x` and `y` are images: both layouts are run. */
  readonly image?: boolean;
  /** The values of an entry in our layout. */
  readonly arrange?: Readonly<Record<string, (values: FixtureTensor, config: never) => FixtureTensor>>;
  /** Built in float32, then retyped: for layers whose input does not say in which dtype to compute. */
  readonly retyped?: boolean;
}

export type Rows = Readonly<Record<string, Row>>;

/** The result of a layer; `names` gives the variables of the layer by the entries that hold their values. */
export function applied(
  layer: AnyLayer,
  y: AnyTensor,
  names: Readonly<Record<string, string>>,
  outputs: Readonly<Record<string, AnyTensor>> = { y },
): Built {
  const owned = Object.entries(names).flatMap(([entry, name]) => {
    const variable = layer.core.variables.get(name);
    return variable === undefined ? [] : [[entry, variable] as const];
  });
  return { outputs, owned: Object.fromEntries(owned) };
}

const layouts: readonly Layout[] = ['channelsFirst', 'channelsLast'];
const dtypes: readonly FloatDType[] = ['f64', 'f32'];
const imageEntries = new Set(['x', 'y', 'indices']);

/** Declares a test for each engine, case, dtype and layout of a group, and one that says that no case was left out. */
export function describeGroup(group: GroupName, rows: Rows): void {
  describe.each(engines)(`${group}, on %s`, (_, engine) => {
    const done = new Set<string>();
    checkCases(readGroup(group), rows, done, engine);
    test('every case of the index has passed', () => expectAllDone(group, done));
  });
}

/** Declares the tests of some cases; those that pass are added to `done`. */
export function checkCases(
  cases: readonly TorchCase[],
  rows: Rows,
  done: Set<string>,
  engine: Engine<'sync'>,
): void {
  for (const one of cases) {
    const row: Row | undefined = rows[one.op];
    for (const layout of row?.image ? layouts : layouts.slice(0, 1))
      for (const dtype of dtypes)
        test(`${one.name}, ${dtype}${row?.image ? `, ${layout}` : ''}`, () => {
          if (row === undefined) throw new Error(`no row of the table says how '${one.op}' is written`);
          checkCase(one, row, dtype, layout, engine);
          done.add(one.name);
        });
  }
}

/** Every case of the index has passed. */
export function expectAllDone(group: GroupName, done: ReadonlySet<string>): void {
  const missing = readGroup(group).filter(({ name }) => !done.has(name));
  expect(missing.map(({ name }) => name)).toEqual([]);
  expect(done.size).toBe(index.groups[group]);
}

/** Feeds for entries: integers stay integers, floats take the dtype. */
export const leafDType = ({ data }: FixtureTensor, dtype: FloatDType): FloatDType | 'i32' =>
  data instanceof Int32Array ? 'i32' : dtype;

function checkCase(
  one: TorchCase,
  row: Row,
  dtype: FloatDType,
  layout: Layout,
  engine: Engine<'sync'>,
): void {
  const arranged = arrangement(one, row, layout);
  const values: Entries = arranged({ ...one.inputs, ...one.params, ...one.consts });
  const cotangents = arranged(one.cotangents ?? {});
  const want = { outputs: arranged(one.outputs), gradients: arranged(one.grads ?? {}) };

  const built = build(
    one,
    row,
    row.retyped ? 'f32' : dtype,
    { layout, mode: one.mode ?? 'train' },
    values,
    cotangents,
  );
  const gradients = gradientsOf(built, Object.keys(want.gradients), Object.keys(cotangents));
  const inputs = [...built.inputs, ...Object.values(built.cotangents)];
  const outputs = { ...prefixed('output', built.outputs), ...prefixed('gradient', gradients) };
  const program = row.retyped
    ? compileGraph(retype(closeGraph({ inputs, outputs }), dtype), { engine })
    : compile({ inputs, outputs }, { engine });
  for (const [name, variable] of Object.entries(built.owned))
    if (name in values) setVariable(program, variable, values[name]);

  const got = program(
    Object.fromEntries(
      inputs.map(({ name }) => {
        const value = values[name] ?? cotangents[name.slice('cotangent_'.length)];
        return [name, hostOf(value, leafDType(value, dtype))];
      }),
    ),
  );
  for (const [name, value] of Object.entries(want.outputs))
    compare(`${one.name}: ${name}`, got[`output ${name}`], value, toleranceFor(leafDType(value, dtype)));
  for (const [name, value] of Object.entries(want.gradients))
    compare(`${one.name}: gradient of ${name}`, got[`gradient ${name}`], value, toleranceFor(dtype));
}

/** The gradients of entries. A variable may hold the values of two. */
function gradientsOf(
  { all, outputs, cotangents }: ReturnType<typeof build>,
  entries: readonly string[],
  differentiated: readonly string[],
): Record<string, AnyTensor> {
  const wrt = [...new Set(entries.map((name) => all[name]))];
  if (wrt.length === 0) return {};
  const gradients: readonly AnyTensor[] = vjp(pick(outputs, differentiated), wrt, cotangents as never);
  return Object.fromEntries(entries.map((name) => [name, gradients[wrt.indexOf(all[name])]]));
}

export const compare = (what: string, got: unknown, want: FixtureTensor, tolerance: Tolerance): void =>
  expectClose(what, resultOf(got as Parameters<typeof resultOf>[0]), want, tolerance);

/** Writes a value into the state, if the program has the variable: evaluation does not read every one. */
export function setVariable(program: Program, variable: Variable, value: FixtureTensor): void {
  if (program.state.has(variable.path)) program.state.set(variable.path, hostOf(value, 'f64'));
}

function build(
  one: TorchCase,
  row: Row,
  dtype: FloatDType,
  context: Context,
  values: Entries,
  cotangents: Entries,
) {
  const leaves = inputsFor(values, dtype);
  // The fixtures of an operation have the entries and the configuration that its row asks for.
  const result = row.build(leaves as unknown as Leaves, one.config as never, context);
  const { outputs, owned } = 'node' in result ? { outputs: { y: result }, owned: {} } : result;
  return {
    outputs: outputs as Record<string, AnyTensor>,
    owned: owned as Record<string, Variable>,
    inputs: Object.values(leaves).filter(({ name }) => !(name in owned)),
    all: { ...leaves, ...owned } as Record<string, AnyTensor>,
    cotangents: inputsFor(cotangents, dtype, 'cotangent_'),
  };
}

export const inputsFor = (values: Entries, dtype: FloatDType, prefix = ''): Record<string, Input> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      new Input(`${prefix}${name}`, value.shape, leafDType(value, dtype)),
    ]),
  );

/** Entries in our layout: kernels as their row says, images with channels last if they are to be. */
function arrangement(one: TorchCase, row: Row, layout: Layout): (entries: Entries) => Entries {
  return (entries) =>
    Object.fromEntries(
      Object.entries(entries).map(([name, value]) => {
        const arrange = row.arrange?.[name];
        if (arrange !== undefined) return [name, arrange(value, one.config as never)];
        return [
          name,
          row.image && layout === 'channelsLast' && imageEntries.has(name) ? channelsToEnd(value) : value,
        ];
      }),
    );
}

const pick = <T>(record: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, record[name]]));

export const prefixed = <T>(prefix: string, record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [`${prefix} ${name}`, value]));
