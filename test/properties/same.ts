/** When two arrays are the same: bit for bit, where every NaN is one NaN; or near, for what was rounded in another order. */
import { CotangentError, formatType, type HostArray, sameType } from '@cotangent/graph';

/** Raises at the first element whose bits differ; 0 and −0 differ. */
export function expectSameBits(actual: HostArray, wanted: HostArray, what: string): void {
  if (!sameType(actual, wanted))
    throw new Error(`${what}: ${formatType(actual)} where it should be ${formatType(wanted)}`);
  for (let i = 0; i < wanted.data.length; i++)
    if (!Object.is(actual.data[i], wanted.data[i]))
      throw new Error(
        `${what}: element ${i} is ${show(actual.data[i]!)} where it should be ${show(wanted.data[i]!)}`,
      );
}

const show = (x: number): string => (Object.is(x, -0) ? '-0' : String(x));

/** Raises where elements are further apart than rounding explains: `relative` of the largest finite element. */
export function expectNear(actual: HostArray, wanted: HostArray, relative: number, what: string): void {
  if (!sameType(actual, wanted))
    throw new Error(`${what}: ${formatType(actual)} where it should be ${formatType(wanted)}`);
  let size = 1;
  for (const entry of wanted.data) if (Number.isFinite(entry)) size = Math.max(size, Math.abs(entry));
  for (let i = 0; i < wanted.data.length; i++) {
    const [a, b] = [actual.data[i]!, wanted.data[i]!];
    if (!(Math.abs(a - b) <= relative * size) && !Object.is(a, b))
      throw new Error(`${what}: element ${i} is ${a} where it should be ${b}`);
  }
}

/** Several arrays by name, bit for bit or as they are compared. */
export function expectSameRecord(
  actual: Readonly<Record<string, HostArray>>,
  wanted: Readonly<Record<string, HostArray>>,
  what: string,
  compare = expectSameBits,
): void {
  for (const [name, array] of Object.entries(wanted)) compare(actual[name]!, array, `${what}: ${name}`);
}

/** What a run gives: a value, or the code of an error of the library. Nothing else may come out. */
export function outcome<T>(body: () => T): { readonly value: T } | { readonly code: string } {
  try {
    return { value: body() };
  } catch (error) {
    if (error instanceof CotangentError) return { code: error.code };
    throw error;
  }
}
