/** Sequences of different lengths: which positions are valid. */
import { type AnyTensor, type Dim, fail, isTensor, sameShape, show } from '@cotangent/graph';
import {
  all,
  and,
  broadcastTo,
  check,
  expandDims,
  extent,
  greaterEqual,
  iota,
  less,
  lessEqual,
  max,
  min,
  stack,
} from '@cotangent/graph/ops';

export interface Validity {
  /** i32 [batch]: how many positions of each sequence are valid, from the first. */
  readonly lengths?: AnyTensor | undefined;
  /** bool, batch and time as in x. */
  readonly mask?: AnyTensor | undefined;
}

/**
 * The mask, or that of the lengths, batch and time as in x.
 * @throws SHAPE_MISMATCH, DTYPE_MISMATCH; CHECK_FAILED when a program runs with lengths beyond the time axis
 */
export function maskOf({ lengths, mask }: Validity, x: AnyTensor, timeAxis: 0 | 1): AnyTensor | undefined {
  if (lengths !== undefined && mask !== undefined)
    throw fail('BAD_ARGUMENT', `lengths and mask say the same: give one of them`);
  const shape: Dim[] = [x.shape[0]!, x.shape[1]!];
  if (mask !== undefined) {
    if (!isTensor(mask) || mask.dtype !== 'bool' || !sameShape(mask.shape, shape))
      throw fail(
        'SHAPE_MISMATCH',
        `a mask is bool[${shape.join(', ')}], true where a position is valid, not ${show(mask)}`,
      );
    return mask;
  }
  if (lengths === undefined) return undefined;
  const batch = shape[1 - timeAxis]!;
  if (!isTensor(lengths) || lengths.dtype !== 'i32' || !sameShape(lengths.shape, [batch]))
    throw fail(
      'SHAPE_MISMATCH',
      `lengths are i32[${batch}], one for each sequence, not ${show(lengths)}${isTensor(lengths) && lengths.dtype !== 'i32' ? ": write lengths.cast('i32')" : Array.isArray(lengths) ? ': declare an input and feed them' : ''}`,
    );
  const steps = extent(shape[timeAxis]!, 'i32');
  const possible = all(and(lessEqual(lengths, broadcastTo(steps, [batch])), greaterEqual(lengths, 0)));
  const checked = check(
    lengths,
    possible,
    stack([min(lengths), max(lengths), steps]),
    'lengths go from {0} to {1}, but the sequences have {2} steps: a length is from 0 to the number of steps',
  );
  return less(iota(shape, timeAxis), broadcastTo(expandDims(checked, timeAxis), shape));
}
