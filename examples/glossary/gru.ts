/**
 * Gated recurrent units, right. The candidate of the page is tanh(r∘h): it sees neither input nor weights, so a state that
 * begins with 0 stays 0 for ever and every answer is softmax(by). The candidate has weights Wc and a bias bc of its own.
 * The reset gate may act on the state (`before`, as in the paper) or on its product with the weights (`after`, as in
 * cuDNN); these are two networks. The page also reads `input_dim`, which is defined nowhere.
 */
import { scan } from 'cotangent';
import {
  answer,
  answersOfCell,
  cellWeights,
  gate,
  hiddenUnits,
  noState,
  pageInput,
  parametersIn,
  programsOf,
  type State,
  seen,
  sumOf,
  x,
} from './recurrence.ts';
import { isMain, show } from './show.ts';

export type Reset = 'before' | 'after';

const [r, u, c] = [gate('r'), gate('u'), gate('c')];
const parameters = parametersIn({ r, u, c });

/** The state's and the input's part of the candidate's weights. */
const fromState = c.weight.slice(1, 0, hiddenUnits);
const fromInput = c.weight.slice(1, hiddenUnits, seen);

/** h' = u∘h + (1 − u)∘n */
const answersOf = (reset: Reset) =>
  scan({ init: noState, xs: x }, (h: State, now) => {
    const resetGate = sumOf(r, h, now).sigmoid();
    const updateGate = sumOf(u, h, now).sigmoid();
    const candidate =
      reset === 'before'
        ? sumOf(c, resetGate.mul(h), now).tanh()
        : fromInput
            .matmul(now)
            .add(resetGate.mul(fromState.matmul(h)))
            .add(c.bias)
            .tanh();
    const after = updateGate.mul(h).add(updateGate.neg().add(1).mul(candidate));
    return [after, answer(after)];
  })[1];

export const gru = {
  asFormulas: (reset: Reset) => programsOf(answersOf(reset), parameters),
  asCell: (reset: Reset) =>
    programsOf(answersOfCell('gru', cellWeights(r, u, c), ['h'], { reset }), parameters),
};

if (isMain(import.meta.url))
  for (const reset of ['before', 'after'] as const) {
    const result = gru.asFormulas(reset).forward({ x: pageInput });
    show(
      `reset ${reset} the product: probabilities ${JSON.stringify(result.shape)}, steps, classes, batch`,
      result,
    );
  }
