/** What flows into the bodies of a node of control flow, at its first step: where a search for a culprit goes on inside. */
import { type Graph, HostArray, joinParts, loopParts, type NamesOf, type Node } from '@cotangent/graph';
import type { Arrays } from './subject.ts';

/** A body, with values of its inputs. */
export interface Inside {
  readonly body: Graph;
  readonly values: Arrays;
}

type Looks = { readonly [P in NamesOf<'control'>]: (node: Node<P>, operands: Arrays) => readonly Inside[] };

export const inside: Looks = {
  call: ({ params: { body } }, operands) => [{ body, values: operands }],
  cond: ({ params: { onTrue, onFalse } }, [predicate, ...operands]) => [
    { body: predicate!.data[0] === 0 ? onFalse : onTrue, values: operands },
  ],
  while: ({ params: { body } }, operands) => [{ body, values: operands }],
  scan: ({ params }, operands) => {
    const { length, reverse, body } = params;
    if (length === 0) return [];
    const first = reverse ? Number(length) - 1 : 0;
    const parts = loopParts(operands, params);
    return [{ body, values: joinParts({ ...parts, xs: parts.xs.map((x) => sliceAt(x, first)) }) }];
  },
};

/** One entry along the first axis. */
function sliceAt({ dtype, shape, data }: HostArray, place: number): HostArray {
  const size = data.length / shape[0]!;
  return new HostArray(dtype, shape.slice(1), data.slice(place * size, (place + 1) * size));
}
