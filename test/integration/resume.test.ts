/** Stop at any moment, resume, and get bit for bit the run that was never stopped. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeCheckpoint, encodeCheckpoint, type Trainer } from '@cotangent/train';
import { readCheckpointFile, writeCheckpointFile } from '@cotangent/train/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { points, smallData, smallTrainer } from './small.ts';

const epochs = 3;

/** Everything a run has come to, as bytes. */
const bytesOf = (trainer: Trainer): string =>
  Buffer.from(encodeCheckpoint(trainer.snapshot())).toString('base64');

async function wholeRun(): Promise<Trainer> {
  const trainer = smallTrainer();
  await trainer.fit(smallData(), { epochs, validation: points(20).batch(6) });
  return trainer;
}

describe('a resumed training', () => {
  test('is the one that was never stopped, wherever it was stopped', async () => {
    const whole = bytesOf(await wholeRun());
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 29 }), async (steps) => {
        const first = smallTrainer();
        first.on('step', ({ state }) => {
          if (state.step === steps) first.stop();
        });
        await first.fit(smallData(), { epochs, validation: points(20).batch(6) });
        expect(first.state.step).toBe(steps);
        const second = smallTrainer('another seed: everything comes from the checkpoint');
        second.restore(decodeCheckpoint(encodeCheckpoint(first.snapshot())));
        await second.fit(smallData(), { epochs, validation: points(20).batch(6) });
        const { tensors, meta } = second.snapshot();
        expect(
          Buffer.from(encodeCheckpoint({ tensors, meta: { ...meta, seed: 1 } })).toString('base64'),
        ).toBe(whole);
      }),
      { numRuns: 8 },
    );
  });

  test('goes through a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cotangent-'));
    try {
      const path = join(folder, 'run.safetensors');
      const first = smallTrainer();
      await first.fit(smallData(), { epochs: 1 });
      await writeCheckpointFile(path, first.snapshot());
      const second = smallTrainer();
      second.restore(await readCheckpointFile(path));
      await Promise.all([first.fit(smallData(), { epochs }), second.fit(smallData(), { epochs })]);
      expect(bytesOf(second)).toBe(bytesOf(first));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('the seed', () => {
  test('decides every bit of a run', async () => {
    expect(bytesOf(await wholeRun())).toBe(bytesOf(await wholeRun()));
  });

  test('makes another run if it is another', async () => {
    const [one, two] = [smallTrainer(1), smallTrainer(2)];
    await one.fit(smallData(), { epochs: 1 });
    await two.fit(smallData(), { epochs: 1 });
    expect(one.state.losses).not.toEqual(two.state.losses);
  });
});

describe('fit', () => {
  test('keeps its state immutable: an old one does not change', async () => {
    const trainer = smallTrainer();
    await trainer.fit(smallData(), { epochs: 1 });
    const old = trainer.state;
    const copy = structuredClone(old);
    await trainer.fit(smallData(), { epochs: 2 });
    expect(old).toEqual(copy);
    expect(trainer.state.history).toHaveLength(2);
  });

  test('stops early, and goes back to the best parameters', async () => {
    const trainer = smallTrainer();
    const seen: number[] = [];
    trainer.on('epoch', ({ record }) => void seen.push(record.validation!.loss!));
    let reason = '';
    trainer.on('end', (event) => void (reason = event.reason));
    await trainer.fit(smallData(), {
      epochs: 200,
      validation: points(20).batch(6),
      patience: 2,
      restoreBest: true,
    });
    expect(reason).toBe('early stopping');
    const best = Math.min(...seen);
    expect((await trainer.evaluate(points(20).batch(6))).loss).toBeCloseTo(best, 6);
  });

  test('evaluates the same for every batch size: padding counts nothing', async () => {
    const trainer = smallTrainer();
    await trainer.fit(smallData(), { epochs: 1 });
    const [one, other] = [
      await trainer.evaluate(points(23).batch(23)),
      await trainer.evaluate(points(23).batch(5)),
    ];
    expect(other.accuracy).toBe(one.accuracy);
    expect(other.loss).toBeCloseTo(one.loss!, 6);
  });

  test('ends at a signal after the step under way', async () => {
    const trainer = smallTrainer();
    const abort = new AbortController();
    trainer.on('step', ({ state }) => {
      if (state.step === 3) abort.abort();
    });
    await trainer.fit(smallData(), { epochs: 5, signal: abort.signal });
    expect(trainer.state.step).toBe(3);
  });
});
