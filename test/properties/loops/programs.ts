/** Random programs around one loop, which may contain others: leaves, what is made of them, the loop, and a loss. */
import { type AnyTensor, type DType, type HostArray, Input, type ValueType } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import fc from 'fast-check';
import { drawn } from '../../cases/arrays.ts';
import { between, Random } from '../../cases/random.ts';
import { type Body, drawBody, run, textOf } from './bodies.ts';
import type { Control } from './control.ts';
import { type Form, forms } from './library.ts';
import { isFloating } from './steps.ts';

export interface LoopProgram {
  readonly inputs: readonly Input[];
  readonly feeds: Readonly<Record<string, HostArray>>;
  /** Sizes of names. */
  readonly bindings: Readonly<Record<string, number>>;
  readonly form: Form;
  /** What derivatives are taken in, and a direction for each. */
  readonly wrt: readonly Input[];
  readonly directions: readonly Input[];
  /** The results with one kind of control flow: last carries, then rows. */
  build(control: Control): Results;
}
export interface Results {
  readonly outputs: readonly AnyTensor[];
  /** A scalar, unless no result is a float. */
  readonly loss: AnyTensor | undefined;
}

/** What a program is drawn from; each part shrinks. */
export interface Plan {
  readonly seed: number;
  readonly carries: number;
  readonly xs: number;
  readonly length: number;
  readonly steps: number;
  readonly depth: number;
  readonly axis: number;
  readonly reverse: boolean;
  /** The axis that is run over has a name; its size is bound later. */
  readonly named?: boolean;
}

const carryShapes: readonly (readonly number[])[] = [[], [3], [2], [2, 3], [3, 3], [1, 3]];
/** Slices, by the axis that they lost. */
const sliceShapes: readonly (readonly (readonly number[])[])[] = [
  [[], [3], [2, 3]],
  [[3], [2], [3, 2]],
  [[2, 3]],
];

const dtypeOf = (random: Random, others: number): DType =>
  random.chance(others) ? random.pick(['i32', 'i32', 'bool'] as const) : 'f64';

/** What a carry starts from, or an x is: an input, or something made of inputs before the loop. */
function prepared(random: Random, leaf: Input): readonly [string, () => AnyTensor] {
  if (!isFloating(leaf)) return [leaf.name, () => leaf];
  const kind = random.unit();
  if (kind < 0.15) return [`zeros for ${leaf.name}`, () => ops.splat(0, leaf.shape, leaf.dtype)];
  if (kind < 0.35) return [`sin(${leaf.name})`, () => ops.sin(leaf)];
  return [leaf.name, () => leaf];
}

function leavesOf(random: Random, plan: Plan) {
  const types = (count: number, shapes: readonly (readonly number[])[], others: number): ValueType[] =>
    random.list(count, () => ({ dtype: dtypeOf(random, others), shape: random.pick(shapes) }));
  const named = (name: string, list: readonly ValueType[]): Input[] =>
    list.map(({ shape, dtype }, i) => new Input(`${name}${i}`, shape, dtype));
  const carries = named('init', types(plan.carries, carryShapes, 0.35));
  const slices = types(plan.xs, sliceShapes[plan.axis]!, 0.3);
  const xs = named(
    'x',
    slices.map(({ shape, dtype }) => ({
      dtype,
      shape: [...shape.slice(0, plan.axis), plan.named ? 'time' : plan.length, ...shape.slice(plan.axis)],
    })),
  );
  const weights = named('w', [
    { dtype: 'f64', shape: [3, 3] },
    { dtype: 'f64', shape: random.pick(carryShapes) },
    { dtype: 'i32', shape: [] },
  ]);
  return { carries, xs, weights };
}

function valueFor(random: Random, { dtype, shape }: Input, time: number): HostArray {
  const draw = dtype === 'i32' ? undefined : between(-1, 1);
  const sizes = shape.map((dim) => (dim === 'time' ? time : Number(dim)));
  return drawn(random, dtype, sizes, draw === undefined ? {} : { draw });
}

