/** `npm run gradbench`: all evaluations against their reference values. Ends with 1 unless all of GradBench's are valid. */
import { judge, listed, referenceOf } from './reference.ts';

/** How many evaluations GradBench has. */
const of = 12;

let valid = 0;
for (const [name, evaluation] of listed) {
  const { worst, cases, faults } = judge(name, evaluation, referenceOf(name).cases);
  if (faults.length === 0) valid++;
  const verdict = faults.length === 0 ? 'valid' : 'INVALID';
  console.log(`${name.padEnd(8)} ${verdict}: ${cases} cases, worst deviation ${worst.toExponential(1)}`);
  for (const fault of faults) console.log(`  ${fault}`);
}
console.log(`{"valid": ${valid}, "of": ${of}}`);
process.exitCode = valid === of ? 0 : 1;
