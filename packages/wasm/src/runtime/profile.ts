/** Times of kernels: the program runs on one thread, and the host looks at the clock after each kernel. */
import { bytesOf, countOf, type Graph, type HostArray } from '@cotangent/graph';
import { emitModule, kernelsOf } from '../emit/module.ts';
import { pointerAt } from '../plan/memory.ts';
import type { BuiltProgram } from './compile.ts';
import { features } from './features.ts';
import { Heap } from './heap.ts';
import { machine } from './webassembly.ts';

/** Runs until the machine code is the fast one, and then so many more, of which the median counts. */
const [warmingRuns, measuredRuns] = [20, 15];
const maximumPages = 65_536;

/** Milliseconds of each kernel in one call of the program. */
export function profile(
  graph: Graph,
  { plan, arena }: BuiltProgram,
  [inputs, variables]: readonly (readonly HostArray[])[],
): number[] {
  const kernels = kernelsOf(plan);
  const numbers = new Map(kernels.map((kernel, i) => [kernel, i]));
  const { bytes } = emitModule(plan, arena, {
    relaxed: features.relaxed,
    shared: false,
    maximumPages,
    ticks: (kernel) => numbers.get(kernel)!,
  });
  const heap = new Heap(
    new machine.Memory({ initial: 16, maximum: maximumPages, shared: false }),
    maximumPages,
  );
  const base = heap.take(arena.bytes, () => 'the arena');
  const places = (
    list: readonly { readonly dtype: HostArray['dtype']; readonly shape: HostArray['shape'] }[],
  ) => list.map(({ dtype, shape }) => heap.take(countOf(shape) * bytesOf(dtype), () => 'a variable'));
  const variableAt = places(variables!);
  const updateAt = places(graph.updates.map(({ variable }) => variable as unknown as HostArray));
  const times = kernels.map(() => [] as number[]);
  let spent = kernels.map(() => 0);
  let before = 0;
  const instance = new machine.Instance(new machine.Module(bytes), {
    host: {
      memory: heap.memory,
      report: () => {},
      sleep: () => {},
      tick: (number: number) => {
        const now = performance.now();
        spent[number]! += now - before;
        before = now;
      },
    },
  });
  const step = instance.exports.step as (base: number, thread: number, threads: number) => void;
  for (let run = 0; run < warmingRuns + measuredRuns; run++) {
    plan.inputs.forEach((buffer, i) => {
      heap.write(base + arena.offsets.get(buffer)!, inputs![i]!);
    });
    for (const buffer of plan.constants) heap.write(base + arena.offsets.get(buffer)!, buffer.data!);
    variables!.forEach((value, i) => {
      heap.write(variableAt[i]!, value);
      heap.words.setInt32(base + pointerAt(arena, 'variable', i), variableAt[i]!, true);
    });
    updateAt.forEach((offset, i) => {
      heap.words.setInt32(base + pointerAt(arena, 'update', i), offset, true);
    });
    heap.words.setInt32(base + arena.offsets.get(plan.failures.status.words)!, 0, true);
    spent = kernels.map(() => 0);
    before = performance.now();
    step(base, 0, 1);
    if (run >= warmingRuns) spent.forEach((time, i) => void times[i]!.push(time));
  }
  return times.map((list) => list.sort((a, b) => a - b)[list.length >> 1]!);
}
