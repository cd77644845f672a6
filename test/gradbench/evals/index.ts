/** All evaluations by the names of GradBench's modules. */
import type { Evaluation } from '../evaluation.ts';
import { hello } from './hello.ts';

export const evaluations: Readonly<Record<string, Evaluation>> = {
  hello,
};
