/** Who is measured: this library with each of its engines, PyTorch, and the JavaScript peers. */
import { fileURLToPath } from 'node:url';
import { type EngineEntry, engines, type NodeChoice } from '../engines.ts';
import { chainIds, timedInside, type WorkId } from './figures.ts';

export interface Contestant {
  readonly id: string;
  /** `native`: a package for JavaScript whose kernels are machine code. */
  readonly side: 'ours' | 'PyTorch' | 'JavaScript' | 'native';
  readonly command: string;
  readonly argumentsOf: (task: Task) => readonly string[];
  readonly directory: string;
  readonly works: readonly WorkId[];
  /** Works so long that the first round alone does them. */
  readonly once: readonly WorkId[];
  /** Of ours: what the targets depend on. */
  readonly engine?: EngineFacts;
}

export interface EngineFacts {
  readonly name: string;
  readonly kind: EngineEntry['kind'];
  readonly threads: number;
  readonly node: NodeChoice;
}

/** What one process is asked for. */
export type Task =
  | { readonly kind: 'works'; readonly works: readonly WorkId[]; readonly seconds: number }
  | { readonly kind: 'first step' }
  | { readonly kind: 'chain'; readonly length: number };

/** Where things are that may be missing. */
export interface Tools {
  /** Node by choice. */
  readonly nodes: Readonly<Record<NodeChoice, string | undefined>>;
  /** A Python with torch. */
  readonly python: string | undefined;
  /** Whether there are models for ONNX Runtime; PyTorch writes them. */
  readonly models: boolean;
}

const folder = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
export const peersFolder = folder('peers');

/** The words of the peers' scripts; ours says `first-step`. */
const tasks =
  (firstStep: string) =>
  (task: Task): readonly string[] => {
    switch (task.kind) {
      case 'works':
        return ['--work', task.works.join(','), '--seconds', String(task.seconds)];
      case 'first step':
        return ['--one', firstStep];
      case 'chain':
        return ['--one', 'chain', '--n', String(task.length)];
    }
  };
const [ourTasks, peerTasks] = [tasks('first-step'), tasks('ttfs')];

/** A million operations take everybody long. */
const longChain: WorkId = 'W10_1000000';
const nodeLabel = (node: NodeChoice): string => (node === 'this' ? '' : ` N${node}`);

/** Every engine with each of its numbers of threads, on each of its Nodes. */
export function ourContestants({ nodes }: Tools, short: boolean): Contestant[] {
  return engines.flatMap((entry) =>
    entry.nodes
      .filter((node) => !short || node === 'this')
      .flatMap((node) =>
        entry.threads.flatMap((threads) => {
          const command = nodes[node];
          if (command === undefined) return [];
          const label = entry.threads.length === 1 ? '' : ` ${threads}t`;
          return [
            {
              id: `${entry.name}${label}${nodeLabel(node)}`,
              side: 'ours' as const,
              command,
              argumentsOf: (task: Task) => [
                folder('dist/ours.js'),
                ...['--engine', entry.name, '--threads', String(threads)],
                ...ourTasks(task),
              ],
              directory: folder('.'),
              works: [...timedInside, 'W9' as const, ...chainIds.filter((work) => work !== longChain)],
              once: [longChain],
              engine: { name: entry.name, kind: entry.kind, threads, node },
            },
          ];
        }),
      ),
  );
}

interface PeerRow {
  readonly id: string;
  readonly side: Exclude<Contestant['side'], 'ours'>;
  readonly runs: 'python' | NodeChoice;
  readonly script: readonly string[];
  readonly works: readonly WorkId[];
  readonly once?: readonly WorkId[];
  /** What it does in a short run: there, peers do what they are best at. */
  readonly short?: readonly WorkId[];
  readonly needsModels?: boolean;
}

const shortChains = ['W10_1000', 'W10_10000', 'W10_100000'] as const;
const without = (...left: readonly WorkId[]): readonly WorkId[] =>
  timedInside.filter((work) => !left.includes(work));
const torch = (threads: number) => ['torch_peer.py', '--threads', String(threads)];
const tensorFlow = (...options: readonly string[]) => ['tfjs.mjs', '--backend', ...options];
const jax = (threads: number) => ['jax-js.mjs', '--threads', String(threads)];
const onnx = (name: string, threads: number) => ['onnx.mjs', '--pkg', name, '--threads', String(threads)];
const forwardOnly = without('W1', 'W2', 'W3', 'W3b', 'W4', 'W7g');

