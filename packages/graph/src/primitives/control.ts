/**
 * Control flow: nodes whose bodies are graphs. A body is a function of its inputs alone, which are the operands of the
 * node in order; whatever the number of steps, a loop is one node.
 */
import type { Graph } from '../graph.ts';
import { body, dim, flag, integer } from '../params.ts';
import { constraint, partial, primitive } from '../primitive.ts';
import { formatType, sameType, type ValueType } from '../shape.ts';

const typeOf = ({ dtype, shape }: ValueType): ValueType => ({ dtype, shape });
const resultsOf = ({ outputs }: Graph): ValueType[] => outputs.map(({ tensor }) => typeOf(tensor));

/** The inputs of a body have the types of what they are given. */
function fitting(number: number, { inputs }: Graph, given: readonly ValueType[]): void {
  constraint(
    inputs.length === given.length,
    number,
    () => `its body takes ${inputs.length} values, not ${given.length}`,
    given,
  );
  inputs.forEach((input, i) => {
    constraint(
      sameType(input, given[i]!),
      number,
      () => `its body takes '${input.name}' as ${formatType(input)}, not as ${formatType(given[i]!)}`,
      [input, given[i]!],
      input.dtype === given[i]!.dtype ? 'SHAPE_MISMATCH' : 'DTYPE_MISMATCH',
    );
  });
}

/** After a step a carry has the type that it had before. */
function carriesStay(number: number, { inputs, outputs }: Graph, consts: number, carries: number): void {
  constraint(
    outputs.length >= carries,
    number,
    () => `its body gives ${outputs.length} values, fewer than the ${carries} it carries`,
  );
  for (let i = 0; i < carries; i++) {
    const [before, after] = [inputs[consts + i]!, outputs[i]!.tensor];
    constraint(
      sameType(before, after),
      number,
      () => carryChanges(before.name, before, after),
      [before, after],
      before.dtype === after.dtype ? 'SHAPE_MISMATCH' : 'DTYPE_MISMATCH',
    );
  }
}

/** The sentence about a carry that does not keep its type. */
export const carryChanges = (name: string, before: ValueType, after: ValueType): string =>
  `the carry '${name}' is ${formatType(before)} at first and ${formatType(after)} after a step: a carry keeps its shape and dtype`;

/** A list that runs over the operands of a loop, or over the inputs of its body, in its parts. */
export interface LoopParts<T> {
  readonly consts: T[];
  readonly carries: T[];
  readonly xs: T[];
}

/** Cuts such a list; everything behind the constants is carried, unless the number of carries is given. */
export const loopParts = <T>(
  list: readonly T[],
  { consts, carries = list.length - consts }: { readonly consts: number; readonly carries?: number },
): LoopParts<T> => ({
  consts: list.slice(0, consts),
  carries: list.slice(consts, consts + carries),
  xs: list.slice(consts + carries),
});
export const joinParts = <T>({ consts, carries, xs }: LoopParts<T>): T[] => [...consts, ...carries, ...xs];

const inRange = (number: number, count: number, most: number, what: string): void =>
  constraint(
    count >= 0 && count <= most,
    number,
    () => `${count} ${what} of ${most} operands`,
    [],
    'BAD_ARGUMENT',
  );

