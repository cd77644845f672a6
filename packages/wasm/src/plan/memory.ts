/**
 * Where buffers lie in the arena of a program. A buffer lives from the first step that touches it to the last; what a loop
 * touches from outside lives as long as the loop. Buffers that do not live at the same time share memory.
 */
import { bytesOf } from '@cotangent/graph';
import { touchedBy } from '../loops/access.ts';
import type { Buffer, BufferKind } from '../loops/ir.ts';
import type { Plan } from './planner.ts';
import type { Step } from './steps.ts';

export interface ArenaPlan {
  readonly offsets: ReadonlyMap<Buffer, number>;
  /** Where the pointers to variables and their new values begin. */
  readonly pointers: Readonly<Record<'variable' | 'update', number>>;
  /** Bytes of the arena. */
  readonly bytes: number;
  /** The part of it that holds temporaries, and the most bytes of them that live at once. */
  readonly temporaryBytes: number;
  readonly peakBytes: number;
  /** The largest temporaries. */
  readonly largest: readonly Buffer[];
}

const pointerBytes = 4;

/** Where the pointer to a variable, or to its new value, lies in the arena. */
export function pointerAt({ pointers }: ArenaPlan, kind: BufferKind, slot: number): number {
  if (kind !== 'variable' && kind !== 'update') throw new Error(`a buffer of the kind ${kind} has no place`);
  return pointers[kind] + pointerBytes * slot;
}

/** Vectors and cache lines begin at multiples of it. */
export const alignment = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
const sizeOf = (buffer: Buffer): number => aligned(Math.max(buffer.size * bytesOf(buffer.dtype), 1));

export function planMemory(plan: Plan): ArenaPlan {
  const offsets = new Map<Buffer, number>();
  let top = 0;
  const reserve = (bytes: number): number => {
    const at = top;
    top += aligned(bytes);
    return at;
  };
  const pointers = {
    variable: reserve(pointerBytes * plan.variables.length),
    update: reserve(pointerBytes * plan.updates.length),
  };
  const { words, shown } = plan.failures.status;
  for (const buffer of [words, shown, ...plan.inputs, ...plan.constants])
    offsets.set(buffer, reserve(sizeOf(buffer)));
  const lives = livesOf(plan);
  const start = top;
  const { end, peakBytes } = place(lives, start, offsets);
  return {
    offsets,
    pointers,
    bytes: end,
    temporaryBytes: end - start,
    peakBytes,
    largest: largestOf(lives.map(({ buffer }) => buffer)),
  };
}

/** A few that matter. */
function largestOf(buffers: readonly Buffer[]): Buffer[] {
  const [first, ...rest] = [...buffers].sort((a, b) => sizeOf(b) - sizeOf(a));
  if (first === undefined) return [];
  return [first, ...rest.slice(0, 4).filter((buffer) => sizeOf(buffer) > sizeOf(first) / 100)];
}

interface Life {
  readonly buffer: Buffer;
  first: number;
  last: number;
}

function livesOf(plan: Plan): Life[] {
  const lives = new Map<Buffer, Life>();
  const loops: { readonly first: number; readonly last: number }[] = [];
  let position = 0;
  const touch = (buffer: Buffer): void => {
    if (buffer.kind !== 'temporary') return;
    const life = lives.get(buffer);
    if (life === undefined) lives.set(buffer, { buffer, first: position, last: position });
    else life.last = position;
  };
  const walk = (steps: readonly Step[]): void => {
    for (const step of steps) {
      position++;
      switch (step.kind) {
        case 'kernel':
          for (const { buffer } of touchedBy(step.kernel.body).accesses) touch(buffer);
          break;
        case 'report':
          touch(plan.reports[step.number]!.source.buffer);
          break;
        case 'branch':
          touch(step.predicate);
          walk(step.onTrue);
          walk(step.onFalse);
          break;
        case 'loop': {
          const first = position;
          walk(step.body);
          loops.push({ first, last: ++position });
          break;
        }
        case 'while': {
          const first = position;
          walk(step.condition);
          touch(step.holds);
          walk(step.body);
          loops.push({ first, last: ++position });
        }
      }
    }
  };
  walk(plan.steps);
  position++;
  for (const { buffer } of plan.outputs) touch(buffer);
  // Inner loops come first.
  for (const loop of loops) {
    for (const life of lives.values()) {
      if (life.first < loop.first && life.last >= loop.first && life.last < loop.last) life.last = loop.last;
      if (life.first >= loop.first && life.first < loop.last && life.last > loop.last)
        life.first = loop.first;
    }
  }
  return [...lives.values()].sort((a, b) => a.first - b.first || sizeOf(b.buffer) - sizeOf(a.buffer));
}

/** Blocks that are free, by their offsets. */
class FreeBlocks {
  private readonly blocks: { offset: number; bytes: number }[] = [];

  /** The smallest block that is large enough; the rest of it stays free. */
  take(bytes: number): number | undefined {
    let best = -1;
    this.blocks.forEach((block, i) => {
      if (block.bytes >= bytes && (best < 0 || block.bytes < this.blocks[best]!.bytes)) best = i;
    });
    if (best < 0) return undefined;
    const block = this.blocks[best]!;
    const { offset } = block;
    block.offset += bytes;
    block.bytes -= bytes;
    if (block.bytes === 0) this.blocks.splice(best, 1);
    return offset;
  }

  /** The free bytes that end at an offset, which may grow. */
  takeLast(end: number): number {
    const last = this.blocks.at(-1);
    if (last === undefined || last.offset + last.bytes !== end) return 0;
    this.blocks.pop();
    return last.bytes;
  }

  give(offset: number, bytes: number): void {
    let [low, high] = [0, this.blocks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.blocks[middle]!.offset < offset) low = middle + 1;
      else high = middle;
    }
    const [before, after] = [this.blocks[low - 1], this.blocks[low]];
    const joins = before !== undefined && before.offset + before.bytes === offset;
    if (joins) {
      before.bytes += bytes;
      if (after !== undefined && before.offset + before.bytes === after.offset) {
        before.bytes += after.bytes;
        this.blocks.splice(low, 1);
      }
    } else if (after !== undefined && offset + bytes === after.offset) {
      after.offset = offset;
      after.bytes += bytes;
    } else this.blocks.splice(low, 0, { offset, bytes });
  }
}

function place(
  lives: readonly Life[],
  start: number,
  offsets: Map<Buffer, number>,
): { readonly end: number; readonly peakBytes: number } {
  const free = new FreeBlocks();
  const ends = [...lives].sort((a, b) => a.last - b.last);
  let ended = 0;
  let [end, alive, peakBytes] = [start, 0, 0];
  for (const { buffer, first } of lives) {
    for (; ended < ends.length && ends[ended]!.last < first; ended++) {
      const gone = ends[ended]!.buffer;
      free.give(offsets.get(gone)!, sizeOf(gone));
      alive -= sizeOf(gone);
    }
    const bytes = sizeOf(buffer);
    let offset = free.take(bytes);
    if (offset === undefined) {
      offset = end - free.takeLast(end);
      end = offset + bytes;
    }
    offsets.set(buffer, offset);
    alive += bytes;
    peakBytes = Math.max(peakBytes, alive);
  }
  return { end, peakBytes };
}
