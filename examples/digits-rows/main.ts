/**
 * Reads handwritten digits row by row: a GRU sees 8 rows of 8 pixels, one after the other, forwards and backwards, and
 * says the digit after the last one. The last line is one JSON object.
 */
import {
  accuracy,
  adam,
  crossEntropy,
  dropout,
  fromArrays,
  gru,
  input,
  linear,
  named,
  sequential,
  trainer,
} from 'cotangent';
import { arraysOf, readDigits, stratified } from './digits.ts';

const [epochs, batchSize, seed] = [30, 32, 1];
const { train, test } = stratified(await readDigits(), 5);

const { reader } = named({
  reader: sequential(
    gru({ units: 48, bidirectional: 'concat', returns: 'last' }),
    dropout(0.2),
    linear({ units: 10 }),
  ),
});
const run = trainer({
  model: reader,
  inputs: [input('rows', ['batch', 8, 8]), input('label', ['batch'], 'i32')],
  loss: (logits, label, weights) => crossEntropy(logits, label, { weights }),
  optimizer: adam({ learningRate: 0.004 }),
  metrics: { accuracy: accuracy() },
  seed,
});

console.log(`${train.length} digits to learn from, ${test.length} to judge; ${epochs} epochs`);
const started = performance.now();
const judged = fromArrays(arraysOf(test)).batch(batchSize);
run.on('epoch', ({ state }) => {
  if (state.epoch % 5 !== 0) return;
  const lately = state.losses.slice(-Math.floor(train.length / batchSize));
  const mean = lately.reduce((sum, loss) => sum + loss, 0) / lately.length;
  console.log(`epoch ${state.epoch}: training loss ${mean.toFixed(4)}`);
});
await run.fit(fromArrays(arraysOf(train)).shuffle(seed).batch(batchSize), { epochs });
const seconds = Number(((performance.now() - started) / 1000).toFixed(1));

const result = await run.evaluate(judged);
const right = result.accuracy as number;
console.log(
  `${(100 * right).toFixed(2)} % of the ${test.length} test digits are right, after ${seconds} s\n`,
);

const shades = ' .:-=+*#%@';
const shown = test.filter((_, i) => i % 90 === 0);
const logits = run.predict(arraysOf(shown).rows);
shown.forEach(({ pixels, label }, i) => {
  const scores = Array.from(logits.data.subarray(i * 10, i * 10 + 10));
  for (let row = 0; row < 8; row++)
    console.log(
      Array.from(pixels.subarray(row * 8, row * 8 + 8), (value) =>
        shades[Math.round(value * 9)]!.repeat(2),
      ).join(''),
    );
  console.log(`read as ${scores.indexOf(Math.max(...scores))}, labelled ${label}\n`);
});
console.log(JSON.stringify({ accuracy: right, seconds, epochs }));
