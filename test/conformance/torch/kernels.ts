/** Weights of PyTorch in the layout of our kernels, [...window, channels / groups, filters]. */
import { type FixtureTensor, reshaped, transposed } from '../harness.ts';

/** [out, in] to [in, out]. */
export const linearKernel = (weight: FixtureTensor): FixtureTensor => transposed(weight, [1, 0]);

const windowAxes = (rank: number, from: number): number[] =>
  Array.from({ length: rank - from }, (_, i) => i + from);

/** [out, in/groups, ...window] */
export const convKernel = (weight: FixtureTensor): FixtureTensor =>
  transposed(weight, [...windowAxes(weight.shape.length, 2), 1, 0]);

/** [in, out/groups, ...window]: the groups lie in the channels, with us in the filters. */
export function convTransposeKernel(
  weight: FixtureTensor,
  { groups }: { readonly groups: number },
): FixtureTensor {
  const [inputs, perGroup, ...window] = weight.shape;
  const cut = reshaped(weight, [groups, inputs / groups, perGroup, ...window]);
  const moved = transposed(cut, [...windowAxes(cut.shape.length, 3), 1, 0, 2]);
  return reshaped(moved, [...window, inputs / groups, groups * perGroup]);
}
