/** What is trained, in the page and in Node alike: which of 512 points lie in a ring. Nothing of it needs a host. */
import {
  adam,
  crossEntropy,
  type Engine,
  fromArrays,
  HostArray,
  input,
  linear,
  named,
  relu,
  sequential,
  tanh,
  trainer,
} from 'cotangent';

const count = 512;
export const steps = 100;

function points() {
  const x = new Float32Array(2 * count);
  const inRing = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    // Additive recurrences with the plastic ratio fill the square evenly.
    x[2 * i] = ((i * 0.7548776662466927) % 1) * 2 - 1;
    x[2 * i + 1] = ((i * 0.5698402909980532) % 1) * 2 - 1;
    const distance = x[2 * i]! ** 2 + x[2 * i + 1]! ** 2;
    inRing[i] = distance > 0.2 && distance < 0.7 ? 1 : 0;
  }
  return fromArrays({
    x: new HostArray('f32', [count, 2], x),
    inRing: new HostArray('i32', [count], inRing),
  });
}

/** The losses of all steps, on the default engine if none is given. */
export async function lossesOn(engine?: Engine<'sync'>): Promise<readonly number[]> {
  // Wide enough that threads are called.
  const { ring } = named({
    ring: sequential(linear({ units: 64 }), tanh(), linear({ units: 64 }), relu(), linear({ units: 2 })),
  });
  const run = trainer({
    model: ring,
    inputs: [input('x', ['batch', 2]), input('inRing', ['batch'], 'i32')],
    loss: (logits, inRing, weights) => crossEntropy(logits, inRing, { weights }),
    optimizer: adam({ learningRate: 0.01 }),
    seed: 'ring',
    ...(engine === undefined ? {} : { engine }),
  });
  const losses: number[] = [];
  run.on('step', ({ loss }) => {
    losses.push(loss);
  });
  await run.fit(points().shuffle('order').batch(256), { epochs: steps / 2 });
  return losses;
}
