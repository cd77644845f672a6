/** Gathering and scattering. ONNX counts negative indices from the end; we do not. */
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { axisOf, type Call, type Operators, sizesOf } from './operator.ts';

/** Indices counted from the start, of axes with given sizes (one for all, or one per coordinate). */
function fromStart(indices: AnyTensor, sizes: number | readonly number[]): AnyTensor {
  const size = ops.broadcastTo(ops.constantOfArray(sizes, 'i32'), indices.shape);
  return ops.where(ops.less(indices, 0), ops.add(indices, size), indices);
}

function gather(call: Call, x: AnyTensor, indices: AnyTensor): AnyTensor {
  const axis = axisOf(x, call.number('axis') ?? 0);
  return ops.take(x, fromStart(indices, sizesOf(x)[axis]), axis);
}

/** Along the other axes the indices may be fewer. */
function gatherElements(call: Call, x: AnyTensor, indices: AnyTensor): AnyTensor {
  const axis = axisOf(x, call.number('axis') ?? 0);
  const reached = sizesOf(indices).reduce<AnyTensor>(
    (y, size, i) => (i === axis ? y : ops.slice(y, i, 0, size)),
    x,
  );
  return ops.takeAlongAxis(reached, fromStart(indices, sizesOf(x)[axis]), axis);
}

/** The first `batch_dims` axes run together: their positions are further coordinates. */
function gatherAt(call: Call, x: AnyTensor, indices: AnyTensor): AnyTensor {
  const batch = call.number('batch_dims') ?? 0;
  const sizes = sizesOf(x).slice(batch, batch + Number(indices.shape.at(-1)));
  const places = [...indices.shape.slice(0, -1), 1];
  const own = Array.from({ length: batch }, (_, axis) => ops.iota(places, axis));
  return ops.gatherAt(x, ops.concat([...own, fromStart(indices, sizes)], -1));
}

const combinations = { add: ops.add, mul: ops.mul } as const;

/** Writes updates at coordinates, or combines them with what is there, one after the other. */
function scatter(call: Call, x: AnyTensor, coordinates: AnyTensor, updates: AnyTensor): AnyTensor {
  const reduction = call.text('reduction') ?? 'none';
  if (reduction === 'none') return ops.scatterSet(x, coordinates, updates);
  if (reduction === 'add') return ops.scatterAdd(x, coordinates, updates);
  const combine = combinations[reduction as keyof typeof combinations];
  const rank = coordinates.shape.length;
  const at = ops.reshape(coordinates, [-1, Number(coordinates.shape.at(-1))]);
  const xs = { at, update: ops.reshape(updates, [at.shape[0], ...updates.shape.slice(rank - 1)]) };
  const [result] = ops.scan(
    { init: x, xs },
    (y: AnyTensor, now: Readonly<Record<'at' | 'update', AnyTensor>>) => [
      ops.scatterSet(y, now.at, combine(ops.gatherAt(y, now.at), now.update)),
    ],
  );
  // The carry is one tensor.
  return result as AnyTensor;
}

/** Coordinates of entries whose position along one axis is given; along the others it is their own. */
function scatterElements(call: Call, x: AnyTensor, indices: AnyTensor, updates: AnyTensor): AnyTensor {
  const axis = axisOf(x, call.number('axis') ?? 0);
  const places = fromStart(indices, sizesOf(x)[axis]);
  const coordinates = ops.stack(
    places.shape.map((_, i) => (i === axis ? places : ops.iota(places.shape, i))),
    -1,
  );
  return scatter(call, x, coordinates, updates);
}

function scatterAt(call: Call, x: AnyTensor, indices: AnyTensor, updates: AnyTensor): AnyTensor {
  const sizes = sizesOf(x).slice(0, Number(indices.shape.at(-1)));
  return scatter(call, x, fromStart(indices, sizes), updates);
}

export const indexing: Operators = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherAt,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterAt,
};
