/** All evaluations by the names of GradBench's modules. */
import type { Evaluation } from '../evaluation.ts';
import { ba } from './ba.ts';
import { det } from './det.ts';
import { gmm } from './gmm.ts';
import { hello } from './hello.ts';
import { llsq } from './llsq.ts';
import { lse } from './lse.ts';

export const evaluations: Readonly<Record<string, Evaluation>> = {
  ba,
  det,
  gmm,
  hello,
  llsq,
  lse,
};
