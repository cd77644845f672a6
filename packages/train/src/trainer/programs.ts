/** The three programs of a training: a step, an evaluation, a prediction. */
import { compile, type Feed, type Program, State } from '@cotangent/engine';
import { type AnyTensor, beginProgram, CotangentError, input, isVariable, reachable } from '@cotangent/graph';
import { evaluation, parametersOf, training, type Variables } from '@cotangent/layers';
import type { TrainerSpec } from './spec.ts';

/** Programs are called by names that only the spec knows. */
export type LooseProgram = ((feeds: Readonly<Record<string, Feed>>) => unknown) & Pick<Program, 'graph'>;

/** Weights of the examples of a batch: 0 takes one out, as padding does. */
export const weightName = 'weight';

export function buildPrograms(spec: TrainerSpec, state: State<'sync'>, accept: (loss: number) => void) {
  // Draws of random layers do not depend on what the script has built before.
  beginProgram();
  const { model, inputs, loss: lossOf, optimizer } = spec;
  const [source, target] = inputs;
  for (const { name, shape } of inputs)
    if (shape.length === 0)
      throw new CotangentError(
        'BAD_ARGUMENT',
        `the input '${name}' has no batch axis: declare it as ['batch', …]`,
      );
  const weight = input(weightName, [source.shape[0] ?? 1]);
  const trained = training(model)(source);
  const loss = lossOf(trained, target, weight);
  const parameters = (spec.parameters ?? parametersOf)(model);
  if (spec.parameters === undefined) checkComplete(loss, parameters);
  const updates = optimizer.minimize(loss, parameters);
  const average = spec.average?.(parameters);
  const inputsOf = [source, target, weight];
  const train = compile(
    {
      inputs: inputsOf,
      outputs: { loss, prediction: trained },
      updates: average === undefined ? updates : average.after(updates),
    },
    {
      state,
      // A step whose loss is no number changes nothing.
      accept: (outputs) => accept((outputs as { readonly loss: number }).loss),
    },
  );
  // Averages are judged apart from the state that is trained, which an evaluation never touches.
  const judged = average === undefined ? state : new State({ engine: state.engine, seed: state.seed });
  const prediction = evaluation(model)(source);
  const evaluate = compile(
    { inputs: inputsOf, outputs: { loss: lossOf(prediction, target, weight), prediction } },
    { state: judged },
  );
  if (!evaluate.graph.nodes.includes(weight.node))
    throw new CotangentError(
      'BAD_ARGUMENT',
      'the loss leaves out its third argument, the weights that take padding out: write (prediction, target, weights) => crossEntropy(prediction, target, { weights })',
    );
  const predict = compile({ inputs: [source], outputs: prediction }, { state: judged });

  /** Brings what is judged up to the training: its values, with averages in the place of parameters. */
  const refresh = (): void => {
    if (average === undefined) return;
    const averages = average.valuesIn(state);
    for (const path of judged.paths) judged.set(path, averages.get(path) ?? state.get(path));
  };
  return {
    loss,
    train: train as unknown as LooseProgram,
    evaluate: evaluate as unknown as LooseProgram,
    predict: predict as unknown as LooseProgram,
    refresh,
  } as const;
}

/** A layer that is made inside of a function is no part of the model, and would silently not be trained. */
function checkComplete(loss: AnyTensor, parameters: Variables): void {
  const known = new Set<AnyTensor>(Object.values(parameters));
  const missed = reachable([loss])
    .flatMap(({ outputs }) => outputs)
    .find((tensor) => isVariable(tensor) && tensor.trainable && !known.has(tensor));
  if (missed !== undefined && isVariable(missed))
    throw new CotangentError(
      'BAD_ARGUMENT',
      `the loss depends on '${missed.path}', which is no part of the model and would not be trained: make its layer outside of the function and put it into a container, or say which parameters move with the option 'parameters'`,
    );
}
