/**
 * The script of the pages, and of the workers that they start: `guest.here(threads)` trains where it is called,
 * `guest.inWorker(threads)` in a dedicated worker of the page.
 */
import { CotangentError, wasm } from 'cotangent';
import { lossesOn } from './training.ts';

export interface Trained {
  /** Whether the place is isolated from other origins. */
  readonly isolated: boolean;
  readonly losses: readonly number[];
  /** Threads that could work on a step when the training began. */
  readonly threads: number;
  /** Steps that all threads worked on. */
  readonly sharedSteps: number;
}
export type Answer = Trained | { readonly code: string; readonly sentence: string };

/** What browsers have and the types of Node lack. */
interface Place {
  readonly document?: unknown;
  readonly crossOriginIsolated: boolean;
  readonly Worker: new (
    url: string,
    options: { readonly type: 'module' },
  ) => {
    onmessage: (event: { readonly data: Answer }) => void;
    onerror: (event: { readonly message: string }) => void;
    postMessage(threads: number | undefined): void;
    terminate(): void;
  };
  onmessage: (event: { readonly data: number | undefined }) => void;
  postMessage(answer: Answer): void;
  guest: typeof guest;
}
const place = globalThis as unknown as Place;

/** Without a number of threads on the default engine. */
async function here(threads?: number): Promise<Answer> {
  try {
    const isolated = place.crossOriginIsolated;
    if (threads === undefined) return { isolated, losses: await lossesOn(), threads: 1, sharedSteps: 0 };
    const engine = wasm({ threads });
    const awake = await engine.awaken();
    const losses = await lossesOn(engine);
    const answer = { isolated, losses, threads: awake, sharedSteps: engine.threads.steps };
    engine.dispose();
    return answer;
  } catch (error) {
    if (!(error instanceof CotangentError)) throw error;
    return { code: error.code, sentence: error.sentence };
  }
}

const guest = {
  here,
  inWorker: (threads?: number): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const worker = new place.Worker('guest.js', { type: 'module' });
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.onmessage = ({ data }) => {
        worker.terminate();
        resolve(data);
      };
      worker.postMessage(threads);
    }),
};

if (place.document !== undefined) place.guest = guest;
else place.onmessage = async ({ data }) => place.postMessage(await here(data));
