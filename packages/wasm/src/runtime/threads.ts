/**
 * Workers that take part in steps. They are started once and share the memory of the engine: between steps they wait for
 * a command in it, within a step they meet there. No messages are sent: even the bytes of a module lie in that memory.
 *
 * The first thread is the caller's own. Until all workers are awake it works alone, which gives the same bits.
 */
import { CotangentError } from '@cotangent/graph';
import { controlBlock } from '../emit/control-block.ts';
import type { MachineMemory } from './webassembly.ts';
import { workerSource } from './worker-source.ts';

/** A worker of whatever host this is. */
interface Started {
  terminate(): unknown;
  onEnd(callback: () => void): void;
}

interface WorkerThreads {
  readonly Worker: new (
    source: string,
    options: { readonly eval: true; readonly workerData: unknown },
  ) => {
    unref(): void;
    terminate(): unknown;
    on(event: string, callback: () => void): void;
  };
}
interface Host {
  readonly process?: { getBuiltinModule?(name: string): unknown };
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly Worker?: new (
    url: string,
  ) => { postMessage(message: unknown): void; terminate(): void; onerror: (() => void) | null };
}
const host = globalThis as Host;
const nodeThreads = (): WorkerThreads | undefined =>
  // The module has had this form since it exists.
  host.process?.getBuiltinModule?.('node:worker_threads') as WorkerThreads | undefined;

/** Threads that a host can run side by side, the caller's own among them. */
export function availableThreads(): number {
  const os = host.process?.getBuiltinModule?.('node:os') as { availableParallelism(): number } | undefined;
  return os?.availableParallelism() ?? host.navigator?.hardwareConcurrency ?? 1;
}

/** Whether this thread may wait for others, and can have them. The main thread of a page may not wait. */
export const canHaveThreads = (): boolean =>
  typeof SharedArrayBuffer !== 'undefined' &&
  (nodeThreads() !== undefined || host.Worker !== undefined) &&
  mayWait();

/** Asks for a wait that is over at once. Where waiting is forbidden, it throws. */
function mayWait(): boolean {
  try {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1) === 'not-equal';
  } catch {
    return false;
  }
}

/** The caller waits for units of work that others have taken: one that takes longer than this has lost its thread. */
const patienceMs = 60_000;

export class Threads {
  /** With the caller's own. */
  readonly count: number;
  private readonly memory: MachineMemory;
  private readonly words: Int32Array;
  private workers: Started[] = [];
  private broken = false;

  constructor(memory: MachineMemory, count: number) {
    this.memory = memory;
    this.count = count;
    this.words = new Int32Array(memory.buffer as SharedArrayBuffer, 0, controlBlock.bytes / 4);
  }

  /** Steps that all threads have worked on. */
  get steps(): number {
    return this.count === 1 ? 0 : Atomics.load(this.words, controlBlock.command / 4);
  }

  /**
   * How many threads can work on a step now: all or one. Starts workers when it is asked for the first time.
   * @throws ENGINE_FAILED if a worker has ended before all were awake
   */
  ready(): number {
    if (this.count === 1) return 1;
    if (this.broken) {
      const wereAwake = this.areAwake;
      this.stop();
      if (!wereAwake) throw this.unstarted();
    }
    if (this.workers.length === 0) this.start();
    return this.areAwake ? this.count : 1;
  }