export const controlPrimitives = {
  /**
   * Its body on its operands. `remat`: what its derivative needs is computed again instead of being kept.
   * C1: the operands have the types of the body's inputs.
   */
  call: primitive({
    params: { remat: flag, body },
    arity: [0, Infinity],
    infer: (inputs, { body }) => {
      fitting(1, body, inputs);
      return resultsOf(body);
    },
  }),
  /**
   * One of two bodies on the operands behind the predicate.
   * C1: the predicate is one bool. C2: operands as in `call`, for both. C3: both give the same types.
   */
  cond: primitive({
    params: { onTrue: body, onFalse: body },
    arity: [1, Infinity],
    infer: ([predicate, ...inputs], { onTrue, onFalse }) => {
      constraint(
        sameType(predicate!, { dtype: 'bool', shape: [] }),
        1,
        () => `a condition is one bool, not ${formatType(predicate!)}`,
        [predicate!],
        predicate!.dtype === 'bool' ? 'SHAPE_MISMATCH' : 'DTYPE_MISMATCH',
      );
      fitting(2, onTrue, inputs);
      fitting(2, onFalse, inputs);
      const [left, right] = [resultsOf(onTrue), resultsOf(onFalse)];
      constraint(
        left.length === right.length,
        3,
        () => `one branch gives ${left.length} values and the other ${right.length}`,
      );
      left.forEach((type, i) => {
        constraint(
          sameType(type, right[i]!),
          3,
          () => branchesDiffer(onTrue.outputs[i]!.name, type, right[i]!),
          [type, right[i]!],
          type.dtype === right[i]!.dtype ? 'SHAPE_MISMATCH' : 'DTYPE_MISMATCH',
        );
      });
      return left;
    },
  }),
  /**
   * The body again and again while the condition holds, at most `maxSteps` times (0: without a bound). Operands are
   * `consts` values for condition and body, then the carries.
   * C1: consts and bound are not negative. C2: operands as in `call`, for condition and body. C3: the condition is one
   * bool. C4: the body gives the carries, of their types.
   */
  while: primitive({
    params: { consts: integer, maxSteps: integer, condition: body, body },
    arity: [0, Infinity],
    traits: partial,
    infer: (inputs, { consts, maxSteps, condition, body }) => {
      inRange(1, consts, inputs.length, 'constants');
      inRange(1, maxSteps, Infinity, 'steps at most');
      fitting(2, condition, inputs);
      fitting(2, body, inputs);
      const [holds] = resultsOf(condition);
      constraint(
        condition.outputs.length === 1 && sameType(holds!, { dtype: 'bool', shape: [] }),
        3,
        () => `a condition is one bool, not ${resultsOf(condition).map(formatType).join(', ')}`,
        [],
        holds?.dtype === 'bool' ? 'SHAPE_MISMATCH' : 'DTYPE_MISMATCH',
      );
      const carries = inputs.length - consts;
      carriesStay(4, body, consts, carries);
      constraint(
        body.outputs.length === carries,
        4,
        () => `its body gives ${body.outputs.length} values, not the ${carries} it carries`,
      );
      return loopParts(inputs, { consts }).carries.map(typeOf);
    },
  }),
  /**
   * The body for each slice along the first axis of the last operands, from the last one if `reverse`. Operands are
   * `consts` values, `carries` first values of what is carried from step to step, and what is sliced. The body gives the
   * carries and then values that are stacked at the places of their slices. Results: last carries, stacks.
   * C1: consts, carries and length are not negative. C2: what is sliced has `length` slices. C3: operands as in `call`.
   * C4: carries keep their types.
   */
  scan: primitive({
    params: { consts: integer, carries: integer, length: dim, reverse: flag, body },
    arity: [0, Infinity],
    infer: (inputs, { consts, carries, length, body }) => {
      inRange(1, consts, inputs.length, 'constants');
      inRange(1, carries, inputs.length - consts, 'carries');
      constraint(
        typeof length === 'string' || length >= 0,
        1,
        () => `a loop of ${length} steps`,
        [],
        'BAD_ARGUMENT',
      );
      const parts = loopParts(inputs, { consts, carries });
      const xs = parts.xs.map(({ dtype, shape }): ValueType => {
        constraint(
          shape[0] === length,
          2,
          () => `a loop of ${length} steps cannot take its slices from ${formatType({ dtype, shape })}`,
          [{ dtype, shape }],
        );
        return { dtype, shape: shape.slice(1) };
      });
      fitting(3, body, joinParts({ ...parts, xs }));
      carriesStay(4, body, consts, carries);
      const results = resultsOf(body);
      return [
        ...results.slice(0, carries),
        ...results.slice(carries).map(({ dtype, shape }) => ({ dtype, shape: [length, ...shape] })),
      ];
    },
  }),
};

/** The sentence about branches that do not agree. */
export const branchesDiffer = (name: string, onTrue: ValueType, onFalse: ValueType): string =>
  `'${name}' is ${formatType(onTrue)} in one branch and ${formatType(onFalse)} in the other: both give the same types`;
