/** Another float dtype throughout: gradients are checked on the float64 twin of a graph. */
import {
  apply,
  bodiesOf,
  type DType,
  type FloatDType,
  type Graph,
  inputAs,
  isFloat,
  type Node,
  type PrimitiveName,
  transform,
  variableAs,
  withBodies,
} from '@cotangent/graph';

/**
 * The same graph with every float value of dtype `to`. Literals are doubles, so nothing was lost before; constant
 * arrays convert.
 */
export function retype(graph: Graph, to: FloatDType): Graph {
  const become = (dtype: DType): DType => (isFloat(dtype) ? to : dtype);
  const inside = (body: Graph): Graph => retype(body, to);
  return transform(graph, {
    input: (leaf) =>
      leaf.dtype === become(leaf.dtype) ? leaf : inputAs(leaf, leaf.shape, become(leaf.dtype)),
    variable: (leaf) =>
      leaf.dtype === become(leaf.dtype) ? leaf : variableAs(leaf, leaf.shape, become(leaf.dtype)),
    node: (node, operands) => {
      const params = bodiesOf(node).length > 0 ? withBodies(node, inside) : retyped(node, become);
      if (params === node.params && operands.every((operand, i) => operand === node.inputs[i]))
        return undefined;
      return apply(node.op, operands, params as never);
    },
  });
}

/** Primitives that make values of a dtype say so in the parameter `dtype`; a bitcast keeps its bits and its meaning. */
function retyped(node: Node<PrimitiveName>, become: (dtype: DType) => DType): unknown {
  const params = node.params as { readonly dtype?: DType };
  if (params.dtype === undefined || node.op === 'bitcast' || become(params.dtype) === params.dtype)
    return params;
  return { ...params, dtype: become(params.dtype) };
}
