/**
 * How often does `gradcheck` name the culprit? Each mutant of the derivative rules is planted into a small composite, and
 * rules of users are written wrongly inside of a network: `npm run culprits` prints the shares, ends with one line of
 * JSON, and fails if a planted fault is found but blamed on something else more often than allowed.
 */

import {
  type AnyTensor,
  apply,
  formatOrigin,
  Input,
  isFloat,
  type PrimitiveName,
  reachable,
} from '@cotangent/graph';
import { add, inner, mul, splat, sub } from '@cotangent/graph/ops';
import { customJvp, customVjp, type GradcheckReport, gradcheck, input, variable } from 'cotangent';
import { casesOf } from '../cases/index.ts';
import { Random } from '../cases/random.ts';
import { derivativeMutants } from './derivatives.ts';
import type { Mutant } from './mutant.ts';

/** Samples that are tried until the fault shows. */
const mostSamples = 12;

/** A primitive between other nodes, under a curved loss; undefined if nothing of it has a derivative. */
function composite(op: PrimitiveName, seed: number) {
  const cases = casesOf(op);
  const { operands, params } = cases.sample(new Random(seed), 'f64', false);
  const inputs = operands.map(({ shape, dtype }, i) => new Input(`x${i}`, shape, dtype));
  const varying = inputs.filter(
    ({ dtype }, i) => isFloat(dtype) && (cases.differentiable?.includes(i) ?? true),
  );
  if (varying.length === 0) return undefined;
  // The value as it was, by other nodes; not by two of the same kind, of which a sign would be lost.
  const same = (one: AnyTensor): AnyTensor =>
    op === 'sub' ? add(one, 0) : sub(add(one, 0.25), splat(0.25, one.shape, one.dtype));
  const before = inputs.map((one): AnyTensor => (varying.includes(one) ? same(one) : one));
  const given = cases.truly?.(before, params) ?? before;
  const results = apply(op, given, params).filter(({ dtype }) => isFloat(dtype));
  if (results.length === 0) return undefined;
  const loss = results
    .map((y) => inner(add(y, mul(mul(y, y), 0.25)), splat(0.7, y.shape, y.dtype)))
    .reduce((a, b) => add(a, b));
  // A rule said truly is derived by some operands alone.
  const used = new Set(reachable([loss]));
  const seen = inputs.flatMap(({ name, node }, i) => (used.has(node) ? [[name, operands[i]!] as const] : []));
  const wrt = varying.filter(({ node }) => used.has(node)).map(({ name }) => name);
  return () => gradcheck(loss, Object.fromEntries(seen), { seed, wrt, mostEntries: 12 });
}

interface Outcome {
  readonly found: boolean;
  /** The rule is the first, or one, of those that are named. */
  readonly first: boolean;
  readonly named: boolean;
  readonly instead: readonly string[];
}

function plant(mutant: Mutant): Outcome {
  for (let seed = 1; seed <= mostSamples; seed++) {
    // Built with the right rules, as a user's model is; what is wrong is what derives it.
    const check = composite(mutant.rule as PrimitiveName, seed);
    if (check === undefined) continue;
    const restore = mutant.install();
    let report: GradcheckReport;
    try {
      report = check();
    } catch {
      // Broken so that no derivative can be built: that is no question of a check.
      return { found: false, first: false, named: false, instead: [] };
    } finally {
      restore();
    }
    if (report.passed) continue;
    const names = report.culprits.map(({ op, rule }) => `${rule} of ${op}`);
    return {
      found: true,
      first: report.culprits[0]?.op === mutant.rule,
      named: report.culprits.some(({ op }) => op === mutant.rule),
      instead: names,
    };
  }
  return { found: false, first: false, named: false, instead: [] };
}

