/**
 * Cases of derivatives by decree. The functions are sums of curves, value_i = Σ_j weight_ij · curve_j(primal_j), so that
 * a rule is known that says the truth: tangent_i = Σ_j weight_ij · slope_j · tangent_j. The slopes are what the rule takes
 * besides; some of the values are totals over all entries.
 */
import {
  type AnyTensor,
  assembleBody,
  BodyInput,
  type DType,
  type Graph,
  type NamesOf,
  type PrimitiveParams,
  type ValueType,
} from '@cotangent/graph';
import { add, broadcastTo, cos, mul, sin, splat, sub, sum, tanh } from '@cotangent/graph/ops';
import { drawn } from './arrays.ts';
import { numbersOf, passing } from './bodies.ts';
import type { Bad, Cases, CasesTable, Sample } from './case.ts';
import type { Floats, Numbers } from './formulas.ts';
import type { Random } from './random.ts';

interface Curve {
  readonly value: (x: AnyTensor) => AnyTensor;
  readonly slope: (x: AnyTensor) => AnyTensor;
}
const curves: readonly Curve[] = [
  { value: sin, slope: cos },
  { value: (x) => mul(x, x), slope: (x) => mul(x, 2) },
  { value: tanh, slope: (x) => sub(splat(1, x.shape, x.dtype), mul(tanh(x), tanh(x))) },
];

/** What values are made of primals. */
interface Plan {
  readonly floats: Floats;
  /** One for each primal. */
  readonly curves: readonly Curve[];
  /** For each value: whether it is a total, and its weights of the curves. */
  readonly values: readonly { readonly total: boolean; readonly weights: readonly number[] }[];
}

const plans = new WeakMap<Graph, Plan>();
const planOf = (body: Graph): Plan => plans.get(body)!;

const drawnPlan = (random: Random, dtype: DType): Plan => {
  const floats = { dtype, shape: random.shape({ mostRank: 2 }) };
  const primals = random.whole(1, 3);
  return {
    floats,
    curves: random.list(primals, () => random.pick(curves)),
    values: random.list(random.whole(1, 2), () => ({
      total: random.chance(0.3),
      weights: random.list(primals, () => random.pick([0, 1, -0.5, 1.5])),
    })),
  };
};

const valueTypes = ({ floats, values }: Plan): ValueType[] =>
  values.map(({ total }) => ({ dtype: floats.dtype, shape: total ? [] : floats.shape }));

/** Σ weight · term, of a type. */
const weighted = (
  weights: readonly number[],
  terms: readonly AnyTensor[],
  { dtype, shape }: Floats,
): AnyTensor =>
  weights.reduce(
    (total, weight, i) => (weight === 0 ? total : add(total, mul(terms[i]!, weight))),
    splat(0, shape, dtype),
  );

/** The values of a plan, or their tangents, from one term for each primal. */
const combine = ({ floats, values }: Plan, terms: readonly AnyTensor[]): AnyTensor[] =>
  values.map(({ total, weights }) => {
    const value = weighted(weights, terms, floats);
    return total ? sum(value) : value;
  });

const parameters = (op: string, name: string, types: readonly ValueType[]): BodyInput[] =>
  types.map(({ shape, dtype }, i) => new BodyInput(`${name}${i}`, shape, dtype, op));

function ruleOf(plan: Plan, inputs: readonly BodyInput[], results: readonly AnyTensor[]): Graph {
  const body = assembleBody(
    inputs,
    results.map((tensor, i) => ({ name: `result${i}`, tensor })),
  );
  plans.set(body, plan);
  return body;
}

function forwardRule(plan: Plan): Graph {
  const like = plan.curves.map(() => plan.floats);
  const [slopes, tangents] = [parameters('customJvp', 'slope', like), parameters('customJvp', 'dx', like)];
  const terms = slopes.map((slope, j) => mul(slope, tangents[j]!));
  return ruleOf(plan, [...slopes, ...tangents], combine(plan, terms));
}

function backwardRule(op: string, plan: Plan): Graph {
  const { floats, values } = plan;
  const slopes = parameters(
    op,
    'slope',
    plan.curves.map(() => floats),
  );
  const cotangents = parameters(op, 'dy', valueTypes(plan));
  const spread = cotangents.map((cotangent) => broadcastTo(cotangent, floats.shape));
  const results = slopes.map((slope, j) =>
    mul(
      slope,
      weighted(
        values.map(({ weights }) => weights[j]!),
        spread,
        floats,
      ),
    ),
  );
  return ruleOf(plan, [...slopes, ...cotangents], results);
}

type Decree = 'customJvp' | 'customVjp';

