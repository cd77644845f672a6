/** Reference values: inputs, and the outputs that GradBench's own implementation gave for them. */
import { readFileSync } from 'node:fs';
import { compare, usualTolerance } from './comparison.ts';
import { evaluations } from './evals/index.ts';
import type { Evaluation } from './evaluation.ts';
import { type Response, respond } from './protocol.ts';

export interface Case {
  readonly function: string;
  readonly description?: string;
  readonly input: unknown;
  readonly output: unknown;
  /** The validator's own, where it is not the usual one. */
  readonly tolerance?: number;
}

interface Reference {
  readonly cases: readonly Case[];
}

export interface Verdict {
  /** The largest deviation of a number from its reference. */
  readonly worst: number;
  readonly cases: number;
  /** A sentence for each case that is not valid. */
  readonly faults: readonly string[];
}

/** The reference values of an evaluation, in the order in which they were recorded: small inputs first. */
export const referenceOf = (name: string): Reference =>
  // A file of this folder, written by `bridge.mjs`.
  JSON.parse(readFileSync(new URL(`reference/${name}.json`, import.meta.url), 'utf8')) as Reference;

/** Evaluates cases as the tool does, through its messages, and compares the outputs. */
export function judge(name: string, evaluation: Evaluation, cases: readonly Case[]): Verdict {
  let worst = 0;
  const faults: string[] = [];
  cases.forEach(({ function: of, description = '', input, output, tolerance = usualTolerance }, id) => {
    const message = { id, kind: 'evaluate', module: name, function: of, input };
    const response: Response = JSON.parse(respond({ [name]: evaluation }, JSON.stringify(message)));
    const { deviation, difference } = response.success
      ? compare(output, response.output)
      : { deviation: Number.POSITIVE_INFINITY, difference: String(response.error) };
    worst = Math.max(worst, deviation);
    if (deviation > tolerance)
      faults.push(`${of} ${description}: ${difference ?? `deviates by ${deviation.toExponential(1)}`}`);
  });
  return { worst, cases: cases.length, faults };
}

/** Names and evaluations of the list. */
export const listed = Object.entries(evaluations);
