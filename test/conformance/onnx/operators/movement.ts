/** Shapes and what changes them: reshaping, transposing, slicing, padding, joining and splitting. */
import { type AnyTensor, broadcastShapes } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import { axisOf, type Call, numbersFrom, numbersOf, type Operators, sizesOf, unary } from './operator.ts';

const productOf = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, 1);

/** 0 stands for the size at its place, unless `allowzero` says that it is 0. */
function reshape(call: Call, x: AnyTensor, shape?: AnyTensor): AnyTensor {
  const wanted = numbersFrom(call, 'shape', shape)!;
  return ops.reshape(
    x,
    wanted.map((size, i) => (size === 0 && !call.flag('allowzero') ? x.shape[i] : size)),
  );
}

function flatten(call: Call, x: AnyTensor): AnyTensor {
  const axis = axisOf(x, call.number('axis') ?? 1);
  return ops.reshape(x, [productOf(sizesOf(x).slice(0, axis)), productOf(sizesOf(x).slice(axis))]);
}

/** Places are those in the result. */
function unsqueeze(call: Call, x: AnyTensor, given?: AnyTensor): AnyTensor {
  const axes = numbersFrom(call, 'axes', given)!;
  const rank = x.shape.length + axes.length;
  const places = axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
  return places.reduce((y, place) => ops.expandDims(y, place), x);
}

/** Into parts of given sizes, or into as many equal ones as results are asked for. */
function split(call: Call, x: AnyTensor, given?: AnyTensor): readonly AnyTensor[] {
  const sizes = numbersFrom(call, 'split', given);
  return ops.split(x, sizes ?? call.node.outputs.length, call.number('axis') ?? 0);
}

const limited = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** Ends outside are drawn in; a negative step goes from the start down to the end. */
function sliceAxis(x: AnyTensor, axis: number, start: number, end: number, step: number): AnyTensor {
  const size = sizesOf(x)[axis];
  const [from, to] = [start, end].map((place) => (place < 0 ? place + size : place));
  if (step > 0) {
    const first = limited(from, 0, size);
    return ops.slice(x, axis, first, Math.max(first, limited(to, 0, size)), step);
  }
  const first = size - 1 - limited(from, -1, size - 1);
  const last = size - 1 - limited(to, -1, size - 1);
  return ops.slice(ops.reverse(x, axis), axis, first, Math.max(first, last), -step);
}

function slice(call: Call, x: AnyTensor, ...given: readonly (AnyTensor | undefined)[]): AnyTensor {
  const [starts, ends, axes, steps] = ['starts', 'ends', 'axes', 'steps'].map((name, i) =>
    numbersFrom(call, name, given[i]),
  );
  return starts!.reduce<AnyTensor>(
    (y, start, i) => sliceAxis(y, axisOf(x, axes?.[i] ?? i), start, ends![i], steps?.[i] ?? 1),
    x,
  );
}

/** All amounts before, then all amounts after. */
function pad(call: Call, x: AnyTensor, given?: AnyTensor, fill?: AnyTensor): AnyTensor {
  const amounts = numbersFrom(call, 'pads', given)!;
  const rank = x.shape.length;
  const value = fill === undefined ? (call.number('value') ?? 0) : numbersOf(fill)[0];
  return ops.pad(
    x,
    x.shape.map((_, axis) => [amounts[axis], amounts[axis + rank]] as const),
    { value, mode: (call.text('mode') ?? 'constant') as ops.PadMode },
  );
}

/** Blocks of channels become blocks of positions: depth, column, row, or column, row, depth. */
function depthToSpace(call: Call, x: AnyTensor): AnyTensor {
  const block = call.number('blocksize')!;
  const [batch, channels, height, width] = sizesOf(x);
  const rest = channels / block ** 2;
  const columnsFirst = call.text('mode') === 'CRD';
  const cut = columnsFirst
    ? [batch, rest, block, block, height, width]
    : [batch, block, block, rest, height, width];
  const moved = ops.transpose(ops.reshape(x, cut), columnsFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]);
  return ops.reshape(moved, [batch, rest, height * block, width * block]);
}

function spaceToDepth(call: Call, x: AnyTensor): AnyTensor {
  const block = call.number('blocksize')!;
  const [batch, channels, height, width] = sizesOf(x);
  const cut = ops.reshape(x, [batch, channels, height / block, block, width / block, block]);
  const moved = ops.transpose(cut, [0, 3, 5, 1, 2, 4]);
  return ops.reshape(moved, [batch, channels * block ** 2, height / block, width / block]);
}

function triangle(call: Call, x: AnyTensor, diagonal?: AnyTensor): AnyTensor {
  const k = diagonal === undefined ? 0 : numbersOf(diagonal)[0];
  return call.flag('upper', true) ? ops.triu(x, k) : ops.tril(x, k);
}

export const movement: Operators = {
  Concat: (call: Call, ...parts: readonly AnyTensor[]) => ops.concat(parts, call.number('axis') ?? 1),
  DepthToSpace: depthToSpace,
  Expand: (_: Call, x: AnyTensor, shape: AnyTensor) =>
    ops.broadcastTo(x, broadcastShapes(x.shape, numbersOf(shape))),
  Flatten: flatten,
  Pad: pad,
  Reshape: reshape,
  Shape: (call: Call, x: AnyTensor) =>
    ops.constantOfArray([...sizesOf(x).slice(call.number('start') ?? 0, call.number('end'))], 'i32'),
  Size: unary((x) => ops.splat(productOf(sizesOf(x)), [], 'i32')),
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: (call: Call, x: AnyTensor, axes?: AnyTensor) => ops.squeeze(x, numbersFrom(call, 'axes', axes)),
  Tile: (_: Call, x: AnyTensor, repeats: AnyTensor) => ops.tile(x, numbersOf(repeats)),
  Transpose: (call: Call, x: AnyTensor) => ops.transpose(x, call.numbers('perm')),
  Trilu: triangle,
  Unsqueeze: unsqueeze,
};
