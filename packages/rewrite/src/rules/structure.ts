/** Laws about structure: marks that have been lifted, results nobody uses, products read the other way round. */
import { apply1, paramsOf } from '@cotangent/graph';
import { applicationOf, type Rule } from './rule.ts';

/** Extremes without their positions. */
const valuesOnly = { reduceWindowArgMax: 'reduceWindowMax', reduceWindowArgMin: 'reduceWindowMin' } as const;

export const structureRules: readonly Rule[] = [
  {
    // The update it carried is a result of the closed graph by now.
    name: 'a tag that reports nothing = x',
    on: ['tag'],
    apply: (node, operands) => (paramsOf<'tag'>(node).report ? undefined : operands),
  },
  {
    name: 'windowed extremes whose positions nobody uses are found without them',
    on: ['reduceWindowArgMax', 'reduceWindowArgMin'],
    apply: (node, operands, { isUsed }) => {
      const [values, positions] = node.outputs;
      if (isUsed(positions!)) return undefined;
      const plain = apply1(
        valuesOnly[node.op as keyof typeof valuesOnly],
        operands,
        paramsOf<'reduceWindowArgMax'>(node),
      );
      return [plain, positions ?? values!];
    },
  },
  {
    name: '(A·B)ᵀ = Bᵀ·Aᵀ: a product with its free axes exchanged is the product of the exchanged operands',
    on: ['transpose'],
    apply: (node, [x]) => {
      const dot = applicationOf(x!, 'dotGeneral');
      if (dot === undefined) return undefined;
      const { leftBatch, rightBatch, leftContract, rightContract } = dot.params;
      const batch = leftBatch.length;
      const left = dot.inputs[0]!.shape.length - batch - leftContract.length;
      const rank = x!.shape.length;
      const exchanged = Array.from({ length: rank }, (_, i) =>
        i < batch ? i : i < rank - left ? i + left : i - (rank - batch - left),
      );
      if (!paramsOf<'transpose'>(node).permutation.every((axis, i) => axis === exchanged[i]))
        return undefined;
      return [
        apply1('dotGeneral', [dot.inputs[1]!, dot.inputs[0]!], {
          leftBatch: rightBatch,
          rightBatch: leftBatch,
          leftContract: rightContract,
          rightContract: leftContract,
        }),
      ];
    },
  },
];