/** Wrong rules as users write them. */
const x = input('x', ['batch', 3]);
const w = variable(
  'w',
  [3, 2],
  [
    [0.3, -0.2],
    [0.5, 0.7],
    [-0.4, 0.1],
  ],
);
type Hidden = ReturnType<typeof hidden>;
const hidden = () => x.matmul(w).tanh();
const wrongRules: Readonly<Record<string, (h: Hidden) => Hidden>> = {
  'a factor': (h) => customVjp(h.square(), h, (dy) => dy.mul(h)),
  'a sign': (h) => customVjp(h.cos(), h, (dy) => dy.mul(h.sin())),
  'a lost inner derivative': (h) => customVjp(h.mul(3).exp(), h, (dy) => dy.mul(h.mul(3).exp())),
  'the derivative of another function': (h) => customVjp(h.sigmoid(), h, (dy) => dy.mul(h.sigmoid())),
  'a lost term': (h) => customVjp(h.mul(h.sin()), h, (dy) => dy.mul(h.sin())),
  'operands exchanged': (h) => {
    const a = h.exp();
    return customVjp(h.mul(a), { h, a }, (dy) => ({ h: dy.mul(h), a: dy.mul(a) }));
  },
  'a straight-through estimator': (h) => customVjp(h.mul(4).round(), h, (dy) => dy),
  'a sum that is not spread': (h) => customVjp(h.sub(h.mean(-1, { keepDims: true })), h, (dy) => dy),
  'forwards, a factor': (h) => customJvp(h.square(), h, (dh) => dh.mul(h)),
  'forwards, a sign': (h) => customJvp(h.div(2).cos(), h, (dh) => dh.mul(h.div(2).sin()).div(2)),
};

function plantRule(wrong: (h: Hidden) => Hidden): boolean {
  const y = wrong(hidden());
  const loss = y.mul(y.sin().add(1)).mean();
  const report = gradcheck(
    loss,
    {
      x: [
        [0.2, -0.4, 0.9],
        [0.7, 0.1, -0.3],
      ],
    },
    { seed: 1 },
  );
  const culprit = report.culprits[0];
  const right = y.node;
  return !report.passed && culprit?.op === right.op && culprit.line === formatOrigin(right.origin);
}

const mutants = derivativeMutants();
const outcomes = mutants.map((mutant) => ({ mutant, outcome: plant(mutant) }));
const found = outcomes.filter(({ outcome }) => outcome.found);
const named = found.filter(({ outcome }) => outcome.named);
const first = found.filter(({ outcome }) => outcome.first);
for (const { mutant, outcome } of found)
  if (!outcome.first)
    console.log(
      `${outcome.named ? 'not first' : 'missed'}: ${mutant.table} of ${mutant.rule}, ${mutant.change}: ${outcome.instead.join('; ') || 'nobody is blamed'}`,
    );
for (const { mutant, outcome } of outcomes)
  if (!outcome.found) console.log(`not seen: ${mutant.table} of ${mutant.rule}, ${mutant.change}`);
const rules = Object.entries(wrongRules).map(([name, rule]) => [name, plantRule(rule)] as const);
for (const [name, right] of rules) if (!right) console.log(`missed: a rule of a user with ${name}`);
const share = (part: number, whole: number): string =>
  `${part} of ${whole} (${((100 * part) / whole).toFixed(1)} %)`;
console.log(`planted faults that a check of one composite sees: ${share(found.length, mutants.length)}`);
console.log(
  `of these the culprit is named first: ${share(first.length, found.length)}, named at all: ${share(named.length, found.length)}`,
);
console.log(
  `rules of users, with their line: ${share(rules.filter(([, right]) => right).length, rules.length)}`,
);
console.log(
  JSON.stringify({
    planted: mutants.length,
    found: found.length,
    first: first.length,
    named: named.length,
    users: rules.filter(([, right]) => right).length,
    ofUsers: rules.length,
  }),
);
if (named.length < 0.98 * found.length || rules.some(([, right]) => !right)) process.exitCode = 1;
