/** The compiled engine behind the contract. */
import type { Engine, Executable, Report, RunResult, Stored } from '@cotangent/engine';
import {
  bytesOf,
  CotangentError,
  checkKeys,
  countOf,
  type DType,
  dtypes,
  type Graph,
  type HostArray,
  type OptionKeys,
  raisedBy,
  show,
} from '@cotangent/graph';
import { type ArenaPlan, pointerAt } from '../plan/memory.ts';
import type { Wiring } from '../plan/planner.ts';
import { buildProgram, compileProgram, describeArena } from './compile.ts';
import { features, memoryFor } from './features.ts';
import { Heap } from './heap.ts';
import { Pace } from './pace.ts';
import { availableThreads, canHaveThreads, Threads } from './threads.ts';
import { machine } from './webassembly.ts';

export interface WasmOptions {
  /**
   * How many threads work on a step that has work for them. By default as many as there are cores, up to 8, as far as they are
   * found to be faster than one; 1 where memory cannot be shared.
   */
  readonly threads?: number;
}

/** A value of a variable, in the memory of the engine. */
class WasmStored {
  readonly offset: number;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Where it waits to be used again: a step that changes a variable needs the memory of its value before last. */
  readonly rest: Rest | undefined;
  isReleased = false;
  constructor(offset: number, dtype: DType, shape: readonly number[], rest?: Rest) {
    this.offset = offset;
    this.dtype = dtype;
    this.shape = shape;
    this.rest = rest;
  }
}

/** A place for one value that nobody uses. */
interface Rest {
  spare: WasmStored | undefined;
  closed: boolean;
}

const optionKeys: OptionKeys<WasmOptions> = { threads: true };

export class WasmEngine implements Engine<'sync'> {
  readonly name = 'wasm';
  readonly mode = 'sync';
  readonly dtypes = dtypes;
  readonly heap: Heap;
  readonly shared: boolean;

  readonly threads: Threads;
  /** Nobody has said how many threads there are: programs find out what is faster. */
  readonly isFree: boolean;

  constructor(options: WasmOptions = {}) {
    checkKeys('wasm', options, optionKeys);
    const { threads } = options;
    if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 64))
      throw new CotangentError(
        'BAD_ARGUMENT',
        `wasm: threads is a whole number from 1 to 64, not ${show(threads)}`,
      );
    const possible = canHaveThreads();
    if (threads !== undefined && threads > 1 && !possible)
      throw new CotangentError(
        'ENGINE_LACKS',
        `the engine 'wasm' cannot have ${threads} threads here: memory is shared in workers of pages that are isolated from other origins, and in Node; use { threads: 1 }`,
      );
    const wanted = threads ?? (possible ? Math.min(availableThreads(), mostThreads) : 1);
    const { memory, maximumPages } = memoryFor(wanted > 1);
    this.heap = new Heap(memory, maximumPages);
    this.shared = wanted > 1;
    this.isFree = threads === undefined;
    this.threads = new Threads(memory, wanted);
  }

  /**
   * Waits until all its threads can work, and says how many there are. Nobody has to: until then a program runs on one.
   * But a browser starts workers only while the script rests, so one that computes without a pause stays alone.
   *
   * @throws ENGINE_FAILED if workers do not start
   */
  async awaken(): Promise<number> {
    this.checkUsable();
    return this.threads.awaken();
  }

  /** Ends its workers. Programs and states that use it cannot be used any more. */
  dispose(): void {
    this.isDisposed = true;
    this.threads.stop();
  }

  /** @throws BAD_ARGUMENT after `dispose` */
  checkUsable(): void {
    if (this.isDisposed)
      throw new CotangentError('BAD_ARGUMENT', "the engine 'wasm' was disposed of: make another one");
  }
  private isDisposed = false;
  /** A step is under way: a report that runs a program would disturb it. */
  isRunning = false;

  get maximumBytes(): number {
    return this.heap.maximumPages * 65_536;
  }

  supports(): boolean {
    return true;
  }

  compile(graph: Graph): Executable<'sync'> {
    this.checkUsable();
    return new WasmExecutable(this, graph);
  }

  store(value: HostArray): WasmStored {
    this.checkUsable();
    const stored = this.make(value.dtype, value.shape, () => 'a variable');
    this.heap.write(stored.offset, value);
    return stored;
  }

  /** Memory for a value; it is given back when nobody holds the value any more. */
  make(dtype: DType, shape: readonly number[], what: () => string, rest?: Rest): WasmStored {
    const offset = this.heap.take(countOf(shape) * bytesOf(dtype), what);
    const stored = new WasmStored(offset, dtype, shape, rest);
    this.lost.register(stored, offset, stored);
    return stored;
  }

  read(stored: Stored): HostArray {
    const { dtype, shape, offset, isReleased } = stored as WasmStored;
    if (isReleased) throw released();
    return this.heap.read(dtype, shape, offset);
  }

  release(stored: Stored): void {
    const own = stored as WasmStored;
    const { rest, offset } = own;
    if (own.isReleased) return;
    own.isReleased = true;
    if (rest !== undefined && !rest.closed && rest.spare === undefined) rest.spare = stored as WasmStored;
    else {
      this.lost.unregister(stored);
      this.heap.give(offset);
    }
  }

  /** Gives memory back when an object is collected that nobody has released or disposed of. */
  readonly lost = new FinalizationRegistry<number>((offset) => this.heap.give(offset));
}

