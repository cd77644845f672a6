/**
 * Breaks the tables of rules, one rule at a time and in one way at a time, and runs the laws of the suite: each broken
 * rule must be noticed. `npm run mutate` ends with one line of JSON; survivors are listed, and make it fail. Names of tables
 * as arguments (`npm run mutate -- jvp`) break those alone.
 */
import { batchMutants } from './batching.ts';
import { derivativeMutants } from './derivatives.ts';
import type { Mutant } from './mutant.ts';
import { rewriteMutants } from './rewriting.ts';
import { typeMutants } from './types.ts';

function isKilled(mutant: Mutant): boolean {
  const restore = mutant.install();
  try {
    mutant.run();
    return false;
  } catch {
    return true;
  } finally {
    restore();
  }
}

/** The laws hold before anything is broken: a suite that always fails would notice everything. */
function checkHealthy(mutants: readonly Mutant[]): void {
  const seen = new Set<string>();
  for (const { table, rule, run } of mutants) {
    if (seen.has(`${table} ${rule}`)) continue;
    seen.add(`${table} ${rule}`);
    run();
  }
}

const started = performance.now();
const wanted = process.argv.slice(2);
const all = [...derivativeMutants(), ...batchMutants(), ...typeMutants(), ...rewriteMutants()];
const mutants = all.filter(({ table }) => wanted.length === 0 || wanted.includes(table));
checkHealthy(mutants);
const counts = new Map<string, { mutants: number; killed: number }>();
const survivors: Mutant[] = [];
for (const mutant of mutants) {
  const count = counts.get(mutant.table) ?? { mutants: 0, killed: 0 };
  counts.set(mutant.table, count);
  count.mutants++;
  if (isKilled(mutant)) count.killed++;
  else survivors.push(mutant);
}
for (const [table, count] of counts) console.log(`${table}: ${count.killed} of ${count.mutants} killed`);
for (const { table, rule, change } of survivors) console.log(`survives: ${table} of ${rule}: ${change}`);
console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
console.log(JSON.stringify({ mutants: mutants.length, killed: mutants.length - survivors.length }));
if (survivors.length > 0) process.exitCode = 1;
