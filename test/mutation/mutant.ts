/** A mutant: one rule, broken in one way, and the laws that should notice. */
import type { AnyTensor, Node } from '@cotangent/graph';
import { stopGradient } from '@cotangent/graph/ops';

export interface Mutant {
  /** Which table it is in. */
  readonly table: 'jvp' | 'transpose' | 'batching' | 'infer' | 'rewrite';
  readonly rule: string;
  readonly change: string;
  /** Puts the broken rule into the table, and gives back what puts the right one in its place. */
  install(): () => void;
  /** Raises if the suite notices. */
  run(): void;
}

/** Replaces a property of a table for a while. Tables are read-only for everybody else. */
export function replace<T extends object, K extends keyof T>(table: T, key: K, value: T[K]): () => void {
  const open = table as { [Name in keyof T]: T[Name] };
  const saved = open[key];
  open[key] = value;
  return () => {
    open[key] = saved;
  };
}

/** A node with other operands, results or parameters, as a rule sees it. */
export const seenAs = (node: Node, changes: Partial<Pick<Node, 'inputs' | 'outputs' | 'params'>>): Node =>
  Object.assign(Object.create(Object.getPrototypeOf(node)) as Node, node, changes);

/** A node whose values have no derivative: second derivatives lose a term. */
export const frozen = (node: Node): Node =>
  seenAs(node, { inputs: node.inputs.map(stopGradient), outputs: node.outputs.map(stopGradient) });

/** Names of parameters that are true or false. */
export const flagsOf = (params: object): string[] =>
  Object.entries(params).flatMap(([name, value]) => (typeof value === 'boolean' ? [name] : []));

export const flipped = (node: Node, flag: string): Node => {
  const params = node.params as Readonly<Record<string, unknown>>;
  return seenAs(node, { params: { ...params, [flag]: params[flag] !== true } as Node['params'] });
};

export type Tangents = readonly (AnyTensor | undefined)[];
export const replaced = (
  tangents: Tangents,
  at: number,
  by: (tangent: AnyTensor) => AnyTensor | undefined,
): Tangents => tangents.map((tangent, i) => (i === at && tangent !== undefined ? by(tangent) : tangent));
