/**
 * The works do what the peers do: losses of first and sixth steps, and numbers of results, as `torch_peer.py` prints them
 * (PyTorch 1.13, one thread), to five digits.
 */
import { interpreter } from 'cotangent';
import { describe, expect, it } from 'vitest';
import { runChain } from './works/chain.ts';
import { repeated, trainings } from './works/index.ts';

const digits = 1e-5;
const expectClose = (value: number, reference: number): void =>
  expect(Math.abs(value - reference)).toBeLessThanOrEqual(digits * Math.abs(reference));

describe('training losses are PyTorch’s', () => {
  const recorded = {
    W1: [2.302227258682251, 2.1614153385162354],
    W2: [2.3084163665771484, 1.4674491882324219],
    W3: [4.159209251403809, 4.15446138381958],
    W3b: [4.159618854522705, 4.15067720413208],
    W4: [0.29595711827278137, 0.28199127316474915],
  } as const satisfies Record<keyof typeof trainings, readonly [number, number]>;

  it.each(Object.entries(recorded))('%s', async (name, [first, sixth]) => {
    const step = trainings[name as keyof typeof trainings].build(interpreter());
    expectClose(await step(), first);
    for (let i = 0; i < 4; i++) await step();
    expectClose(await step(), sixth);
  });
});

describe('results are PyTorch’s', () => {
  const recorded = {
    W5_256: -1.0854475498199463,
    W5_512: -5.002814292907715,
    W5_1024: -5.352618217468262,
    W6: 0.3199211359024048,
    W7f: -440980.9375,
    W7g: -440980.9375,
    W8_1: -0.015867486596107483,
    W8_64: -0.01586749404668808,
  } as const satisfies Record<keyof typeof repeated, number>;

  it.each(Object.entries(recorded))('%s', async (name, reference) => {
    const { step, check } = repeated[name as keyof typeof repeated].build(interpreter());
    await step();
    expectClose(await check(), reference);
  });

  it('W10', async () => {
    const [value, slope] = (await runChain(interpreter(), 1000)).check;
    expectClose(value!, -0.16874682903289795);
    expectClose(slope!, 1.8581818342208862);
  });
});
