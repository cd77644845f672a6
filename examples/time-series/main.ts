/**
 * Trains a network to forecast half a year of carbon dioxide from the two years before, and judges it beside baselines on
 * the test years, step by step of the horizon. The last line is one JSON object.
 */
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import { baselines, forecastsOf } from './baselines.ts';
import { judge } from './errors.ts';
import { dataOf, forecaster, forecastsOfNetwork } from './network.ts';
import { readSeries } from './read.ts';
import { cuts, sizes } from './setting.ts';
import { examplesOf, partsOf, spreadOf, windowsOf } from './windows.ts';

const { values: flags } = parseArgs({
  options: {
    epochs: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
});
const [epochs, seed] = [Number(flags.epochs), Number(flags.seed)];
for (const [name, value] of Object.entries({ epochs, seed }))
  if (!Number.isSafeInteger(value) || value < 1) {
    console.error(`--${name} must be a whole number of 1 or more`);
    process.exit(2);
  }

const series = await readSeries();
const parts = partsOf(series, cuts);
for (const [name, { from, to }] of Object.entries(parts)) {
  const present = series.present.subarray(from, to).reduce((sum, entry) => sum + entry, 0);
  console.log(`${name}: ${to - from} weeks, ${to - from - present} of them missing`);
}
const training = windowsOf(series, parts.training, sizes);
const validation = windowsOf(series, parts.validation, sizes);
const test = windowsOf(series, parts.test, sizes);

const spread = spreadOf(training);
const [batchSize, patience] = [64, 8];
const data = dataOf(examplesOf(training, spread)).shuffle(seed).batch(batchSize);
const steps = data.count({ remainder: 'drop' })! * epochs;
const network = forecaster({ ...sizes, units: 32, learningRate: 0.01, steps, seed });

const bar = new SingleBar({
  format: '{bar} {percentage} % | training {training} ppm | validation {validation} ppm | {left} s left',
  hideCursor: true,
  noTTYOutput: true,
  notTTYSchedule: 10_000,
});
const started = performance.now();
const secondsSince = (): number => (performance.now() - started) / 1000;
console.log(
  `\n${training.length} windows to learn from, ${validation.length} for validation, ${epochs} epochs`,
);
bar.start(epochs, 0, { training: '-', validation: '-', left: '-' });
network.on('epoch', ({ record }) => {
  const done = record.epoch + 1;
  bar.update(done, {
    training: (record.loss * spread).toFixed(3),
    validation: (record.validation!.loss! * spread).toFixed(3),
    left: ((secondsSince() / done) * (epochs - done)).toFixed(0),
  });
});
const { epoch, best } = await network.fit(data, {
  epochs,
  // In one batch: a mean over batches would not know how many targets each of them has.
  validation: dataOf(examplesOf(validation, spread)).batch(validation.length),
  patience,
  restoreBest: true,
});
bar.stop();
const seconds = secondsSince();

const results = Object.entries(baselines).map(([name, forecaster]) => ({
  name,
  errors: judge(forecastsOf(forecaster, test), test),
}));
const bestBaseline = Math.min(...results.map(({ errors }) => errors.mean));
const judged = judge(forecastsOfNetwork(network, test, spread), test);
results.push({ name: 'network', errors: judged });

const shownSteps = [1, 4, 13, 26];
const table = new Table({
  head: ['forecast', ...shownSteps.map((step) => `week ${step}`), `mean of ${sizes.horizon}`],
  style: { head: [], border: [] },
  colAligns: ['left', ...shownSteps.map(() => 'right' as const), 'right'],
});
for (const { name, errors } of results)
  table.push([
    name,
    ...shownSteps.map((step) => errors.perStep[step - 1]!.toFixed(3)),
    errors.mean.toFixed(3),
  ]);
console.log(
  `\nepoch ${best!.epoch} of ${epoch} was best on validation: ${(best!.value * spread).toFixed(3)} ppm; ${seconds.toFixed(0)} s`,
);
console.log(`\nmean absolute error on ${test.length} test windows, ppm:\n${table.toString()}\n`);
const verdict = judged.mean < bestBaseline ? 'is better' : 'is no better';
console.log(`the network ${verdict} than the best baseline\n`);
console.log(
  JSON.stringify({
    ...Object.fromEntries(results.map(({ name, errors }) => [name, errors.mean])),
    seconds: Number(seconds.toFixed(1)),
    epochs: epoch,
    seed,
  }),
);
