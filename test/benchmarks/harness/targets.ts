/** How fast the engines are meant to be: ratios to what is measured in the same run, because machines differ. */
import type { EngineEntry } from '../engines.ts';
import type { WorkId } from './figures.ts';

export type Target =
  /** At most so many times the time of PyTorch, the better of one and two threads. */
  | { readonly kind: 'ratio'; readonly most: number; readonly linear?: boolean }
  /** At least this part of the multiplications and additions that WebAssembly can do at best. */
  | { readonly kind: 'part'; readonly least: number }
  | { readonly kind: 'milliseconds'; readonly most: number };

const ratio = (most: number): Target => ({ kind: 'ratio', most });
/** Ten times the operations take at most 14 times as long. */
export const linearExponent = 1.15;
const chains = {
  W10_100000: ratio(0.5),
  W10_1000000: { kind: 'ratio', most: 0.5, linear: true },
} as const satisfies Partial<Record<WorkId, Target>>;

export const targets: Readonly<Record<EngineEntry['kind'], Readonly<Partial<Record<WorkId, Target>>>>> = {
  compiled: {
    W1: ratio(1),
    W2: ratio(0.7),
    W3: ratio(0.7),
    W3b: ratio(0.7),
    W4: ratio(0.03),
    W5_512: { kind: 'part', least: 0.8 },
    W6: { kind: 'part', least: 0.7 },
    W7f: ratio(0.7),
    W7g: ratio(0.4),
    W8_1: ratio(0.8),
    W8_64: ratio(0.6),
    W9: ratio(0.5),
    ...chains,
  },
  // Readable, not fast: it must not embarrass.
  interpreter: {
    W1: { kind: 'milliseconds', most: 12 },
    W2: { kind: 'milliseconds', most: 700 },
    ...chains,
  },
};

export function targetText(target: Target): string {
  switch (target.kind) {
    case 'ratio':
      return `≤ ${target.most}${target.linear === true ? ', linear' : ''}`;
    case 'part':
      return `≥ ${target.least * 100} % of wasm`;
    case 'milliseconds':
      return `≤ ${target.most} ms`;
  }
}
