/**
 * Running with an eye on numbers that are not finite. Every value is kept; when a node has made NaN or an infinity from
 * operands that had none, and something uses it, the run fails and names the node. A guard (`where`, `mulNoNan`) uses only
 * what it lets through.
 */
import {
  type AnyTensor,
  bodiesOf,
  CotangentError,
  definitionOf,
  formatOrigin,
  formatShape,
  type Graph,
  type HostArray,
  isFloat,
  isPrimitiveName,
  isSource,
  type Node,
  NodeMap,
  resultsOf,
} from '@cotangent/graph';
import type { Report, Running } from './kernel.ts';
import { kernelOf } from './kernels/index.ts';
import { type Executor, fixedTypes, located, printReport } from './prepare.ts';

/** Like `prepare`: values are the same bits. */
export function prepareCareful(graph: Graph): Executor {
  return (inputs, variables, report = printReport) => {
    checkFed(graph, inputs, variables);
    const of = run(graph, inputs, variables, report, true);
    return {
      outputs: graph.outputs.map(({ tensor }) => of(tensor)),
      updates: graph.updates.map(({ value }) => of(value)),
    };
  };
}

/** What is fed may hold infinities, as masks do, but no NaN. */
function checkFed(graph: Graph, inputs: readonly HostArray[], variables: readonly HostArray[]): void {
  const check = (name: string, { shape, data }: HostArray): void => {
    const place = data.findIndex(Number.isNaN);
    if (place < 0) return;
    throw new CotangentError(
      'NOT_FINITE',
      `${name} ${formatShape(shape)} holds NaN at ${formatShape(positionOf(shape, place))}`,
    );
  };
  graph.inputs.forEach((leaf, i) => check(`the input '${leaf.name}'`, inputs[i]!));
  graph.variables.forEach((leaf, i) => check(`the variable '${leaf.path}'`, variables[i]!));
}

type Flow = (tensor: AnyTensor) => HostArray;

/**
 * Runs a graph, keeping all values.
 *
 * @param resultsMatter  whether what the graph gives is used for sure: inside of loops that is decided outside
 */
function run(
  graph: Graph,
  inputs: readonly HostArray[],
  variables: readonly HostArray[],
  report: Report,
  resultsMatter: boolean,
): Flow {
  const values = new NodeMap<readonly HostArray[]>();
  const of = ({ node, index }: AnyTensor): HostArray => values.get(node)![index]!;
  graph.inputs.forEach(({ node }, i) => values.set(node, [inputs[i]!]));
  graph.variables.forEach(({ node }, i) => values.set(node, [variables[i]!]));
  const inside = (matter: boolean): Running => ({
    report,
    run(body, operands) {
      const inner = run(body, operands, [], report, matter);
      return body.outputs.map(({ tensor }) => inner(tensor));
    },
  });
  let suspicious = false;
  for (const node of graph.nodes) {
    if (!isPrimitiveName(node.op)) continue;
    try {
      const operands = node.inputs.map(of);
      values.set(node, kernelOf(node)(operands, node.params, fixedTypes(node), inside(false)));
    } catch (error) {
      throw located(error, node);
    }
    suspicious ||= !isSource(node) && isMaker(node, of);
  }
  if (!suspicious) return of;
  const used = usedIn(graph, of, resultsMatter);
  const maker = graph.nodes.find(
    (node) => isPrimitiveName(node.op) && !isSource(node) && isMaker(node, of) && node.outputs.some(used),
  );
  if (maker === undefined) return of;
  // Somewhere inside, if it has an inside: it runs once more, and what it gives matters.
  if (bodiesOf(maker).length > 0)
    kernelOf(maker)(maker.inputs.map(of), maker.params, fixedTypes(maker), inside(true));
  throw accusation(maker, of);
}

/** What a float array has besides finite numbers. */
interface Blemish {
  readonly nan: boolean;
  readonly infinite: boolean;
}
const spotless: Blemish = { nan: false, infinite: false };
const blemishes = new WeakMap<HostArray, Blemish>();

