/** For each rewrite rule of loops, branches and calls, graphs on which it fires; and graphs on which none may. */
import {
  type AnyTensor,
  apply,
  assembleBody,
  BodyInput,
  type DType,
  type Graph,
  input,
  type ValueType,
} from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import type { Example } from './examples.ts';

type Step = (...values: AnyTensor[]) => readonly AnyTensor[];

const body = (types: readonly ValueType[], step: Step): Graph => {
  const inputs = types.map(({ shape, dtype }, i) => new BodyInput(`p${i}`, shape, dtype, 'scan'));
  return assembleBody(
    inputs,
    step(...inputs).map((tensor, i) => ({ name: `r${i}`, tensor })),
  );
};

const x = () => input('x', [4, 3]);
const row = () => input('row', [3]);
const one = (value: number, dtype: DType = 'f32') => ops.splat(value, [], dtype);

/** A body on all its operands. */
const call = (step: Step, ...operands: AnyTensor[]): readonly AnyTensor[] =>
  apply('call', operands, { remat: false, body: body(operands, step) });

const cond = (
  predicate: AnyTensor,
  onTrue: Step,
  onFalse: Step,
  ...operands: AnyTensor[]
): readonly AnyTensor[] =>
  apply('cond', [predicate, ...operands], {
    onTrue: body(operands, onTrue),
    onFalse: body(operands, onFalse),
  });

interface Operands {
  readonly consts?: readonly AnyTensor[];
  readonly carries?: readonly AnyTensor[];
  readonly xs?: readonly AnyTensor[];
}

const scan = (
  { consts = [], carries = [], xs = [] }: Operands,
  step: Step,
  { length = 4, reverse = false } = {},
): readonly AnyTensor[] => {
  const slices = xs.map(({ dtype, shape }) => ({ dtype, shape: shape.slice(1) }));
  return apply('scan', [...consts, ...carries, ...xs], {
    consts: consts.length,
    carries: carries.length,
    length,
    reverse,
    body: body([...consts, ...carries, ...slices], step),
  });
};

/** At most five steps. */
const whileLoop = (
  { consts = [], carries = [] }: Operands,
  holds: (...values: AnyTensor[]) => AnyTensor,
  step: Step,
): readonly AnyTensor[] =>
  apply('while', [...consts, ...carries], {
    consts: consts.length,
    maxSteps: 5,
    condition: body([...consts, ...carries], (...values) => [holds(...values)]),
    body: body([...consts, ...carries], step),
  });

const condOnConstant: readonly Example[] = [true, false].map((choice) => () => {
  const predicate = ops.splat(choice, [], 'bool');
  return cond(
    predicate,
    (a, b) => [ops.mul(a!, b!), a!],
    (a, b) => [ops.sub(a!, b!), b!],
    row(),
    input('w', [3]),
  );
});

const fewSteps: readonly Example[] = [
  () =>
    scan({ carries: [row()], xs: [input('none', [0, 3])] }, (c, e) => [ops.add(c!, e!), e!], { length: 0 }),
  ...[false, true].map(
    (reverse): Example =>
      () =>
        scan(
          { consts: [input('w', [3])], carries: [row()], xs: [input('one', [1, 3])] },
          (w, c, e) => [ops.mul(ops.add(c!, e!), w!), ops.sin(c!), e!],
          { length: 1, reverse },
        ),
  ),
];

