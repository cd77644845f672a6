/** What the tests of kernels share: running one primitive, and looking up elements by position. */
import {
  type AnyTensor,
  apply,
  assembleBody,
  BodyInput,
  countOf,
  type DType,
  fromNested,
  type Graph,
  HostArray,
  input,
  type Nested,
  type PrimitiveName,
  type PrimitiveParams,
  stridesOf,
  type ValueType,
} from '@cotangent/graph';
import fc from 'fast-check';
import { evaluateNode } from './evaluate.ts';

/** All results of a primitive on arrays. */
export function runAll<P extends PrimitiveName>(
  op: P,
  operands: readonly HostArray[],
  params: PrimitiveParams<P>,
): HostArray[] {
  const leaves = operands.map(({ shape, dtype }, i) => input(`operand${i}`, shape, dtype));
  return evaluateNode(apply(op, leaves, params)[0].node, operands);
}

/** The first result. */
export const run = <P extends PrimitiveName>(
  op: P,
  operands: readonly HostArray[],
  params: PrimitiveParams<P>,
): HostArray => runAll(op, operands, params)[0];

/** The first result of a primitive without parameters on nested arrays of one dtype, nested again. */
export const nested = <P extends PrimitiveName>(
  op: P,
  dtype: DType,
  ...operands: readonly Nested[]
): Nested =>
  // Called for primitives without parameters only.
  run(
    op,
    operands.map((values) => fromNested(values, dtype)),
    {} as PrimitiveParams<P>,
  ).toNested();

/** A body whose inputs have some types, from a function of them. */
export function bodyOf(
  types: readonly ValueType[],
  results: (...inputs: BodyInput[]) => readonly AnyTensor[],
): Graph {
  const inputs = types.map(({ shape, dtype }, i) => new BodyInput(`x${i}`, shape, dtype, 'test'));
  return assembleBody(
    inputs,
    results(...inputs).map((tensor, i) => ({ name: `y${i}`, tensor })),
  );
}
export const scalarType = (dtype: DType = 'f32'): ValueType => ({ dtype, shape: [] });

/** The element at a position. */
export function at({ data, shape }: HostArray, position: readonly number[]): number {
  const strides = stridesOf(shape);
  return data[position.reduce((offset, index, axis) => offset + index * strides[axis], 0)];
}

/** All positions of a shape, row-major. */
export function positions(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (heads, size) => heads.flatMap((head) => Array.from({ length: size }, (_, i) => [...head, i])),
    [[]],
  );
}

/** An array from a function of the position. */
export function build(
  dtype: DType,
  shape: readonly number[],
  element: (position: number[]) => number,
): HostArray {
  const flat = fromNested(positions(shape).map(element), dtype);
  return new HostArray(dtype, shape, flat.data);
}

/** Arrays of small whole numbers, on which every order of summation gives the same. */
export const wholeNumbers = (dtype: DType, shape: readonly number[]): fc.Arbitrary<HostArray> =>
  fc
    .array(fc.integer({ min: dtype === 'u32' ? 0 : -4, max: 4 }), {
      minLength: countOf(shape),
      maxLength: countOf(shape),
    })
    .map((values) => new HostArray(dtype, shape, fromNested(values, dtype).data));

export const shapes = (maximumRank = 4, maximumSize = 4): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 0, max: maximumSize }), { maxLength: maximumRank });
export const numberTypes: fc.Arbitrary<DType> = fc.constantFrom('f32', 'f64', 'i32', 'u32');
export const permutations = (rank: number): fc.Arbitrary<number[]> =>
  fc.shuffledSubarray(
    Array.from({ length: rank }, (_, axis) => axis),
    { minLength: rank },
  );
