/** What an update rule is: slots that remember, and one step of arithmetic in the graph. */
import type { AnyTensor } from '@cotangent/graph';

/** What a rule sees of one parameter at one step. */
export interface StepContext {
  readonly parameter: AnyTensor;
  readonly gradient: AnyTensor;
  /** Values of the slots before the step. */
  readonly slots: Readonly<Record<string, AnyTensor>>;
  /** Scalar of the parameter's dtype. */
  readonly learningRate: AnyTensor;
  /** Number of this step, from 1, as a scalar of the parameter's dtype. */
  readonly step: AnyTensor;
}

export interface StepResult {
  readonly parameter: AnyTensor;
  readonly slots: Readonly<Record<string, AnyTensor>>;
}

export type SlotTable = Readonly<Record<string, { readonly initial: number; readonly scalar?: boolean }>>;

export interface UpdateRule<O extends object> {
  readonly kind: string;
  readonly defaults: Readonly<O>;
  /** What is wrong with options, or undefined. */
  problem?(options: O): string | undefined;
  /** Names and first values of the slots; scalar slots do not have the shape of the parameter. */
  slots(options: O): SlotTable;
  step(context: StepContext, options: O): StepResult;
}