const decree = (rule: (plan: Plan) => Graph): Omit<Cases<Decree>, 'bad'> => ({
  dtypes: ['f32', 'f64'],
  derivative: 'smooth',
  sample(random, dtype, wild) {
    const plan = drawnPlan(random, dtype);
    const primals = plan.curves.map(() => plan.floats);
    const operand = ({ shape }: ValueType) => drawn(random, dtype, shape as readonly number[], { wild });
    return {
      operands: [...valueTypes(plan), ...primals, ...primals].map(operand),
      params: { values: plan.values.length, primals: primals.length, body: rule(plan) },
    };
  },
  types: (_, { body }) => valueTypes(planOf(body)),
  truly(inputs, { values, primals, body }) {
    const plan = planOf(body);
    const wrt = inputs.slice(values, values + primals);
    const terms = wrt.map((primal, j) => plan.curves[j]!.value(primal));
    return [...combine(plan, terms), ...wrt, ...wrt.map((primal, j) => plan.curves[j]!.slope(primal))];
  },
  reference: (operands, { values }) => operands.slice(0, values).map(numbersOf),
});

const wrong = (
  constraint: number,
  changes: Partial<PrimitiveParams<Decree>>,
  operands: readonly string[] = ['f32[2]', 'f32[2]', 'i32[]'],
): Bad<Decree> => ({
  constraint,
  operands,
  params: { values: 1, primals: 1, body: passing(['i32[]', 'f32[2]'], [1]), ...changes },
  code: constraint === 1 ? 'BAD_ARGUMENT' : 'SHAPE_MISMATCH',
});
const decreeBad: readonly Bad<Decree>[] = [
  wrong(1, { values: -1 }),
  wrong(1, { primals: -1 }),
  wrong(1, { values: 2, primals: 2 }),
  wrong(2, { body: passing(['f32[2]'], [0]) }),
  wrong(2, { body: passing(['i32[]', 'f32[3]'], [1]) }),
  wrong(2, { body: passing(['f32[]', 'f32[2]'], [1]) }),
  wrong(3, { body: passing(['i32[]', 'f32[2]'], [0]) }),
  wrong(3, { body: passing(['i32[]', 'f32[2]'], [1, 1]) }),
  wrong(3, { body: passing(['i32[]', 'f32[2]'], []) }),
];

/** Result_i = Σ_j weight_ij · slope_j · tangent_j, where slopes are the constants. */
function linearReference({ values, curves: { length } }: Plan, lists: readonly Numbers[]): Numbers[] {
  const [slopes, tangents] = [lists.slice(0, length), lists.slice(length)];
  return values.map(({ total, weights }) => {
    const entries = slopes[0]!.map((_, k) =>
      weights.reduce((sofar, weight, j) => sofar + weight * slopes[j]![k]! * tangents[j]![k]!, 0),
    );
    return total ? [entries.reduce((a, b) => a + b, 0)] : entries;
  });
}

function linearSample(random: Random, dtype: DType): Sample<'customLinear'> {
  const plan = drawnPlan(random, dtype);
  const { length } = plan.curves;
  return {
    operands: random.list(2 * length, () => drawn(random, dtype, plan.floats.shape)),
    params: { consts: length, body: backwardRule('customLinear', plan) },
  };
}

const customLinear: Cases<'customLinear'> = {
  dtypes: ['f32', 'f64'],
  derivative: 'smooth',
  sample: linearSample,
  types: (_, { body }) => valueTypes(planOf(body)),
  linear: ({ consts }) => [Array.from({ length: consts }, (_, j) => consts + j)],
  reference: (operands, { body }) => linearReference(planOf(body), operands.map(numbersOf)),
  bad: [
    ...[-1, 3].map((consts) => ({
      constraint: 1,
      operands: ['i32[]', 'f32[2]'],
      params: { consts, body: passing(['i32[]', 'f32[2]'], [1]) },
      code: 'BAD_ARGUMENT' as const,
    })),
    {
      constraint: 2,
      operands: ['f32[]', 'f32[2]'],
      params: { consts: 1, body: passing(['i32[]', 'f32[2]'], [1]) },
      code: 'SHAPE_MISMATCH',
    },
    {
      constraint: 3,
      operands: ['i32[]', 'f32[3]'],
      params: { consts: 1, body: passing(['i32[]', 'f32[2]'], [1]) },
      code: 'SHAPE_MISMATCH',
    },
    {
      constraint: 3,
      operands: ['i32[]', 'f32[2]', 'f32[2]'],
      params: { consts: 1, body: passing(['i32[]', 'f32[2]'], [1]) },
      code: 'SHAPE_MISMATCH',
    },
  ],
};

export const customCases = {
  customJvp: { ...decree(forwardRule), bad: decreeBad },
  customVjp: { ...decree((plan) => backwardRule('customVjp', plan)), bad: decreeBad },
  customLinear,
} satisfies CasesTable<NamesOf<'custom'>>;
