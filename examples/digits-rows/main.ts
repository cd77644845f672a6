/**
 * Reads handwritten digits row by row with a recurrent network, and shows a few of them with what it says. The last line
 * is one JSON object.
 */
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { fromArrays } from 'cotangent';
import { imageAt, readDigits, stratifiedSplit } from './data.ts';
import { drawSideBySide } from './draw.ts';
import { rowReader } from './model.ts';

const { values: flags } = parseArgs({
  options: {
    cell: { type: 'string', default: 'gru' },
    epochs: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
  },
});
const stop = (sentence: string): never => {
  console.error(sentence);
  process.exit(2);
};
const cell = flags.cell === 'gru' || flags.cell === 'lstm' ? flags.cell : stop('--cell is gru or lstm');
const [epochs, seed] = [Number(flags.epochs), Number(flags.seed)];
for (const [name, value] of Object.entries({ epochs, seed }))
  if (!Number.isSafeInteger(value) || value < 1) stop(`--${name} must be a whole number of 1 or more`);

const [units, batchSize, testFraction, shownInRow] = [64, 32, 0.2, 6];
const [training, test] = stratifiedSplit(await readDigits(), testFraction, seed);
const data = fromArrays({ ...training })
  .shuffle(seed)
  .batch(batchSize);
const steps = data.count({ remainder: 'drop' })! * epochs;
const reader = rowReader({ cell, units, steps, seed });
console.log(
  `${cell} of ${units} units, ${training.digit.size} images to learn from, ${test.digit.size} for the test, ${epochs} epochs`,
);

const bar = new SingleBar({
  format: '{bar} {percentage} % | loss {loss} | {left} s left',
  hideCursor: true,
  noTTYOutput: true,
  notTTYSchedule: 10_000,
});
const started = performance.now();
const secondsSince = (): number => (performance.now() - started) / 1000;
bar.start(epochs, 0, { loss: '-', left: '-' });
reader.on('epoch', ({ record: { epoch, loss } }) => {
  const left = (secondsSince() / (epoch + 1)) * (epochs - epoch - 1);
  bar.update(epoch + 1, { loss: loss.toFixed(3), left: left.toFixed(0) });
});
await reader.fit(data, { epochs });
bar.stop();
const seconds = secondsSince();

const { accuracy } = await reader.evaluate(fromArrays({ ...test }).batch(100));
const scores = reader.predict(test.rows);
const said = Array.from(test.digit.data, (_, i) => {
  const own = scores.data.subarray(i * 10, (i + 1) * 10);
  return own.indexOf(Math.max(...own));
});
const captioned = (place: number) => {
  const [answer, truth] = [said[place]!, test.digit.data[place]!];
  return {
    caption: answer === truth ? `a ${answer}` : `a ${answer}; no, a ${truth}`,
    pixels: imageAt(test.rows, place),
  };
};
// The test has the digits in order, so evenly spaced places show different ones.
const even = Array.from({ length: shownInRow }, (_, i) => Math.floor(((i + 0.5) * said.length) / shownInRow));
const wrong = [...said.keys()].filter((i) => said[i] !== test.digit.data[i]);
console.log(`\n${drawSideBySide(even.map(captioned))}`);
if (wrong.length > 0)
  console.log(`\nread wrong:\n\n${drawSideBySide(wrong.slice(0, shownInRow).map(captioned))}`);
console.log(
  `\n${(100 * accuracy!).toFixed(2)} % of ${said.length} test images are right, ${wrong.length} wrong\n`,
);
console.log(
  JSON.stringify({ testAccuracy: accuracy, seconds: Number(seconds.toFixed(1)), epochs, cell, seed }),
);
