/** Values whose derivative is what somebody says it is: the rule is a body of the node. */
import type { Graph } from '../graph.ts';
import { body, integer } from '../params.ts';
import { constraint, primitive, type Traits } from '../primitive.ts';
import { formatType, sameType, type ValueType } from '../shape.ts';

const typeOf = ({ dtype, shape }: ValueType): ValueType => ({ dtype, shape });

interface RuleParams {
  readonly values: number;
  readonly primals: number;
  readonly body: Graph;
}

/** C1: counts fit. C2: inputs of the rule. C3: results of the rule. */
function checkRule(
  inputs: readonly ValueType[],
  { values, primals, body }: RuleParams,
  given: readonly ValueType[],
  wanted: readonly ValueType[],
): void {
  constraint(
    values >= 0 && primals >= 0 && values + primals <= inputs.length,
    1,
    () => `${values} values and ${primals} primals of ${inputs.length} operands`,
    inputs,
    'BAD_ARGUMENT',
  );
  const taken = [...inputs.slice(values + primals), ...given];
  constraint(
    body.inputs.length === taken.length && body.inputs.every((input, i) => sameType(input, taken[i]!)),
    2,
    () => `its rule takes ${body.inputs.map(formatType).join(', ')}, not ${taken.map(formatType).join(', ')}`,
    taken,
  );
  const results = body.outputs.map(({ tensor }) => tensor);
  constraint(
    results.length === wanted.length && results.every((result, i) => sameType(result, wanted[i]!)),
    3,
    () => `its rule gives ${results.map(formatType).join(', ')}, not ${wanted.map(formatType).join(', ')}`,
    wanted,
  );
}

/** Operands: `values` that pass, `primals` that the derivative is taken by, and what else the rule takes. */
const rule = { values: integer, primals: integer, body };
/** What the rule replaces has no derivative of its own. */
const traits: Traits = {
  through: ({ values, primals }) => [values!, values! + primals!],
};

export const customPrimitives = {
  /** Tangents of the values from tangents of the primals: the rule takes its other operands, then the tangents. */
  customJvp: primitive({
    params: rule,
    arity: [0, Infinity],
    traits,
    infer: (inputs, params) => {
      const { values, primals } = params;
      checkRule(inputs, params, inputs.slice(values, values + primals), inputs.slice(0, values));
      return inputs.slice(0, values).map(typeOf);
    },
  }),
  /** Cotangents of the primals from cotangents of the values: the rule takes its other operands, then the cotangents. */
  customVjp: primitive({
    params: rule,
    arity: [0, Infinity],
    traits,
    infer: (inputs, params) => {
      const { values, primals } = params;
      checkRule(inputs, params, inputs.slice(0, values), inputs.slice(values, values + primals));
      return inputs.slice(0, values).map(typeOf);
    },
  }),
  /**
   * The linear map whose transpose is the body: Σ_i ⟨body(e_i), t⟩ e_i. Operands: `consts` values that the body takes
   * first, then tangents. What a `customVjp` becomes when it is linearized.
   * C1: the counts fit. C2: the body takes the constants. C3: it gives cotangents of the tangents.
   */
  customLinear: primitive({
    params: { consts: integer, body },
    arity: [0, Infinity],
    infer: (inputs, { consts, body }) => {
      constraint(
        consts >= 0 && consts <= inputs.length && consts <= body.inputs.length,
        1,
        () => `${consts} constants of ${inputs.length} operands`,
        inputs,
        'BAD_ARGUMENT',
      );
      constraint(
        inputs.slice(0, consts).every((input, i) => sameType(input, body.inputs[i]!)),
        2,
        () => `the transpose takes ${body.inputs.map(formatType).join(', ')}`,
        inputs,
      );
      const tangents = inputs.slice(consts);
      constraint(
        tangents.length === body.outputs.length &&
          tangents.every((tangent, i) => sameType(tangent, body.outputs[i]!.tensor)),
        3,
        () => `the transpose gives ${body.outputs.map(({ tensor }) => formatType(tensor)).join(', ')}`,
        inputs,
      );
      return body.inputs.slice(consts).map(typeOf);
    },
  }),
};
