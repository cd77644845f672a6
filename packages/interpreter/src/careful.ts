/**
 * Running with an eye on numbers that are not finite. Everything that runs is written down, inside of loops and branches
 * too, step by step. When something has made NaN from operands without one, or an infinity from finite ones, and something
 * uses it, the run fails and names the node. A guard (`where`, `mulNoNan`) uses only what it lets through.
 */
import {
  bodiesOf,
  CotangentError,
  definitionOf,
  formatShape,
  type Graph,
  type HostArray,
  isFloat,
  isPrimitiveName,
  isSource,
  type Node,
  NodeMap,
  positionOf,
  raisedBy,
  whereIs,
} from '@cotangent/graph';
import type { Report, Running } from './kernel.ts';
import { kernelOf } from './kernels/index.ts';
import { type Executor, fixedTypes, printReport } from './prepare.ts';

/** Like `prepare`: values are the same bits. */
export function prepareCareful(graph: Graph): Executor {
  return (inputs, variables, report = printReport) => {
    checkFed(graph, inputs, variables);
    const diary = new Diary(report);
    const values = diary.run(graph, inputs, variables);
    const outputs = graph.outputs.map(({ tensor }) => values(tensor));
    const updates = graph.updates.map(({ value }) => values(value));
    diary.judge([...outputs, ...updates]);
    return { outputs, updates };
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

/** One run of one node. */
interface Entry {
  readonly node: Node;
  readonly operands: readonly HostArray[];
  readonly results: readonly HostArray[];
  /** What bodies gave on the way, if it has some: the results of the node are made of these, place by place. */
  readonly inside: readonly Inside[];
}
interface Inside {
  readonly inputs: readonly HostArray[];
  readonly results: readonly HostArray[];
}

/** What an array has besides finite numbers. */
interface Blemish {
  readonly nan: boolean;
  readonly infinite: boolean;
}

class Diary {
  /** In the order in which they ended: what runs inside stands before the node that it belongs to. */
  private readonly entries: Entry[] = [];
  private readonly blemishes = new Map<HostArray, Blemish>();
  private readonly report: Report;

  constructor(report: Report) {
    this.report = report;
  }

  /** Runs a graph, keeping all values. */
  run(graph: Graph, inputs: readonly HostArray[], variables: readonly HostArray[]) {
    const values = new NodeMap<readonly HostArray[]>();
    const valueOfTensor = ({ node, index }: { readonly node: Node; readonly index: number }): HostArray =>
      values.get(node)![index]!;
    graph.inputs.forEach(({ node }, i) => values.set(node, [inputs[i]!]));
    graph.variables.forEach(({ node }, i) => values.set(node, [variables[i]!]));
    for (const node of graph.nodes) {
      if (!isPrimitiveName(node.op)) continue;
      const operands = node.inputs.map(valueOfTensor);
      const inside: Inside[] = [];
      const running: Running = {
        report: this.report,
        run: (body, given) => {
          const own = this.run(body, given, []);
          const results = body.outputs.map(({ tensor }) => own(tensor));
          inside.push({ inputs: given, results });
          return results;
        },
      };
      try {
        const results = kernelOf(node)(operands, node.params, fixedTypes(node), running);
        values.set(node, results);
        this.entries.push({ node, operands, results, inside });
      } catch (error) {
        throw raisedBy(node, error);
      }
    }
    return valueOfTensor;
  }

  /** Fails if a number that is not finite was made, and is used. */
  judge(results: readonly HostArray[]): void {
    const makers = this.entries.filter((entry) => this.isMaker(entry));
    if (makers.length === 0) return;
    const used = this.usedFor(results);
    const guilty = makers.find((entry) => entry.results.some((made) => used.has(made)));
    if (guilty !== undefined) throw this.accusation(guilty);
  }

  /**
   * Arrays with blemishes that are used: by a result, or by a node that makes something finite of them. From the end, so
   * that what a value becomes is known before the value.
   */
  private usedFor(results: readonly HostArray[]): ReadonlySet<HostArray> {
    const used = new Set(results);
    for (let i = this.entries.length - 1; i >= 0; i--) {
      const { node, operands, results: made, inside } = this.entries[i]!;
      if (inside.length > 0) {
        // Results come from those of the bodies; the bodies decide what they use.
        for (const step of inside)
          made.forEach((result, k) => {
            const own = step.results[k];
            if (used.has(result) && own !== undefined) used.add(own);
          });
        continue;
      }
      const { guard = false } = definitionOf(node.op as never).traits;
      const passedOn = made.filter((result) => this.isBlemished(result));
      // Conditions and whole numbers made from such a number ask about it: that is no use of it.
      const swallows = !guard && node.outputs.some(({ dtype }) => isFloat(dtype));
      if (passedOn.length > 0 ? passedOn.some((result) => used.has(result)) : swallows)
        for (const operand of operands) if (this.isBlemished(operand)) this.use(operand, used);
    }
    return used;
  }

  /** A slice is seen in place: whoever uses it uses the whole. */
  private use(array: HostArray, used: Set<HostArray>): void {
    used.add(array);
    for (const whole of this.wholes().get(array.data.buffer) ?? []) used.add(whole);
  }

  /** Arrays that loops are sliced from, by their memory. */
  private wholes(): ReadonlyMap<ArrayBufferLike, readonly HostArray[]> {
    if (this.slicedFrom === undefined) {
      this.slicedFrom = new Map();
      for (const { operands, inside } of this.entries) {
        if (inside.length === 0) continue;
        for (const operand of operands) {
          const { buffer } = operand.data;
          this.slicedFrom.set(buffer, [...(this.slicedFrom.get(buffer) ?? []), operand]);
        }
      }
    }
    return this.slicedFrom;
  }
  private slicedFrom: Map<ArrayBufferLike, readonly HostArray[]> | undefined;

  /** NaN from operands without NaN, or an infinity from finite ones. What has an inside makes nothing by itself. */
  private isMaker({ node, operands, results }: Entry): boolean {
    if (bodiesOf(node).length > 0) return false;
    const given = operands.map((operand) => this.blemishOf(operand));
    const hadNaN = given.some(({ nan }) => nan);
    const had = hadNaN || given.some(({ infinite }) => infinite);
    return results.some((result) => {
      const { nan, infinite } = this.blemishOf(result);
      // An infinity that is written down, as in a mask, is meant.
      return (nan && !hadNaN) || (infinite && !had && !isSource(node));
    });
  }

  private blemishOf(array: HostArray): Blemish {
    let found = this.blemishes.get(array);
    if (found === undefined) {
      let [nan, infinite] = [false, false];
      if (isFloat(array.dtype))
        for (const entry of array.data) {
          nan ||= Number.isNaN(entry);
          infinite ||= entry === Infinity || entry === -Infinity;
        }
      this.blemishes.set(array, (found = { nan, infinite }));
    }
    return found;
  }
  private isBlemished(array: HostArray): boolean {
    const { nan, infinite } = this.blemishOf(array);
    return nan || infinite;
  }

  /** The error: which node, what and where, from which values. */
  private accusation({ node, operands, results }: Entry): CotangentError {
    const made = results.find((result) => this.isBlemished(result))!;
    const place = made.data.findIndex((entry: number) => !Number.isFinite(entry));
    let count = 0;
    for (const entry of made.data) if (!Number.isFinite(entry)) count++;
    const at = formatShape(positionOf(made.shape, place));
    const others = count === 1 ? '' : `, as in ${count} of ${made.size} places`;
    const from = operands.length === 0 ? '' : `, from ${sourcesOf(node, operands, place)}`;
    return new CotangentError('NOT_FINITE', `${node.op} makes ${made.data[place]} at ${at}${others}${from}`, {
      shapes: node.inputs.map(({ dtype, shape }) => `${dtype}${formatShape(shape)}`),
      ...whereIs(node),
    });
  }
}

/** Elementwise the numbers at the same place; otherwise the range of each operand. */
function sourcesOf(node: Node, operands: readonly HostArray[], place: number): string {
  const elementwise = isPrimitiveName(node.op) && definitionOf(node.op).traits.elementwise === true;
  if (elementwise) return operands.map(({ data }) => String(data[place])).join(' and ');
  return operands
    .map(({ shape, data }) => {
      let [least, most] = [Infinity, -Infinity];
      for (const entry of data) [least, most] = [Math.min(least, entry), Math.max(most, entry)];
      return `${formatShape(shape)} with entries from ${least} to ${most}`;
    })
    .join(' and ');
}
