/** Mutants of the forward rules and of the transposes. */
import { jvpRules, transposeRules } from '@cotangent/autodiff';
import { isFloat, type Node, type PrimitiveName } from '@cotangent/graph';
import { mul, neg } from '@cotangent/graph/ops';
import fc from 'fast-check';
import type { Calculus } from '../../packages/autodiff/src/tangent.ts';
import { casesOf, linearSets, primitiveNames, samplesOf } from '../cases/index.ts';
import { Random } from '../cases/random.ts';
import { derivativeLaws, takesDoubles } from '../properties/laws.ts';
import { insideMutants } from './inside.ts';
import { flagsOf, flipped, frozen, type Mutant, replace, replaced, seenAs, type Tangents } from './mutant.ts';

type Forward = (tangents: Tangents, node: Node, calculus: Calculus) => Tangents;
type Backward = (
  cotangents: Tangents,
  node: Node,
  isLinear: (operand: number) => boolean,
  calculus: Calculus,
) => Tangents;

// The tables as the engine of differentiation reads them: a rule looked up by the name of a node's primitive.
const forward = jvpRules as unknown as Record<PrimitiveName, Forward>;
const backward = transposeRules as unknown as Partial<Record<PrimitiveName, Backward>>;

/** The derivative is zero wherever it exists: the only mistake is that something leaks through. */
const flat: readonly PrimitiveName[] = ['sign', 'floor', 'ceil', 'round', 'bitcast', 'stopGradient'];
/** dx and dy may change places without a change of dx + dy. */
const symmetric: readonly PrimitiveName[] = ['add'];
/** The derivative depends on the values, so second derivatives see through it. */
const curved: readonly PrimitiveName[] = [
  ...([
    'exp',
    'expm1',
    'log',
    'log1p',
    'sqrt',
    'rsqrt',
    'sin',
    'cos',
    'tan',
    'tanh',
    'logistic',
    'erf',
  ] as const),
  ...(['mul', 'div', 'pow', 'atan2', 'mulNoNan', 'reduceProd', 'cumulativeProd'] as const),
  ...(['dotGeneral', 'convGeneral'] as const),
  ...(['call', 'cond', 'while', 'scan', 'customJvp', 'customVjp', 'customLinear'] as const),
];

/**
 * Flags that change no derivative: of a tag, of what is kept in memory, and the direction of extremes whose positions
 * are known.
 */
const unread: Partial<Record<PrimitiveName, string>> = {
  tag: 'report',
  call: 'remat',
  cumulativeMax: 'reverse',
  cumulativeMin: 'reverse',
};

/** The operand that a decree derives by: the tangents of the others count for nothing. */
const decreed: Partial<Record<PrimitiveName, readonly number[]>> = { customJvp: [1], customVjp: [1] };

function lawsNotice(op: PrimitiveName): void {
  const runs = op === 'convGeneral' ? 60 : 30;
  for (const law of Object.values(derivativeLaws))
    fc.assert(fc.property(samplesOf(op, 'f64'), law), { numRuns: runs, seed: 4711, endOnFailure: true });
}

/** Samples tell which operands are floats and which parameters are flags. */
function typical(op: PrimitiveName) {
  const sample = casesOf(op).sample(new Random(3), 'f64', false);
  const { operands, params } = sample;
  const { differentiable } = casesOf(op);
  const floats = operands.flatMap(({ dtype }, i) =>
    isFloat(dtype) && (differentiable?.includes(i) ?? true) ? [i] : [],
  );
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);
  const sets = seeds.flatMap((seed) =>
    linearSets(op, casesOf(op).sample(new Random(seed), 'f64', false)).flat(),
  );
  // Where bodies decide, places far behind are seldom linear.
  const often = (place: number): boolean => sets.filter((one) => one === place).length >= seeds.length / 5;
  const linear = [...new Set(sets)].filter(often);
  return {
    floats,
    linear,
    flags: flagsOf(params),
    pair: op === 'select' || op === 'clamp' ? [1, 2] : [0, 1],
  };
}

