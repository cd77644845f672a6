/** The three programs of a training: a step, an evaluation, a prediction. */
import { grad } from '@cotangent/autodiff';
import { compile, type Feed, type Program, State } from '@cotangent/engine';
import {
  type AnyTensor,
  beginProgram,
  CotangentError,
  HostArray,
  type Input,
  input,
  isInput,
  isTensor,
  isVariable,
  reachable,
  show,
  type Tree,
} from '@cotangent/graph';
import {
  type AnyLayer,
  evaluation,
  hasVariables,
  parametersOf,
  training,
  type Variables,
} from '@cotangent/layers';
import type { MovingAverage } from '../optimizers/average.ts';
import { gradientNorms } from '../optimizers/clip.ts';
import type { TrainerSpec } from './spec.ts';

/** Programs are called by names that only the spec knows. */
export type LooseProgram = ((feeds: Readonly<Record<string, Feed>>) => unknown) &
  Pick<Program, 'graph'> & { readonly state: State<'sync'> };

/** Names of feeds are known to the spec, and not to the type of a program. */
const loose = (program: object): LooseProgram => program as LooseProgram;

/** Weights of the examples of a batch: 0 takes one out, as padding does. */
export const weightName = 'weight';

export function buildPrograms(spec: TrainerSpec, state: State<'sync'>, accept: (loss: number) => void) {
  // Draws of random layers do not depend on what the script has built before.
  beginProgram();
  const { loss: lossOf, optimizer } = spec;
  const [source, target] = checkedInputs(spec);
  // Whether it takes such a tensor, its call says.
  const model = spec.model as AnyLayer;
  const weight = input(weightName, [source.shape[0] ?? 1]);
  const trained = training(model)(source);
  const loss = lossOf(trained, target, weight);
  if (!isTensor(loss))
    throw new CotangentError(
      'BAD_ARGUMENT',
      `the loss of a trainer returns a tensor, not ${show(loss)}: is a return missing?`,
    );
  const parameters = spec.parameters?.(model) ?? parametersIn(loss, model);
  const updates = optimizer.minimize(loss, parameters);
  const average = spec.average?.(parameters);
  const { nan = false, gradientNorms: wanted = false } = spec.debug ?? {};
  const norms = wanted ? gradientNorms(grad(loss, parameters)) : {};
  const train = compile(
    {
      inputs: [source, target, weight],
      outputs: { loss, prediction: trained, norms },
      updates: average === undefined ? updates : average.after(updates),
    },
    {
      state,
      debug: { nan },
      // A step whose loss is no number changes nothing.
      accept: (outputs) => accept((outputs as { readonly loss: number }).loss),
    },
  );
  const prediction = evaluation(model)(source);
  const judged = { loss: lossOf(prediction, target, weight), prediction };
  const judging = (inputs: readonly Input[], outputs: Tree) =>
    apart(loose(compile({ inputs, outputs }, { state: alike(state) })), state, average);
  const evaluate = judging([source, target, weight], judged);
  if (!evaluate.program.graph.nodes.includes(weight.node))
    throw new CotangentError(
      'BAD_ARGUMENT',
      'the loss leaves out its third argument, the weights that take padding out: write (prediction, target, weights) => crossEntropy(prediction, target, { weights })',
    );
  return {
    loss,
    weight,
    train: overBatches(loose(train), source),
    evaluate: { ...evaluate, program: overBatches(evaluate.program, source) },
    predict: judging([source], prediction),
  } as const;
}

const alike = ({ engine, seed }: State<'sync'>): State<'sync'> => new State({ engine, seed });

/**
 * A program that judges, on a state of its own, which a training never sees. `begin` brings it up to the training: values
 * of its variables, averages in the place of parameters, and sequences that begin anew.
 */
function apart(program: LooseProgram, trained: State<'sync'>, average: MovingAverage | undefined) {
  const { graph, state } = program;
  // What only judging uses belongs to the model as well.
  for (const variable of graph.variables)
    if (state.has(variable.path) && variable.role !== 'state')
      trained.ensure(variable, state.typeOf(variable.path).shape);
  let [brought, own] = [-1, -1];
  const begin = (): void => {
    state.reset();
    // Values that are those of the training already are not copied again.
    if (brought === trained.version && own === state.version) return;
    const averages = average?.valuesIn(trained);
    for (const path of state.paths) state.set(path, averages?.get(path) ?? trained.get(path));
    [brought, own] = [trained.version, state.version];
  };
  return { program, begin };
}

/** The same program with a refusal in the words of a trainer: as long as states are kept, batches are of one size. */
function overBatches(program: LooseProgram, source: Input): LooseProgram {
  const { graph, state } = program;
  const kept = graph.variables.find(({ role, shape }) => role === 'state' && shape[0] === source.shape[0]);
  if (kept === undefined) return program;
  const checked = (feeds: Readonly<Record<string, Feed>>): unknown => {
    const fed = feeds[source.name];
    const [count] = fed instanceof HostArray ? fed.shape : [];
    const before = state.has(kept.path) ? state.typeOf(kept.path).shape[0] : count;
    if (count !== before)
      throw new CotangentError(
        'SHAPE_MISMATCH',
        `a batch of ${count} follows one of ${before}, whose sequences go on ('${kept.path}'): give batches of one size, as batch(size, { remainder: 'drop' }) does, or call resetStates() of the trainer where new sequences begin`,
      );
    return program(feeds);
  };
  return Object.assign(checked, { graph, state });
}

function checkedInputs({ model, inputs }: TrainerSpec): TrainerSpec['inputs'] {
  if (typeof model !== 'function')
    throw new CotangentError('BAD_ARGUMENT', `the model of a trainer is a layer, not ${show(model)}`);
  const given: unknown = inputs;
  if (!Array.isArray(given) || !given.every(isInput))
    throw new CotangentError(
      'BAD_ARGUMENT',
      `the inputs of a trainer are [input(…), input(…)], what the model sees and what it should say, not ${show(given)}`,
    );
  if (given.length !== 2)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `a trainer has one input and one target, not ${given.length}: compute a mask from the sequences inside the model, or compile a step by hand`,
    );
  for (const { name, shape } of inputs)
    if (shape.length === 0)
      throw new CotangentError(
        'BAD_ARGUMENT',
        `the input '${name}' has no batch axis: declare it as ['batch', …]`,
      );
  return inputs;
}

/**
 * The parameters of a model. A layer that is made inside of a function is no part of the model, and would silently not be
 * trained.
 */
function parametersIn(loss: AnyTensor, model: AnyLayer): Variables {
  const parameters = hasVariables(model) ? parametersOf(model) : {};
  const known = new Set<AnyTensor>(Object.values(parameters));
  const missed = reachable([loss])
    .flatMap(({ outputs }) => outputs)
    .find((tensor) => isVariable(tensor) && tensor.trainable && !known.has(tensor));
  if (missed !== undefined && isVariable(missed))
    throw new CotangentError(
      'BAD_ARGUMENT',
      `the loss depends on '${missed.path}', which is no part of the model and would not be trained: make its layer outside of the function and put it into a container, or say which parameters move with the option 'parameters'`,
    );
  if (known.size === 0)
    throw new CotangentError('BAD_ARGUMENT', 'the model has no parameters: there is nothing to train');
  return parameters;
}
