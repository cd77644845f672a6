/**
 * Batching of contractions. A dot product has batch axes of its own. In a convolution the examples join the batch if the
 * input alone differs by example, or the output features if the kernel alone does; else one follows the other in a loop.
 */
import {
  type AnyTensor,
  apply,
  apply1,
  assembleBody,
  bodyInputs,
  type Dim,
  mulDims,
  type NamesOf,
} from '@cotangent/graph';
import { moveAxis, reshape } from '@cotangent/graph/ops';
import { type BatchRule, type BatchTable, mapped, type Value } from '../value.ts';
import { behind } from './forms.ts';

export const contractionBatching: BatchTable<NamesOf<'contraction'>> = {
  dotGeneral: ([a, b], node) => {
    const { leftBatch, rightBatch, leftContract, rightContract } = node.params;
    const both = a!.mapped && b!.mapped;
    const placed = (value: Value, axes: readonly number[]) => (value.mapped ? behind(axes) : axes);
    const product = apply1('dotGeneral', [a!.tensor, b!.tensor], {
      leftBatch: both ? [0, ...behind(leftBatch)] : placed(a!, leftBatch),
      rightBatch: both ? [0, ...behind(rightBatch)] : placed(b!, rightBatch),
      leftContract: placed(a!, leftContract),
      rightContract: placed(b!, rightContract),
    });
    // The axis of one operand alone is the first of its free axes in the product.
    const leftAxes = node.inputs[0]!.shape.length - leftContract.length;
    return [mapped(both ? product : moveAxis(product, a!.mapped ? leftBatch.length : leftAxes, 0))];
  },
  convGeneral: (operands, node, batch) => {
    const [x, kernel] = operands as [Value, Value];
    const { input, kernel: roles, output, featureGroups, batchGroups } = node.params;
    const convolved = (...pair: AnyTensor[]) => apply1('convGeneral', pair, node.params);
    if (!kernel.mapped && batchGroups === 1)
      return [split(convolved(join(x.tensor, input.batch), kernel.tensor), output.batch, batch.size)];
    if (!x.mapped && featureGroups * batchGroups === 1)
      return [split(convolved(x.tensor, join(kernel.tensor, roles.batch)), output.feature, batch.size)];
    return oneByOne(operands, node, batch);
  },
};

/** The axis of the examples and another one as one axis, in the place of the other one. */
function join(x: AnyTensor, axis: number): AnyTensor {
  const { shape } = moveAxis(x, 0, axis);
  const joint = mulDims(shape[axis]!, shape[axis + 1]!);
  return reshape(moveAxis(x, 0, axis), [...shape.slice(0, axis), joint, ...shape.slice(axis + 2)]);
}

/** The opposite: the examples leave an axis, and stand in front. */
function split(x: AnyTensor, axis: number, size: Dim): Value {
  const { shape } = x;
  const cut = reshape(x, [...shape.slice(0, axis), size, -1, ...shape.slice(axis + 1)]);
  return mapped(moveAxis(cut, axis, 0));
}

/** A loop over the examples. */
const oneByOne: BatchRule<'convGeneral'> = (operands, node, { size }) => {
  const consts = operands.filter((value) => !value.mapped);
  const xs = operands.filter((value) => value.mapped);
  const types = node.inputs.map(({ dtype, shape }, i) => ({ name: `operand${i}`, dtype, shape }));
  const inputs = bodyInputs('vmap', types);
  const body = assembleBody(
    [...inputs.filter((_, i) => !operands[i]!.mapped), ...inputs.filter((_, i) => operands[i]!.mapped)],
    [{ name: 'result', tensor: apply1('convGeneral', inputs, node.params) }],
  );
  const loop = { consts: consts.length, carries: 0, length: size, reverse: false, body };
  return apply(
    'scan',
    [...consts, ...xs].map(({ tensor }) => tensor),
    loop,
  ).map(mapped);
};
