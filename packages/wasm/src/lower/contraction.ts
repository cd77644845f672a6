/** Products as sums over axes: what a dot product and a convolution have in common, as axes with their steps. */
import {
  type AnyTensor,
  countOf,
  fixed,
  type Node,
  paddedDim,
  paramsOf,
  sizesOf,
  stridesOf,
} from '@cotangent/graph';
import { assign, constantPlace, number, placeOf, store, typeOf } from '../loops/build.ts';
import { Buffer, type Kernel, type Variable } from '../loops/ir.ts';
import { loadFrom, type Memory, type Source, sourceOf } from './expressions.ts';
import type { Target } from './nest.ts';
import { padKernels } from './padding.ts';

/** An axis of the product: how far apart its neighbours are in both operands (0: they do not move), and in the result. */
export interface ProductAxis {
  readonly count: number;
  readonly left: number;
  readonly right: number;
  /** Steps along an axis of the result; none for what is summed over. */
  readonly out?: { readonly axis: number; readonly step: number };
}

export interface Product {
  readonly left: Source;
  readonly right: Source;
  /** In both operands and in the result. */
  readonly batch: readonly ProductAxis[];
  /** In the left operand and in the result. */
  readonly rows: readonly ProductAxis[];
  /** In the right operand and in the result. */
  readonly columns: readonly ProductAxis[];
  /** In both operands: summed over. */
  readonly inner: readonly ProductAxis[];
}

export function productOf(
  node: Node,
  memory: Memory,
  around: readonly Variable[],
  target: Target,
): { readonly before: readonly Kernel[]; readonly product: Product } {
  return node.op === 'dotGeneral'
    ? { before: [], product: dotProduct(node, memory) }
    : convolution(node, memory, around, target);
}

function dotProduct(node: Node, memory: Memory): Product {
  const [a, b] = node.inputs as [AnyTensor, AnyTensor];
  const { leftBatch, rightBatch, leftContract, rightContract } = paramsOf<'dotGeneral'>(node);
  const [left, right] = [sourceOf(memory, a), sourceOf(memory, b)];
  const [leftShape, rightShape] = [sizesOf(a), sizesOf(b)];
  let axis = 0;
  const out = () => ({ axis: axis++, step: 1 });
  const batch = leftBatch.map((from, i) => ({
    count: leftShape[from]!,
    left: left.strides[from]!,
    right: right.strides[rightBatch[i]!]!,
    out: out(),
  }));
  const free = (shape: readonly number[], taken: readonly number[]) =>
    shape.flatMap((_, i) => (taken.includes(i) ? [] : [i]));
  const rows = free(leftShape, [...leftBatch, ...leftContract]).map((from) => ({
    count: leftShape[from]!,
    left: left.strides[from]!,
    right: 0,
    out: out(),
  }));
  const columns = free(rightShape, [...rightBatch, ...rightContract]).map((from) => ({
    count: rightShape[from]!,
    left: 0,
    right: right.strides[from]!,
    out: out(),
  }));
  const inner = leftContract.map((from, i) => ({
    count: leftShape[from]!,
    left: left.strides[from]!,
    right: right.strides[rightContract[i]!]!,
  }));
  return { left, right, batch, rows, columns, inner };
}

/**
 * With the input padded and spread out, the element under window place w of output o lies at o·stride + w·dilation: rows
 * are examples and outputs, columns output features, and what is summed over are window places and input features.
 */
function convolution(
  node: Node,
  memory: Memory,
  around: readonly Variable[],
  target: Target,
): { readonly before: readonly Kernel[]; readonly product: Product } {
  const [, k] = node.inputs as [AnyTensor, AnyTensor];
  const { input, kernel, output, strides, kernelDilation, featureGroups, batchGroups } =
    paramsOf<'convGeneral'>(node);
  const { before, source } = spread(node, memory, around, target);
  const right = sourceOf(memory, k);
  const [outShape, kernelShape] = [sizesOf(node.outputs[0]!), sizesOf(k)];
  const groups = featureGroups * batchGroups;
  const features = kernelShape[kernel.feature]!;
  const outFeatures = outShape[output.feature]! / groups;
  const outBatch = outShape[output.batch]!;
  const group: ProductAxis = {
    count: groups,
    left:
      featureGroups > 1 ? features * source.strides[input.feature]! : outBatch * source.strides[input.batch]!,
    right: outFeatures * right.strides[kernel.batch]!,
    out: { axis: output.feature, step: outFeatures },
  };
  const spatial = input.spatial.map((_, i) => i);
  const example: ProductAxis = {
    count: outBatch,
    left: source.strides[input.batch]!,
    right: 0,
    out: { axis: output.batch, step: 1 },
  };
  return {
    before,
    product: {
      left: source,
      right,
      batch: groups > 1 ? [group] : [],
      rows: [
        example,
        ...spatial.map((i) => ({
          count: outShape[output.spatial[i]!]!,
          left: source.strides[input.spatial[i]!]! * strides[i]!,
          right: 0,
          out: { axis: output.spatial[i]!, step: 1 },
        })),
      ],
      columns: [
        {
          count: outFeatures,
          left: 0,
          right: right.strides[kernel.batch]!,
          out: { axis: output.feature, step: 1 },
        },
      ],
      inner: [
        ...spatial.map((i) => ({
          count: kernelShape[kernel.spatial[i]!]!,
          left: source.strides[input.spatial[i]!]! * kernelDilation[i]!,
          right: right.strides[kernel.spatial[i]!]!,
        })),
        { count: features, left: source.strides[input.feature]!, right: right.strides[kernel.feature]! },
      ],
    },
  };
}

/** The input with its padding and with zeros between its elements, as the window sees it. */
function spread(
  node: Node,
  memory: Memory,
  around: readonly Variable[],
  target: Target,
): { readonly before: readonly Kernel[]; readonly source: Source } {
  const [x] = node.inputs as [AnyTensor];
  const { input, padding, inputDilation } = paramsOf<'convGeneral'>(node);
  const from = sourceOf(memory, x);
  const shape = sizesOf(x);
  const around0 = shape.map((): readonly [number, number] => [0, 0]);
  const interior = shape.map(() => 0);
  input.spatial.forEach((axis, i) => {
    around0[axis] = [fixed(padding[i]![0]), fixed(padding[i]![1])];
    interior[axis] = inputDilation[i]! - 1;
  });
  const untouched =
    around0.every(([low, high]) => low === 0 && high === 0) && interior.every((count) => count === 0);
  if (untouched) return { before: [], source: from };
  const padded = shape.map((size, axis) => fixed(paddedDim(size, ...around0[axis]!, interior[axis]!)));
  const size = countOf(padded);
  const buffer = new Buffer(`padded${node.id}`, x.dtype, size, 'temporary');
  const to = { buffer, start: constantPlace(0), strides: stridesOf(padded) };
  return {
    before: padKernels(
      {
        name: 'padded',
        shape,
        padded,
        low: around0.map(([low]) => low),
        interior,
        to,
        around,
        filling: number(typeOf(x.dtype), 0),
        move: (own, landed) =>
          assign(store(buffer, placeOf(landed, to.strides, to.start), loadFrom(from, own))),
      },
      target,
    ),
    source: to,
  };
}
