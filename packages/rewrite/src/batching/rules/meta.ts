/** Batching of identities with a meaning. An update of a variable has one value, so it cannot come from many examples. */
import { apply1, fail, type NamesOf } from '@cotangent/graph';
import {
  all,
  applyPending,
  argmin,
  cast,
  check,
  markOf,
  not,
  noteOf,
  or,
  take,
  withMark,
  withNote,
} from '@cotangent/graph/ops';
import { type BatchTable, mapped } from '../value.ts';
import { alike } from './forms.ts';

export const metaBatching: BatchTable<NamesOf<'meta'>> = {
  stopGradient: alike(),
  optimizationBarrier: alike(),
  tag: ([x], node, batch) => {
    const value = batch.spread(x!);
    const [mark, note] = [markOf(node), noteOf(node)];
    if (mark !== undefined) {
      const { variable } = mark.pending;
      if (batch.dependsOnExample(applyPending(mark.pending, variable)))
        throw fail(
          'UPDATE_CONFLICT',
          `the update of '${variable.path}' depends on the example, and a variable has one value for all of them: build the layer for evaluation inside of vmap, or update the variable outside`,
        );
      return [mapped(withMark(value, mark))];
    }
    return [mapped(note === undefined ? apply1('tag', [value], node.params) : withNote(value, note))];
  },
  // It holds if it holds for every example at work; the numbers shown are those of the first for which it does not.
  check: ([x, holds, shown], node, batch) => {
    const value = batch.spread(x!);
    const held = batch.spread(holds!);
    const fine = batch.active === undefined ? held : or(held, not(batch.active));
    const first = argmin(cast(fine, 'i32'), 0);
    const numbers = shown!.mapped ? take(shown!.tensor, first, 0) : shown!.tensor;
    return [mapped(check(value, all(fine), numbers, node.params.message))];
  },
};
