/** Cases of loops: random bodies, whose meaning is known in plain numbers. */
import type { DType, Graph, HostArray, PrimitiveParams } from '@cotangent/graph';
import {
  bodyOf,
  drawnBody,
  drawnFloats,
  drawnKinds,
  floatsOnly,
  floatTypes,
  meaningOf,
  numbersOf,
  passing,
  places,
  stackedTypes,
  valuesOf,
} from './bodies.ts';
import type { Cases, Sample } from './case.ts';
import { Formulas, type Kind, type Numbers } from './formulas.ts';
import type { Random } from './random.ts';

/** Values of the carries before every step, and after the last one. */
function stepsOf(operands: readonly HostArray[], params: WhileParams): Numbers[][] {
  const { consts, condition, body } = params;
  const lists = operands.map(numbersOf);
  const constants = lists.slice(0, consts);
  const trace: Numbers[][] = [lists.slice(consts)];
  const inputs = (): Numbers[] => [...constants, ...trace.at(-1)!];
  while (meaningOf(condition).values(inputs())[0]![0] === 1) trace.push(meaningOf(body).values(inputs()));
  return trace;
}
type WhileParams = Omit<PrimitiveParams<'while'>, 'maxSteps'>;

/** A loop that counts up to a limit in one of its carries; the other ones change in any way. */
function whileSample(random: Random, dtype: DType, wild: boolean): Sample<'while'> {
  const floats = drawnFloats(random, dtype);
  const consts: Kind[] = random.shuffle(['count', ...drawnKinds(random, 0, 3)]);
  const carries: Kind[] = random.shuffle(['count', ...drawnKinds(random, 1, 3)]);
  const inputs = [...consts, ...carries];
  const formulas = new Formulas(random, floats, inputs);
  const limit = consts.indexOf('count');
  const counter = carries.indexOf('count');
  const counted = formulas.value(consts.length + counter);
  const condition = bodyOf({
    of: 'while',
    floats,
    inputs,
    outputs: ['flag'],
    formulas: [formulas.below(counted, formulas.value(limit))],
  });
  const body = bodyOf({
    of: 'while',
    floats,
    inputs,
    outputs: carries,
    formulas: carries.map((kind, i) =>
      i === counter ? formulas.more(counted, random.whole(1, 2)) : formulas.of(kind),
    ),
  });
  const operands = valuesOf(random, floats, inputs, wild);
  const start = random.whole(-2, 2);
  operands[consts.length + counter]!.data[0] = start;
  operands[limit]!.data[0] = start + random.whole(-1, 3);
  const params = { consts: consts.length, condition, body };
  const needed = stepsOf(operands, params).length - 1;
  const maxSteps = random.chance(0.4) ? 0 : Math.max(1, needed + random.whole(0, 2));
  return { operands, params: { ...params, maxSteps } };
}

/** A condition that gives its input at a place. */
const on = (inputs: readonly string[], result: number): Graph => passing(inputs, [result]);

export const whileCases: Cases<'while'> = {
  dtypes: floatTypes,
  derivative: 'smooth',
  reversible: ({ maxSteps }) => maxSteps > 0,
  sample: whileSample,
  types: (operands, { consts }) => operands.slice(consts).map(({ dtype, shape }) => ({ dtype, shape })),
  reference: (operands, params) => stepsOf(operands, params).at(-1)!,
  bad: [
    ...[{ consts: -1 }, { consts: 3 }, { maxSteps: -1 }].map((wrong) => ({
      constraint: 1,
      operands: ['bool[]', 'f32[]'],
      params: {
        consts: 0,
        maxSteps: 0,
        condition: on(['bool[]', 'f32[]'], 0),
        body: passing(['bool[]', 'f32[]'], [0, 1]),
        ...wrong,
      },
      code: 'BAD_ARGUMENT' as const,
    })),
    {
      constraint: 2,
      operands: ['bool[]', 'f32[2]'],
      params: {
        consts: 0,
        maxSteps: 0,
        condition: on(['bool[]', 'f32[3]'], 0),
        body: passing(['bool[]', 'f32[2]'], [0, 1]),
      },
      code: 'SHAPE_MISMATCH',
    },
    {
      constraint: 2,
      operands: ['bool[]', 'f32[2]'],
      params: {
        consts: 0,
        maxSteps: 0,
        condition: on(['bool[]', 'f32[2]'], 0),
        body: passing(['bool[]', 'f64[2]'], [0, 1]),
      },
      code: 'DTYPE_MISMATCH',
    },
    {
      constraint: 3,
      operands: ['bool[]', 'f32[2]'],
      params: {
        consts: 0,
        maxSteps: 0,
        condition: on(['bool[]', 'f32[2]'], 1),
        body: passing(['bool[]', 'f32[2]'], [0, 1]),
      },
      code: 'DTYPE_MISMATCH',
    },
    {
      constraint: 3,
      operands: ['bool[2]'],
      params: { consts: 0, maxSteps: 0, condition: on(['bool[2]'], 0), body: passing(['bool[2]'], [0]) },
      code: 'SHAPE_MISMATCH',
    },
    ...(
      [
        [[1], 'DTYPE_MISMATCH'],
        [[], 'SHAPE_MISMATCH'],
        [[0, 0], 'SHAPE_MISMATCH'],
      ] as const
    ).map(([results, code]) => ({
      constraint: 4,
      operands: ['f32[]', 'bool[]'],
      params: {
        consts: 1,
        maxSteps: 0,
        condition: on(['f32[]', 'bool[]'], 1),
        body: passing(
          ['f32[]', 'bool[]'],
          results.map((place) => 1 - place),
        ),
      },
      code,
    })),
  ],
};

