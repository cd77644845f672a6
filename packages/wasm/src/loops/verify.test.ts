/** Each rule of the verifier: a kernel that breaks it, and the sentence that says so. */
import { describe, expect, test } from 'vitest';
import {
  add,
  addAffine,
  along,
  apply,
  assign,
  computedPlace,
  constantPlace,
  integer,
  load,
  loop,
  number,
  read,
  repeatWhile,
  select,
  set,
  shifted,
  splat,
  store,
  typeOf,
  variableValue,
  when,
} from './build.ts';
import { Buffer, type Kernel, Local, type Statement, type Value, Variable } from './ir.ts';
import { verifyKernel } from './verify.ts';

const x = new Buffer('x', 'f32', 8, 'input');
const y = new Buffer('y', 'f32', 8, 'temporary');
const counts = new Buffer('counts', 'i32', 8, 'temporary');
const [unit, around, i, j] = ['unit', 'around', 'i', 'j'].map((name) => new Variable(name)) as [
  Variable,
  Variable,
  Variable,
  Variable,
];
const total = new Local('total', typeOf('f32'));
const wide = new Local('wide', typeOf('f32', 4));
const one = number(typeOf('f32'), 1);
const yes = number(typeOf('bool'), 1);

const kernel = (...body: Statement[]): Kernel => ({
  name: 'tested',
  unit,
  units: 2,
  around: [around],
  body,
  cost: { flops: 0, bytes: 0 },
});
const verified =
  (...body: Statement[]) =>
  () =>
    verifyKernel(kernel(...body));
const intoY = (value: Value, at = constantPlace(0)): Statement => assign(store(y, at, value));

interface Broken {
  readonly body: readonly Statement[];
  readonly sentence: string;
}

const broken: Readonly<Record<string, Broken>> = {
  'operands have one type': {
    body: [intoY(apply('add', one, number(typeOf('f64'), 1)))],
    sentence: 'add of f32, f64 in (1 + 1)',
  },
  'operands have as many lanes': {
    body: [intoY(apply('add', load(x, constantPlace(0), 4), one))],
    sentence: 'add of f32x4, f32 in (x[0]:4 + 1)',
  },
  'both sides of a choice have one type': {
    body: [intoY(select(yes, one, integer(1)))],
    sentence: 'select of bool, f32, i32 in select(1, 1, 1)',
  },
  'what is stored has the type of the buffer': {
    body: [assign(store(counts, constantPlace(0), one))],
    sentence: 'f32 is stored into counts, which is i32',
  },
  'what is assigned has the type of the register': {
    body: [assign(set(total, splat(one, 4)))],
    sentence: 'f32x4 is assigned to total, which is f32',
  },
  'a register is assigned before it is read': {
    body: [intoY(read(total))],
    sentence: 'total is read before it is assigned',
  },
  'also by what happens at the same time': {
    body: [assign(set(total, one), store(y, constantPlace(0), read(total)))],
    sentence: 'total is read before it is assigned',
  },
  'a counter is read in its loop': {
    body: [loop(i, 4, [intoY(one)]), assign(store(counts, constantPlace(0), variableValue(i)))],
    sentence: 'i is read outside of its loop',
  },
  'a place moves with loops around it': {
    body: [loop(i, 4, [intoY(one)]), intoY(one, along(j))],
    sentence: 'y[j] lies outside of the loop over j',
  },
  'a store stays below the end': {
    body: [loop(i, 9, [intoY(one, along(i))])],
    sentence: 'y[i] runs from 0 to 8, of 8',
  },
  'a store stays above the start': {
    body: [loop(i, 4, [intoY(one, shifted(along(i, -2), 5))])],
    sentence: 'y[-2*i + 5] runs from -1 to 5, of 8',
  },
  'a load stays inside with all its lanes': {
    body: [loop(i, 8, [assign(set(wide, load(x, along(i), 4)))], { step: 3 })],
    sentence: 'x[i] runs from 0 to 9, of 8',
  },
  'a unit counts like a loop': {
    body: [intoY(one, along(unit, 8))],
    sentence: 'y[8*unit] runs from 0 to 8, of 8',
  },
  'a condition keeps to the rules': {
    body: [when(apply('lt', read(total), one), [])],
    sentence: 'total is read before it is assigned',
  },
  'a condition of a loop keeps to the rules': {
    body: [repeatWhile(apply('lt', read(total), one), [])],
    sentence: 'total is read before it is assigned',
  },
  'so do the ends of a loop': {
    body: [loop(i, variableValue(j), [])],
    sentence: 'j is read outside of its loop',
  },
  'so do places that are computed': {
    body: [intoY(one, computedPlace(variableValue(j)))],
    sentence: 'j is read outside of its loop',
  },
  'also where they move with a loop whose end nobody knows': {
    body: [intoY(one, addAffine(along(around), computedPlace(variableValue(j))))],
    sentence: 'j is read outside of its loop',
  },
  'so does what stands in a branch': {
    body: [when(yes, [], [intoY(read(total))])],
    sentence: 'total is read before it is assigned',
  },
  'so does what stands in a loop': {
    body: [repeatWhile(yes, [loop(i, 2, [intoY(read(total))])])],
    sentence: 'total is read before it is assigned',
  },
};

describe('a kernel is refused unless', () => {
  test.each(Object.entries(broken))('%s', (_, { body, sentence }) => {
    expect(verified(...body)).toThrow(`the kernel tested: ${sentence}`);
  });
});

describe('a kernel may', () => {
  const right: Readonly<Record<string, readonly Statement[]>> = {
    'run to the last element': [loop(i, 8, [intoY(load(x, along(i)), along(i))])],
    'run to it in vectors': [loop(i, 8, [intoY(load(x, along(i), 4), along(i))], { step: 4 })],
    'run backwards': [loop(i, 8, [intoY(one, shifted(along(i, -1), 7))])],
    'have a loop that takes no turn, wherever its places lie': [
      loop(i, 5, [intoY(one, along(i, 100))], { from: 5 }),
    ],
    'go where it has computed': [intoY(one, computedPlace(load(counts, constantPlace(0))))],
    'go as far as a loop whose end is computed': [
      loop(i, load(counts, constantPlace(0)), [intoY(one, along(i))]),
    ],
    'move with the loops around it': [intoY(one, along(around))],
    'guard a place by a branch': [
      loop(i, 20, [when(apply('lt', variableValue(i), integer(8)), [intoY(one, along(i))])]),
    ],
    'shift by another type, and convert': [
      assign(store(counts, constantPlace(0), apply('shiftLeft', integer(1), number(typeOf('i32'), 3)))),
    ],
    'exchange registers at once': [
      assign(set(total, one)),
      assign(set(total, add(read(total), one)), store(y, constantPlace(0), read(total))),
    ],
  };

  test.each(Object.entries(right))('%s', (_, body) => {
    expect(verified(...body)).not.toThrow();
  });
});