const released = (): CotangentError =>
  new CotangentError('BAD_ARGUMENT', 'a value was given back to its engine and cannot be used any more');

/** More threads than this do not make small networks faster. */
const mostThreads = 8;
/** Nanoseconds of work that others are woken for. */
const worthSharing = 80_000;
let nextProgram = 1;

class WasmExecutable implements Executable<'sync'> {
  private readonly engine: WasmEngine;
  private readonly graph: Graph;
  private readonly wiring: Wiring;
  private readonly arena: ArenaPlan;
  private readonly base: number;
  private readonly step: (base: number, thread: number, threads: number) => void;
  private readonly id = nextProgram++;
  private readonly sharedWork: number;
  private readonly moduleAt: number;
  private readonly moduleBytes: number;
  private readonly rests: readonly Rest[];
  private readonly pace = new Pace();
  private isDisposed = false;
  private report: Report = () => {};

  constructor(engine: WasmEngine, graph: Graph) {
    this.engine = engine;
    this.graph = graph;
    const options = {
      relaxed: features.relaxed,
      shared: engine.shared,
      maximumPages: engine.heap.maximumPages,
    };
    const { wiring, arena, bytes, module, sharedWork } = compileProgram(graph, options);
    this.wiring = wiring;
    this.arena = arena;
    this.base = engine.heap.take(arena.bytes, () => describeArena(buildProgram(graph, options)));
    engine.lost.register(this, this.base, this);
    const instance = new machine.Instance(module, {
      host: {
        memory: engine.heap.memory,
        report: (number: number) => this.show(number),
        sleep: engine.threads.sleep,
      },
    });
    this.step = instance.exports.step as typeof this.step;
    this.rests = graph.updates.map(() => ({ spare: undefined, closed: false }));
    this.sharedWork = sharedWork;
    this.moduleBytes = bytes.length;
    this.moduleAt = engine.shared ? engine.heap.take(bytes.length, () => 'a module') : 0;
    if (engine.shared) engine.heap.bytes.set(bytes, this.moduleAt);
    if (engine.shared) engine.lost.register(this, this.moduleAt, this);
    for (const buffer of this.wiring.constants)
      engine.heap.write(this.base + this.arena.offsets.get(buffer)!, buffer.data!);
  }

