/** When graphs that mean the same give the same values. */
import type { HostArray } from '@cotangent/graph';
import { engine } from './engine.ts';
import { expectNear, expectSameBits } from './same.ts';

/**
 * The interpreter goes node by node, and what is folded is its work: nothing that keeps the meaning of a graph changes a
 * bit. A compiled engine rounds sums as they are fused and has functions of its own, within their bounds.
 */
export const expectSameValue =
  engine.name === 'interpreter'
    ? expectSameBits
    : (actual: HostArray, wanted: HostArray, what: string): void =>
        expectNear(actual, wanted, wanted.dtype === 'f64' ? 1e-9 : 1e-4, what);

/** Several arrays by name. */
export function expectSameValues(
  actual: Readonly<Record<string, HostArray>>,
  wanted: Readonly<Record<string, HostArray>>,
  what: string,
): void {
  for (const [name, array] of Object.entries(wanted))
    expectSameValue(actual[name]!, array, `${what}: ${name}`);
}
