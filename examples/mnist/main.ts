/**
 * Trains a small convolutional network on all handwritten digits of MNIST once, and shows what it has learned. The last
 * line is one JSON object.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  classReports,
  confusionMatrix,
  formatSummary,
  fromArrays,
  measure,
  plotCurves,
  summarize,
  toSvg,
} from 'cotangent';
import { writeCheckpointFile } from 'cotangent/node';
import { loadDigits } from './data.ts';
import { digitTrainer } from './model.ts';
import { predictAll } from './predict.ts';
import { progressOf, smoothed, table } from './report.ts';

const options = {
  seed: { type: 'string', default: '1' },
  images: { type: 'string' },
  epochs: { type: 'string' },
} as const;
const { values: flags } = flagsOf(() => parseArgs({ options }));

/** Flags as they are read, or one line about what is wrong with them. */
function flagsOf<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    console.error((error as Error).message);
    console.error(
      `there is ${Object.keys(options)
        .map((name) => `--${name} <number>`)
        .join(', ')}`,
    );
    process.exit(2);
  }
}

const seed = Number(flags.seed);
const images = Number(flags.images ?? 60_000);
const epochs = Number(flags.epochs ?? 1);
const batchSize = 64;
for (const [name, value] of Object.entries({ seed, images, epochs }))
  if (!Number.isSafeInteger(value) || value < 1) {
    console.error(`--${name} must be a whole number of 1 or more`);
    process.exit(2);
  }

const output = new URL('./output/', import.meta.url);
await mkdir(output, { recursive: true });
const path = (name: string): string => fileURLToPath(new URL(name, output));

const train = await loadDigits('train', images);
const test = await loadDigits('t10k');
const steps = Math.floor(train.labels.size / batchSize) * epochs;
const digits = digitTrainer({ seed, steps });
const data = fromArrays({ image: train.images, label: train.labels }).shuffle(seed).batch(batchSize);

console.log(`${formatSummary(summarize(digits.predictionGraph, { bindings: { batch: 1 } }))}\n`);
console.log(
  `training on ${train.labels.size} images, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'} of batches of ${batchSize}`,
);

const started = performance.now();
const progress = progressOf(digits, steps, batchSize);
await digits.fit(data, { epochs });
progress.stop();
const trainSeconds = (performance.now() - started) / 1000;

const predictions = predictAll(digits, test.images, 500);
const metricBatch = [{ predictions, labels: test.labels }];
const reports = measure(classReports(10), metricBatch);
const matrix = measure(confusionMatrix(10), metricBatch);
const correct = matrix.reduce((sum, row, digit) => sum + row[digit]!, 0);
const testAccuracy = correct / test.labels.size;

console.log(
  `\n${table(reports)}\n\n${(100 * testAccuracy).toFixed(2)} % of ${test.labels.size} test images are right`,
);

const checkpoint = path('digits.safetensors');
await writeCheckpointFile(checkpoint, digits.snapshot());
const { losses } = digits.state;
await writeFile(
  path('learning-curve.svg'),
  plotCurves({
    title: 'MNIST: training loss',
    series: [
      { name: 'each step', points: losses.map((loss, i) => [i + 1, loss] as const) },
      { name: 'mean of 25', points: smoothed(losses, 25) },
    ],
    xLabel: 'step',
    yLabel: 'cross-entropy',
  }),
);
await writeFile(path('graph.svg'), await toSvg(digits.predictionGraph));
console.log(
  `\nlearning curve: ${path('learning-curve.svg')}\ngraph:          ${path('graph.svg')}\ncheckpoint:     ${checkpoint}\n`,
);

console.log('a fresh program loads the checkpoint and reads a few digits:\n');
const label = fileURLToPath(new URL('./label.ts', import.meta.url));
execFileSync(process.execPath, [...process.execArgv, label, checkpoint, String(seed)], {
  stdio: ['ignore', 'inherit', 'inherit'],
});

console.log(
  JSON.stringify({
    testAccuracy,
    trainSeconds: Number(trainSeconds.toFixed(1)),
    images: train.labels.size,
    epochs,
    engine: digits.variables.engine.name,
    seed,
  }),
);
