/** Who called what takes long: errors come up when the caller has left the stack. */
import { CotangentError } from '@cotangent/graph';

/** Runs something; its errors without a line of their own get the line of the call. */
export async function calledAt<R>(line: string | undefined, body: () => Promise<R>): Promise<R> {
  try {
    return await body();
  } catch (error) {
    if (line === undefined || !(error instanceof CotangentError) || error.line !== undefined) throw error;
    const { code, sentence, shapes, path } = error;
    throw new CotangentError(code, sentence, {
      shapes,
      line,
      cause: error,
      ...(path === undefined ? {} : { path }),
    });
  }
}
