/** Mutants of the batching rules: examples in each other's place, one for all, operands exchanged, flags turned round. */
import { definitionOf, type Node, type PrimitiveName, sameType } from '@cotangent/graph';
import { broadcastTo, not, reverse, slice } from '@cotangent/graph/ops';
import { type Batching, batchRules, type Value } from '@cotangent/rewrite';
import fc from 'fast-check';
import { anySampleOf, casesOf, primitiveNames, samplesOf } from '../cases/index.ts';
import { Random } from '../cases/random.ts';
import { batchGradientLaws, batchLaws } from '../properties/batching.ts';
import { branchesAreMasked } from '../properties/branches.ts';
import { flagsOf, flipped, type Mutant, replace } from './mutant.ts';

type Rule = (operands: readonly Value[], node: Node, batch: Batching) => readonly Value[];
// The table as the walk reads it: a rule looked up by the name of a node's primitive.
const rules = batchRules as unknown as Record<PrimitiveName, Rule>;

/** Made of nothing: no operand can differ by example. */
const sources: readonly PrimitiveName[] = ['constant', 'iota', 'dimensionSize'];

/** Flags that change no value. */
const unread: Partial<Record<PrimitiveName, readonly string[]>> = { tag: ['report'], call: ['remat'] };

/** What must not run, fail or wait for an example that is not at work. */
const masked: readonly PrimitiveName[] = ['check', 'while', 'cond', 'scan', 'call', 'gather'];

function lawsNotice(op: PrimitiveName): void {
  const run = <T>(samples: fc.Arbitrary<T>, law: (sample: T) => void): void =>
    fc.assert(fc.property(samples, law), { numRuns: 300, seed: 4711, endOnFailure: true });
  run(anySampleOf(op), batchLaws.vmapIsLoop);
  // What a rule of the user takes is seen by derivatives alone.
  if (op === 'customJvp' || op === 'customVjp') run(samplesOf(op, 'f64'), batchGradientLaws.vmapOfGradients);
  if (masked.includes(op)) branchesAreMasked[op as keyof typeof branchesAreMasked]();
}

const onMapped =
  (change: (value: Value) => Value) =>
  (values: readonly Value[]): readonly Value[] =>
    values.map((value) => (value.mapped ? change(value) : value));

const ofTheFirst = ({ tensor }: Value): Value => ({
  mapped: true,
  tensor: broadcastTo(slice(tensor, 0, 0, 1), tensor.shape),
});

function mutantsOf(op: PrimitiveName): Mutant[] {
  const right = rules[op];
  const mutant = (change: string, broken: Rule): Mutant => ({
    table: 'batching',
    rule: op,
    change,
    install: () => replace(rules, op, broken),
    run: () => lawsNotice(op),
  });
  const { operands, params } = casesOf(op).sample(new Random(3), casesOf(op).dtypes[0]!, false);
  // min(max(x, low), high) takes x and low in any order.
  const symmetric = definitionOf(op).traits.commutative === true || op === 'clamp';
  const exchangeable = operands.length > 1 && !symmetric && sameType(operands[0]!, operands[1]!);
  return [
    mutant('examples in reverse', (...given) =>
      onMapped(({ tensor }) => ({ mapped: true, tensor: reverse(tensor, 0) }))(right(...given)),
    ),
    mutant('the first example for all', (...given) => onMapped(ofTheFirst)(right(...given))),
    ...operands.map((_, i) =>
      mutant(`operand ${i} of the first example for all`, (given, node, batch) =>
        right(
          given.map((value, k) => (k === i && value.mapped ? ofTheFirst(value) : value)),
          node,
          batch,
        ),
      ),
    ),
    ...(exchangeable
      ? [
          mutant('the first two operands exchanged', ([a, b, ...rest], node, batch) =>
            right([b!, a!, ...rest], node, batch),
          ),
        ]
      : []),
    ...flagsOf(params)
      .filter((flag) => !unread[op]?.includes(flag))
      .map((flag) =>
        mutant(`${flag} turned round`, (given, node, batch) => right(given, flipped(node, flag), batch)),
      ),
    ...(masked.includes(op)
      ? [
          mutant('everybody is at work', (given, node, batch) =>
            right(given, node, Object.assign(Object.create(batch) as Batching, { active: undefined })),
          ),
          mutant('those are at work who are not', (given, node, batch) =>
            right(
              given,
              node,
              batch.active === undefined
                ? batch
                : Object.assign(Object.create(batch) as Batching, { active: not(batch.active) }),
            ),
          ),
        ]
      : []),
  ];
}

export const batchMutants = (): Mutant[] =>
  primitiveNames.filter((op) => !sources.includes(op)).flatMap(mutantsOf);
