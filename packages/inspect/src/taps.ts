/**
 * How many products a convolution really makes along one axis: pairs of an output position and a kernel tap that meet
 * an element of the input, not padding and not a zero put in by input dilation (as XLA's cost analysis counts).
 */
import { type Dim, mulDims } from '@cotangent/graph';

export interface Axis {
  readonly size: Dim;
  readonly window: Dim;
  /** Output positions. */
  readonly count: Dim;
  /** Padding before the first element. */
  readonly low: Dim;
  readonly stride: number;
  readonly inputDilation: number;
  readonly kernelDilation: number;
}

/** The exact number of pairs; without numbers for all sizes, every tap of every position, padding included. */
export function usedTaps({ size, window, count, low, stride, inputDilation, kernelDilation }: Axis): Dim {
  if (
    typeof size !== 'number' ||
    typeof window !== 'number' ||
    typeof count !== 'number' ||
    typeof low !== 'number'
  )
    return mulDims(count, window);
  const last = (size - 1) * inputDilation;
  let pairs = 0;
  for (let tap = 0; tap < window; tap++) {
    const shift = low - tap * kernelDilation;
    const first = Math.max(0, Math.ceil(shift / stride));
    const end = Math.min(count - 1, Math.floor((last + shift) / stride));
    if (inputDilation === 1) pairs += Math.max(0, end - first + 1);
    else for (let p = first; p <= end; p++) if ((p * stride - shift) % inputDilation === 0) pairs++;
  }
  return pairs;
}
