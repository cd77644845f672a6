/** What a program becomes: its stages as text, its kernels with their work, its memory, and, if asked, their times. */
import type { Program } from '@cotangent/engine';
import {
  type Bindings,
  bytesOf,
  CotangentError,
  checkKeys,
  formatType,
  type Graph,
  HostArray,
  megabytes,
  type OptionKeys,
  printGraph,
  resultsOf,
  sameShape,
  zerosHost,
} from '@cotangent/graph';
import { kernelsOf } from './emit/module.ts';
import { isShared } from './emit/sharing.ts';
import type { Region } from './fuse/region.ts';
import type { Kernel } from './loops/ir.ts';
import { printKernel } from './loops/print.ts';
import { nameOf } from './lower/region.ts';
import { allSteps } from './plan/steps.ts';
import { type BuiltProgram, buildProgram } from './runtime/compile.ts';
import { features } from './runtime/features.ts';
import { profile } from './runtime/profile.ts';

export interface ExplainOptions {
  /** Sizes of the names. */
  readonly bindings?: Bindings;
  /** Run the program, on zeros where `feeds` has nothing, and time its kernels. No variable changes. */
  readonly profile?: boolean;
  readonly feeds?: Readonly<Record<string, HostArray>>;
}

/** A kernel of a program. */
export interface KernelReport {
  readonly name: string;
  /** Pieces that may be done in any order, and whether threads share them. */
  readonly units: number;
  readonly shared: boolean;
  /** How often it runs in one call of the program. */
  readonly runs: number;
  /** Of all runs; estimated from shapes. */
  readonly flops: number;
  readonly bytes: number;
  /** Milliseconds of all runs in one call, on one thread. */
  readonly milliseconds?: number;
}

export interface Explanation {
  readonly kernels: readonly KernelReport[];
  /** Bytes of the arena: all, those of temporaries, and the most of these that live at once. */
  readonly memory: { readonly arena: number; readonly temporaries: number; readonly peak: number };
  /** Bytes of the module. */
  readonly moduleBytes: number;
  /** The stages, one after the other: graph, regions, loops. */
  readonly stages: { readonly graph: string; readonly regions: string; readonly loops: string };
  /** A summary: what is computed in which kernels, and what it costs. */
  toString(): string;
}

/**
 * How the engine 'wasm' computes a program.
 *
 * @throws UNBOUND_DIMENSION if a size is missing
 * @example
 * ```ts
 * const x = input('x', ['batch', 3]);
 * const program = compile({ inputs: [x], outputs: x.exp().sum(1) }, { engine: wasm({ threads: 1 }) });
 * explain(program, { bindings: { batch: 2 } }).kernels.map(({ name }) => name); // ['exp+reduceSum']
 * ```
 */
export function explain(program: Program, options: ExplainOptions = {}): Explanation {
  checkOptions(program, options);
  const graph = program.specialized(options.bindings ?? {});
  const built = buildProgram(graph, { relaxed: features.relaxed, shared: false, maximumPages: 65_536 });
  const times =
    options.profile === true ? profile(graph, built, feedsOf(program, graph, options)) : undefined;
  const { plan, arena, bytes } = built;
  const runs = runsOf(built);
  const kernels = kernelsOf(plan).map((kernel, i): KernelReport => {
    const count = runs.get(kernel) ?? 1;
    const milliseconds = times?.[i];
    return {
      name: kernel.name,
      units: kernel.units,
      shared: isShared(kernel),
      runs: count,
      flops: kernel.cost.flops * count,
      bytes: kernel.cost.bytes * count,
      ...(milliseconds === undefined ? {} : { milliseconds }),
    };
  });
  const memory = { arena: arena.bytes, temporaries: arena.temporaryBytes, peak: arena.peakBytes };
  return {
    kernels,
    memory,
    moduleBytes: bytes.length,
    stages: {
      get graph() {
        return printGraph(graph);
      },
      get regions() {
        return regionsText(built);
      },
      get loops() {
        return kernelsOf(plan)
          .map((kernel) => printKernel(kernel))
          .join('\n');
      },
    },
    toString: () => summary(graph, built, kernels),
  };
}

const optionKeys: OptionKeys<ExplainOptions> = { bindings: true, profile: true, feeds: true };

function checkOptions(program: Program, options: ExplainOptions): void {
  checkKeys('explain', options, optionKeys);
  if (typeof program?.specialized !== 'function')
    throw new CotangentError('BAD_ARGUMENT', 'explain takes a program, as compile gives it');
  for (const [name, size] of Object.entries(options.bindings ?? {}))
    if (!Number.isSafeInteger(size) || size < 0)
      throw new CotangentError(
        'BAD_ARGUMENT',
        `explain: the size of '${name}' is a whole number, not ${size}`,
      );
}

