/** Builds the graph of a model from the tables of operators, and runs it as one program of an engine. */
import { compile, type Engine, interpreter } from '@cotangent/engine';
import { type AnyTensor, type DType, Input } from '@cotangent/graph';
import { constantOfArray } from '@cotangent/graph/ops';
import { type FixtureTensor, hostOf, resultOf } from '../harness.ts';
import type { Case } from './cases.ts';
import { type OnnxTensor, tensorOf } from './elements.ts';
import { operators } from './operators/index.ts';
import { Call } from './operators/operator.ts';
import type { GraphMessage, ModelMessage, NodeMessage } from './proto.ts';

export interface Evaluated extends FixtureTensor {
  readonly dtype: DType;
}

const constantOf = (tensor: OnnxTensor): AnyTensor => constantOfArray(hostOf(tensor, tensor.holder));

/**
 * The outputs of a case. `parameters` names the inputs that are known when the graph is built; the branch of an If is
 * chosen at run time all the same.
 */
export function evaluate(
  { model, inputs }: Pick<Case, 'model' | 'inputs'>,
  parameters: readonly string[] = [],
  engine: Engine<'sync'> = interpreter(),
): readonly Evaluated[] {
  const { graph } = model;
  const own = new Set(graph.initializers.map(({ name }) => name));
  const names = graph.inputs.filter((name) => !own.has(name));
  const conditions = graph.nodes.flatMap(({ operator, inputs }) => (operator === 'If' ? [inputs[0]] : []));
  const known = parameters.filter((name) => !conditions.includes(name));

  const fed: Input[] = [];
  const feeds: Record<string, ReturnType<typeof hostOf>> = {};
  const scope = new Scope(model);
  inputs.forEach((tensor, i) => {
    if (known.includes(names[i])) return scope.set(names[i], constantOf(tensor));
    const input = new Input(names[i], tensor.shape, tensor.holder);
    fed.push(input);
    feeds[input.name] = hostOf(tensor, tensor.holder);
    return scope.set(names[i], input);
  });
  const outputs = scope.run(graph);
  const results = compile({ inputs: fed, outputs }, { engine })(feeds);
  return outputs.map(({ dtype }, i) => ({ ...resultOf(results[i]), dtype }));
}

/** Tensors by name; those of the graph around are seen from inside of a body. */
class Scope {
  private readonly tensors = new Map<string, AnyTensor>();
  private readonly model: ModelMessage;
  private readonly around: Scope | undefined;

  constructor(model: ModelMessage, around?: Scope) {
    this.model = model;
    this.around = around;
  }

  set(name: string, tensor: AnyTensor): void {
    this.tensors.set(name, tensor);
  }

  get(name: string): AnyTensor {
    const found = this.tensors.get(name) ?? this.around?.get(name);
    if (found === undefined) throw new Error(`nothing has the name '${name}'`);
    return found;
  }

  run(graph: GraphMessage): AnyTensor[] {
    for (const message of graph.initializers) this.set(message.name, constantOf(tensorOf(message)));
    for (const node of graph.nodes) this.apply(node);
    return graph.outputs.map((name) => this.get(name));
  }

  private apply(node: NodeMessage): void {
    const { domain, operator, inputs, outputs } = node;
    const name = domain === '' ? operator : `${domain}::${operator}`;
    if (!Object.hasOwn(operators, name)) throw new Error(`the tables have no operator ${name}`);
    const call = new Call(node, this.model.opsets.get(domain) ?? 0, {
      lookUp: (name) => this.get(name),
      constant: (message) => constantOf(tensorOf(message)),
      body: (graph) => (args) => {
        const inside = new Scope(this.model, this);
        args.forEach((tensor, i) => {
          inside.set(graph.inputs[i], tensor);
        });
        return inside.run(graph);
      },
    });
    const operands = inputs.map((name) => (name === '' ? undefined : this.get(name)));
    // Each row takes the operands that its operator has.
    const result = operators[name](call, ...(operands as never[]));
    const results = Array.isArray(result) ? (result as readonly AnyTensor[]) : [result as AnyTensor];
    outputs.forEach((output, i) => {
      if (output !== '') this.set(output, results[i]);
    });
  }
}
