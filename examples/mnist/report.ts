/** What the terminal shows: a progress bar, and a table of results by class. */

import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import type { ClassReport, Trainer } from 'cotangent';

/** A bar with rate, loss, accuracy of the last batches and time left. */
export function progressOf(digits: Trainer, steps: number, batchSize: number): { stop(): void } {
  const bar = new SingleBar({
    format: '{bar} {percentage} % | {rate} images/s | loss {loss} | accuracy {accuracy} | {left} s left',
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 10_000,
  });
  const started = performance.now();
  bar.start(steps, 0, { rate: '-', loss: '-', accuracy: '-', left: '-' });
  let [loss, accuracy] = [0, 0];
  digits.on('step', (event) => {
    // Averages that forget, so that the numbers can be read.
    const weight = Math.max(1 / event.state.step, 0.05);
    loss += weight * (event.loss - loss);
    accuracy += weight * (event.metrics.accuracy! - accuracy);
    const seconds = (performance.now() - started) / 1000;
    const { step } = event.state;
    bar.update(step, {
      rate: Math.round((step * batchSize) / seconds),
      loss: loss.toFixed(3),
      accuracy: `${(100 * accuracy).toFixed(1)} %`,
      left: Math.round((seconds / step) * (steps - step)),
    });
  });
  return { stop: () => bar.stop() };
}

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** Precision, recall and F1 of each class. */
export function table(reports: readonly ClassReport[]): string {
  const result = new Table({
    head: ['digit', 'images', 'precision', 'recall', 'F1'],
    style: { head: [], border: [] },
    colAligns: ['right', 'right', 'right', 'right', 'right'],
  });
  for (const report of reports)
    result.push([
      report.class,
      report.support,
      percent(report.precision),
      percent(report.recall),
      percent(report.f1),
    ]);
  return result.toString();
}

/** Means of so many neighbours. */
export const smoothed = (values: readonly number[], width: number): (readonly [number, number])[] =>
  values.flatMap((_, i) => {
    if (i + 1 < width) return [];
    const window = values.slice(i + 1 - width, i + 1);
    return [[i + 1, window.reduce((sum, value) => sum + value, 0) / width] as const];
  });