  run(inputs: readonly HostArray[], variables: readonly Stored[], report: Report): RunResult {
    const { heap } = this.engine;
    const { wiring, arena, base, graph } = this;
    if (this.isDisposed)
      throw new CotangentError('BAD_ARGUMENT', 'the program was disposed of: compile it again to run it');
    this.engine.checkUsable();
    if (this.engine.isRunning)
      throw new CotangentError(
        'BAD_ARGUMENT',
        'a report cannot run a program on the engine that is reporting: give that program an engine of its own, as in { engine: wasm() }',
      );
    if (variables.some((stored) => (stored as WasmStored).isReleased)) throw released();
    this.report = report;
    const updates = graph.updates.map(({ variable }, i) => {
      const rest = this.rests[i]!;
      const { spare } = rest;
      rest.spare = undefined;
      if (spare !== undefined) spare.isReleased = false;
      return (
        spare ??
        this.engine.make(
          variable.dtype,
          variable.shape as readonly number[],
          () => `the variable '${variable.path}'`,
          rest,
        )
      );
    });
    try {
      wiring.inputs.forEach((buffer, i) => {
        heap.write(base + arena.offsets.get(buffer)!, inputs[i]!);
      });
      const { words } = heap;
      variables.forEach((stored, i) => {
        words.setInt32(base + pointerAt(arena, 'variable', i), (stored as WasmStored).offset, true);
      });
      updates.forEach(({ offset }, i) => {
        words.setInt32(base + pointerAt(arena, 'update', i), offset, true);
      });
      const status = base + arena.offsets.get(wiring.failures.status.words)!;
      words.setInt32(status, 0, true);
      this.engine.isRunning = true;
      try {
        this.execute();
      } finally {
        this.engine.isRunning = false;
      }
      const failed = words.getInt32(status, true);
      if (failed !== 0) throw this.failure(failed, status);
      const outputs = wiring.outputs.map((source, i) => {
        const { dtype, shape } = graph.outputs[i]!.tensor;
        return this.readSource(source, dtype, shape as readonly number[]);
      });
      return { outputs, updates };
    } catch (error) {
      for (const stored of updates) this.engine.release(stored);
      throw error;
    }
  }

  private execute(): void {
    const { threads } = this.engine;
    // Waking others takes tens of microseconds: they are called for what takes longer.
    const count = this.sharedWork > worthSharing ? threads.ready() : 1;
    if (count === 1) return this.step(this.base, 0, 1);
    const began = performance.now();
    if (!this.engine.isFree || this.pace.shares)
      threads.run(
        { id: this.id, arena: this.base, moduleAt: this.moduleAt, moduleBytes: this.moduleBytes },
        () => this.step(this.base, 0, count),
      );
    else this.step(this.base, 0, 1);
    this.pace.took(performance.now() - began);
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.engine.lost.unregister(this);
    this.engine.heap.give(this.base);
    if (this.engine.shared) this.engine.heap.give(this.moduleAt);
    for (const rest of this.rests) {
      rest.closed = true;
      const { spare } = rest;
      rest.spare = undefined;
      if (spare === undefined) continue;
      spare.isReleased = false;
      this.engine.release(spare);
    }
  }

  private readSource(
    { buffer, start }: Wiring['outputs'][number],
    dtype: DType,
    shape: readonly number[],
  ): HostArray {
    const { heap } = this.engine;
    const offset = this.arena.offsets.get(buffer);
    const at =
      offset === undefined
        ? heap.words.getUint32(this.base + pointerAt(this.arena, buffer.kind, buffer.slot), true)
        : this.base + offset;
    return heap.read(dtype, shape, at + start.constant * bytesOf(dtype));
  }

  private show(number: number): void {
    const { label, tensor, source } = this.wiring.reports[number]!;
    this.report(label, this.readSource(source, tensor.dtype, tensor.shape as readonly number[]));
  }

  private failure(number: number, status: number): CotangentError {
    const { heap } = this.engine;
    const failure = this.wiring.failures.list[number - 1]!;
    const shown = this.base + this.arena.offsets.get(this.wiring.failures.status.shown)!;
    const error = failure.error({
      element: heap.words.getInt32(status + 4, true),
      value: heap.words.getInt32(status + 8, true),
      shown: heap.elements('f64', shown, 64),
    });
    return raisedBy(failure.node, error);
  }
}
