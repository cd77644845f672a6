/**
 * A graph made ready to run: kernels, operand slots, constants and last uses are resolved once, so that running is one
 * loop over arrays. Every value has a slot; a slot is emptied after its last use, so that its memory can go.
 */
import {
  type AnyTensor,
  fixed,
  type Graph,
  type HostArray,
  isPrimitiveName,
  isSource,
  type Node,
  raisedBy,
} from '@cotangent/graph';
import type { AnyKernel, FixedType, Report, Running } from './kernel.ts';
import { kernelOf } from './kernels/index.ts';

/**
 * Runs a prepared graph: values in the order of the graph's inputs and variables, results in the order of its outputs
 * and updates. Results may share memory with operands and constants: whoever keeps them must not write into them.
 */
export type Executor = (
  inputs: readonly HostArray[],
  variables: readonly HostArray[],
  report?: Report,
) => { outputs: HostArray[]; updates: HostArray[] };

/** What `tag` does with its values unless told otherwise. */
export const printReport: Report = (label, value) => console.log(`${label} = ${value}`);

/** Resolves a graph once, for any number of runs. Takes time and memory linear in its nodes. */
export function prepare(graph: Graph): Executor {
  const slots = new Slots(graph);
  const sources = graph.nodes.filter(isSource);
  const constants = sources.map((node) => runKernel(node, [])[0]);
  const constantSlots = Int32Array.from(sources, (node) => slots.first(node));
  const steps = graph.nodes.filter((node) => isPrimitiveName(node.op) && !isSource(node));
  const kernels = steps.map((node): AnyKernel => kernelOf(node));
  for (const node of steps) fixedTypes(node);
  const operands = operandSlots(steps, slots);
  const results = Int32Array.from(steps, (node) => slots.first(node));
  const inputs = Int32Array.from(graph.inputs, (input) => slots.of(input));
  const variables = Int32Array.from(graph.variables, (variable) => slots.of(variable));
  const outputs = graph.outputs.map(({ tensor }) => slots.of(tensor));
  const updates = graph.updates.map(({ value }) => slots.of(value));
  const dead = lastUses(steps, operands, results, [outputs, updates, constantSlots], slots.count);

  return (inputValues, variableValues, report = printReport) => {
    const running = runningWith(report);
    const values = new Array<HostArray | undefined>(slots.count).fill(undefined);
    for (let i = 0; i < constants.length; i++) values[constantSlots[i]] = constants[i];
    for (let i = 0; i < inputs.length; i++) values[inputs[i]] = inputValues[i];
    for (let i = 0; i < variables.length; i++) values[variables[i]] = variableValues[i];
    let operandAt = 0;
    let deadAt = 0;
    for (let step = 0; step < steps.length; step++) {
      const node = steps[step];
      const given = new Array<HostArray>(node.inputs.length);
      // Topological order: what a step needs was computed before it and lives until its last use.
      for (let i = 0; i < given.length; i++) given[i] = values[operands[operandAt++]]!;
      let made: HostArray[];
      try {
        // The dims of every step were found to be numbers above.
        made = kernels[step](
          given,
          node.params,
          node.outputs as readonly AnyTensor[] as readonly FixedType[],
          running,
        );
      } catch (error) {
        throw raisedBy(node, error);
      }
      for (let i = 0; i < made.length; i++) values[results[step] + i] = made[i];
      for (; deadAt < dead.ends[step]; deadAt++) values[dead.slots[deadAt]] = undefined;
    }
    // Results are kept alive to the end.
    return { outputs: outputs.map((slot) => values[slot]!), updates: updates.map((slot) => values[slot]!) };
  };
}

/** Graphs inside nodes, made ready when they run for the first time. */
const bodies = new WeakMap<Graph, Executor>();

const runningWith = (report: Report): Running => ({
  report,
  run(body, inputs) {
    let execute = bodies.get(body);
    if (execute === undefined) bodies.set(body, (execute = prepare(body)));
    return execute(inputs, [], report).outputs;
  },
});

/** Numbers the values of a graph: a node's results lie side by side. A table from the lowest id to the highest. */
class Slots {
  readonly count: number;
  private readonly lowest: number;
  private readonly firsts: Int32Array;
  constructor({ nodes, inputs }: Graph) {
    let [lowest, highest] = [Infinity, -Infinity];
    // Listed inputs that nothing depends on are not among the nodes.
    for (const list of [nodes, inputs.map(({ node }) => node)]) {
      for (const { id } of list) {
        lowest = Math.min(lowest, id);
        highest = Math.max(highest, id);
      }
    }
    this.lowest = lowest;
    this.firsts = new Int32Array(Math.max(highest - lowest + 1, 0)).fill(-1);
    let count = 0;
    for (const { node } of inputs) this.firsts[node.id - lowest] = count++;
    for (const node of nodes) {
      if (this.first(node) >= 0) continue;
      this.firsts[node.id - lowest] = count;
      count += node.outputs.length;
    }
    this.count = count;
  }
  first({ id }: Node): number {
    return this.firsts[id - this.lowest];
  }
  of({ node, index }: AnyTensor): number {
    return this.first(node) + index;
  }
}

/** The slots of all operands of all steps, one after the other. */
function operandSlots(steps: readonly Node[], slots: Slots): Int32Array {
  let count = 0;
  for (const { inputs } of steps) count += inputs.length;
  const operands = new Int32Array(count);
  let at = 0;
  for (const { inputs } of steps) for (const input of inputs) operands[at++] = slots.of(input);
  return operands;
}

/**
 * The slots that nothing needs any more after each step, one after the other, and where those of a step end: operands
 * used for the last time, and results that are never used. Found from the end.
 */
function lastUses(
  steps: readonly Node[],
  operands: Int32Array,
  results: Int32Array,
  kept: readonly Iterable<number>[],
  count: number,
): { readonly slots: Int32Array; readonly ends: Int32Array } {
  const needed = new Uint8Array(count);
  for (const list of kept) for (const slot of list) needed[slot] = 1;
  const dead = new Int32Array(count);
  const ends = new Int32Array(steps.length);
  let at = count;
  const meet = (slot: number) => {
    if (needed[slot] === 0) dead[--at] = slot;
    needed[slot] = 1;
  };
  let operandAt = operands.length;
  for (let step = steps.length - 1; step >= 0; step--) {
    ends[step] = at;
    const { inputs, outputs } = steps[step];
    for (let i = 0; i < outputs.length; i++) meet(results[step] + i);
    for (let i = 0; i < inputs.length; i++) meet(operands[--operandAt]);
  }
  return { slots: dead.subarray(at), ends: ends.map((end) => end - at) };
}

/** The types of a node's results, which must have no names left. */
export function fixedTypes(node: Node): readonly FixedType[] {
  for (const { shape } of node.outputs) for (const dim of shape) fixed(dim);
  // Every dim was just found to be a number.
  return node.outputs as readonly AnyTensor[] as readonly FixedType[];
}

/** One node on given operands. */
export function runKernel(
  node: Node,
  operands: readonly HostArray[],
  report: Report = printReport,
): HostArray[] {
  try {
    return kernelOf(node)(operands, node.params, fixedTypes(node), runningWith(report));
  } catch (error) {
    throw raisedBy(node, error);
  }
}
