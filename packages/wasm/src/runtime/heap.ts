/** The memory of an engine: variables and the arenas of programs, in one WebAssembly memory. */
import { CotangentError, type DType, HostArray, megabytes } from '@cotangent/graph';
import { controlBlock } from '../emit/control-block.ts';
import type { MachineMemory } from './webassembly.ts';

const page = 65_536;
const alignment = 64;
const aligned = (bytes: number): number => Math.max(alignment, Math.ceil(bytes / alignment) * alignment);

interface Block {
  offset: number;
  bytes: number;
}

/** Blocks that were given back are kept by size: a program asks for the same sizes at every step. */
type Pools = Map<number, number[]>;

export class Heap {
  readonly memory: MachineMemory;
  readonly maximumPages: number;
  private readonly free: Block[] = [];
  private readonly pools: Pools = new Map();
  private readonly sizes = new Map<number, number>();
  private top: number = controlBlock.bytes;
  private view: DataView | undefined;

  constructor(memory: MachineMemory, maximumPages: number) {
    this.memory = memory;
    this.maximumPages = maximumPages;
  }

  /** Bytes that are taken. */
  get used(): number {
    return [...this.sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /**
   * Takes memory, at a multiple of 64.
   * @throws OUT_OF_MEMORY with the number of bytes
   */
  take(wanted: number, what: () => string): number {
    const bytes = aligned(wanted);
    let offset = this.pools.get(bytes)?.pop() ?? this.split(bytes);
    if (offset === undefined && !this.hasRoom(bytes)) {
      this.emptyPools();
      offset = this.split(bytes);
    }
    if (offset === undefined) {
      offset = this.top;
      this.grow(offset + bytes, wanted, what);
      this.top = offset + bytes;
    }
    this.sizes.set(offset, bytes);
    return offset;
  }

  give(offset: number): void {
    const bytes = this.sizes.get(offset);
    if (bytes === undefined) return;
    this.sizes.delete(offset);
    const pool = this.pools.get(bytes);
    if (pool === undefined) this.pools.set(bytes, [offset]);
    else pool.push(offset);
  }

  /** A part of a free block: the smallest that is large enough. */
  private split(bytes: number): number | undefined {
    let best: Block | undefined;
    for (const block of this.free)
      if (block.bytes >= bytes && (best === undefined || block.bytes < best.bytes)) best = block;
    if (best === undefined) return undefined;
    const { offset } = best;
    best.offset += bytes;
    best.bytes -= bytes;
    if (best.bytes === 0) this.free.splice(this.free.indexOf(best), 1);
    return offset;
  }

  private hasRoom(bytes: number): boolean {
    return this.top + bytes <= this.memory.buffer.byteLength;
  }

  /** What was given back is joined into larger blocks again. */
  private emptyPools(): void {
    for (const [bytes, offsets] of this.pools)
      for (const offset of offsets) this.free.push({ offset, bytes });
    this.pools.clear();
    const blocks = this.free.sort((a, b) => a.offset - b.offset).splice(0);
    for (const block of blocks) {
      const last = this.free.at(-1);
      if (last !== undefined && last.offset + last.bytes === block.offset) last.bytes += block.bytes;
      else this.free.push(block);
    }
    const last = this.free.at(-1);
    if (last !== undefined && last.offset + last.bytes === this.top) {
      this.top = last.offset;
      this.free.pop();
    }
  }

  private grow(end: number, wanted: number, what: () => string): void {
    const have = this.memory.buffer.byteLength;
    if (end <= have) return;
    const needed = Math.ceil((end - have) / page);
    // Half as much again, so that memory does not grow at every turn.
    const most = this.maximumPages - have / page;
    for (const pages of [Math.min(Math.max(needed, (have / page) >> 1), most), needed]) {
      if (pages < needed) continue;
      try {
        this.memory.grow(pages);
        return;
      } catch {
        // Less may be had.
      }
    }
    throw new CotangentError(
      'OUT_OF_MEMORY',
      `${what()} needs ${megabytes(wanted)}, and the engine, which has taken ${megabytes(this.used)}, cannot have more than ${megabytes(this.maximumPages * page)}: use smaller batches, or dispose of programs that are no longer used`,
    );
  }

  /** Numbers of 32 bits at any place. */
  get words(): DataView {
    const { buffer } = this.memory;
    if (this.view === undefined || this.view.buffer !== buffer) this.view = new DataView(buffer);
    return this.view;
  }

  /** All of it, valid until memory grows. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer);
  }

  /** Elements in place: valid until memory grows. */
  elements(dtype: DType, offset: number, count: number): HostArray['data'] {
    const { buffer } = this.memory;
    switch (dtype) {
      case 'f32':
        return new Float32Array(buffer, offset, count);
      case 'f64':
        return new Float64Array(buffer, offset, count);
      case 'i32':
        return new Int32Array(buffer, offset, count);
      case 'u32':
        return new Uint32Array(buffer, offset, count);
      case 'bool':
        return new Uint8Array(buffer, offset, count);
    }
  }

  write(offset: number, { dtype, data }: HostArray): void {
    this.elements(dtype, offset, data.length).set(data as never);
  }

  /** A copy for the host. */
  read(dtype: DType, shape: readonly number[], offset: number): HostArray {
    const count = shape.reduce((product, size) => product * size, 1);
    return new HostArray(dtype, shape, this.elements(dtype, offset, count).slice() as HostArray['data']);
  }
}
