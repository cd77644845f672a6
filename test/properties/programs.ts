/**
 * Whole programs at random: directed acyclic graphs over the functions of the language. A program is a list of steps;
 * built with names or with numbers for its open dimensions, it takes the same steps.
 */
import {
  type AnyTensor,
  CotangentError,
  closeGraph,
  type Dim,
  type FloatDType,
  type Graph,
  type HostArray,
  Input,
  isFloat,
  normal,
  substituteDim,
  type Update,
  type Variable,
  variable,
} from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import fc from 'fast-check';
import { arrayOf, drawn } from '../cases/arrays.ts';
import { Random } from '../cases/random.ts';
import { type Step, stepsAtRandom } from './steps.ts';

export interface Program {
  readonly seed: number;
  readonly dtype: FloatDType;
  readonly steps: readonly Step[];
  /** Places in the pool of what is returned; repetitions and inputs among them. */
  readonly returned: readonly number[];
}

/** Sizes of the open dimensions; no other dimension has one of them. */
export const sizes = { batch: 5, time: 7 } as const;

/** A program as tensors. */
export interface Built {
  readonly inputs: readonly Input[];
  readonly variables: readonly Variable[];
  /** Leaves first, then what each step gave. */
  readonly pool: readonly AnyTensor[];
  readonly outputs: Readonly<Record<string, AnyTensor>>;
  readonly updates: readonly Update[];
  readonly graph: Graph;
  /** A scalar that depends on every float output. */
  readonly loss: AnyTensor | undefined;
}

function leavesOf(dtype: FloatDType, dim: (name: keyof typeof sizes) => Dim) {
  const [batch, time] = [dim('batch'), dim('time')];
  const inputs = [
    new Input('x', [batch, 3], dtype),
    new Input('y', [batch, 3], dtype),
    new Input('row', [3], dtype),
    new Input('sequence', [batch, time, 2], dtype),
    new Input('image', [2, 6, 6, 2], dtype),
    new Input('scalar', [], dtype),
    new Input('index', [batch], 'i32'),
    new Input('flag', [batch, 1], 'bool'),
    new Input('unused', [batch, time], dtype),
  ];
  const variables = [
    variable('w', [3, 4], normal(0, 1), { dtype }),
    variable('kernel', [3, 3, 2, 2], normal(0, 1), { dtype }),
    variable('first', [3], normal(0, 1), { dtype }),
    variable('second', [3], normal(0, 1), { dtype }),
    variable('step', [], 0, { dtype: 'i32', role: 'counter' }),
    variable('key', [2], [1, 2], { dtype: 'u32', role: 'key' }),
  ] as readonly AnyTensor[] as readonly Variable[];
  return { inputs, variables };
}

/** Builds a program; open dimensions are names or numbers. */
export function build(program: Program, named: boolean): Built {
  const { inputs, variables } = leavesOf(program.dtype, (name) => (named ? name : sizes[name]));
  const pool: AnyTensor[] = [...inputs.slice(0, -1), ...variables];
  for (const step of program.steps) pool.push(step.apply(pool));
  const outputs = Object.fromEntries(program.returned.map((place, i) => [`out${i}`, pool[place]!]));
  const [w, , first, second, step] = variables as [Variable, Variable, Variable, Variable, Variable];
  // The two exchange their values: updates see old ones. The counter is read by dropout.
  const updates = [
    first.becomes(second),
    second.becomes(ops.mul(first, 1)),
    step.becomes(ops.add(step, 1)),
    w.becomes(ops.sub(w, ops.mul(ops.sum(pool[0]!), 0.125))),
  ];
  const floats = Object.values(outputs).filter(({ dtype }) => isFloat(dtype));
  const terms = floats.map((tensor) => ops.sum(ops.tanh(tensor)));
  return {
    inputs,
    variables,
    pool,
    outputs,
    updates,
    graph: closeGraph({ inputs, outputs, updates }),
    loss: terms.length === 0 ? undefined : terms.reduce((a, b) => ops.add(a, b)),
  };
}

/** Values for the leaves: ordinary numbers, or with infinities, NaN and signed zeros among them. */
export function feedsOf(program: Program, wild: boolean) {
  const { inputs, variables } = leavesOf(program.dtype, (name) => sizes[name]);
  const random = new Random(program.seed + 1);
  const value = (leaf: AnyTensor, name: string): HostArray => {
    const shape = leaf.shape as readonly number[];
    if (name === 'index')
      return arrayOf(
        'i32',
        shape,
        random.list(shape[0]!, () => random.whole(0, 2)),
      );
    if (leaf.dtype === 'u32') return arrayOf('u32', shape, [random.whole(0, 1e9), random.whole(0, 1e9)]);
    return drawn(random, leaf.dtype, shape, { wild: wild && isFloat(leaf.dtype) });
  };
  return {
    inputs: Object.fromEntries(inputs.map((leaf) => [leaf.name, value(leaf, leaf.name)])),
    variables: Object.fromEntries(variables.map((leaf) => [leaf.path, value(leaf, leaf.path)])),
  };
}

/** Small enough to be run many times. */
const isSmall = ({ shape }: AnyTensor): boolean =>
  shape.length <= 5 && shape.reduce<number>((n, dim) => n * Number(substituteDim(dim, sizes)), 1) <= 2000;

function programOf(seed: number, length: number): Program {
  const random = new Random(seed);
  const dtype = random.pick(['f32', 'f64'] as const);
  const { inputs, variables } = leavesOf(dtype, (name) => name);
  const pool: AnyTensor[] = [...inputs.slice(0, -1), ...variables];
  const steps: Step[] = [];
  while (steps.length < length) {
    const step = stepsAtRandom(random, pool);
    try {
      const made = step.apply(pool);
      if (!isSmall(made)) continue;
      pool.push(made);
      steps.push(step);
    } catch (error) {
      // Shapes or dtypes that do not fit: another step is drawn.
      if (!(error instanceof CotangentError)) throw error;
    }
  }
  const late = () => Math.max(random.whole(0, pool.length - 1), random.whole(0, pool.length - 1));
  const returned = random.list(random.whole(1, 4), late);
  const text = `${dtype}, seed ${seed}: ${steps.map(({ name }, i) => `${i + 14} = ${name}`).join('; ')}; return ${returned}`;
  return { seed, dtype, steps, returned, [fc.toStringMethod]: () => text } as Program;
}

/** Programs of up to `most` steps. */
export const programs = (most = 24): fc.Arbitrary<Program> =>
  fc.tuple(fc.nat(), fc.integer({ min: 1, max: most })).map(([seed, length]) => programOf(seed, length));

/** The feeds of a graph, by the names of its own leaves. */
export const feedsFor = (graph: Graph, feeds: ReturnType<typeof feedsOf>): ReturnType<typeof feedsOf> => ({
  inputs: Object.fromEntries(graph.inputs.map(({ name }) => [name, feeds.inputs[name]!])),
  variables: Object.fromEntries(graph.variables.map(({ path }) => [path, feeds.variables[path]!])),
});
