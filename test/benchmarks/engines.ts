/** The engines of this library that are measured. One more is one more row. */
import { interpreter, wasm } from 'cotangent';
import type { AnyEngine } from './works/work.ts';

/** The Node that runs the command, or Node 24 from the folder of the peers. */
export type NodeChoice = 'this' | '24';

export interface EngineEntry {
  readonly name: string;
  /** Which targets it has to meet. */
  readonly kind: 'interpreter' | 'compiled';
  /** It is measured with each number of threads on each Node. */
  readonly threads: readonly number[];
  readonly nodes: readonly NodeChoice[];
  make(threads: number): AnyEngine | Promise<AnyEngine>;
}

export const engines: readonly EngineEntry[] = [
  { name: 'interpreter', kind: 'interpreter', threads: [1], nodes: ['this'], make: () => interpreter() },
  {
    name: 'wasm',
    kind: 'compiled',
    threads: [1, 2],
    nodes: ['this', '24'],
    make: (threads) => wasm({ threads }),
  },
];
