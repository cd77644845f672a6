/** What the library decides on where there is no derivative: at the kinks and jumps of primitives, layers and losses. */
import { grad, jvp } from '@cotangent/autodiff';
import { gradcheck } from '@cotangent/gradcheck';
import {
  type AnyTensor,
  closeGraph,
  countOf,
  fromNested,
  HostArray,
  type Input,
  isFloat,
  isInput,
  leavesOf,
  type PrimitiveName,
  type Variable,
} from '@cotangent/graph';
import { add, constantOfArray, inner, reshape } from '@cotangent/graph/ops';
import { describe, expect, test } from 'vitest';
import { arrayOf } from '../cases/arrays.ts';
import { casesOf, primitiveNames } from '../cases/index.ts';
import type { PrimitiveKink } from '../cases/kinks.ts';
import { type Kink, layerCasesOf, layerNames } from '../cases/layers/index.ts';
import { lossCases, lossNames } from '../cases/layers/losses.ts';
import { ranGraph } from './layer-running.ts';
import { applied, expectClose, inputsLike, runner } from './running.ts';

/** y₀ + 2·y₁ + 3·y₂ + … of every float tensor, so that no two entries can be exchanged. */
function weighted(tensors: readonly AnyTensor[]): AnyTensor {
  const terms = tensors
    .filter(({ dtype }) => isFloat(dtype))
    .map((tensor) => {
      const count = countOf(tensor.shape);
      const weights = constantOfArray(
        Array.from({ length: count }, (_, i) => i + 1),
        'f64',
      );
      return inner(reshape(tensor, [count]), weights);
    });
  return terms.reduce(add);
}

interface Sides {
  readonly left: number;
  readonly right: number;
  /** By how much the value changes over the smallest step to either side. */
  readonly change: number;
}

const step = 1e-6;

/** Difference quotients to both sides along one entry of one array. */
function sidesAt(
  value: (arrays: readonly HostArray[]) => number,
  arrays: readonly HostArray[],
  array: number,
  entry: number,
): Sides {
  const at = (by: number): number =>
    value(
      arrays.map((one, i) =>
        i === array
          ? arrayOf(
              'f64',
              one.shape,
              Array.from(one.data, (x, k) => (k === entry ? x + by : x)),
            )
          : one,
      ),
    );
  const [before, here, after] = [at(-step), at(0), at(step)];
  return {
    left: (here - before) / step,
    right: (after - here) / step,
    change: Math.max(Math.abs(here - before), Math.abs(after - here)),
  };
}

const tolerance = 1e-4;
const isBetween = (derivative: number, { left, right }: Sides): boolean =>
  derivative >= Math.min(left, right) - tolerance && derivative <= Math.max(left, right) + tolerance;

/** A decision lies between the slopes of both sides; something has to jump, or there was nothing to decide. */
function checkDecision(
  kind: 'kink' | 'jump',
  value: (arrays: readonly HostArray[]) => number,
  arrays: readonly HostArray[],
  gradients: readonly (readonly [number, HostArray])[],
): void {
  const all = gradients.flatMap(([array, { data }]) =>
    Array.from(data, (derivative, entry) => ({ derivative, sides: sidesAt(value, arrays, array, entry) })),
  );
  for (const { derivative, sides } of all) {
    expect(Number.isFinite(derivative)).toBe(true);
    if (kind === 'kink' && !isBetween(derivative, sides))
      throw new Error(`${derivative} is not between the slopes ${sides.left} and ${sides.right}`);
  }
  const found = all.some(({ sides: { left, right, change } }) =>
    kind === 'jump' ? change > 0.1 : Math.abs(left - right) > tolerance && change < 0.1,
  );
  expect(found, `no ${kind} was found`).toBe(true);
}

const withKinks = primitiveNames.filter((op) => (casesOf(op).kinks ?? []).length > 0);

