/** Long arrays: where loops are cut in blocks and reductions in chunks, and where vectors leave something over. */
import { type AnyTensor, apply, type DType, type Input, type PrimitiveName } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import fc from 'fast-check';
import { Random } from '../../cases/random.ts';
import { type Sized, valuesFor } from './products.ts';
import { viewed } from './views.ts';

/** Sizes beside multiples of vectors, panels, blocks and chunks. */
const edges = [
  1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 127, 130, 255, 1025, 4095, 4096, 4097, 8191, 8193,
];

/** A shape of so many elements at most; long axes anywhere. */
export function longShape(random: Random, most: number, leastRank = 0): number[] {
  const shape: number[] = [];
  let left = most;
  for (let axis = random.whole(Math.max(1, leastRank), 4); axis > 0; axis--) {
    const fitting = edges.filter((size) => size <= left);
    // Late ones are long.
    const size = random.chance(0.5) ? random.pick(fitting) : random.pick(fitting.slice(-8));
    shape.push(size);
    left = Math.floor(left / size);
  }
  return random.shuffle(shape);
}

const reductions = {
  reduceSum: ['f32', 'f64', 'i32', 'u32'],
  reduceProd: ['i32', 'u32'],
  reduceMax: ['f32', 'f64', 'i32', 'u32', 'bool'],
  reduceMin: ['f32', 'f64', 'i32', 'u32', 'bool'],
  reduceAnd: ['bool', 'i32', 'u32'],
  reduceOr: ['bool', 'i32', 'u32'],
} as const satisfies Partial<Readonly<Record<PrimitiveName, readonly DType[]>>>;

type Reduction = keyof typeof reductions;

/** Several reductions of one operand, or of what is computed from it: they may share a loop. */
function reduced(
  random: Random,
  most: number,
): { readonly text: string; readonly inputs: readonly Input[]; readonly results: readonly AnyTensor[] } {
  const dtype = random.pick(['f32', 'f32', 'f64', 'i32', 'u32', 'bool'] as const);
  const shape = longShape(random, most);
  const { input, tensor } = viewed(random, 'x', dtype, shape);
  const all = shape.map((_, axis) => axis);
  const names = (Object.keys(reductions) as Reduction[]).filter((name) =>
    (reductions[name] as readonly DType[]).includes(dtype),
  );
  const results: AnyTensor[] = [];
  const texts: string[] = [];
  for (let i = random.pick([1, 1, 2, 3]); i > 0; i--) {
    const axes = random.chance(0.3) ? all : random.some(all).sort((a, b) => a - b);
    const op = random.pick(names);
    const operand = random.chance(0.3) && dtype !== 'bool' ? ops.add(tensor, tensor) : tensor;
    texts.push(`${op} over [${axes}]`);
    results.push(...apply(op, [operand], { axes }));
    if (random.chance(0.2)) results.push(operand);
  }
  return { text: `${dtype}[${shape}]: ${texts.join(', ')}`, inputs: [input], results };
}

export const longReductions = (most: number, numbers: 'whole' | 'real'): fc.Arbitrary<Sized> =>
  fc.nat().map((seed) => {
    const random = new Random(seed);
    const { text, inputs, results } = reduced(random, most);
    const values = valuesFor(random, inputs, numbers);
    return { inputs, results, values, [fc.toStringMethod]: () => `seed ${seed}: ${text}` } as Sized;
  });

/** One elementwise chain over a long array, results of several dtypes on the way. */
export const longChains = (most: number): fc.Arbitrary<Sized> =>
  fc.nat().map((seed) => {
    const random = new Random(seed);
    const shape = longShape(random, most, 1);
    const operands = (['f32', 'f64', 'i32', 'bool'] as const).map((dtype, i) =>
      viewed(random, `x${i}`, dtype, shape),
    );
    const [single, double, whole, flag] = operands.map(({ tensor }) => tensor) as [
      AnyTensor,
      AnyTensor,
      AnyTensor,
      AnyTensor,
    ];
    const chains: readonly (() => AnyTensor)[] = [
      () => ops.add(ops.mul(single, 3), ops.abs(single)),
      () => ops.where(flag, single, ops.neg(single)),
      () => ops.add(ops.cast(single, 'f64'), double),
      () => ops.cast(ops.greater(double, 0), 'f32'),
      () => ops.cast(double, 'f32'),
      () => ops.add(whole, ops.cast(flag, 'i32')),
      () => ops.cast(whole, 'f64'),
      () => ops.maximum(whole, ops.cast(single, 'i32')),
      () => ops.and(flag, ops.less(single, 2)),
      () => ops.equal(whole, ops.cast(double, 'i32')),
      () => ops.sqrt(ops.abs(double)),
      () => ops.round(ops.div(single, 4)),
    ];
    const results = random.list(random.whole(1, 4), () => random.pick(chains)());
    const values = valuesFor(
      random,
      operands.map(({ input }) => input),
      'whole',
    );
    const inputs = operands.map(({ input }) => input);
    return { inputs, results, values, [fc.toStringMethod]: () => `seed ${seed}: [${shape}]` } as Sized;
  });
