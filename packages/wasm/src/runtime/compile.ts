/**
 * Graph → compiled program: plan, memory, module. Programs of one structure are compiled once: they are told apart by
 * their whole text, by the arrays in them, and by the lines that their errors would name.
 */
import {
  bodiesOf,
  bytesOf,
  CotangentError,
  formatOrigin,
  formatType,
  type Graph,
  HostArray,
  type Node,
  printGraph,
  whereIs,
} from '@cotangent/graph';
import { emitModule, type ModuleOptions } from '../emit/module.ts';
import { targetWith } from '../emit/target.ts';
import { isGuarded } from '../fuse/regions.ts';
import { paramsOf } from '../fuse/views.ts';
import type { Buffer } from '../loops/ir.ts';
import { type ArenaPlan, planMemory } from '../plan/memory.ts';
import { type Plan, planProgram, type Wiring } from '../plan/planner.ts';
import { megabytes } from './heap.ts';
import { moduleOf } from './webassembly.ts';

/** A program with all that led to it, for whoever wants to see it. */
export interface BuiltProgram {
  readonly plan: Plan;
  readonly arena: ArenaPlan;
  readonly bytes: Uint8Array;
  /** Nanoseconds of work that threads can share, about. */
  readonly sharedWork: number;
}

/** What is left of it for running: regions and loops take more memory than all the rest. */
export interface CompiledProgram {
  readonly wiring: Wiring;
  readonly arena: ArenaPlan;
  readonly bytes: Uint8Array;
  readonly module: object;
  readonly sharedWork: number;
}

interface Known {
  readonly arrays: readonly HostArray[];
  readonly program: CompiledProgram;
}

/** Longer programs are not worth the memory of their texts. */
const mostNodes = 10_000;
const mostPrograms = 64;
const known = new Map<string, Known>();

export function compileProgram(graph: Graph, options: ModuleOptions): CompiledProgram {
  if (graph.nodes.length > mostNodes) return forRunning(buildProgram(graph, options));
  const { arrays, lines } = particularsOf(graph);
  const key = [JSON.stringify(options), ...lines, printGraph(graph)].join('\n');
  let found = known.get(key);
  if (found === undefined || !sameArrays(found.arrays, arrays))
    found = { arrays, program: forRunning(buildProgram(graph, options)) };
  known.delete(key);
  known.set(key, found);
  const oldest = known.keys().next();
  if (known.size > mostPrograms && oldest.done === false) known.delete(oldest.value);
  return found.program;
}

export function buildProgram(graph: Graph, options: ModuleOptions): BuiltProgram {
  const plan = planProgram(graph, targetWith(options));
  const arena = planMemory(plan);
  const most = options.maximumPages * 65_536;
  if (arena.bytes > most)
    throw new CotangentError(
      'OUT_OF_MEMORY',
      `${describeArena(arena, plan)} needs ${megabytes(arena.bytes)}, and the engine cannot have more than ${megabytes(most)}: use smaller batches`,
    );
  const { bytes, sharedWork } = emitModule(plan, arena, options);
  return { plan, arena, bytes, sharedWork };
}

function forRunning({ plan, arena, bytes, sharedWork }: BuiltProgram): CompiledProgram {
  const { steps: _steps, fused: _fused, ...wiring } = plan;
  return { wiring, arena, bytes, module: moduleOf(bytes), sharedWork };
}

/** An arena and the largest values in it, for whoever cannot have it. */
export const describeArena = ({ largest }: ArenaPlan, { nodes }: Pick<Wiring, 'nodes'>): string =>
  `the arena of a program, whose largest values are ${largest.map((buffer) => described(buffer, nodes.get(buffer))).join(', ')},`;

function described({ name, dtype, size }: Buffer, node: Node | undefined): string {
  const { path, line } = node === undefined ? {} : whereIs(node);
  const facts = [
    megabytes(size * bytesOf(dtype)),
    path === undefined || path === '' ? [] : `in layer '${path}'`,
    line === undefined ? [] : `at ${line}`,
  ];
  return `${node === undefined ? name : `${node.op} ${formatType(node.outputs[0]!)}`} (${facts.flat().join(', ')})`;
}

/** What the text of a graph does not say: arrays, and the lines of nodes that may fail. */
function particularsOf(graph: Graph): { readonly arrays: HostArray[]; readonly lines: string[] } {
  const arrays: HostArray[] = [];
  const lines: string[] = [];
  const look = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      if (node.op === 'constant') {
        const { value } = paramsOf<'constant'>(node);
        if (value instanceof HostArray) arrays.push(value);
      } else if (node.op === 'while' || isGuarded(node))
        lines.push(`${node.layer ?? ''} ${formatOrigin(node.origin) ?? ''}`);
      for (const body of bodiesOf(node)) look(body.nodes);
    }
  };
  look(graph.nodes);
  return { arrays, lines };
}

const sameArrays = (a: readonly HostArray[], b: readonly HostArray[]): boolean =>
  a.length === b.length && a.every((array, i) => sameArray(array, b[i]!));

function sameArray(a: HostArray, b: HostArray): boolean {
  if (a === b) return true;
  if (a.dtype !== b.dtype || a.size !== b.size) return false;
  for (let i = 0; i < a.size; i++) if (!Object.is(a.data[i], b.data[i])) return false;
  return true;
}
