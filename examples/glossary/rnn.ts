/**
 * A recurrent network, right. The page takes its softmax over classes and batch together, so that the probabilities of
 * a sequence sum to about 1/2; it keeps its state between calls, draws weights without a seed, and shows no gradient.
 */
import { scan } from 'cotangent';
import {
  answer,
  answersOfCell,
  bias,
  features,
  hiddenUnits,
  noState,
  pageInput,
  programsOf,
  weight,
  x,
} from './recurrence.ts';
import { isMain, show } from './show.ts';

const Waa = weight('Waa', hiddenUnits, hiddenUnits);
const Wax = weight('Wax', hiddenUnits, features);
const ba = bias('ba', hiddenUnits);
const parameters = { Waa, Wax, ba };

/** a' = tanh(Waa·a + Wax·x + ba) */
const [, answers] = scan({ init: noState, xs: x }, (before, now) => {
  const after = Waa.matmul(before).add(Wax.matmul(now)).add(ba).tanh();
  return [after, answer(after)];
});

const weights = {
  kernel: Wax.transpose(),
  recurrentKernel: Waa.transpose(),
  bias: ba.reshape([hiddenUnits]),
};

export const rnn = {
  asFormulas: () => programsOf(answers, parameters),
  asCell: () => programsOf(answersOfCell('rnn', weights, ['h']), parameters),
};

if (isMain(import.meta.url)) {
  const result = rnn.asFormulas().forward({ x: pageInput });
  show(`probabilities ${JSON.stringify(result.shape)}: steps, classes, batch`, result);
}