const unneeded: readonly Example[] = [
  // Results.
  () => call((a) => [ops.sin(a!), ops.cos(a!)], row()).slice(0, 1),
  () => call((a, b) => [ops.sin(a!), ops.cos(b!)], row(), input('w', [3])).slice(1),
  () =>
    cond(
      input('flag', [], 'bool'),
      (a, b) => [ops.mul(a!, a!), b!],
      (a, b) => [a!, ops.sin(b!)],
      row(),
      input('w', [3]),
    ).slice(0, 1),
  () => scan({ carries: [row()], xs: [x()] }, (c, e) => [ops.add(c!, e!), ops.exp(c!)]).slice(0, 1),
  // Carries that feed only themselves.
  () =>
    scan({ carries: [row(), input('w', [3])], xs: [x()] }, (a, b, e) => [
      ops.sin(ops.add(a!, e!)),
      ops.cos(b!),
    ]).slice(0, 1),
  () =>
    whileLoop(
      { carries: [one(0, 'i32'), row(), input('w', [3])] },
      (i) => ops.less(i!, 3),
      (i, a, b) => [ops.add(i!, 1), ops.sin(a!), ops.cos(b!)],
    ).slice(1, 2),
  // Operands that nobody reads, that come twice, that are constants.
  () => call((a) => [ops.sin(a!)], row(), input('w', [3])),
  () => {
    const a = row();
    return call((p, q) => [ops.mul(p!, q!)], a, a);
  },
  () => call((p, q) => [ops.mul(p!, q!)], row(), ops.splat(2, [3], 'f32')),
  () => {
    const xs = x();
    return scan({ carries: [row()], xs: [xs, xs] }, (c, d, e) => [ops.add(c!, ops.mul(d!, e!)), e!]);
  },
  () => scan({ carries: [row()], xs: [ops.splat(2, [4, 3], 'f32')] }, (c, e) => [ops.mul(c!, e!), c!]),
];

const unchanging: readonly Example[] = [
  // Carries that every step hands on.
  () =>
    scan({ carries: [row(), input('w', [3])], xs: [x()] }, (a, b, e) => [a!, ops.add(ops.mul(a!, b!), e!)]),
  () => scan({ carries: [row()], xs: [x()] }, (c, e) => [c!, ops.mul(c!, e!)]),
  () =>
    whileLoop(
      { carries: [row(), one(0, 'i32'), input('w', [3])] },
      (_, i) => ops.less(i!, 3),
      (a, i, b) => [a!, ops.add(i!, 1), ops.sin(ops.mul(a!, b!))],
    ),
  // Values of constants alone.
  () =>
    scan({ consts: [row()], carries: [input('w', [3])], xs: [x()] }, (w, c, e) => [
      ops.add(ops.mul(ops.sin(w!), c!), e!),
      ops.cos(ops.sin(w!)),
    ]),
  () =>
    whileLoop(
      { consts: [row()], carries: [one(0, 'i32'), input('w', [3])] },
      (_, i) => ops.less(i!, 3),
      (w, i, c) => [ops.add(i!, 1), ops.mul(ops.sin(w!), c!)],
    ).slice(1),
];

export const loopExamples: Readonly<Record<string, readonly Example[]>> = {
  'cond on a constant is the branch': condOnConstant,
  'a loop of no step gives its first carries, a loop of one step is its body': fewSteps,
  'results, carries and operands that nobody needs go; what does not change from step to step is computed once':
    [...unneeded, ...unchanging],
};

export const loopNearMisses: readonly Example[] = [
  // Carries that change places do not stay.
  () => scan({ carries: [row(), input('w', [3])] }, (a, b) => [b!, a!], { length: 3 }),
  // A carry whose result nobody reads, and whose values another one reads.
  () =>
    scan({ carries: [row(), input('w', [3])], xs: [x()] }, (a, b, e) => [
      ops.add(a!, b!),
      ops.mul(b!, e!),
    ]).slice(0, 1),
  // Through a third one.
  () =>
    scan({ carries: [row(), input('w', [3]), input('v', [3])] }, (a, b, c) => [b!, c!, ops.sin(a!)], {
      length: 3,
    }).slice(0, 1),
  // A counter that only the condition reads.
  () =>
    whileLoop(
      { carries: [row(), one(0, 'i32')] },
      (_, i) => ops.less(i!, 3),
      (a, i) => [ops.sin(a!), ops.add(i!, 1)],
    ).slice(0, 1),
  // Branches that look alike.
  () =>
    cond(
      input('flag', [], 'bool'),
      (a) => [ops.sin(a!)],
      (a) => [ops.cos(a!)],
      row(),
    ),
  // Two steps are not one, and from behind they are others.
  ...[false, true].map(
    (reverse): Example =>
      () =>
        scan({ carries: [row()], xs: [input('two', [2, 3])] }, (c, e) => [ops.mul(ops.sin(c!), e!), c!], {
          length: 2,
          reverse,
        }),
  ),
  // A carry and a slice with one operand are not the same value.
  () => {
    const square = input('square', [3, 3]);
    return scan(
      { consts: [square], carries: [square], xs: [square] },
      (w, c, e) => [ops.add(ops.mul(c!, w!), e!), e!],
      { length: 3 },
    );
  },
];
