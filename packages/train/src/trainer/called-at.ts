/** What takes long raises errors when its caller has left the stack. */
import { CotangentError } from '@cotangent/graph';

/** Runs something; its errors without a line of their own get the line of the call. */
export async function calledAt<R>(line: string | undefined, body: () => Promise<R>): Promise<R> {
  try {
    return await body();
  } catch (error) {
    throw error instanceof CotangentError ? error.calledAt(line) : error;
  }
}
