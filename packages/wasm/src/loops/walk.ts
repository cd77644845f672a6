/**
 * Going through values, which share parts: each is met once. How deep they are is bounded where regions are made (`fuse`),
 * so others may recurse over them.
 */
import type { Affine, Assignment, Value } from './ir.ts';

/** What is computed of a place. */
export const computedIn = (at: Affine): readonly Value[] => at.computed.map((term) => term.value);

/** What a value is made of directly: operands, and what is computed of the place that it is loaded from. */
export const partsOf = (value: Value): readonly Value[] =>
  value.kind === 'apply' ? value.operands : value.kind === 'load' ? computedIn(value.at) : [];

/** Values that an assignment is made of directly. */
export const assignedValues = (assignment: Assignment): readonly Value[] =>
  assignment.kind === 'set' ? [assignment.value] : [assignment.value, ...computedIn(assignment.at)];

/** Some values and everything that they are made of, but for what was met before. */
export function valuesIn(values: readonly Value[], met = new Set<Value>()): Value[] {
  const found: Value[] = [];
  const meet = (value: Value): void => {
    if (met.has(value)) return;
    met.add(value);
    found.push(value);
  };
  values.forEach(meet);
  // What is found on the way is looked into as well.
  for (const value of found) partsOf(value).forEach(meet);
  return found;
}
