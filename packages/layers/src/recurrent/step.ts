/** One step of a cell on weights of one's own, and what such weights have to be. */
import {
  type AnyTensor,
  checkKeys,
  type Dim,
  fail,
  formatShape,
  isTensor,
  mulDims,
  type OptionKeys,
  type Shape,
  sameShape,
  show,
} from '@cotangent/graph';
import {
  type Cell,
  type CellKind,
  type CellOptions,
  type CellState,
  type CellWeights,
  cellActivations,
  cells,
  fromInput,
} from './cells.ts';

/** The cell of a kind, for a state that it can step from and weights that fit. */
export function cellFor(kind: CellKind, features: Dim, state: CellState, weights: CellWeights): Cell {
  if (!Object.hasOwn(cells, kind))
    throw fail('BAD_ARGUMENT', `there is no cell ${show(kind)}: there is ${Object.keys(cells).join(', ')}`);
  const cell: Cell = cells[kind];
  for (const name of cell.states)
    if (!isTensor(state?.[name]))
      throw fail(
        'BAD_ARGUMENT',
        `the state of ${kind} is a record { ${cell.states.join(', ')} } of tensors [batch, units]; '${name}' is ${show(state?.[name])}`,
      );
  checkWeights(kind, cell, features, state.h!.shape.at(-1) ?? 1, weights);
  return cell;
}

/** A weight that is too narrow would be broadcast over the gates. */
function checkWeights(kind: string, cell: Cell, features: Dim, units: Dim, weights: CellWeights): void {
  const width = mulDims(cell.gates, units);
  const rows = Object.entries(cell.rows).map(
    ([name, { gates }]) => [name, [mulDims(gates, units)], `[${times(gates)}]`] as const,
  );
  const wanted: readonly (readonly [string, Shape, string])[] = [
    ['kernel', [features, width], `[features, ${times(cell.gates)}]`],
    ['recurrentKernel', [units, width], `[units, ${times(cell.gates)}]`],
    ...rows,
  ];
  checkKeys(kind, weights, Object.fromEntries(wanted.map(([name]) => [name, true as const])), 'weight');
  for (const [name, shape, words] of wanted) {
    const weight = weights[name as keyof CellWeights];
    if (weight === undefined && name in cell.rows) continue;
    if (!isTensor(weight) || !sameShape(weight.shape, shape))
      throw fail(
        isTensor(weight) ? 'SHAPE_MISMATCH' : 'BAD_ARGUMENT',
        `the ${name} of ${kind} is ${words}, here ${formatShape(shape)}, not ${show(weight)}`,
      );
  }
}
const times = (gates: number): string => (gates === 1 ? 'units' : `${gates}·units`);

export const cellKeys: OptionKeys<CellOptions> = {
  activation: true,
  recurrentActivation: true,
  reset: true,
  stateMask: true,
};

/** The words among the options of a cell. */
export function checkWords({ activation, recurrentActivation, reset }: CellOptions): void {
  const oneOf = (name: string, word: string | undefined, words: readonly string[]): void => {
    if (word !== undefined && !words.includes(word))
      throw fail('BAD_ARGUMENT', `the option '${name}' is ${show(word)}, not one of ${words.join(', ')}`);
  };
  oneOf('activation', activation, Object.keys(cellActivations));
  oneOf('recurrentActivation', recurrentActivation, Object.keys(cellActivations));
  oneOf('reset', reset, ['before', 'after']);
}

/**
 * One step of a cell on an input of one moment.
 *
 * @param x        [batch, features]
 * @param state    `h`, and `c` for an LSTM, each [batch, units]
 * @param weights  kernels and biases, gates side by side: r, z, n for a GRU; i, f, g, o for an LSTM
 * @returns the state after the step
 * @throws BAD_ARGUMENT for an unknown kind or option, or a state or weights that lack a part; SHAPE_MISMATCH if weights
 *   do not fit
 */
export function cellStep(
  kind: CellKind,
  x: AnyTensor,
  state: CellState,
  weights: CellWeights,
  options: CellOptions = {},
): CellState {
  if (!isTensor(x) || x.shape.length !== 2)
    throw fail('SHAPE_MISMATCH', `cellStep takes x [batch, features], not ${show(x)}`);
  checkKeys('cellStep', options, cellKeys);
  checkWords(options);
  const cell = cellFor(kind, x.shape[1]!, state, weights);
  return cell.step(fromInput(x, weights), state, weights, options);
}
