/**
 * W3, W3b: an LSTM and a GRU of 128 units over 50 steps of 64 symbols as one-hot rows, cross-entropy at every step, Adam,
 * batch 32. Gates lie in the order i, f, g, o and r, z, n, as with the peers.
 */
import { adam, crossEntropy, gru, linear, lstm, named, parametersOf, sequential, training } from 'cotangent';
import { data, oneHot } from '#common';
import { type AnyEngine, denseKernel, held, heldClasses, type Step, trainingStep } from './work.ts';

const [time, batch, symbols, units] = [50, 32, 64, 128];

const gates = { lstm: 4, gru: 3 } as const;

export function recurrentStep(engine: AnyEngine, kind: 'lstm' | 'gru'): Step {
  const rows = gates[kind] * units;
  const { ids, y, wx, wh, wo } = data.rnn(gates[kind]);
  const options = {
    units,
    timeMajor: true,
    kernelInitializer: denseKernel(wx, rows, symbols),
    recurrentInitializer: denseKernel(wh, rows, units),
  } as const;
  const { model } = named({
    model: sequential(
      // The peers' forget gate starts at a bias of 0, ours at 1 unless told.
      kind === 'lstm' ? lstm({ ...options, forgetBias: 0 }) : gru(options),
      linear({ units: symbols, kernelInitializer: denseKernel(wo, symbols, units) }),
    ),
  });
  const x = held('x', [time, batch, symbols], oneHot(ids, symbols));
  const labels = heldClasses('y', [time, batch], y);
  return trainingStep(engine, () => {
    const loss = crossEntropy(training(model)(x), labels);
    return { loss, updates: adam({ learningRate: 1e-3 }).minimize(loss, parametersOf(model)) };
  });
}
