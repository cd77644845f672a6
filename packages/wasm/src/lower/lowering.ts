/** What lowering a node needs: tensors in memory, loops around, and the machine. */
import { type AnyTensor, type Node, sizesOf, stridesOf } from '@cotangent/graph';
import type { Region } from '../fuse/region.ts';
import { assign, placeOf, store } from '../loops/build.ts';
import type { Affine, Assignment, Kernel, Statement, Variable } from '../loops/ir.ts';
import { Expressions, loadFrom, type Memory, type Source, sourceOf } from './expressions.ts';
import type { Target } from './nest.ts';

export interface Lowering {
  readonly memory: Memory;
  readonly around: readonly Variable[];
  readonly target: Target;
  /** Loops that compute operands on the way. */
  readonly inlined: ReadonlyMap<AnyTensor, Region>;
}

export type KernelRule = (node: Node, lowering: Lowering) => Kernel[];

/** A tensor that is written, whole and in order. */
export function targetOf({ memory }: Lowering, tensor: AnyTensor): Source {
  const { buffer, at } = memory.placeOf(tensor);
  return { buffer, start: at, strides: stridesOf(sizesOf(tensor)) };
}

export const operandOf = ({ memory }: Lowering, tensor: AnyTensor): Source => sourceOf(memory, tensor);

/** Writes every element of an operand somewhere, computing it on the way if that is planned. */
export function placing(
  { memory, inlined }: Lowering,
  operand: AnyTensor,
  coordinates: readonly Affine[],
  to: Source,
  at: readonly Affine[],
): Statement {
  const stores = inlined.get(operand)?.stores ?? [];
  const expressions = new Expressions(memory, new Set(stores));
  const assignments: Assignment[] = [
    store(
      to.buffer,
      placeOf(at, to.strides, to.start),
      inlined.has(operand)
        ? expressions.at(operand, coordinates)
        : loadFrom(sourceOf(memory, operand), coordinates),
    ),
  ];
  for (const tensor of stores) {
    const place = memory.placeOf(tensor);
    assignments.push(
      store(
        place.buffer,
        placeOf(coordinates, stridesOf(sizesOf(tensor)), place.at),
        expressions.at(tensor, coordinates),
      ),
    );
  }
  return assign(...assignments);
}

export const bytesOfAll = (...tensors: readonly AnyTensor[]): number =>
  tensors.reduce(
    (sum, tensor) => sum + 4 * sizesOf(tensor).reduce((product, count) => product * count, 1),
    0,
  );
