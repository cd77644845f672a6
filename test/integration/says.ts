/** What must fail, and with which words. */
import { CotangentError, type ErrorCode } from '@cotangent/graph';
import { expect } from 'vitest';

/** Runs what must fail, and gives its code and sentence. */
export async function failure(body: () => unknown): Promise<{ code: ErrorCode; message: string }> {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof CotangentError)) throw error;
    return { code: error.code, message: error.message };
  }
  throw new Error('nothing failed');
}

export const says = async (
  body: () => unknown,
  code: ErrorCode,
  ...fragments: readonly string[]
): Promise<void> => {
  const found = await failure(body);
  expect(found.code).toBe(code);
  for (const fragment of fragments) expect(found.message).toContain(fragment);
};
