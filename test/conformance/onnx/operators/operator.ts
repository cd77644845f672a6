/** What an operator of ONNX is here: a function from a call and its operands to tensors of our DSL. */
import { compute } from '@cotangent/engine';
import type { AnyTensor } from '@cotangent/graph';
import type { AttributeMessage, GraphMessage, NodeMessage, TensorMessage } from '../proto.ts';

/** What a call sees of the model around it. */
export interface Surroundings {
  lookUp(name: string): AnyTensor;
  constant(tensor: TensorMessage): AnyTensor;
  body(graph: GraphMessage): (args: readonly AnyTensor[]) => AnyTensor[];
}

/** A node of a model: its attributes, and the version of the operators by which it is meant. */
export class Call {
  readonly opset: number;
  readonly node: NodeMessage;
  private readonly surroundings: Surroundings;

  constructor(node: NodeMessage, opset: number, surroundings: Surroundings) {
    this.node = node;
    this.opset = opset;
    this.surroundings = surroundings;
  }

  private attribute(name: string): AttributeMessage | undefined {
    return this.node.attributes.find((attribute) => attribute.name === name);
  }

  number(name: string): number | undefined {
    return this.attribute(name)?.number;
  }

  flag(name: string, otherwise = false): boolean {
    return (this.number(name) ?? Number(otherwise)) !== 0;
  }

  numbers(name: string): readonly number[] | undefined {
    return this.attribute(name)?.numbers;
  }

  text(name: string): string | undefined {
    return this.attribute(name)?.text;
  }

  texts(name: string): readonly string[] | undefined {
    return this.attribute(name)?.texts;
  }

  tensor(name: string): AnyTensor | undefined {
    const message = this.attribute(name)?.tensor;
    return message && this.surroundings.constant(message);
  }

  /** The graph of an attribute as a function. */
  body(name: string): (...args: readonly AnyTensor[]) => AnyTensor[] {
    const graph = this.attribute(name)?.graph;
    if (graph === undefined) throw new Error(`${this.node.operator} has no graph '${name}'`);
    const run = this.surroundings.body(graph);
    return (...args) => run(args);
  }

  /** A tensor of the model by its name. */
  named(name: string): AnyTensor {
    return this.surroundings.lookUp(name);
  }
}

/** Operands that an operator lets be left out are undefined; each row takes exactly those of its operator. */
export type Operator = (call: Call, ...operands: never[]) => AnyTensor | readonly AnyTensor[];
export type Operators = Readonly<Record<string, Operator>>;

export const unary =
  (f: (x: AnyTensor) => AnyTensor) =>
  (_: Call, x: AnyTensor): AnyTensor =>
    f(x);

/** Sizes of a shape that has no names. */
export const sizesOf = (x: AnyTensor): readonly number[] => x.shape.map(Number);

export const axisOf = (x: AnyTensor, axis: number): number => (axis < 0 ? axis + x.shape.length : axis);

/** The numbers of an operand that does not depend on what is fed: shapes, axes, pads. */
export function numbersOf(x: AnyTensor): readonly number[] {
  const value = compute(x);
  return typeof value === 'number' ? [value] : [...value.data];
}

/** Numbers that newer versions take as an operand, and older ones as an attribute. */
export const numbersFrom = (
  call: Call,
  name: string,
  operand: AnyTensor | undefined,
): readonly number[] | undefined => (operand === undefined ? call.numbers(name) : numbersOf(operand));
