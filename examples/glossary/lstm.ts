/**
 * Long short-term memory, right. The cell of the page is what it should be, but for a softmax over classes and batch
 * together, a state and a memory that are kept between calls, and `input_dim`, which is defined nowhere.
 */
import { scan } from 'cotangent';
import {
  answer,
  answersOfCell,
  cellWeights,
  gate,
  noState,
  pageInput,
  parametersIn,
  programsOf,
  sumOf,
  x,
} from './recurrence.ts';
import { isMain, show } from './show.ts';

const [f, i, o, c] = [gate('f'), gate('i'), gate('o'), gate('c')];
const parameters = parametersIn({ f, i, o, c });

/** c' = f∘c + i∘tanh(Wc·[h; x] + bc), h' = o∘tanh(c') */
const answers = scan({ init: { state: noState, memory: noState }, xs: x }, ({ state, memory }, now) => {
  const forgetGate = sumOf(f, state, now).sigmoid();
  const inputGate = sumOf(i, state, now).sigmoid();
  const outputGate = sumOf(o, state, now).sigmoid();
  const candidate = sumOf(c, state, now).tanh();
  const kept = forgetGate.mul(memory).add(inputGate.mul(candidate));
  const after = outputGate.mul(kept.tanh());
  return [{ state: after, memory: kept }, answer(after)];
})[1];

export const lstm = {
  asFormulas: () => programsOf(answers, parameters),
  asCell: () => programsOf(answersOfCell('lstm', cellWeights(i, f, c, o), ['h', 'c']), parameters),
};

if (isMain(import.meta.url)) {
  const result = lstm.asFormulas().forward({ x: pageInput });
  show(`probabilities ${JSON.stringify(result.shape)}: steps, classes, batch`, result);
}
