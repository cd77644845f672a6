/** What the terminal shows: a bar, and between its redraws lines that stay. */
import { SingleBar } from 'cli-progress';
import type { Trainer } from 'cotangent';

const nats = (loss: number): string =>
  `${loss.toFixed(3)} nats, ${(loss / Math.LN2).toFixed(3)} bits per character`;

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export const lossLine = (what: string, loss: number): string => `${what}: ${nats(loss)}`;

/** A bar with the seconds of a step, the loss of the last steps and the time left; `say` prints above it. */
export function progressOf(training: Trainer, steps: number) {
  const bar = new SingleBar({
    format: '{bar} {percentage} % | {pace} s/step | loss {loss} | {left} s left',
    hideCursor: true,
    clearOnComplete: true,
    noTTYOutput: true,
    notTTYSchedule: 30_000,
  });
  const first = training.state.step;
  const started = performance.now();
  let shown = { pace: '-', loss: '-', left: '-' };
  let loss = 0;
  bar.start(steps, first, shown);
  training.on('step', (event) => {
    const { step } = event.state;
    // An average that forgets, so that the number can be read.
    loss += Math.max(1 / (step - first), 0.05) * (event.loss - loss);
    const pace = (performance.now() - started) / 1000 / (step - first);
    shown = { pace: pace.toFixed(2), loss: loss.toFixed(3), left: (pace * (steps - step)).toFixed(0) };
    bar.update(step, shown);
  });
  return {
    say(text: string): void {
      bar.stop();
      console.log(text);
      bar.start(steps, training.state.step, shown);
    },
    stop: () => bar.stop(),
  };
}