/** A feed has the type of its input. */
function checkedFeed(name: string, feed: HostArray, input: Graph['inputs'][number]): HostArray {
  const fits = feed instanceof HostArray && feed.dtype === input.dtype && sameShape(feed.shape, input.shape);
  if (!fits)
    throw new CotangentError(
      'SHAPE_MISMATCH',
      `explain: the feed '${name}' is a host array ${formatType(input)}${feed instanceof HostArray ? `, not ${formatType(feed)}` : ''}`,
    );
  return feed;
}

/** Feeds for a run: what is given, zeros for the rest. */
function feedsOf(program: Program, graph: Graph, { feeds = {} }: ExplainOptions): HostArray[][] {
  const unknown = Object.keys(feeds).find((name) => !graph.inputs.some((input) => input.name === name));
  if (unknown !== undefined)
    throw new CotangentError(
      'EXTRA_INPUT',
      `explain: there is no input '${unknown}': there is ${graph.inputs.map(({ name }) => `'${name}'`).join(', ')}`,
    );
  if (program.state.engine.mode === 'async')
    throw new CotangentError('ENGINE_LACKS', 'explain: profile needs a synchronous engine');
  return [
    graph.inputs.map((input) => {
      const feed = feeds[input.name];
      return feed === undefined
        ? zerosHost(input.dtype, input.shape as readonly number[])
        : checkedFeed(input.name, feed, input);
    }),
    graph.variables.map((variable) =>
      program.state.has(variable.path)
        ? // The engine is synchronous.
          (program.state.get(variable.path) as HostArray)
        : zerosHost(variable.dtype, variable.shape as readonly number[]),
    ),
  ];
}

/** How often each kernel runs: as often as the loops around it turn. Of `while` loops one turn is counted. */
function runsOf({ plan }: BuiltProgram): Map<Kernel, number> {
  const turns = new Map<string, number>();
  for (const step of allSteps(plan.steps))
    if (step.kind === 'loop') turns.set(String(step.variable.id), step.count);
  return new Map(
    kernelsOf(plan).map((kernel) => [
      kernel,
      kernel.around.reduce((product, { id }) => product * (turns.get(String(id)) ?? 1), 1),
    ]),
  );
}

function regionsText({ plan: { fused } }: BuiltProgram): string {
  return fused.steps
    .map((step) => {
      if (step.kind === 'single') return `%${step.node.id} ${step.node.op}\n`;
      const lines = [`${nameOf(step)} over [${step.domain.join(', ')}]`];
      for (const tensor of step.stores)
        lines.push(`  stores %${tensor.node.id} ${tensor.node.op}: ${fused.reasonFor(tensor)}`);
      for (const node of step.reductions) lines.push(`  reduces to %${node.id} ${node.op}`);
      return `${lines.join('\n')}\n`;
    })
    .join('');
}

const thousands = (value: number): string =>
  value >= 1e9
    ? `${(value / 1e9).toFixed(2)} G`
    : value >= 1e6
      ? `${(value / 1e6).toFixed(1)} M`
      : value >= 1e3
        ? `${(value / 1e3).toFixed(1)} k`
        : String(value);

function summary(
  graph: Graph,
  { plan, arena, bytes }: BuiltProgram,
  kernels: readonly KernelReport[],
): string {
  const regions = plan.fused.steps.filter((step): step is Region => step.kind === 'loops').length;
  const total = (of: (kernel: KernelReport) => number) =>
    kernels.reduce((sum, kernel) => sum + of(kernel), 0);
  const timed = kernels.some(({ milliseconds }) => milliseconds !== undefined);
  const all = total(({ milliseconds = 0 }) => milliseconds);
  const results = resultsOf(graph).reduce(
    (sum, { dtype, shape }) => sum + bytesOf(dtype) * shape.reduce<number>((n, d) => n * Number(d), 1),
    0,
  );
  const rows = kernels.map((kernel) => [
    kernel.name,
    kernel.runs === 1 ? '' : `x${kernel.runs}`,
    `${kernel.units}${kernel.shared ? ' shared' : ''}`,
    `${thousands(kernel.flops)}FLOP`,
    `${thousands(kernel.bytes)}B`,
    ...(timed
      ? [
          `${(kernel.milliseconds ?? 0).toFixed(3)} ms`,
          `${Math.round((100 * (kernel.milliseconds ?? 0)) / all)} %`,
        ]
      : []),
  ]);
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]!.length))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  '),
  );
  return [
    `${graph.nodes.length} nodes, ${regions} regions, ${kernels.length} kernels, a module of ${thousands(bytes.length)}B`,
    `arena ${megabytes(arena.bytes)}: temporaries ${megabytes(arena.temporaryBytes)}, of which at most ${megabytes(arena.peakBytes)} live at once (${(arena.temporaryBytes / Math.max(arena.peakBytes, 1)).toFixed(2)} times); results ${megabytes(results)}`,
    `${thousands(total(({ flops }) => flops))}FLOP, ${thousands(total((kernel) => kernel.bytes))}B moved${timed ? `, ${all.toFixed(2)} ms on one thread` : ''}`,
    ...lines,
  ].join('\n');
}
