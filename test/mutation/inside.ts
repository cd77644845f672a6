/** Ways to break the rules of nodes with bodies: the node is seen otherwise, or the bodies are derived wrongly. */
import type { Node, PrimitiveName } from '@cotangent/graph';
import { neg } from '@cotangent/graph/ops';
import type { Calculus, Tangent } from '../../packages/autodiff/src/tangent.ts';
import { seenAs } from './mutant.ts';

export interface InsideMutant {
  readonly change: string;
  seen(node: Node): Node;
  by(calculus: Calculus): Calculus;
}

const seeing = (change: string, params: (old: Record<string, unknown>) => object): InsideMutant => ({
  change,
  by: (calculus) => calculus,
  seen(node) {
    const old = node.params as Record<string, unknown>;
    return seenAs(node, { params: { ...old, ...params(old) } as Node['params'] });
  },
});
const deriving = (change: string, by: (calculus: Calculus) => Calculus): InsideMutant => ({
  change,
  by,
  seen: (node) => node,
});

const first = (tangents: readonly Tangent[], by: (tangent: Tangent) => Tangent): Tangent[] =>
  tangents.map((tangent, i) => (i === 0 ? by(tangent) : tangent));
const negated = (tangent: Tangent): Tangent => tangent && neg(tangent);

/** Forwards: the tangents of the body's first result. */
const forwards = (change: string, by: (tangent: Tangent) => Tangent): InsideMutant =>
  deriving(`the tangent of a body’s first result ${change}`, (calculus) => ({
    ...calculus,
    pushForward: (...given) => first(calculus.pushForward(...given), by),
  }));

/** Linearized: the same, as a map that is kept. */
const linearized = (): InsideMutant =>
  deriving('a body’s linear map without its first result', (calculus) => ({
    ...calculus,
    linearMap(...given) {
      const map = calculus.linearMap(...given);
      return { ...map, results: first(map.results, () => undefined) };
    },
  }));

/** Backwards: the cotangent of the body's first input. */
const backwards = (change: string, by: (tangent: Tangent) => Tangent): InsideMutant =>
  deriving(`the cotangent of a body’s first input ${change}`, (calculus) => ({
    ...calculus,
    pullBack: (...given) => first(calculus.pullBack(...given), by),
  }));

const forwardInside: Partial<Record<PrimitiveName, readonly InsideMutant[]>> = {
  call: [forwards('negated', negated), forwards('lost', () => undefined), linearized()],
  cond: [
    linearized(),
    seeing('branches in each other’s place', ({ onTrue, onFalse }) => ({ onTrue: onFalse, onFalse: onTrue })),
  ],
  while: [
    forwards('negated', negated),
    forwards('lost', () => undefined),
    linearized(),
    seeing('one step fewer', ({ maxSteps }) => ({ maxSteps: Math.max(0, Number(maxSteps) - 1) })),
  ],
  scan: [forwards('negated', negated), forwards('lost', () => undefined), linearized()],
  customVjp: [backwards('negated', negated), backwards('lost', () => undefined)],
  customLinear: [
    backwards('negated', negated),
    backwards('lost', () => undefined),
    forwards('negated', negated),
  ],
};

const backwardInside: Partial<Record<PrimitiveName, readonly InsideMutant[]>> = {
  call: [backwards('negated', negated), backwards('lost', () => undefined)],
  cond: [
    backwards('negated', negated),
    backwards('lost', () => undefined),
    seeing('branches in each other’s place', ({ onTrue, onFalse }) => ({ onTrue: onFalse, onFalse: onTrue })),
  ],
  scan: [backwards('negated', negated), backwards('lost', () => undefined)],
};

export const insideMutants = (op: PrimitiveName, transpose = false): readonly InsideMutant[] =>
  (transpose ? backwardInside : forwardInside)[op] ?? [];
