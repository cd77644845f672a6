/** What flows into the bodies of a node of control flow, step by step: where a search for a culprit goes on inside. */
import { type Graph, HostArray, joinParts, loopParts, type NamesOf, type Node } from '@cotangent/graph';
import type { Arrays } from './subject.ts';

/** A body, with values of its inputs. */
export interface Inside {
  readonly body: Graph;
  readonly values: Arrays;
}

/** Results of a body. */
type RunBody = (body: Graph, values: Arrays) => Arrays;
type Looks = {
  readonly [P in NamesOf<'control'>]: (node: Node<P>, operands: Arrays, run: RunBody) => Iterable<Inside>;
};

/** A search does not look at more steps of a loop than these. */
const mostSteps = 64;

const looks: Looks = {
  call: ({ params: { body } }, operands) => [{ body, values: operands }],
  cond: ({ params: { onTrue, onFalse } }, [predicate, ...operands]) => [
    { body: predicate!.data[0] === 0 ? onFalse : onTrue, values: operands },
  ],
  *while({ params: { consts, condition, body } }, operands, run) {
    let values = operands;
    for (let step = 0; step < mostSteps && run(condition, values)[0]!.data[0] !== 0; step++) {
      yield { body, values };
      values = [...loopParts(operands, { consts }).consts, ...run(body, values)];
    }
  },
  *scan({ params }, operands, run) {
    const { carries: count, length, reverse, body } = params;
    const parts = loopParts(operands, params);
    let { carries } = parts;
    for (let step = 0; step < Math.min(Number(length), mostSteps); step++) {
      const place = reverse ? Number(length) - 1 - step : step;
      const values = joinParts({ ...parts, carries, xs: parts.xs.map((x) => sliceAt(x, place)) });
      yield { body, values };
      carries = [...run(body, values).slice(0, count)];
    }
  },
};

/** The bodies that a node runs, with the values that they run on; none if it is no control flow. */
export function insideOf(node: Node, operands: Arrays, run: RunBody): Iterable<Inside> {
  if (!Object.hasOwn(looks, node.op)) return [];
  // The table holds what it needs under the name of this node's primitive.
  const look = looks[node.op as keyof Looks] as (
    node: Node,
    operands: Arrays,
    run: RunBody,
  ) => Iterable<Inside>;
  return look(node, operands, run);
}

/** One entry along the first axis. */
function sliceAt({ dtype, shape, data }: HostArray, place: number): HostArray {
  const size = data.length / shape[0]!;
  return new HostArray(dtype, shape.slice(1), data.slice(place * size, (place + 1) * size));
}
