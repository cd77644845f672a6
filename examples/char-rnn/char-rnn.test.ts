/** Small cases: text as numbers, windows, steps with the state fed back, and going on from a checkpoint. */
import { decodeCheckpoint, encodeCheckpoint, type HostArray } from 'cotangent';
import { describe, expect, test } from 'vitest';
import { type CellName, type CharacterModel, characterModel } from './model.ts';
import { Alphabet, readText, windowsOf } from './text.ts';
import { readerOf, writerOf } from './write.ts';

const text = 'to be, or not to be, that is the question: ';
const alphabet = new Alphabet(text);
const numbers = alphabet.encode(text.repeat(4));
const steps = 6;
const smallModel = (cell: CellName): CharacterModel =>
  characterModel({ cell, units: 5, characters: alphabet.size, steps, learningRate: 0.01, seed: 3 });
const batches = windowsOf(numbers, steps).shuffle(2).batch(4);

describe('an alphabet', () => {
  test('gives each character a number, and the way back', () => {
    const small = new Alphabet('cabbage');
    expect(small.characters.join('')).toBe('abceg');
    expect([...small.encode('bag')]).toEqual([1, 0, 4]);
    expect(small.decode(small.encode('baggage'))).toBe('baggage');
    expect(() => small.encode('bad')).toThrow('the alphabet has no "d"');
  });
  test('of Shakespeare has 65 characters, and a tenth of the text is held out', async () => {
    const shakespeare = await readText();
    expect(shakespeare.alphabet.size).toBe(65);
    expect([shakespeare.training.length, shakespeare.heldOut.length]).toEqual([1_003_854, 111_540]);
    expect(shakespeare.alphabet.decode(shakespeare.training.subarray(0, 14))).toBe('First Citizen:');
  });
});

describe('windows', () => {
  const sevenLong = Int32Array.from([0, 1, 2, 3, 4, 5, 6]);
  test('lie side by side, and what is next is one further on', async () => {
    const [batch] = await windowsOf(sevenLong, 3).batch(2).collect();
    expect(batch!.characters.toNested()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(batch!.next.toNested()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });
  test('need a character after the last', () => {
    expect(windowsOf(sevenLong, 6).length).toBe(1);
    expect(() => windowsOf(sevenLong, 7)).toThrow(/has no window of 7/);
  });
});

describe.each<CellName>(['gru', 'lstm'])('%s', (cell) => {
  test('reads step by step what it reads at once', () => {
    const model = smallModel(cell);
    const whole = model.training.predict([[...numbers.subarray(0, steps)]]);
    const { empty, read } = readerOf(model);
    let memory = empty;
    for (let step = 0; step < steps; step++) {
      const seen = read(numbers[step]!, memory);
      memory = seen.memory;
      const wanted = whole.data.subarray(step * alphabet.size, (step + 1) * alphabet.size);
      for (const [i, score] of (seen.scores as HostArray).data.entries())
        expect(score).toBeCloseTo(wanted[i]!, 5);
    }
  });

  test('goes on from a checkpoint as if it had never stopped', async () => {
    const trained = async (model: CharacterModel, until: number): Promise<CharacterModel> => {
      model.training.on('step', ({ state }) => (state.step === until ? model.training.stop() : undefined));
      await model.training.fit(batches, { epochs: 10 });
      return model;
    };
    const whole = await trained(smallModel(cell), 9);
    const part = await trained(smallModel(cell), 4);
    const resumed = smallModel(cell);
    resumed.training.restore(decodeCheckpoint(encodeCheckpoint(part.training.snapshot())));
    expect(resumed.training.state.step).toBe(4);
    await trained(resumed, 9);
    expect(resumed.training.state).toEqual(whole.training.state);
    for (const path of whole.training.variables.paths)
      expect(resumed.training.variables.get(path)).toEqual(whole.training.variables.get(path));
  });
});

describe('writing', () => {
  const write = writerOf(smallModel('gru'), alphabet);
  const options = { prompt: 'to be', length: 12, temperature: 1, seed: 1 };
  test('goes on from the prompt, the same for the same seed', () => {
    const first = write(options);
    expect(first).toMatch(/^to be/);
    expect(first).toHaveLength(5 + 12);
    expect(write(options)).toBe(first);
    expect(write({ ...options, seed: 2 })).not.toBe(first);
  });
  test('at a temperature near 0 takes the likeliest character', () => {
    const cold = { ...options, temperature: 1e-4 };
    expect(write({ ...cold, seed: 2 })).toBe(write(cold));
  });
  test('needs something to begin with', () => {
    expect(() => write({ ...options, prompt: '' })).toThrow(/the prompt is empty/);
  });
});