describe.each(withKinks)('%s', (op) => {
  const kinks = casesOf(op).kinks!.map((kink) => [kink.what, kink] as const);
  test.each(kinks)('the derivative is the documented one: %s', (_, kink: PrimitiveKink<PrimitiveName>) => {
    const { inputs, results, varying } = applied(op, kink);
    const wrt = varying.map((i) => inputs[i]! as AnyTensor);
    const loss = weighted(results);
    const tangents = inputsLike(wrt, 't');
    const pushed = jvp(loss, wrt, tangents as AnyTensor[]);
    const gradients = runner(inputs, grad(loss, wrt))(kink.operands);
    const push = runner([...inputs, ...tangents], [pushed]);
    gradients.forEach(({ data, shape }, i) => {
      expectClose(data, kink.derivative[i]!, 1e-12, `the gradient by operand ${varying[i]}`);
      const forward = Array.from(data, (__, entry) => {
        const directions = wrt.map((one, k) =>
          arrayOf(
            'f64',
            one.shape as readonly number[],
            Array.from({ length: countOf(one.shape) }, (___, e) => Number(k === i && e === entry)),
          ),
        );
        return push([...kink.operands, ...directions])[0]!.data[0]!;
      });
      expect(shape).toEqual(kink.operands[varying[i]!]!.shape);
      expectClose(forward, kink.derivative[i]!, 1e-12, `the derivative forward by operand ${varying[i]}`);
    });
    const run = runner(inputs, [loss]);
    checkDecision(
      kink.kind,
      (arrays) => run(arrays)[0]!.data[0]!,
      kink.operands,
      gradients.map((gradient, i) => [varying[i]!, gradient] as const),
    );
  });
});

const nameOf = (leaf: Input | Variable): string => (isInput(leaf) ? leaf.name : leaf.path);

function checkKink({ kind, build }: Kink): void {
  const { outputs, point } = build();
  const loss = weighted(leavesOf(outputs));
  const { inputs, variables } = closeGraph({ outputs: { loss } });
  const leaves: readonly (Input | Variable)[] = [...inputs, ...variables];
  const arrays = leaves.map((leaf) => {
    const value = point[nameOf(leaf)]!;
    return value instanceof HostArray ? value : fromNested(value, leaf.dtype);
  });
  const wrt = leaves.filter(({ dtype }) => isFloat(dtype));
  const gradients = grad(loss, wrt as readonly AnyTensor[] as AnyTensor[]);
  const named = Object.fromEntries(gradients.map((gradient, i) => [`g${i}`, gradient]));
  const graph = closeGraph({ inputs, outputs: { loss, ...named } });
  const run = (values: readonly HostArray[]): readonly HostArray[] => {
    const byName = (some: readonly (Input | Variable)[]) =>
      Object.fromEntries(some.map((leaf) => [nameOf(leaf), values[leaves.indexOf(leaf)]!]));
    return ranGraph(graph, byName(inputs), byName(variables)).outputs;
  };
  const found = run(arrays).slice(1);
  checkDecision(
    kind,
    (values) => run(values)[0]!.data[0]!,
    arrays,
    found.map((gradient, i) => [leaves.indexOf(wrt[i]!), gradient] as const),
  );
}

const kinksOfLayers = [
  ...layerNames.flatMap((name) => layerCasesOf(name).kinks ?? []),
  ...lossNames.flatMap((name) => lossCases[name].kinks ?? []),
];

describe('layers and losses', () => {
  test.each(kinksOfLayers.map((kink) => [kink.name, kink] as const))(
    '%s: the derivative lies between the slopes of both sides',
    (_, kink) => checkKink(kink),
  );
  test.each(kinksOfLayers.map((kink) => [kink.name, kink] as const))(
    '%s: gradcheck sees that there is no derivative, and finds nothing wrong',
    (_, { build }) => {
      const { outputs, point } = build();
      const { entries, passed } = gradcheck(outputs, point as never, { seed: 1, order: 1 });
      expect(entries.map(({ verdict }) => verdict)).toContain('kink');
      expect(passed).toBe(true);
    },
  );
});