/** The program of a plan. */
export function programOf(plan: Plan): LoopProgram {
  const random = new Random(plan.seed);
  const { axis, length, reverse } = plan;
  const { carries, xs, weights } = leavesOf(random, plan);
  const init = carries.map((leaf) => prepared(random, leaf));
  const rows = xs.map((leaf) => prepared(random, leaf));
  // One tensor may be captured and be a carry, or be given twice.
  const captured = [...weights, ...(random.chance(0.3) ? carries.slice(0, 1) : [])];
  const twice = random.chance(0.15) && plan.carries > 1 && carries[0]!.dtype === carries[1]!.dtype;
  const outer = (): AnyTensor[] => [...captured, ops.mul(ops.sin(weights[1]!), 0.5)];
  const starts = (): AnyTensor[] => init.map(([, make], i) => (i === 1 && twice ? init[0]![1]() : make()));
  const slice = (x: AnyTensor): AnyTensor =>
    ops.splat(
      0,
      x.shape.filter((_, i) => i !== axis),
      x.dtype,
    );
  const types = starts();
  const body: Body = drawBody(random, outer(), [...types, ...xs.map(slice)], types, plan);
  const inputs = [...carries, ...xs, ...weights];
  const wrt = inputs.filter(isFloating);
  const directions = wrt.map(({ name, shape, dtype }) => new Input(`d.${name}`, shape, dtype));
  const chosen = random.list(16, () => random.chance(0.75));
  const build = (control: Control): Results => {
    const around = outer();
    const name = plan.named ? { name: 'time' } : {};
    const options = { init: starts(), xs: rows.map(([, make]) => make()), axis, length, reverse, ...name };
    const [last, ys] = control.scan(options, (carry, x) => run(body, around, [...carry, ...x], control));
    const outputs = [...last, ...ys];
    return { outputs, loss: lossOf(outputs, chosen) };
  };
  const feeds = Object.fromEntries(
    [...inputs, ...directions].map((leaf) => [leaf.name, valueFor(random, leaf, length)]),
  );
  const text = [
    JSON.stringify(plan),
    inputs.map((leaf) => `${leaf.name} ${leaf.dtype}[${leaf.shape}]`).join(', '),
    `around [${captured.map(({ name }) => name)}, sin(w1) / 2]; init [${init.map(([name]) => name)}]${twice ? ', the first twice' : ''}, xs [${rows.map(([name]) => name)}]`,
    textOf(body),
    `loss of outputs ${chosen.flatMap((is, i) => (is ? [i] : []))}`,
  ].join('\n');
  const program = {
    inputs: [...inputs, ...directions],
    feeds,
    bindings: plan.named ? { time: length } : {},
    form: random.pick(forms),
    wrt,
    directions,
    build,
  };
  return { ...program, [fc.toStringMethod]: () => text } as LoopProgram;
}

/** Curved in every chosen output; outputs that are left out get no cotangent. */
function lossOf(outputs: readonly AnyTensor[], chosen: readonly boolean[]): AnyTensor | undefined {
  const floats = outputs.filter(isFloating);
  const used = floats.filter((_, i) => chosen[i % chosen.length]);
  const terms = (used.length > 0 ? used : floats).map((x, i) => ops.mul(ops.sum(ops.sin(x)), 1 + i / 4));
  return terms.length === 0 ? undefined : terms.reduce((a, b) => ops.add(a, b));
}

const plans = (depth: number, most: number, lengths: readonly number[], xs: number): fc.Arbitrary<Plan> =>
  fc
    .record<Plan>({
      seed: fc.nat(),
      carries: fc.integer({ min: 1, max: 4 }),
      xs: fc.integer({ min: xs, max: 3 }),
      length: fc.constantFrom(...lengths),
      steps: fc.integer({ min: 2, max: most }),
      depth: fc.constant(depth),
      axis: fc.constantFrom(0, 0, 1, 2),
      reverse: fc.boolean(),
    })
    // Without xs the steps stand in front of rows of any rank.
    .map((plan) => (plan.xs === 0 ? { ...plan, axis: 0 } : plan));

/** Programs whose loops are nested at most `depth` deep. */
export const loopPrograms = (depth: number, most: number): fc.Arbitrary<LoopProgram> =>
  plans(depth, most, [2, 3, 1, 0, 5, 2, 3, 5], 0).map(programOf);

/** Programs twice: with a number of steps, and with a name for it. */
export const namedPrograms = (
  depth: number,
  most: number,
): fc.Arbitrary<readonly [LoopProgram, LoopProgram]> =>
  plans(depth, most, [2, 3, 1, 5], 1).map((plan) => [programOf(plan), programOf({ ...plan, named: true })]);
