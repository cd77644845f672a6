/**
 * The determinant by expansion by minors, and its gradient. It is the expansion of the textbook, n! products and no minor
 * used twice, because that work is what the evaluation is about; it goes through arrays instead of through calls.
 *
 * The path to a minor says which column was taken in each row above it. Row by row from the last, the minors of all
 * paths are one array; paths of one parent lie side by side. For matrices of more than 8 rows a loop runs over the paths
 * through the first rows, so that arrays stay small; its derivative computes each step again.
 */
import { compile, constant, fill, grad, input, scan, type Tensor } from 'cotangent';
import type { Evaluation } from '../evaluation.ts';
import { fedOnce } from './feeds.ts';
import { oncePer } from './once.ts';

interface Input {
  readonly A: readonly number[];
  readonly ell: number;
}

/** Columns of all paths through the rows of a matrix, and the sign of each path. */
interface Level {
  /** For each path the columns that were taken, the last one of them last. */
  readonly taken: readonly (readonly number[])[];
  /** (−1) to the number of columns that were passed over on the way. */
  readonly signs: readonly number[];
}

/** Paths through the first `rows` rows of a matrix with `size` columns, children of one parent side by side. */
function pathsThrough(size: number, rows: number): Level {
  let level: Level = { taken: [[]], signs: [1] };
  for (let row = 0; row < rows; row++) {
    const next = level.taken.map((taken) => columnsLeft(size, taken));
    level = {
      taken: next.flatMap((columns, path) => columns.map((column) => [...level.taken[path]!, column])),
      signs: next.flatMap((columns, path) =>
        columns.map((_, j) => (j % 2 === 0 ? 1 : -1) * level.signs[path]!),
      ),
    };
  }
  return level;
}

const columnsLeft = (size: number, taken: readonly number[]): number[] =>
  Array.from({ length: size }, (_, column) => column).filter((column) => !taken.includes(column));

type Matrix = Tensor<[number, number], 'f64'>;
type Scalar = Tensor<[], 'f64'>;

/** The determinant of a small matrix: all minors of a row at once. */
function expanded(matrix: Matrix, size: number): Scalar {
  let minors: Tensor<[number], 'f64'> | undefined;
  for (let row = size - 1; row >= 0; row--) {
    const columns = pathsThrough(size, row + 1).taken.map((taken) => taken.at(-1)!);
    const width = size - row;
    const entries = matrix.at(0, row).take(constant(columns, 'i32'));
    const products = (minors === undefined ? entries : entries.mul(minors)).reshape([
      columns.length / width,
      width,
    ]);
    const signs = constant(
      Array.from({ length: width }, (_, j) => (j % 2 === 0 ? 1 : -1)),
      'f64',
    );
    minors = products.matmul(signs);
  }
  return minors!.reshape([]);
}

/** Rows of the matrices that are expanded at once: 8! paths. */
const rowsAtOnce = 8;

function determinant(matrix: Matrix, size: number): Scalar {
  if (size <= rowsAtOnce) return expanded(matrix, size);
  const above = size - rowsAtOnce;
  const { taken, signs } = pathsThrough(size, above);
  const [upper, lower] = [matrix.slice(0, 0, above), matrix.slice(0, above)];
  const paths = {
    columns: constant(taken, 'i32'),
    rest: constant(
      taken.map((columns) => columnsLeft(size, columns)),
      'i32',
    ),
    sign: constant(signs, 'f64'),
  };
  const [total] = scan({ init: fill(0, [], 'f64'), xs: paths, remat: 1 }, (sum, { columns, rest, sign }) => {
    const factors = upper.takeAlongAxis(columns.expandDims(1), 1).prod();
    const minor: Matrix = lower.take(rest, 1).as([rowsAtOnce, rowsAtOnce]);
    return [sum.add(sign.mul(factors).mul(expanded(minor, rowsAtOnce)))];
  });
  return total;
}

const programs = oncePer((size: number) => {
  const matrix = input('matrix', [size, size], 'f64');
  const value = determinant(matrix, size);
  return {
    primal: compile({ inputs: [matrix], outputs: value }),
    gradient: compile({ inputs: [matrix], outputs: grad(value, matrix) }),
  };
});

const feeds = fedOnce(({ A }: Input) => ({ matrix: Float64Array.from(A) }));

export const det: Evaluation = {
  functions: {
    primal: (input: Input) => programs(input.ell).primal(feeds(input)),
    gradient: (input: Input) => programs(input.ell).gradient(feeds(input)).data,
  },
};
