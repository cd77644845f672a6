/** What can be checked, and which graph and values it brings along. */
import { State } from '@cotangent/engine';
import {
  type AnyTensor,
  CotangentError,
  closeGraph,
  type Graph,
  type Input,
  isTensor,
  leavesOf,
  show,
  type Tree,
} from '@cotangent/graph';

/** Where the values of variables are: what programs and trainers have. */
export type Values = State<'sync'>;

interface ProgramLike {
  readonly graph: Graph;
  readonly state: Values;
}
interface TrainerLike {
  readonly loss: AnyTensor;
  readonly variables: Values;
  /** Weights of the examples, which are 1 unless the point says otherwise. */
  readonly weight?: Input;
}

/**
 * What can be checked: tensors, a closed graph, a compiled program, a trainer. The last two bring the values of their
 * variables along.
 */
export type Checkable = Tree | Graph | ProgramLike | TrainerLike;

export interface Parts {
  readonly graph: Graph;
  readonly state?: Values;
  /** An input that is 1 everywhere if nothing is said about it. */
  readonly ones?: Input;
}

const isProgram = (checked: object): checked is ProgramLike =>
  typeof checked === 'function' && 'graph' in checked && 'state' in checked;
const isGraph = (checked: object): checked is Graph => 'nodes' in checked && 'updates' in checked;
const isTrainer = (checked: object): checked is TrainerLike =>
  'variables' in checked && checked.variables instanceof State && 'loss' in checked && isTensor(checked.loss);

/** @throws BAD_ARGUMENT for anything else */
export function partsOf(checked: Checkable): Parts {
  const given: unknown = checked;
  if (given !== null && (typeof given === 'object' || typeof given === 'function') && !isTensor(given)) {
    if (isProgram(given)) return { graph: given.graph, state: given.state };
    if (isGraph(given)) return { graph: given };
    if (isTrainer(given)) {
      const { loss, variables, weight } = given;
      return {
        graph: closeGraph({ outputs: { loss } }),
        state: variables,
        ...(weight === undefined ? {} : { ones: weight }),
      };
    }
  }
  if (typeof given === 'function')
    throw new CotangentError(
      'BAD_ARGUMENT',
      'gradcheck takes what a layer or function gives, not the function itself: call it, as in gradcheck(layer(x), point)',
    );
  if (typeof given !== 'object' || given === null)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `gradcheck takes a tensor, a list or record of tensors, a closed graph, a program or a trainer, not ${show(given)}`,
    );
  const named = leavesOf(checked as Tree).map((tensor, i) => [`output${i}`, tensor] as const);
  return { graph: closeGraph({ outputs: Object.fromEntries(named) }) };
}
