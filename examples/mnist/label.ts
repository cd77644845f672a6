/** A program of its own: loads a checkpoint, and labels a few test images that it draws in the terminal. */
import { drawDigit } from 'cotangent';
import { readCheckpointFile } from 'cotangent/node';
import { loadDigits } from './data.ts';
import { digitTrainer } from './model.ts';
import { predictAll } from './predict.ts';

const [checkpoint, seed = '1'] = process.argv.slice(2);
if (checkpoint === undefined) {
  console.error('usage: label.ts CHECKPOINT [SEED]');
  process.exit(2);
}

const digits = digitTrainer({ seed: 0, steps: 1 });
digits.restore(await readCheckpointFile(checkpoint));

const { images, labels } = await loadDigits('t10k');
const first = (Number(seed) * 37) % (labels.size - 4);
const logits = predictAll(digits, images, 500);
for (let i = first; i < first + 4; i++) {
  const scores = logits.data.subarray(i * 10, (i + 1) * 10);
  const answer = scores.indexOf(Math.max(...scores));
  console.log(drawDigit(images.data.subarray(i * 784, (i + 1) * 784), 28));
  console.log(`this is a ${answer}${answer === labels.data[i] ? '' : `; no, a ${labels.data[i]}`}\n`);
}
