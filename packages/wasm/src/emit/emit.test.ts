/** What is emitted does what values and statements mean, bit for bit. */

import { describe, expect, test } from 'vitest';
import { importMemory, Module } from 'wasmati';
import { assign, constantPlace, lanesOf, load, number, store, typeOf } from '../loops/build.ts';
import {
  Buffer,
  type Kernel,
  type Operation,
  operations,
  type Type,
  type Value,
  Variable,
} from '../loops/ir.ts';
import { printKernel } from '../loops/print.ts';
import { verifyKernel } from '../loops/verify.ts';
import { machine } from '../runtime/webassembly.ts';
import { hostNames } from './host-names.ts';
import { emitKernel } from './kernel.ts';
import type { Layout } from './layout.ts';
import { targetWith } from './target.ts';
import { drawKernel, halvesOf } from './testing/kernels.ts';
import { Memory } from './testing/memory.ts';
import { runKernel } from './testing/run.ts';
import { type Chance, constantOf, element, groups, operationOf } from './testing/values.ts';

const target = targetWith({ relaxed: false });
const runs = Number(process.env.CHECK_RUNS ?? 1);
/** Where the arena begins, and where a table of pointers lies in it. */
const [base, table] = [256, 64];
const first = 1024;

/** mulberry32 */
function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  return {
    unit: () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}

/** Runs a kernel as it is emitted and as it is meant, from the same memory; says where they differ. */
function difference(
  kernel: Kernel,
  buffers: readonly Buffer[],
  around: readonly number[],
  chance: Chance,
): string | undefined {
  const memory = new machine.Memory({ initial: 1, maximum: 1, shared: false });
  const emitted = new Memory(new DataView(memory.buffer), buffers, first);
  const meant = new Memory(new DataView(new ArrayBuffer(65_536)), buffers, first);
  for (const buffer of buffers)
    for (let i = 0; i < buffer.size; i++) {
      const value = element(chance, buffer.dtype);
      for (const one of [emitted, meant]) one.store(buffer, i, value);
    }
  const far = buffers.filter(({ kind }) => kind === 'variable');
  far.forEach((buffer, i) => {
    emitted.view.setInt32(base + table + 4 * i, emitted.startOf(buffer), true);
  });
  const layout: Layout = {
    offsetOf: (buffer) => (buffer.kind === 'variable' ? undefined : emitted.startOf(buffer) - base),
    pointerAt: (buffer) => table + 4 * far.indexOf(buffer),
  };
  const imported = Object.assign(importMemory({ min: 1, max: 1, shared: false }), hostNames.memory);
  const bytes = Module({
    exports: { kernel: emitKernel(kernel, layout, { relaxed: false }), memory: imported },
  }).toBytes();
  const { exports } = new machine.Instance(new machine.Module(bytes), { host: { memory } });
  const call = (exports as unknown as Readonly<Record<'kernel', (...given: number[]) => void>>).kernel;
  call(base, 0, kernel.units, ...around);
  runKernel(kernel, meant, around);
  for (const buffer of buffers)
    for (let i = 0; i < buffer.size; i++) {
      const [got, want] = [emitted.element(buffer, i), meant.element(buffer, i)];
      if (!Object.is(got, want)) return `${buffer.name}[${i}] is ${got} where it should be ${want}`;
    }
  return undefined;
}

function attempt(body: () => string | undefined): string | undefined {
  try {
    return body();
  } catch (error) {
    return String(error);
  }
}

describe('kernels at random', () => {
  test('do what they mean', () => {
    for (let seed = 0; seed < 400 * runs; seed++) {
      const { kernel, inputs, outputs, around } = drawKernel(chanceOf(seed), target);
      verifyKernel(kernel);
      const wrong = attempt(() => difference(kernel, [...inputs, ...outputs], around, chanceOf(seed + 1)));
      if (wrong !== undefined) expect.fail(`seed ${seed}: ${wrong}\n${printKernel(kernel)}`);
    }
  });
});

