/**
 * Derivatives of contractions: products of two operands, linear in each. The transposes of a product are products
 * again; those of a convolution are convolutions with batch and features, or strides and dilations, in each other's place.
 */
import {
  type AnyTensor,
  type AxisRoles,
  addDims,
  apply1,
  type Dim,
  mulDims,
  type NamesOf,
  type Pairs,
  paddedDim,
  subDims,
} from '@cotangent/graph';
import { reshape, reverse, transpose } from '@cotangent/graph/ops';
import { type JvpTable, type NodeOf, type TransposeTable, zero } from '../tangent.ts';
import { bilinear } from './forms.ts';

export const contractionJvp: JvpTable<NamesOf<'contraction'>> = {
  dotGeneral: bilinear(),
  convGeneral: bilinear(),
};

export const contractionTranspose = {
  dotGeneral: ([ct], node, isLinear) => {
    if (ct === zero) return [zero, zero];
    return isLinear(0) ? [dotTranspose(ct, node, 'left'), zero] : [zero, dotTranspose(ct, node, 'right')];
  },
  convGeneral: ([ct], node, isLinear) => {
    // Where no window fits there is no result, and nothing to pass on.
    if (ct === zero || ct.shape.includes(0)) return [zero, zero];
    return isLinear(0) ? [convInputTranspose(ct, node), zero] : [zero, convKernelTranspose(ct, node)];
  },
} satisfies TransposeTable<NamesOf<'contraction'>>;

const without = (rank: number, ...taken: readonly (readonly number[])[]): number[] =>
  Array.from({ length: rank }, (_, axis) => axis).filter(
    (axis) => !taken.some((list) => list.includes(axis)),
  );

/** Contracts the cotangent with the other operand over that operand's free axes, and puts the axes in order. */
function dotTranspose(ct: AnyTensor, node: NodeOf<'dotGeneral'>, side: 'left' | 'right'): AnyTensor {
  const { leftBatch, rightBatch, leftContract, rightContract } = node.params;
  const [x, other] =
    side === 'left' ? [node.inputs[0]!, node.inputs[1]!] : [node.inputs[1]!, node.inputs[0]!];
  const [batch, contract] = side === 'left' ? [leftBatch, leftContract] : [rightBatch, rightContract];
  const [otherBatch, otherContract] =
    side === 'left' ? [rightBatch, rightContract] : [leftBatch, leftContract];
  const free = without(x.shape.length, batch, contract);
  const otherFree = without(other.shape.length, otherBatch, otherContract);
  const batchAxes = batch.map((_, i) => i);
  const first = batch.length + (side === 'left' ? free.length : 0);
  const product = apply1('dotGeneral', [ct, other], {
    leftBatch: batchAxes,
    rightBatch: otherBatch,
    leftContract: otherFree.map((_, i) => first + i),
    rightContract: otherFree,
  });
  // The product has the batch axes, the free axes of x, then the contracted axes in the order of the other operand.
  const inOrder = [...otherContract]
    .sort((a, b) => a - b)
    .map((axis) => contract[otherContract.indexOf(axis)]!);
  const axes = [...batch, ...free, ...inOrder];
  return transpose(
    product,
    axes.map((_, axis) => axes.indexOf(axis)),
  );
}

const swapped = ({ batch, feature, spatial }: AxisRoles): AxisRoles => ({
  batch: feature,
  feature: batch,
  spatial,
});

/** Cuts an axis into [groups, rest] and joins the groups with another axis, in front of its entries. */
function moveGroups(x: AnyTensor, from: number, to: number, groups: number): AnyTensor {
  const { shape } = x;
  const rest = Number(shape[from]) / groups;
  const cut = reshape(x, [...shape.slice(0, from), groups, rest, ...shape.slice(from + 1)]);
  const target = to > from ? to + 1 : to;
  const others = cut.shape.map((_, axis) => axis).filter((axis) => axis !== from);
  others.splice(others.indexOf(target), 0, from);
  return reshape(
    transpose(cut, others),
    shape.map((size, axis) => (axis === from ? rest : axis === to ? mulDims(size, groups) : size)),
  );
}

/** Extents along the spatial axes, spread out by dilations or strides. */
const spread = (x: AnyTensor, { spatial }: AxisRoles, steps: readonly number[]): Dim[] =>
  spatial.map((axis, i) => paddedDim(x.shape[axis]!, 0, 0, steps[i]! - 1));

/** The input from the cotangent: a convolution with the reversed kernel in which strides become input dilation. */
function convInputTranspose(
  ct: AnyTensor,
  { inputs: [x, kernel], params }: NodeOf<'convGeneral'>,
): AnyTensor {
  const { strides, padding, inputDilation, kernelDilation, featureGroups, batchGroups, input, output } =
    params;
  const groups = featureGroups * batchGroups;
  const roles = params.kernel;
  const regrouped = groups === 1 ? kernel! : moveGroups(kernel!, roles.batch, roles.feature, groups);
  const inputExtent = spread(x!, input, inputDilation);
  const kernelExtent = spread(kernel!, roles, kernelDilation);
  const outputExtent = spread(ct, output, strides);
  const around: Pairs = padding.map(([low], i) => {
    const before = subDims(subDims(kernelExtent[i]!, low), 1);
    const total = subDims(subDims(addDims(inputExtent[i]!, kernelExtent[i]!), 1), outputExtent[i]!);
    return [before, subDims(total, before)];
  });
  const result = apply1('convGeneral', [ct, reverse(regrouped, roles.spatial)], {
    strides: inputDilation,
    padding: around,
    inputDilation: strides,
    kernelDilation,
    featureGroups: groups,
    batchGroups: 1,
    input: output,
    kernel: swapped(roles),
    output: input,
  });
  return batchGroups === 1 ? result : moveGroups(result, input.feature, input.batch, batchGroups);
}

/** The kernel from the cotangent: the input convolved with it, batch and features in each other's place. */
function convKernelTranspose(
  ct: AnyTensor,
  { inputs: [x, kernel], params }: NodeOf<'convGeneral'>,
): AnyTensor {
  const { strides, padding, inputDilation, kernelDilation, featureGroups, batchGroups, input, output } =
    params;
  const inputExtent = spread(x!, input, inputDilation);
  const kernelExtent = spread(kernel!, params.kernel, kernelDilation);
  const outputExtent = spread(ct, output, strides);
  const around: Pairs = padding.map(([low], i) => {
    const after = addDims(
      subDims(outputExtent[i]!, inputExtent[i]!),
      subDims(subDims(kernelExtent[i]!, low), 1),
    );
    return [low, after];
  });
  return apply1('convGeneral', [x!, ct], {
    strides: kernelDilation,
    padding: around,
    inputDilation,
    kernelDilation: strides,
    featureGroups: batchGroups,
    batchGroups: featureGroups,
    input: swapped(input),
    kernel: swapped(output),
    output: swapped(params.kernel),
  });
}
