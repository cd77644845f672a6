/** Judges baselines and a network on the test years, step by step of the horizon. The last line is one JSON object. */
import Table from 'cli-table3';
import { baselines, forecastsOf } from './baselines.ts';
import { judge } from './errors.ts';
import { trainNetwork } from './network.ts';
import { readSeries } from './read.ts';
import { cuts, sizes } from './setting.ts';
import { partsOf, spreadOf, windowsOf } from './windows.ts';

const series = await readSeries();
const parts = partsOf(series, cuts);
for (const [name, { from, to }] of Object.entries(parts)) {
  const present = series.present.subarray(from, to).reduce((sum, entry) => sum + entry, 0);
  console.log(`${name}: ${to - from} weeks, ${to - from - present} of them missing`);
}

const windows = windowsOf(series, parts.test, sizes);
const results = Object.entries(baselines).map(([name, forecaster]) => ({
  name,
  errors: judge(forecastsOf(forecaster, windows), windows),
}));

const training = windowsOf(series, parts.training, sizes);
const started = performance.now();
const network = await trainNetwork(
  training,
  windowsOf(series, parts.validation, sizes),
  spreadOf(training),
  sizes,
);
console.log(
  `\nthe network learned for ${network.run.state.epoch} epochs, ${((performance.now() - started) / 1000).toFixed(0)} s`,
);
results.push({ name: 'GRU on top of drift', errors: judge(network.forecast(windows), windows) });

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
console.log(`\nmean absolute error on ${windows.length} test windows, ppm:\n${table.toString()}\n`);
console.log(JSON.stringify(Object.fromEntries(results.map(({ name, errors }) => [name, errors.mean]))));
