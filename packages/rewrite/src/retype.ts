/** Another float dtype throughout: gradients are checked on the float64 twin of a graph. */
import {
  apply,
  type DType,
  type FloatDType,
  type Graph,
  Input,
  isFloat,
  type Node,
  type PrimitiveName,
  variableAs,
} from '@cotangent/graph';
import { transform } from './transform.ts';

/**
 * The same graph with every float value of dtype `to`. Literals are doubles, so nothing was lost before; constant
 * arrays convert.
 */
export function retype(graph: Graph, to: FloatDType): Graph {
  const become = (dtype: DType): DType => (isFloat(dtype) ? to : dtype);
  return transform(graph, {
    input: (leaf) =>
      leaf.dtype === become(leaf.dtype) ? leaf : new Input(leaf.name, leaf.shape, become(leaf.dtype)),
    variable: (leaf) =>
      leaf.dtype === become(leaf.dtype) ? leaf : variableAs(leaf, leaf.shape, become(leaf.dtype)),
    node: (node, operands) => {
      const params = retyped(node, become);
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
