/** Batching of identities with a meaning. An update of a variable has one value, so it cannot come from many examples. */
import { apply1, fail, type NamesOf } from '@cotangent/graph';
import {
  all,
  applyPending,
  argmin,
  cast,
  check,
  concat,
  marksOf,
  not,
  noteOf,
  or,
  splat,
  take,
  withCopies,
  withNote,
} from '@cotangent/graph/ops';
import { type BatchTable, mapped } from '../value.ts';
import { alike } from './forms.ts';

export const metaBatching: BatchTable<NamesOf<'meta'>> = {
  stopGradient: alike(),
  optimizationBarrier: alike(),
  tag: ([x], node, batch) => {
    const value = batch.spread(x!);
    const [marks, note] = [marksOf(node), noteOf(node)];
    for (const { pending } of marks) {
      const { variable } = pending;
      if (batch.dependsOnExample(applyPending(pending, variable)))
        throw fail(
          'UPDATE_CONFLICT',
          `the update of '${variable.path}' depends on the example, and a variable has one value for all of them: build the layer for evaluation inside of vmap, or update the variable outside`,
        );
    }
    if (marks.length > 0) return [mapped(withCopies(value, marks))];
    return [mapped(note === undefined ? apply1('tag', [value], node.params) : withNote(value, note))];
  },
  // It holds if it holds for every example at work; the numbers shown are those of the first for which it does not.
  check: ([x, holds, shown], node, batch) => {
    const value = batch.spread(x!);
    const held = batch.spread(holds!);
    const fine = batch.active === undefined ? held : or(held, not(batch.active));
    // One more that holds, so that there is a first of none; its numbers are never shown.
    const first = argmin(cast(concat([fine, splat(true, [1], 'bool')], 0), 'i32'), 0);
    const padded = shown!.mapped
      ? concat([shown!.tensor, splat(0, [1, ...shown!.tensor.shape.slice(1)], shown!.tensor.dtype)], 0)
      : undefined;
    const numbers = padded === undefined ? shown!.tensor : take(padded, first, 0);
    return [mapped(check(value, all(fine), numbers, node.params.message))];
  },
};