const typeName = ({ scalar, lanes }: Type): string => (lanes === 1 ? scalar : `${scalar}x${lanes}`);

/** Stores of values, each into a buffer of its own. */
function storing(values: readonly Value[]): { readonly kernel: Kernel; readonly buffers: Buffer[] } {
  const buffers: Buffer[] = [];
  const stores = values
    .flatMap((value) => (value.type.scalar === 'i64' ? halvesOf(value) : [value]))
    .map((value) => {
      const { scalar, lanes } = value.type;
      if (scalar === 'i64') throw new Error('an i64 does not lie in a buffer');
      const buffer = new Buffer(`result${buffers.length}`, scalar, lanes, 'temporary');
      buffers.push(buffer);
      return store(buffer, constantPlace(0), value);
    });
  const kernel: Kernel = {
    name: 'values',
    unit: new Variable('unit'),
    units: 1,
    around: [],
    body: stores.map((one) => assign(one)),
    cost: { flops: 0, bytes: 0 },
  };
  return { kernel, buffers };
}

describe.each(groups.flat().map((type) => [typeName(type), type] as const))('values of %s', (_, type) => {
  test('are what their operations make of operands', () => {
    const met = new Set<string>();
    for (let seed = 0; seed < 25 * runs; seed++) {
      const chance = chanceOf(seed);
      const inputs = groups
        .flat()
        .flatMap(({ scalar, lanes }) =>
          scalar === 'i64'
            ? []
            : [{ scalar, lanes, buffer: new Buffer(`of ${scalar}x${lanes}`, scalar, 8, 'temporary') }],
        );
      const leaf = (wanted: Type): Value => {
        const input = inputs.find(({ scalar, lanes }) => scalar === wanted.scalar && lanes === wanted.lanes);
        if (input === undefined || chance.unit() < 0.3) return constantOf(chance, wanted);
        return load(
          input.buffer,
          constantPlace(Math.floor(chance.unit() * (9 - wanted.lanes))),
          wanted.lanes,
        );
      };
      const values = Array.from({ length: 30 }, () => operationOf(chance, type, leaf, target));
      for (const value of values) if (value.kind === 'apply') met.add(value.operation);
      const { kernel, buffers } = storing(values);
      const wrong = difference(kernel, [...buffers, ...inputs.map(({ buffer }) => buffer)], [], chance);
      if (wrong !== undefined) {
        const line = printKernel(kernel)
          .split('\n')
          .find((one) => one.trim().startsWith(`${wrong.split('[')[0]}[`));
        expect.fail(`seed ${seed}: ${wrong}, of${line}`);
      }
    }
    expect(possible(type).filter((operation) => !met.has(operation))).toEqual([]);
  });
});

const acrossLanes: readonly Operation[] = ['widenLow', 'widenHigh', 'narrow'];
const comparisons: readonly Operation[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'];

/** Operations that the machine has with such results. */
function possible(type: Type): Operation[] {
  if (type.scalar === 'bool')
    return [...comparisons, 'and', 'or', 'xor', 'not', 'select', 'convert', 'min', 'max'];
  const operands = [number(type, 1), number(typeOf('i32'), 1)];
  const own = operations.filter(
    (operation) =>
      !comparisons.includes(operation) &&
      !acrossLanes.includes(operation) &&
      operation !== 'lane' &&
      // Nobody asks about shifts of floats.
      !(operation.startsWith('shift') && (type.scalar === 'f32' || type.scalar === 'f64')) &&
      target.supports(operation, type, operands),
  );
  if (type.lanes === 2 && type.scalar === 'f64') own.push('widenLow', 'widenHigh');
  if (type.lanes === 4 && type.scalar === 'f32') own.push('narrow');
  return own;
}

test('vectors are as long as a machine has them', () => {
  for (const dtype of ['f32', 'i32', 'u32', 'f64'] as const)
    expect(groups.flat()).toContainEqual(typeOf(dtype, lanesOf(dtype)));
});