function scanSample(random: Random, dtype: DType, wild: boolean): Sample<'scan'> {
  const floats = drawnFloats(random, dtype);
  const curved = random.chance(0.6);
  const parts = {
    consts: drawnKinds(random, 0, 2),
    linearConsts: curved ? [] : floatsOnly(random, 0, 2),
    carries: curved ? drawnKinds(random, 0, 3) : floatsOnly(random, 0, 2),
    xs: drawnKinds(random, 0, 2),
    linearXs: curved ? [] : floatsOnly(random, 0, 2),
  };
  const { carries } = parts;
  const consts = [...parts.consts, ...parts.linearConsts];
  const xs = [...parts.xs, ...parts.linearXs];
  const inputs = [...consts, ...carries, ...xs];
  const least = carries.length === 0 ? 1 : 0;
  const stacks = curved ? drawnKinds(random, least, 2) : floatsOnly(random, least, 2);
  const linear = [
    ...places(parts.consts.length, parts.linearConsts.length + carries.length),
    ...places(consts.length + carries.length + parts.xs.length, parts.linearXs.length),
  ];
  const body = drawnBody(random, {
    of: 'scan',
    floats,
    inputs,
    outputs: [...carries, ...stacks],
    linear: curved ? undefined : linear,
  });
  const length = random.pick([0, 1, 2, 3, 3]);
  return {
    operands: [
      ...valuesOf(random, floats, [...consts, ...carries], wild),
      ...valuesOf(random, floats, xs, wild, [length]),
    ],
    params: {
      consts: consts.length,
      carries: carries.length,
      length,
      reverse: random.chance(0.5),
      body,
    },
  };
}

function scanReference(operands: readonly HostArray[], params: PrimitiveParams<'scan'>): Numbers[] {
  const { consts, carries: count, reverse, body } = params;
  const length = Number(params.length);
  const { types, values } = meaningOf(body);
  const lists = operands.map(numbersOf);
  let carries: Numbers[] = lists.slice(consts, consts + count);
  const stacks: Numbers[][] = types.slice(count).map(() => []);
  const order = places(0, length);
  if (reverse) order.reverse();
  for (const place of order) {
    const slices = lists.slice(consts + count).map((list) => {
      const size = list.length / length;
      return list.slice(place * size, (place + 1) * size);
    });
    const results = values([...lists.slice(0, consts), ...carries, ...slices]);
    carries = results.slice(0, count);
    stacks.forEach((stack, i) => {
      stack[place] = results[count + i]!;
    });
  }
  return [...carries, ...stacks.map((stack) => stack.flat())];
}

const scanOf = (
  changes: Partial<PrimitiveParams<'scan'>> & { readonly body: Graph },
): PrimitiveParams<'scan'> => ({ consts: 0, carries: 1, length: 3, reverse: false, ...changes });

export const scan: Cases<'scan'> = {
  dtypes: floatTypes,
  derivative: 'smooth',
  sample: scanSample,
  types: (_, { carries, length, body }) => {
    const { types } = meaningOf(body);
    return [...types.slice(0, carries), ...stackedTypes(types.slice(carries), Number(length))];
  },
  linear: ({ body }) => [meaningOf(body).linear],
  reference: scanReference,
  bad: [
    ...[{ consts: -1 }, { consts: 3 }, { carries: -1 }, { consts: 1, carries: 2 }].map((wrong) => ({
      constraint: 1,
      operands: ['f32[]', 'f32[3]'],
      params: scanOf({ body: passing(['f32[]', 'f32[]'], [0]), ...wrong }),
      code: 'BAD_ARGUMENT' as const,
    })),
    {
      constraint: 2,
      operands: ['f32[]', 'f32[4]'],
      params: scanOf({ body: passing(['f32[]', 'f32[]'], [0]) }),
      code: 'SHAPE_MISMATCH',
    },
    {
      constraint: 2,
      operands: ['f32[]', 'f32[]'],
      params: scanOf({ body: passing(['f32[]', 'f32[]'], [0]) }),
      code: 'SHAPE_MISMATCH',
    },
    {
      constraint: 3,
      operands: ['f32[]', 'f32[3]'],
      params: scanOf({ body: passing(['f32[]', 'f32[3]'], [0]) }),
      code: 'SHAPE_MISMATCH',
    },
    {
      constraint: 3,
      operands: ['f32[]', 'f32[3]'],
      params: scanOf({ body: passing(['f32[]', 'i32[]'], [0]) }),
      code: 'DTYPE_MISMATCH',
    },
    {
      constraint: 4,
      operands: ['f32[]', 'i32[3]'],
      params: scanOf({ body: passing(['f32[]', 'i32[]'], [1]) }),
      code: 'DTYPE_MISMATCH',
    },
    {
      constraint: 4,
      operands: ['f32[]', 'f32[3, 2]'],
      params: scanOf({ body: passing(['f32[]', 'f32[2]'], [1]) }),
      code: 'SHAPE_MISMATCH',
    },
    {
      constraint: 4,
      operands: ['f32[]', 'f32[3]'],
      params: scanOf({ body: passing(['f32[]', 'f32[]'], []) }),
      code: 'SHAPE_MISMATCH',
    },
  ],
};
