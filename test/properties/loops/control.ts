/**
 * Control flow as one interface, so that one body can be written with the library and with plain loops. Carries, slices
 * and rows are lists of tensors.
 */
import type { AnyTensor } from '@cotangent/graph';
import { index, sin, splat, stack, where } from '@cotangent/graph/ops';

export interface ScanOptions {
  readonly init: readonly AnyTensor[];
  readonly xs: readonly AnyTensor[];
  readonly axis: number;
  /** The name of the axis, where it has one. */
  readonly name?: string;
  readonly length: number;
  readonly reverse: boolean;
}
/** What a step gives: the next carries, and the rows. A scan gives the last carries, and the rows of all steps. */
export type StepResult = readonly [readonly AnyTensor[], readonly AnyTensor[]];
export type ScanBody = (carry: readonly AnyTensor[], x: readonly AnyTensor[]) => StepResult;

export interface WhileOptions {
  readonly init: readonly AnyTensor[];
  readonly maxSteps: number;
}
export type Condition = (carry: readonly AnyTensor[]) => AnyTensor;
export type Called = (args: readonly AnyTensor[]) => readonly AnyTensor[];
export type Branch = () => readonly AnyTensor[];

export interface Control {
  scan(options: ScanOptions, body: ScanBody): StepResult;
  whileLoop(
    options: WhileOptions,
    condition: Condition,
    body: (carry: readonly AnyTensor[]) => readonly AnyTensor[],
  ): readonly AnyTensor[];
  cond(predicate: AnyTensor, yes: Branch, no: Branch): readonly AnyTensor[];
  /** A function as one node; with `again`, its inside is computed again in reverse. */
  call(args: readonly AnyTensor[], again: boolean, body: Called): readonly AnyTensor[];
  /** sin(x), whose derivative may be given by hand. */
  sine(x: AnyTensor): AnyTensor;
}

/** The type of x without the axis that is run over. */
const withoutAxis = ({ shape }: AnyTensor, axis: number) => shape.filter((_, i) => i !== axis);
const zerosLike = ({ shape, dtype }: AnyTensor): AnyTensor => splat(0, shape, dtype);

/** Where the axis of the steps stands among the axes of a row. */
const placeOf = (row: AnyTensor, axis: number): number => Math.min(axis, row.shape.length);

/** One step on zeros: its results have the types of every step. */
function typesOfStep({ init, xs, axis }: ScanOptions, body: ScanBody): StepResult {
  return body(
    init.map(zerosLike),
    xs.map((x) => splat(0, withoutAxis(x, axis), x.dtype)),
  );
}

/** Rows of no steps, or of steps of which only the types are known. */
function blankRows(rows: readonly AnyTensor[], { axis, length }: ScanOptions): AnyTensor[] {
  return rows.map((row) => {
    const shape = [...row.shape];
    shape.splice(placeOf(row, axis), 0, length);
    return splat(0, shape, row.dtype);
  });
}

/** The definition: plain loops, which leave nothing but plain nodes. */
export const unrolled: Control = {
  scan(options, body) {
    const { init, xs, axis, length, reverse } = options;
    if (length === 0) return [init, blankRows(typesOfStep(options, body)[1], options)];
    const rows: (readonly AnyTensor[])[] = [];
    let carry = init;
    for (let step = 0; step < length; step++) {
      const place = reverse ? length - 1 - step : step;
      const [next, row] = body(
        carry,
        xs.map((x) => index(x, axis, place)),
      );
      carry = next;
      rows[place] = row;
    }
    const ys = rows[0]!.map((row, k) =>
      stack(
        rows.map((each) => each[k]!),
        placeOf(row, axis),
      ),
    );
    return [carry, ys];
  },
  whileLoop({ init, maxSteps }, condition, body) {
    let carry = init;
    let running = condition(carry);
    for (let step = 0; step < maxSteps; step++) {
      const next = body(carry);
      const goes = running;
      carry = carry.map((old, k) => where(goes, next[k]!, old));
      running = condition(carry);
    }
    return carry;
  },
  cond(predicate, yes, no) {
    const other = no();
    return yes().map((tensor, k) => where(predicate, tensor, other[k]!));
  },
  call: (args, _, body) => body(args),
  sine: sin,
};

/** Right in its types alone: each body is built once. Programs are drawn with it. */
export const typesOnly: Control = {
  scan(options, body) {
    const [, row] = typesOfStep(options, body);
    return [options.init.map(zerosLike), blankRows(row, options)];
  },
  whileLoop({ init }, condition, body) {
    condition(init);
    body(init);
    return init.map(zerosLike);
  },
  cond(_, yes, no) {
    no();
    return yes().map(zerosLike);
  },
  call: (args, _, body) => body(args).map(zerosLike),
  sine: sin,
};