function blemishOf(array: HostArray): Blemish {
  if (!isFloat(array.dtype)) return spotless;
  let found = blemishes.get(array);
  if (found === undefined) {
    let [nan, infinite] = [false, false];
    for (const entry of array.data) {
      nan ||= Number.isNaN(entry);
      infinite ||= entry === Infinity || entry === -Infinity;
    }
    blemishes.set(array, (found = { nan, infinite }));
  }
  return found;
}
const isBlemished = (array: HostArray): boolean => blemishOf(array).nan || blemishOf(array).infinite;

/** NaN from operands without NaN, or an infinity from finite ones. */
function isMaker(node: Node, of: Flow): boolean {
  const operands = node.inputs.map((input) => blemishOf(of(input)));
  const hadNaN = operands.some(({ nan }) => nan);
  const had = hadNaN || operands.some(({ infinite }) => infinite);
  return node.outputs.some((output) => {
    const { nan, infinite } = blemishOf(of(output));
    return (nan && !hadNaN) || (infinite && !had);
  });
}

/** Which tensors with blemishes are used: by a result, or by a node that makes something finite of them. */
function usedIn(graph: Graph, of: Flow, resultsMatter: boolean): (tensor: AnyTensor) => boolean {
  const used = new Set<AnyTensor>(resultsMatter ? resultsOf(graph) : []);
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i]!;
    if (!isPrimitiveName(node.op)) continue;
    const passedOn = node.outputs.filter((output) => isBlemished(of(output)));
    const guards = definitionOf(node.op).traits.guard === true;
    // Conditions and whole numbers made from such a number ask about it: that is no use of it.
    const swallows = !guards && node.outputs.some(({ dtype }) => isFloat(dtype));
    const counts = passedOn.length > 0 ? passedOn.some((output) => used.has(output)) : swallows;
    if (counts) for (const input of node.inputs) if (isBlemished(of(input))) used.add(input);
  }
  return (tensor) => used.has(tensor) && isBlemished(of(tensor));
}

function positionOf(shape: readonly number[], offset: number): number[] {
  const position: number[] = [];
  for (let axis = shape.length - 1, rest = offset; axis >= 0; axis--) {
    position.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return position;
}

/** The error: which node, what and where, from which values. */
function accusation(node: Node, of: Flow): CotangentError {
  const made = node.outputs.map(of).find(isBlemished)!;
  const place = made.data.findIndex((entry: number) => !Number.isFinite(entry));
  let count = 0;
  for (const entry of made.data) if (!Number.isFinite(entry)) count++;
  const at = formatShape(positionOf(made.shape, place));
  const others = count === 1 ? '' : `, as in ${count} of ${made.size} places`;
  const line = formatOrigin(node.origin);
  const { layer } = node;
  return new CotangentError(
    'NOT_FINITE',
    `${node.op} makes ${made.data[place]} at ${at}${others}, from ${sourcesOf(node, of, place)}`,
    {
      shapes: node.inputs.map(({ dtype, shape }) => `${dtype}${formatShape(shape)}`),
      ...(layer === undefined ? {} : { path: layer }),
      ...(line === undefined ? {} : { line }),
    },
  );
}

/** Elementwise the numbers at the same place; otherwise the range of each operand. */
function sourcesOf(node: Node, of: Flow, place: number): string {
  const elementwise = isPrimitiveName(node.op) && definitionOf(node.op).traits.elementwise === true;
  const operands = node.inputs.map(of);
  if (elementwise) return operands.map(({ data }) => String(data[place])).join(' and ');
  return operands
    .map(({ shape, data }) => {
      let [least, most] = [Infinity, -Infinity];
      for (const entry of data) [least, most] = [Math.min(least, entry), Math.max(most, entry)];
      return `${formatShape(shape)} with entries from ${least} to ${most}`;
    })
    .join(' and ');
}
