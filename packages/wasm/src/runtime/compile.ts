/**
 * Graph → compiled program: plan, memory, module. Programs of one structure are compiled once: they are told apart by
 * their whole text, by the arrays in them, and by the lines that their errors would name.
 */
import {
  arrayIn,
  bodiesOf,
  bytesOf,
  CotangentError,
  formatOrigin,
  formatPlace,
  formatType,
  type Graph,
  type HostArray,
  megabytes,
  type Node,
  printGraph,
  whereIs,
} from '@cotangent/graph';
import { emitModule, type ModuleOptions } from '../emit/module.ts';
import { targetWith } from '../emit/target.ts';
import { isGuarded } from '../fuse/regions.ts';
import type { Buffer } from '../loops/ir.ts';
import { type ArenaPlan, planMemory } from '../plan/memory.ts';
import { type Plan, planProgram, type Wiring } from '../plan/planner.ts';
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

/** Modules that tell their host about kernels are made where they are run. */
type Options = Omit<ModuleOptions, 'ticks'>;

/** Longer programs are not worth the memory of their texts. */
const mostNodes = 10_000;
const mostPrograms = 64;
const known = new Map<string, Known>();

export function compileProgram(graph: Graph, options: Options): CompiledProgram {
  if (graph.nodes.length > mostNodes) return forRunning(buildProgram(graph, options));
  const { arrays, lines } = particularsOf(graph);
  const key = [JSON.stringify(options), ...lines, printGraph(graph)].join('\n');
  let found = known.get(key);
  if (found === undefined || !sameArrays(found.arrays, arrays))
    found = { arrays, program: forRunning(buildProgram(graph, options)) };
  known.delete(key);
  known.set(key, found);
  for (const oldest of known.keys()) {
    if (known.size <= mostPrograms) break;
    known.delete(oldest);
  }
  return found.program;
}

export function buildProgram(graph: Graph, options: Options): BuiltProgram {
  const plan = planProgram(graph, targetWith(options));
  const arena = planMemory(plan);
  const most = options.maximumPages * 65_536;
  if (arena.bytes > most)
    throw new CotangentError(
      'OUT_OF_MEMORY',
      `${describeArena({ arena, plan })} needs ${megabytes(arena.bytes)}, and the engine cannot have more than ${megabytes(most)}: use smaller batches`,
    );
  const { bytes, sharedWork } = emitModule(plan, arena, options);
  return { plan, arena, bytes, sharedWork };
}

function forRunning({ plan, arena, bytes, sharedWork }: BuiltProgram): CompiledProgram {
  const { steps: _steps, fused: _fused, nodes: _nodes, ...wiring } = plan;
  return { wiring, arena, bytes, module: moduleOf(bytes), sharedWork };
}

/** An arena and the largest values in it, for whoever cannot have it. */
export const describeArena = ({
  arena: { largest },
  plan: { nodes },
}: Pick<BuiltProgram, 'arena' | 'plan'>): string =>
  `the arena of a program, whose largest values are ${largest.map((buffer) => described(buffer, nodes.get(buffer))).join(', ')},`;

function described({ name, dtype, size }: Buffer, node: Node | undefined): string {
  const bytes = megabytes(size * bytesOf(dtype));
  if (node === undefined) return `${name} (${bytes})`;
  const place = formatPlace(whereIs(node));
  return `${node.op} ${formatType(node.outputs[0]!)} (${bytes}${place === '' ? '' : `, ${place}`})`;
}

/** What the text of a graph does not say: arrays, and the lines of nodes that may fail. */
function particularsOf(graph: Graph): { readonly arrays: HostArray[]; readonly lines: string[] } {
  const arrays: HostArray[] = [];
  const lines: string[] = [];
  const look = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      const array = arrayIn(node);
      if (array !== undefined) arrays.push(array);
      else if (node.op === 'while' || isGuarded(node))
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