const peers: readonly PeerRow[] = [
  {
    id: 'torch 1t',
    side: 'PyTorch',
    runs: 'python',
    script: torch(1),
    works: [...timedInside, 'W9', ...shortChains],
    once: [longChain],
    short: [...timedInside, 'W9', ...shortChains],
  },
  {
    id: 'torch 2t',
    side: 'PyTorch',
    runs: 'python',
    script: torch(2),
    works: [...timedInside, 'W9'],
    // Elsewhere one thread is as fast, and two are at the mercy of whatever else the machine does.
    short: ['W2', 'W5_512', 'W6', 'W7f', 'W7g', 'W8_64'],
  },
  {
    id: 'tfjs-cpu',
    side: 'JavaScript',
    runs: 'this',
    script: tensorFlow('cpu'),
    works: ['W1', 'W4', 'W5_256', 'W7f', 'W7g', 'W8_1', ...shortChains],
    once: ['W2', 'W3', 'W3b', 'W5_512', 'W5_1024', 'W6', 'W8_64', 'W9', longChain],
    short: shortChains,
  },
  // Its backend has no gradient of conv2d's filter: it cannot do W2 as it is published.
  {
    id: 'tfjs-wasm',
    side: 'JavaScript',
    runs: 'this',
    script: tensorFlow('wasm'),
    works: [...without('W2'), ...shortChains],
  },
  {
    id: 'tfjs-wasm im2col',
    side: 'JavaScript',
    runs: 'this',
    script: tensorFlow('wasm', '--conv', 'im2col'),
    works: ['W2', 'W9'],
    short: ['W2', 'W9'],
  },
  // Its stack overflows between a thousand and three thousand operations.
  {
    id: 'jax-js 1t',
    side: 'JavaScript',
    runs: 'this',
    script: jax(1),
    works: [...without('W6'), 'W9', 'W10_1000'],
    once: ['W6'],
  },
  {
    id: 'jax-js 2t shim',
    side: 'JavaScript',
    runs: 'this',
    script: jax(2),
    works: [...without('W6'), 'W9'],
    once: ['W6'],
  },
  {
    id: 'jax-js 1t N24',
    side: 'JavaScript',
    runs: '24',
    script: jax(1),
    works: without('W6'),
    once: ['W6'],
    short: ['W1', 'W3', 'W3b', 'W5_512', 'W7g'],
  },
  {
    id: 'jax-js 2t shim N24',
    side: 'JavaScript',
    runs: '24',
    script: jax(2),
    works: without('W6'),
    once: ['W6'],
  },
  {
    id: 'tfjs-wasm N24',
    side: 'JavaScript',
    runs: '24',
    script: tensorFlow('wasm'),
    works: ['W1', 'W3', 'W5_512', 'W6', 'W7f'],
  },
  ...([1, 2] as const).map(
    (threads): PeerRow => ({
      id: `ort-node ${threads}t`,
      side: 'native',
      runs: 'this',
      script: onnx('onnxruntime-node', threads),
      works: forwardOnly,
      needsModels: true,
    }),
  ),
  ...([1, 2] as const).map(
    (threads): PeerRow => ({
      id: `ort-web ${threads}t`,
      side: 'JavaScript',
      runs: 'this',
      script: onnx('onnxruntime-web', threads),
      works: forwardOnly,
      needsModels: true,
      ...(threads === 2 && { short: ['W6', 'W7f', 'W8_1', 'W8_64'] }),
    }),
  ),
  {
    id: 'brain.js',
    side: 'JavaScript',
    runs: 'this',
    script: ['brain.mjs'],
    works: ['W4'],
    short: ['W4'],
  },
];

export const peerNames: readonly string[] = peers.map(({ id }) => id);
/** It updates after every example, so that its losses are others. */
export const isComparable = (id: string): boolean => id !== 'brain.js';

/** The peers for which everything is there that they need. */
export function peerContestants({ nodes, python, models }: Tools, short: boolean): Contestant[] {
  return peers.flatMap(({ id, side, runs, script, works, once = [], short: best = [], needsModels }) => {
    const command = runs === 'python' ? python : nodes[runs];
    if (command === undefined || (needsModels === true && !models)) return [];
    const chosen = short ? { works: best, once: [] } : { works, once };
    const argumentsOf = (task: Task) => [...script, ...peerTasks(task)];
    return [{ id, side, command, argumentsOf, directory: peersFolder, ...chosen }];
  });
}

/**
 * Those whose names begin with one of the texts; all without texts.
 * @throws a sentence for a text with which no name begins
 */
export function chosenBy(
  texts: readonly string[] | undefined,
  names: readonly string[],
): (id: string) => boolean {
  if (texts === undefined) return () => true;
  const wanted = texts.filter((text) => text !== 'none');
  const unknown = wanted.find((text) => !names.some((name) => name.startsWith(text)));
  if (unknown !== undefined)
    throw new Error(`no name begins with '${unknown}': there is ${names.join(', ')}, and none`);
  return (id) => wanted.some((text) => id.startsWith(text));
}
