/**
 * The one border between the functions of run time and their types: the types compute the shapes that run time computes,
 * which TypeScript cannot see; the tests hold the two together.
 */
import { traced } from './origin.ts';

/** A function of run time as a public call with shapes as types. */
export const typed = <F>(body: (...args: never[]) => unknown): F =>
  // What the body takes and gives is what F says, by the tests of the types.
  traced(body) as unknown as F;
