/** A program of its own: loads a checkpoint, and labels a few test images that it draws in the terminal. */
import { drawDigit, HostArray } from 'cotangent';
import { readCheckpointFile } from 'cotangent/node';
import { loadDigits } from './data.ts';
import { digitTrainer } from './model.ts';

const [checkpoint, seed = '1'] = process.argv.slice(2);
if (checkpoint === undefined) {
  console.error('usage: label.ts CHECKPOINT [SEED]');
  process.exit(2);
}

const digits = digitTrainer({ seed: 0, steps: 1 });
digits.restore(await readCheckpointFile(checkpoint));

const { images, labels } = await loadDigits('t10k');
const first = (Number(seed) * 37) % (labels.size - 3);
const chosen = new HostArray('f32', [3, 28, 28, 1], images.data.slice(first * 784, (first + 3) * 784));
const logits = digits.predict(chosen);
for (let i = 0; i < 3; i++) {
  const scores = logits.data.subarray(i * 10, (i + 1) * 10);
  const answer = scores.indexOf(Math.max(...scores));
  const truth = labels.data[first + i];
  console.log(
    drawDigit(chosen.data.subarray(i * 784, (i + 1) * 784), 28).replace(/^(\s*\n)+|(\s*\n)+$/g, ''),
  );
  console.log(`this is a ${answer}${answer === truth ? '' : `; no, a ${truth}`}\n`);
}
