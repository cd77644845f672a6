/**
 * A graph made ready to run: kernels, operand slots, constants and last uses are resolved once, so that running is one
 * loop over arrays. Every value has a slot; a slot is emptied after its last use, so that its memory can go.
 */
import {
  type AnyTensor,
  CotangentError,
  fixed,
  formatOrigin,
  formatType,
  type Graph,
  type HostArray,
  isPrimitiveName,
  type Node,
} from '@cotangent/graph';
import type { AnyKernel, FixedType, Report } from './kernel.ts';
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

/** The types of a node's results, which must have no names left. */
export function fixedTypes(node: Node): readonly FixedType[] {
  for (const { shape } of node.outputs) for (const dim of shape) fixed(dim);
  // Every dim was just found to be a number.
  return node.outputs as readonly AnyTensor[] as readonly FixedType[];
}

/** Resolves a graph once, for any number of runs. Takes time and memory linear in its nodes. */
export function prepare(graph: Graph): Executor {
  const slots = new Slots(graph.nodes);
  const isLeaf = (node: Node) => !isPrimitiveName(node.op);
  const sources = graph.nodes.filter((node) => node.inputs.length === 0 && !isLeaf(node));
  const steps = graph.nodes.filter((node) => node.inputs.length > 0);
  const constants = constantSlots(sources, slots);
  const kernels = steps.map((node): AnyKernel => kernelOf(node));
  const types = steps.map(fixedTypes);
  const [operands, operandEnds] = flat(steps.map((node) => node.inputs.map((input) => slots.of(input))));
  const results = Int32Array.from(steps, (node) => slots.first(node));
  const outputs = graph.outputs.map(({ tensor }) => slots.of(tensor));
  const updates = graph.updates.map(({ value }) => slots.of(value));
  const [dead, deadEnds] = lastUses(operands, operandEnds, results, types, [
    ...outputs,
    ...updates,
    ...constants.slots,
  ]);
  const inputSlots = graph.inputs.map((input) => slots.of(input));
  const variableSlots = graph.variables.map((variable) => slots.of(variable));

  return (inputs, variables, report = printReport) => {
    const values = new Array<HostArray | undefined>(slots.count).fill(undefined);
    for (let i = 0; i < constants.slots.length; i++) values[constants.slots[i]] = constants.values[i];
    for (let i = 0; i < inputSlots.length; i++) values[inputSlots[i]] = inputs[i];
    for (let i = 0; i < variableSlots.length; i++) values[variableSlots[i]] = variables[i];
    let operandAt = 0;
    let deadAt = 0;
    for (let step = 0; step < kernels.length; step++) {
      const end = operandEnds[step];
      const given = new Array<HostArray>(end - operandAt);
      // Topological order: what a step needs was computed before it and lives until its last use.
      for (let i = 0; operandAt < end; i++) given[i] = values[operands[operandAt++]]!;
      let made: HostArray[];
      try {
        made = kernels[step](given, steps[step].params, types[step], report);
      } catch (error) {
        throw located(error, steps[step]);
      }
      for (let i = 0; i < made.length; i++) values[results[step] + i] = made[i];
      for (; deadAt < deadEnds[step]; deadAt++) values[dead[deadAt]] = undefined;
    }
    // Results are kept alive to the end.
    return { outputs: outputs.map((slot) => values[slot]!), updates: updates.map((slot) => values[slot]!) };
  };
}

/** Numbers the values of a graph: a node's results lie side by side. */
class Slots {
  count = 0;
  private readonly firsts = new Map<Node, number>();
  constructor(nodes: readonly Node[]) {
    for (const node of nodes) this.add(node);
  }
  private add(node: Node): number {
    const first = this.count;
    this.firsts.set(node, first);
    this.count += node.outputs.length;
    return first;
  }
  /** Listed inputs that nothing depends on are met here for the first time. */
  first(node: Node): number {
    return this.firsts.get(node) ?? this.add(node);
  }
  of(tensor: AnyTensor): number {
    return this.first(tensor.node) + tensor.index;
  }
}

function constantSlots(sources: readonly Node[], slots: Slots) {
  return {
    slots: sources.map((node) => slots.first(node)),
    values: sources.map((node) => runKernel(node, [])[0]),
  };
}

/** Lists of numbers one after the other, with the end of each. */
function flat(lists: readonly (readonly number[])[]): [Int32Array, Int32Array] {
  const ends = new Int32Array(lists.length);
  let total = 0;
  for (let i = 0; i < lists.length; i++) ends[i] = total += lists[i].length;
  const all = new Int32Array(total);
  for (let i = 0; i < lists.length; i++) all.set(lists[i], ends[i] - lists[i].length);
  return [all, ends];
}

/** For each step, the slots that nothing needs afterwards: operands used for the last time, and unused results. */
function lastUses(
  operands: Int32Array,
  operandEnds: Int32Array,
  results: Int32Array,
  types: readonly (readonly FixedType[])[],
  kept: readonly number[],
): [Int32Array, Int32Array] {
  const needed = new Set(kept);
  const dead = new Array<number[]>(results.length);
  for (let step = results.length - 1; step >= 0; step--) {
    dead[step] = [];
    const die = (slot: number) => {
      if (needed.has(slot)) return;
      needed.add(slot);
      dead[step].push(slot);
    };
    for (let i = 0; i < types[step].length; i++) die(results[step] + i);
    for (let i = step === 0 ? 0 : operandEnds[step - 1]; i < operandEnds[step]; i++) die(operands[i]);
  }
  return flat(dead);
}

/** One node on given operands. */
export function runKernel(
  node: Node,
  operands: readonly HostArray[],
  report: Report = printReport,
): HostArray[] {
  try {
    return kernelOf(node)(operands, node.params, fixedTypes(node), report);
  } catch (error) {
    throw located(error, node);
  }
}

/** An error of a kernel, with the primitive, the operands and the user's line. */
function located(error: unknown, node: Node): CotangentError {
  if (error instanceof CotangentError && error.line !== undefined) return error;
  const line = formatOrigin(node.origin);
  const known = error instanceof CotangentError ? error : undefined;
  const sentence = known?.sentence ?? (error instanceof Error ? error.message : String(error));
  return new CotangentError(known?.code ?? 'ENGINE_LACKS', `${node.op}: ${sentence}`, {
    shapes: node.inputs.map(formatType),
    cause: error,
    ...(line === undefined ? {} : { line }),
  });
}
