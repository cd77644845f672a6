/**
 * The script of the pages, and of the workers that they start: `guest.here(threads)` trains where it is called,
 * `guest.inWorker(threads)` in a dedicated worker of the page; `guest.large()` compiles an empty module of 9 MiB.
 */
import { CotangentError, wasm } from 'cotangent';
import { moduleOf } from '../../packages/wasm/src/runtime/webassembly.ts';
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
    return refusal(error);
  }
}

function refusal(error: unknown): Answer {
  if (!(error instanceof CotangentError)) throw error;
  return { code: error.code, sentence: error.sentence };
}

/** The bytes are a section that means nothing: its length in groups of 7 bits, a name of no letters. */
function large(): Answer | undefined {
  const length = 9 * 2 ** 20;
  const groups = [0, 7, 14, 21].map((shift) => ((length >> shift) & 127) | (shift < 21 ? 128 : 0));
  const module = new Uint8Array(8 + 1 + groups.length + length);
  module.set([0, 97, 115, 109, 1, 0, 0, 0, 0, ...groups]);
  try {
    moduleOf(module);
    return undefined;
  } catch (error) {
    return refusal(error);
  }
}

const guest = {
  here,
  large,
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
