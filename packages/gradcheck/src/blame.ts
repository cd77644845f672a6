/** Whom to blame, in words: a node, what is wrong with its rule, the layer and the user's line. */
import { formatPlace, type Node, type PrimitiveName, whereIs } from '@cotangent/graph';

/** A node whose rule does not say what its values do. */
export interface Culprit {
  /** The primitive whose rule is to blame. */
  readonly op: PrimitiveName;
  /**
   * 'value': the node makes a value that is not finite. 'derivative': its forward rule. 'transpose': its reverse rule.
   * 'not linear': its rule is not linear in what it is given. 'not finite': its derivative at these values. 'cut': it lets
   * no derivative pass, by decree.
   */
  readonly rule: 'value' | 'derivative' | 'transpose' | 'not linear' | 'not finite' | 'cut';
  /** The user's line that made it, and the layer, as far as they are known. */
  readonly line: string | undefined;
  readonly layer: string | undefined;
  /** The same in words. */
  readonly sentence: string;
}

const faults: Readonly<Record<Culprit['rule'], (op: string, to: string) => string>> = {
  value: (op) => `'${op}' makes a value that is not finite from finite ones`,
  derivative: (op) => `the derivative of '${op}' is not that of its values`,
  transpose: (op) => `the transpose of '${op}' is not that of its forward rule, so reverse mode is wrong`,
  'not linear': (op) => `the rule of '${op}' is not linear in what it is given, as a derivative has to be`,
  'not finite': (op) => `the derivative of '${op}' is not finite at these values`,
  cut: (op, to) =>
    to === ''
      ? `'${op}' lets no derivative pass: if that is meant, leave what is behind it out with the option wrt`
      : `'${op}' lets no derivative pass to ${to}, on which its value depends: list it among what the value is derived by`,
};

/**
 * @param place  the node whose line and layer are told, if another one shows the fault
 * @param to     what a cut keeps from its derivative
 */
export function accuse(node: Node, rule: Culprit['rule'], place: Node = node, to = ''): Culprit {
  const { path: layer, line } = whereIs(place);
  const where = formatPlace(whereIs(place));
  return {
    // Nodes that are judged are applications of primitives.
    op: node.op as PrimitiveName,
    rule,
    line,
    layer,
    sentence: `${faults[rule](node.op, to)}${where === '' ? '' : ` (${where})`}`,
  };
}