function forwardMutants(op: PrimitiveName): Mutant[] {
  const rule = forward[op];
  const mutant = (change: string, broken: Forward): Mutant => ({
    table: 'jvp',
    rule: op,
    change,
    install: () => replace(forward, op, broken),
    run: () => lawsNotice(op),
  });
  if (flat.includes(op))
    return [
      mutant('the tangent leaks through', (tangents) => tangents.slice(0, 1)),
      mutant('the negative tangent leaks through', ([tangent]) => [tangent && neg(tangent)]),
    ];
  const { floats, flags, pair } = typical(op);
  const binary = floats.length > 1 && pair.every((i) => floats.includes(i));
  const only: Forward = (given, node, calculus) =>
    given.every((tangent) => tangent === undefined)
      ? node.outputs.map(() => undefined)
      : rule(given, node, calculus);
  return [
    mutant('negated', (given, node, calculus) => replaced(rule(given, node, calculus), 0, neg)),
    mutant('times 1.5', (given, node, calculus) =>
      replaced(rule(given, node, calculus), 0, (t) => mul(t, 1.5)),
    ),
    mutant('zero', (given, node, calculus) => replaced(rule(given, node, calculus), 0, () => undefined)),
    mutant('times the value', (given, node, calculus) =>
      replaced(rule(given, node, calculus), 0, (t) => mul(t, node.outputs[0]!)),
    ),
    ...(floats.length < 2
      ? []
      : (decreed[op] ?? floats).map((i) =>
          mutant(`without the tangent of operand ${i}`, (given, node, calculus) =>
            only(given.with(i, undefined), node, calculus),
          ),
        )),
    ...(binary && !symmetric.includes(op) && op !== 'sort' && op !== 'concatenate' && op !== 'pad'
      ? [
          mutant('tangents in each other’s place', (given, node, calculus) => {
            const [i, j] = pair as [number, number];
            return rule(given.with(i, given[j]).with(j, given[i]), node, calculus);
          }),
        ]
      : []),
    ...(curved.includes(op)
      ? [mutant('values without derivative', (given, node, calculus) => rule(given, frozen(node), calculus))]
      : []),
    ...insideMutants(op).map(({ change, seen, by }) =>
      mutant(change, (given, node, calculus) => rule(given, seen(node), by(calculus))),
    ),
    ...flags
      .filter((flag) => flag !== unread[op])
      .map((flag) =>
        mutant(`${flag} turned round`, (given, node, calculus) => rule(given, flipped(node, flag), calculus)),
      ),
  ];
}

function backwardMutants(op: PrimitiveName): Mutant[] {
  const rule = backward[op]!;
  const mutant = (change: string, broken: Backward): Mutant => ({
    table: 'transpose',
    rule: op,
    change,
    install: () => replace(backward, op, broken),
    run: () => lawsNotice(op),
  });
  const { flags, linear } = typical(op);
  // A concatenation has one operand or more; the others are treated as the first is.
  const operands = op === 'concatenate' ? [0, 1] : linear;
  return [
    ...operands.flatMap((i) => [
      mutant(`cotangent of operand ${i} negated`, (...given) => replaced(rule(...given), i, neg)),
      mutant(`cotangent of operand ${i} times 1.5`, (...given) =>
        replaced(rule(...given), i, (t) => mul(t, 1.5)),
      ),
      mutant(`cotangent of operand ${i} zero`, (...given) => replaced(rule(...given), i, () => undefined)),
    ]),
    ...(op === 'sub' || op === 'select'
      ? [
          mutant('cotangents in each other’s place', (...given) => {
            const [i, j] = op === 'sub' ? [0, 1] : [1, 2];
            const right = rule(...given);
            return right.with(i!, right[j!]).with(j!, right[i!]);
          }),
        ]
      : []),
    ...(op === 'mul' || op === 'mulNoNan' || op === 'div'
      ? [
          mutant('the wrong factor', (given, node, isLinear, calculus) =>
            rule(given, seenAs(node, { inputs: [...node.inputs].reverse() }), isLinear, calculus),
          ),
        ]
      : []),
    ...insideMutants(op, true).map(({ change, seen, by }) =>
      mutant(change, (given, node, isLinear, calculus) => rule(given, seen(node), isLinear, by(calculus))),
    ),
    ...flags
      .filter((flag) => op !== 'call' || flag !== unread[op])
      .map((flag) =>
        mutant(`${flag} turned round`, (given, node, isLinear, calculus) =>
          rule(given, flipped(node, flag), isLinear, calculus),
        ),
      ),
  ];
}

/** Primitives with a float result that a derivative reaches. */
const differentiable = primitiveNames.filter((op) => takesDoubles(op) && casesOf(op).derivative !== 'none');

export const derivativeMutants = (): Mutant[] => [
  ...differentiable.flatMap(forwardMutants),
  ...primitiveNames.filter((op) => backward[op] !== undefined).flatMap(backwardMutants),
];
