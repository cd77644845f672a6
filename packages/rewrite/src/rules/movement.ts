/** Laws of movement: what does not move, and what moves twice. */
import { type AnyTensor, apply1, type Node, type PrimitiveName, paramsOf, sameShape } from '@cotangent/graph';
import { applicationOf, type Rule, splatValue } from './rule.ts';

/** Parameters of a node that a rule's `on` has already matched. */
const sameElements = (node: Node<PrimitiveName>, x: AnyTensor): boolean =>
  sameShape(node.outputs[0]!.shape, x.shape);

export const movementRules: readonly Rule[] = [
  {
    name: 'movement of a constant that is one number = that constant',
    on: ['broadcastInDim', 'reshape', 'transpose', 'reverse', 'slice'],
    apply: (node, [x]) => {
      const value = splatValue(x!);
      const { shape, dtype } = node.outputs[0]!;
      return value === undefined ? undefined : [apply1('constant', [], { value, shape, dtype })];
    },
  },
  {
    name: 'reshape, slice or broadcast to the same shape = x',
    on: ['reshape', 'slice', 'broadcastInDim'],
    apply: (node, [x]) => {
      if (!sameElements(node, x!)) return undefined;
      const inOrder =
        node.op !== 'broadcastInDim' || paramsOf<'broadcastInDim'>(node).axes.every((axis, i) => axis === i);
      return inOrder ? [x!] : undefined;
    },
  },
  {
    name: 'transpose in order = x',
    on: ['transpose'],
    apply: (node, [x]) =>
      paramsOf<'transpose'>(node).permutation.every((axis, i) => axis === i) ? [x!] : undefined,
  },
  {
    name: 'reverse of no axis = x',
    on: ['reverse'],
    apply: (node, [x]) => (paramsOf<'reverse'>(node).axes.length === 0 ? [x!] : undefined),
  },
  {
    name: 'pad by nothing = x',
    on: ['pad'],
    apply: (node, [x]) => {
      const { padding, interior } = paramsOf<'pad'>(node);
      const nothing =
        padding.every(([low, high]) => low === 0 && high === 0) && interior.every((count) => count === 0);
      return nothing ? [x!] : undefined;
    },
  },
  {
    name: 'concatenate one = it',
    on: ['concatenate'],
    apply: (_, operands) => (operands.length === 1 ? operands : undefined),
  },
  {
    name: 'reshape of a reshape = one reshape',
    on: ['reshape'],
    apply: (node, [x]) => {
      const inner = applicationOf(x!, 'reshape');
      return inner && [apply1('reshape', inner.inputs, paramsOf<'reshape'>(node))];
    },
  },
  {
    name: 'transpose of a transpose = one transpose',
    on: ['transpose'],
    apply: (node, [x]) => {
      const inner = applicationOf(x!, 'transpose');
      const outer = paramsOf<'transpose'>(node).permutation;
      return (
        inner && [
          apply1('transpose', inner.inputs, {
            permutation: outer.map((axis) => inner.params.permutation[axis]!),
          }),
        ]
      );
    },
  },
  {
    name: 'broadcast of a broadcast = one broadcast',
    on: ['broadcastInDim'],
    apply: (node, [x]) => {
      const inner = applicationOf(x!, 'broadcastInDim');
      const { shape, axes } = paramsOf<'broadcastInDim'>(node);
      return (
        inner && [
          apply1('broadcastInDim', inner.inputs, {
            shape,
            axes: inner.params.axes.map((axis) => axes[axis]!),
          }),
        ]
      );
    },
  },
  {
    // Not a sum: 0 + −0 is 0.
    name: 'a product or an extreme over no axes = x',
    on: ['reduceProd', 'reduceMax', 'reduceMin', 'reduceAnd', 'reduceOr'],
    apply: (node, [x]) => (sameElements(node, x!) ? [x!] : undefined),
  },
];
