/** Cases of calls and branches: random bodies, whose meaning is known in plain numbers. */
import type { Graph, NamesOf } from '@cotangent/graph';
import { drawn } from './arrays.ts';
import {
  drawnBody,
  drawnFloats,
  drawnKinds,
  floatsOnly,
  floatTypes,
  meaningOf,
  numbersOf,
  passing,
  places,
  valuesOf,
} from './bodies.ts';
import type { Cases, CasesTable } from './case.ts';
import { scan, whileCases } from './loops.ts';

const call: Cases<'call'> = {
  dtypes: floatTypes,
  derivative: 'smooth',
  sample(random, dtype, wild) {
    const floats = drawnFloats(random, dtype);
    const curved = random.chance(0.6);
    const values = drawnKinds(random, 0, 3);
    const tangents = curved ? [] : floatsOnly(random, 1, 3);
    const inputs = [...values, ...tangents];
    const body = drawnBody(random, {
      of: 'call',
      floats,
      inputs,
      outputs: curved ? drawnKinds(random, 1, 3) : floatsOnly(random, 1, 3),
      linear: curved ? undefined : places(values.length, tangents.length),
    });
    return { operands: valuesOf(random, floats, inputs, wild), params: { remat: random.chance(0.5), body } };
  },
  types: (_, { body }) => meaningOf(body).types,
  linear: ({ body }) => [meaningOf(body).linear],
  reference: (operands, { body }) => meaningOf(body).values(operands.map(numbersOf)),
  bad: [
    {
      constraint: 1,
      operands: ['f32[2]'],
      params: { remat: false, body: passing(['f32[3]'], [0]) },
      code: 'SHAPE_MISMATCH',
    },
    {
      constraint: 1,
      operands: ['f32[2]'],
      params: { remat: false, body: passing(['f64[2]'], [0]) },
      code: 'DTYPE_MISMATCH',
    },
    {
      constraint: 1,
      operands: ['f32[2]', 'f32[2]'],
      params: { remat: false, body: passing(['f32[2]'], [0]) },
      code: 'SHAPE_MISMATCH',
    },
  ],
};

const cond: Cases<'cond'> = {
  dtypes: floatTypes,
  derivative: 'smooth',
  sample(random, dtype, wild) {
    const floats = drawnFloats(random, dtype);
    const curved = random.chance(0.6);
    const values = drawnKinds(random, 0, 3);
    const tangents = curved ? [] : floatsOnly(random, 1, 3);
    const inputs = [...values, ...tangents];
    const outputs = curved ? drawnKinds(random, 1, 3) : floatsOnly(random, 1, 3);
    const linear = curved ? undefined : places(values.length, tangents.length);
    const branch = (): Graph => drawnBody(random, { of: 'cond', floats, inputs, outputs, linear });
    return {
      operands: [drawn(random, 'bool', []), ...valuesOf(random, floats, inputs, wild)],
      params: { onTrue: branch(), onFalse: branch() },
    };
  },
  types: (_, { onTrue }) => meaningOf(onTrue).types,
  linear: ({ onTrue }) => [meaningOf(onTrue).linear.map((place) => place + 1)],
  reference: ([predicate, ...operands], { onTrue, onFalse }) =>
    meaningOf(predicate!.data[0] === 1 ? onTrue : onFalse).values(operands.map(numbersOf)),
  bad: [
    {
      constraint: undefined,
      operands: [],
      params: { onTrue: passing([], []), onFalse: passing([], []) },
      code: 'BAD_GRAPH',
    },
    {
      constraint: 1,
      operands: ['f32[]', 'f32[2]'],
      params: { onTrue: passing(['f32[2]'], [0]), onFalse: passing(['f32[2]'], [0]) },
      code: 'DTYPE_MISMATCH',
    },
    {
      constraint: 1,
      operands: ['bool[1]', 'f32[2]'],
      params: { onTrue: passing(['f32[2]'], [0]), onFalse: passing(['f32[2]'], [0]) },
      code: 'SHAPE_MISMATCH',
    },
    {
      constraint: 2,
      operands: ['bool[]', 'f32[2]'],
      params: { onTrue: passing(['f32[2]'], [0]), onFalse: passing(['f32[3]'], [0]) },
      code: 'SHAPE_MISMATCH',
    },
    {
      constraint: 2,
      operands: ['bool[]', 'f32[2]'],
      params: { onTrue: passing(['i32[2]'], [0]), onFalse: passing(['f32[2]'], [0]) },
      code: 'DTYPE_MISMATCH',
    },
    {
      constraint: 3,
      operands: ['bool[]', 'f32[2]', 'f32[3]'],
      params: {
        onTrue: passing(['f32[2]', 'f32[3]'], [0]),
        onFalse: passing(['f32[2]', 'f32[3]'], [1]),
      },
      code: 'SHAPE_MISMATCH',
    },
    {
      constraint: 3,
      operands: ['bool[]', 'f32[2]', 'i32[2]'],
      params: {
        onTrue: passing(['f32[2]', 'i32[2]'], [0]),
        onFalse: passing(['f32[2]', 'i32[2]'], [1]),
      },
      code: 'DTYPE_MISMATCH',
    },
    {
      constraint: 3,
      operands: ['bool[]', 'f32[2]'],
      params: { onTrue: passing(['f32[2]'], [0, 0]), onFalse: passing(['f32[2]'], [0]) },
      code: 'SHAPE_MISMATCH',
    },
  ],
};

export const controlCases = { call, cond, while: whileCases, scan } satisfies CasesTable<NamesOf<'control'>>;
