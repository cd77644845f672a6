/**
 * What the recurrent networks of the page have in common: its layout [steps, features, batch] with sequences in columns,
 * one answer for each step, and the example that it prints.
 */
import {
  type AnyTensor,
  type CellKind,
  type CellWeights,
  compile,
  concat,
  fill,
  input,
  normal,
  type RunOptions,
  runCell,
  type Shape,
  type Tensor,
  variable,
  vjp,
  zeros,
} from 'cotangent';

export const [hiddenUnits, features, classes] = [5, 3, 4] as const;
/** Rows of state above rows of input: a literal, so that it is in the types. */
export const seen = 8;
export const x = input('x', ['steps', features, 'batch'], 'f64');

/** The page's input: 2 steps, 3 features, and 2 sequences in columns. */
export const pageInput = [
  [
    [1, 3],
    [2, 4],
    [3, 6],
  ],
  [
    [4, 3],
    [3, 4],
    [1, 5],
  ],
];

/** Weights as the page draws them, 0.01 · N(0, 1), but from a seed. */
export const weight = <const R extends number, const C extends number>(name: string, rows: R, columns: C) =>
  variable(name, [rows, columns], normal(0, 0.01), { dtype: 'f64' });

/** One column, zeros at first. */
export const bias = <const R extends number>(name: string, rows: R) =>
  variable(name, [rows, 1], zeros(), { dtype: 'f64' });

/** The weights and the bias of a gate: it sees the state, and below it the input. */
export const gate = <const N extends string>(name: N) => ({
  weight: weight(`W${name}`, hiddenUnits, seen),
  bias: bias(`b${name}`, hiddenUnits),
});
export type Gate = ReturnType<typeof gate>;

export type State = Tensor<[typeof hiddenUnits, 'batch'], 'f64'>;
type Moment = Tensor<[typeof features, 'batch'], 'f64'>;

/** The page keeps its state from call to call, so that its second answer is another one. Here each call begins with 0. */
export const noState = fill(0, [hiddenUnits, 'batch'], 'f64');

/** What a gate computes before its sigmoid or tanh. */
export const sumOf = ({ weight, bias }: Gate, state: State, now: Moment) =>
  weight.matmul(concat([state, now], 0)).add(bias);

const Wy = weight('Wy', classes, hiddenUnits);
const by = bias('by', classes);
export const answerWeights = { Wy, by };

/** Weights and biases under the names that the page gives them. */
export const parametersIn = (gates: Readonly<Record<string, Gate>>): Readonly<Record<string, AnyTensor>> =>
  Object.fromEntries(
    Object.entries(gates).flatMap(([name, { weight, bias }]) => [
      [`W${name}`, weight],
      [`b${name}`, bias],
    ]),
  );

/** Softmax over the classes of each column; the page takes it over the whole matrix, batch and all. */
export const answer = (state: State) => Wy.matmul(state).add(by).softmax(0);

type Answers = Tensor<['steps', typeof classes, 'batch'], 'f64'>;

/** The same by a cell of the library, with sequences in rows: [steps, batch, features]. */
export function answersOfCell(
  kind: CellKind,
  weights: CellWeights,
  state: readonly string[],
  options: RunOptions = {},
): Answers {
  const rows = x.transpose([0, 2, 1]);
  const none = fill(0, ['batch', hiddenUnits], 'f64');
  const initial = Object.fromEntries(state.map((name) => [name, none]));
  const { output } = runCell(kind, rows, initial, weights, { timeAxis: 0, ...options });
  // The shape of a cell's output is computed, so its type is not known; `as` compares it.
  const states = (output as Tensor<Shape, 'f64'>).as(['steps', 'batch', hiddenUnits]);
  return states
    .matmul(Wy.transpose())
    .add(by.reshape([classes]))
    .softmax(-1)
    .transpose([0, 2, 1]);
}

/** Gates of the page side by side as a cell wants them: what the input meets, what the state meets, what is added. */
export function cellWeights(
  ...gates: readonly Gate[]
): Required<Pick<CellWeights, 'kernel' | 'recurrentKernel' | 'bias'>> {
  const [fromState, fromInput] = [
    gates.map(({ weight }) => weight.slice(1, 0, hiddenUnits).transpose()),
    gates.map(({ weight }) => weight.slice(1, hiddenUnits, seen).transpose()),
  ];
  return {
    kernel: concat(fromInput, 1),
    recurrentKernel: concat(fromState, 1),
    bias: concat(
      gates.map(({ bias }) => bias.reshape([hiddenUnits])),
      0,
    ),
  };
}

const cotangent = input('cotangent', ['steps', classes, 'batch'], 'f64');

/** Answers, and the gradients of Σ answers · cotangent, as two programs with one state. */
export function programsOf<const P extends Readonly<Record<string, AnyTensor>>>(
  answers: Answers,
  parameters: P,
) {
  const forward = compile({ inputs: [x], outputs: answers }, { seed: 0 });
  const gradients = vjp(answers, { x, ...parameters, ...answerWeights }, cotangent);
  const backward = compile({ inputs: [x, cotangent], outputs: gradients }, { state: forward.state });
  return { forward, backward };
}
