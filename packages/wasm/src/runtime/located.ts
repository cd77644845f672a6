/** An error of a program while it runs, with the primitive, the operands, the layer and the user's line. */
import { CotangentError, formatType, type Node, whereIs } from '@cotangent/graph';

export function located(error: CotangentError, node: Node): CotangentError {
  const speaksForItself = error.code === 'CHECK_FAILED' || error.code === 'MAX_STEPS';
  return new CotangentError(error.code, speaksForItself ? error.sentence : `${node.op}: ${error.sentence}`, {
    shapes: node.inputs.map(formatType),
    cause: error,
    ...whereIs(node),
  });
}