  /**
   * Waits until all can work. A browser starts workers only while the script that asks for them rests.
   * @throws ENGINE_FAILED if they do not start
   */
  async awaken(): Promise<number> {
    const begin = performance.now();
    while (this.ready() < this.count) {
      if (performance.now() - begin > patienceMs) throw this.unstarted();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return this.count;
  }

  private get areAwake(): boolean {
    return Atomics.load(this.words, controlBlock.awake / 4) === this.count - 1;
  }

  private unstarted(): CotangentError {
    return new CotangentError(
      'ENGINE_FAILED',
      "the workers of the engine 'wasm' do not start: a page with a Content-Security-Policy has to allow worker-src blob:; or use wasm({ threads: 1 })",
    );
  }

  /** Has all threads run a program; the caller's own does its part in `own`. */
  run(
    program: {
      readonly id: number;
      readonly arena: number;
      readonly moduleAt: number;
      readonly moduleBytes: number;
    },
    own: () => void,
  ): void {
    const { words } = this;
    words[controlBlock.program / 4] = program.id;
    words[controlBlock.arena / 4] = program.arena;
    words[controlBlock.threads / 4] = this.count;
    words[controlBlock.moduleAt / 4] = program.moduleAt;
    words[controlBlock.moduleBytes / 4] = program.moduleBytes;
    Atomics.add(words, controlBlock.command / 4, 1);
    Atomics.notify(words, controlBlock.command / 4);
    try {
      own();
    } catch (error) {
      // A thread that is alone in a failure leaves the others waiting: they begin anew.
      this.broken = true;
      Atomics.store(words, controlBlock.failed / 4, 1);
      Atomics.add(words, controlBlock.phase / 4, 1);
      Atomics.notify(words, controlBlock.phase / 4);
      throw this.failure(error);
    }
  }

  /** Sleeps until a meeting is over. */
  readonly sleep = (phase: number): void => {
    const { words } = this;
    if (Atomics.load(words, controlBlock.failed / 4) !== 0) throw this.lost();
    if (Atomics.wait(words, controlBlock.phase / 4, phase, patienceMs) === 'timed-out') throw this.lost();
  };

  private lost(): CotangentError {
    return new CotangentError(
      'ENGINE_FAILED',
      "a worker of the engine 'wasm' has died in the middle of a step: no variable has changed; the next step starts new workers",
    );
  }

  private failure(error: unknown): unknown {
    if (error instanceof CotangentError) return error;
    // Another thread has failed, and this one has stopped for it.
    return Atomics.load(this.words, controlBlock.failed / 4) !== 0 && isTrap(error) ? this.lost() : error;
  }

  private start(): void {
    const { words } = this;
    for (const place of [controlBlock.arrived, controlBlock.ticket, controlBlock.failed, controlBlock.awake])
      Atomics.store(words, place / 4, 0);
    const first = Atomics.load(words, controlBlock.command / 4);
    for (let thread = 1; thread < this.count; thread++) {
      const worker = startWorker({
        memory: this.memory,
        thread,
        command: first,
        block: controlBlock,
      });
      worker.onEnd(() => {
        if (this.workers.includes(worker)) this.broken = true;
      });
      this.workers.push(worker);
    }
  }

  /** Ends all workers. */
  stop(): void {
    const { workers } = this;
    this.workers = [];
    this.broken = false;
    for (const worker of workers) worker.terminate();
  }
}

const isTrap = (error: unknown): boolean => error instanceof Error && error.name === 'RuntimeError';

function startWorker(data: unknown): Started {
  const threads = nodeThreads();
  if (threads !== undefined) {
    const worker = new threads.Worker(workerSource, { eval: true, workerData: data });
    // A script ends when its own work is done, whatever workers wait for.
    worker.unref();
    return {
      terminate: () => worker.terminate(),
      onEnd: (callback) => {
        worker.on('exit', callback);
        worker.on('error', callback);
      },
    };
  }
  if (host.Worker === undefined)
    throw new CotangentError('ENGINE_LACKS', "the engine 'wasm' finds no workers here");
  const worker = new host.Worker(workerUrl());
  worker.postMessage(data);
  return {
    terminate: () => worker.terminate(),
    onEnd: (callback) => {
      worker.onerror = callback;
    },
  };
}

let url: string | undefined;

/** Of the source, for browsers. They isolate a worker of a `blob:`, as they do its page, and never one of a `data:`. */
const workerUrl = (): string =>
  (url ??= URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' })));
