/** Events of a training. Handlers are awaited, so that what they save is of one moment. */
import type { EpochRecord, TrainerState } from './state.ts';

export interface Events {
  /** After every step. */
  step: {
    readonly state: TrainerState;
    readonly loss: number;
    readonly learningRate: number;
    readonly examples: number;
    readonly batches: number | undefined;
    readonly metrics: Readonly<Record<string, number>>;
    /** By the path of the layer, if the trainer was asked for them. */
    readonly gradientNorms: Readonly<Record<string, number>> | undefined;
  };
  /** After every epoch, with its record. */
  epoch: { readonly state: TrainerState; readonly record: EpochRecord };
  /** When validation has become better than ever before. */
  best: { readonly state: TrainerState; readonly value: number };
  /** When fit returns, and why. */
  end: { readonly state: TrainerState; readonly reason: 'epochs' | 'stopped' | 'early stopping' };
}

export type Handler<K extends keyof Events> = (event: Events[K]) => void | Promise<void>;

export class Emitter {
  private readonly handlers = new Map<keyof Events, Set<Handler<keyof Events>>>();

  /** Adds a handler, and gives a function that takes it off again. */
  on<K extends keyof Events>(name: K, handler: Handler<K>): () => void {
    const set = this.handlers.get(name) ?? new Set();
    this.handlers.set(name, set);
    // The set under a name holds handlers of that event only.
    const stored = handler as Handler<keyof Events>;
    set.add(stored);
    return () => set.delete(stored);
  }

  async emit<K extends keyof Events>(name: K, event: Events[K]): Promise<void> {
    for (const handler of this.handlers.get(name) ?? []) await handler(event);
  }
}
