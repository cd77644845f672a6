/** Named forms of forward rules: what is algebraically the same is said once. */
import { type AnyTensor, apply, type PrimitiveName, type PrimitiveParams } from '@cotangent/graph';
import { instantiate, type JvpRule, type NodeOf, scaled, sumOf, zero } from '../tangent.ts';

type Coefficient = (x: AnyTensor, y: AnyTensor) => AnyTensor;

/** y = f(x): dy = f'(x, y)·dx. The slope may be infinite, or NaN behind a guard: 0 times it is 0. */
export const derivative =
  <P extends PrimitiveName>(coefficient: Coefficient): JvpRule<P> =>
  ([dx], { inputs, outputs }) => [scaled(dx, () => coefficient(inputs[0]!, outputs[0]!))];

/** The derivative is zero wherever it exists, or there is none because the values are whole numbers. */
export const flat =
  <P extends PrimitiveName>(): JvpRule<P> =>
  (_, { outputs }) =>
    outputs.map(() => zero);

/** The primitive again, on tangents in place of the operands in which it is linear (all of them by default). */
export const linear =
  <P extends PrimitiveName>(...positions: readonly number[]): JvpRule<P> =>
  (tangents, node) => {
    const operands = node.inputs.map((input, i) =>
      positions.length === 0 || positions.includes(i) ? instantiate(tangents[i], input) : input,
    );
    return applyAgain(node, operands);
  };

/** d(a ∘ b) = da ∘ b + a ∘ db, for a product of any kind. */
export const bilinear =
  <P extends PrimitiveName>(): JvpRule<P> =>
  ([da, db], node) => {
    const [a, b] = node.inputs as [AnyTensor, AnyTensor];
    return [sumOf(da && applyAgain(node, [da, b])[0], db && applyAgain(node, [a, db])[0])];
  };

/** The same primitive with the same parameters on other operands. */
export const applyAgain = <P extends PrimitiveName>(
  node: NodeOf<P>,
  operands: readonly AnyTensor[],
): readonly AnyTensor[] => apply(node.op, operands, node.params as PrimitiveParams<P>);
