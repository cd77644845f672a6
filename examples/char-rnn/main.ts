/**
 * Learns to write like Shakespeare, character by character. Prints the loss and samples as it learns, keeps a checkpoint,
 * and goes on from it with `--resume`. The last line is one JSON object.
 */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CotangentError } from 'cotangent';
import { readCheckpointFile, writeCheckpointFile } from 'cotangent/node';
import { characterModel } from './model.ts';
import { lossLine, meanOf, progressOf } from './report.ts';
import { readText, windowsOf } from './text.ts';
import { writerOf } from './write.ts';

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '400' },
    cell: { type: 'string', default: 'gru' },
    temperature: { type: 'string', default: '0.7' },
    resume: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
  },
});

const stop = (sentence: string): never => {
  console.error(sentence);
  process.exit(2);
};
const [steps, seed, temperature] = [Number(flags.steps), Number(flags.seed), Number(flags.temperature)];
for (const [name, value] of Object.entries({ steps, seed }))
  if (!Number.isSafeInteger(value) || value < 1) stop(`--${name} must be a whole number of 1 or more`);
if (!(temperature > 0 && temperature <= 10)) stop('--temperature must be above 0, and 10 at most');
const cell = flags.cell === 'gru' || flags.cell === 'lstm' ? flags.cell : stop('--cell is gru or lstm');

const [units, windowLength, batchSize] = [128, 50, 32];
const [stepsBetweenLines, stepsBetweenSamples] = [50, 100];

const { alphabet, training, heldOut } = await readText();
const data = windowsOf(training, windowLength).shuffle(seed).batch(batchSize);
const model = characterModel({
  cell,
  units,
  characters: alphabet.size,
  steps: windowLength,
  learningRate: 0.003,
  seed,
});
const run = model.training;

const output = new URL('./output/', import.meta.url);
await mkdir(output, { recursive: true });
const checkpoint = fileURLToPath(new URL(`${cell}.safetensors`, output));
if (flags.resume) {
  try {
    run.restore(await readCheckpointFile(checkpoint));
  } catch (error) {
    if (!(error instanceof CotangentError)) throw error;
    stop(`${error.message}: leave out --resume to begin anew`);
  }
  console.log(`going on from step ${run.state.step}`);
}
const first = run.state.step;
if (first >= steps) stop(`the checkpoint has ${first} steps already: ask for more with --steps`);

console.log(
  `${training.length} characters to learn from, ${heldOut.length} held out, ${alphabet.size} distinct; ` +
    `${cell} of ${units} units, ${batchSize} windows of ${windowLength} characters a step`,
);

const write = writerOf(model, alphabet);
const progress = progressOf(run, steps);
run.on('step', async ({ state: { step } }) => {
  if (step % stepsBetweenLines === 0)
    progress.say(lossLine(`step ${step}`, meanOf(run.state.losses.slice(-stepsBetweenLines))));
  if (step % stepsBetweenSamples === 0 || step === steps) {
    const sample = write({ prompt: '\n', length: 200, temperature, seed: step });
    progress.say(`\n--- step ${step}, temperature ${temperature}${sample}\n---\n`);
    await writeCheckpointFile(checkpoint, run.snapshot());
  }
  if (step === steps) run.stop();
});
// Ctrl-C ends the training after the step under way, and what was learned is kept.
process.once('SIGINT', () => run.stop());

const started = performance.now();
const stepsInEpoch = data.count({ remainder: 'drop' })!;
await run.fit(data, { epochs: Math.ceil(steps / stepsInEpoch) });
progress.stop();
const seconds = (performance.now() - started) / 1000;
const { step, losses } = run.state;
await writeCheckpointFile(checkpoint, run.snapshot());
console.log(`${((seconds / (step - first)) * 1000).toFixed(0)} ms a step; checkpoint: ${checkpoint}\n`);

const lately = losses.slice(-stepsBetweenLines);
const { loss } = await run.evaluate(windowsOf(heldOut, windowLength).batch(batchSize));
console.log(lossLine(`training text, mean of the last ${lately.length} steps`, meanOf(lately)));
console.log(lossLine(`held-out text, all of it`, loss!));
console.log(JSON.stringify({ nats: loss, seconds: Number(seconds.toFixed(1)), steps: step }));
