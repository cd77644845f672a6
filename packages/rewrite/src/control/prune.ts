/** What nobody needs of a loop, branch or call: results, carries that feed only themselves, operands. */
import { type AnyTensor, reachable } from '@cotangent/graph';
import { changeBodies, moved, rebodied, type View } from './view.ts';

/** Without dead results, carries and operands; undefined if there are none. */
export function prune(view: View, used: ReadonlySet<number>): View | undefined {
  const { consts, carries, xs, bodies, conditions } = view;
  const count = bodies[0]!.outputs.length;
  const live = Array.from({ length: count }, (_, i) => used.has(i));
  let seen = inputsSeen(view, live);
  for (let grown = true; grown; ) {
    grown = false;
    carries.forEach((_, i) => {
      if (live[i] || !seen.has(consts.length + i)) return;
      live[i] = true;
      grown = true;
    });
    if (grown) seen = inputsSeen(view, live);
  }
  const total = consts.length + carries.length + xs.length;
  // A carry lives or dies as a whole.
  const stays = Array.from({ length: total }, (_, i) => {
    const carry = i - consts.length;
    return carry >= 0 && carry < carries.length ? live[carry]! : seen.has(i);
  });
  if (stays.every(Boolean) && live.every(Boolean)) return undefined;
  const part = <T>(list: readonly T[], from: number): T[] => list.filter((_, i) => stays[from + i]);
  const places = new Map<number, number>();
  live.forEach((alive, i) => {
    if (alive) places.set(i, places.size);
  });
  return {
    ...view,
    consts: part(consts, 0),
    carries: part(carries, consts.length),
    xs: part(xs, consts.length + carries.length),
    ...changeBodies({ ...view, bodies, conditions }, (body, isCondition) =>
      rebodied(body, part(body.inputs, 0), (i) => isCondition || live[i]!),
    ),
    outcomes: moved(view.outcomes, (result) => {
      const place = places.get(result);
      return place === undefined ? { unused: true } : { result: place };
    }),
  };
}

/** Positions of the inputs that the live results, and the conditions, are computed from. */
function inputsSeen({ bodies, conditions }: View, live: readonly boolean[]): Set<number> {
  const seen = new Set<number>();
  const look = (inputs: readonly AnyTensor[], roots: readonly AnyTensor[]): void => {
    const nodes = new Set(reachable(roots));
    inputs.forEach((input, i) => {
      if (nodes.has(input.node)) seen.add(i);
    });
  };
  for (const body of bodies)
    look(
      body.inputs,
      body.outputs.filter((_, i) => live[i]).map(({ tensor }) => tensor),
    );
  for (const condition of conditions)
    look(
      condition.inputs,
      condition.outputs.map(({ tensor }) => tensor),
    );
  return seen;
}
