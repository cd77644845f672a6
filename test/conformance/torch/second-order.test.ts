/**
 * Second and higher derivatives against PyTorch: Hessian times a direction, Hessians, a Jacobian, and a tower of five
 * derivatives. Recurrent cells are written out here as plain compositions.
 */
import { grad, hvp, jvp } from '@cotangent/autodiff';
import { compile, type Engine } from '@cotangent/engine';
import { type AnyTensor, type FloatDType, Input, type Tensor, type Variable } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import {
  averagePool2d,
  batchNorm,
  conv2d,
  crossEntropy,
  layerNorm,
  meanSquaredError,
  training,
} from '@cotangent/layers';
import { describe, test } from 'vitest';
import { engines } from '../engines.ts';
import { type FixtureTensor, hostOf, toleranceFor } from '../harness.ts';
import { applied, type Built, compare, expectAllDone, inputsFor, type Leaves, setVariable } from './check.ts';
import { type Entries, readGroup } from './fixtures.ts';
import { convKernel } from './kernels.ts';

const {
  add,
  div,
  exp,
  log,
  matmul,
  mean,
  mul,
  neg,
  pow,
  sigmoid,
  sin,
  slice,
  softplus,
  split,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  transpose,
} = ops;

/** x·wᵀ, the product of linear layers as PyTorch stores them. */
const project = (x: AnyTensor, w: AnyTensor): AnyTensor => matmul(x, transpose(w));
/** 1 − x */
const rest = (x: AnyTensor): AnyTensor => add(neg(x), 1);
const gradOf = (y: AnyTensor, x: AnyTensor): AnyTensor => grad(y as Tensor<[]>, x);

/** Gates r, z, n: n = tanh(Wx + r·Uh), h' = (1 − z)·n + z·h. */
function gruCell(x: AnyTensor, h: AnyTensor, wi: AnyTensor, wh: AnyTensor): AnyTensor {
  const [inputR, inputZ, inputN] = split(project(x, wi), 3, -1);
  const [hiddenR, hiddenZ, hiddenN] = split(project(h, wh), 3, -1);
  const reset = sigmoid(add(inputR, hiddenR));
  const update = sigmoid(add(inputZ, hiddenZ));
  const fresh = tanh(add(inputN, mul(reset, hiddenN)));
  return add(mul(rest(update), fresh), mul(update, h));
}

/** Gates i, f, g, o: c' = f·c + i·g, h' = o·tanh(c'). The state before the first step is 0. */
function lstm(x: AnyTensor, wi: AnyTensor, wh: AnyTensor): AnyTensor {
  const [steps, batch, units] = [Number(x.shape[0]), x.shape[1], Number(wh.shape[1])];
  let h = ops.splat(0, [batch, units], x.dtype);
  let c = h;
  for (let t = 0; t < steps; t++) {
    const gates = add(project(ops.index(x, 0, t), wi), project(h, wh));
    const [input, forget, candidate, output] = split(gates, 4, -1);
    c = add(mul(sigmoid(forget), c), mul(sigmoid(input), tanh(candidate)));
    h = mul(sigmoid(output), tanh(c));
  }
  return h;
}

function rosenbrock(x: AnyTensor): AnyTensor {
  const [head, tail] = [slice(x, 0, 0, -1), slice(x, 0, 1)];
  return sum(add(mul(square(sub(tail, square(head))), 100), square(rest(head))));
}

const batchNormLoss = ({ x }: Leaves): Built => {
  const layer = batchNorm({ epsilon: 1e-5 });
  const u = training(layer)(x);
  return applied(layer, add(sum(tanh(u)), mean(pow(u, 3))), { gamma: 'gamma', beta: 'beta' });
};

const convLoss = ({ x, w }: Leaves): Built => {
  const layer = conv2d({
    filters: Number(w.shape.at(-1)),
    kernel: w.shape.slice(0, -2) as number[],
    padding: 1,
    bias: false,
    layout: 'channelsFirst',
  });
  return applied(layer, sum(square(tanh(layer(x)))), { w: 'kernel' });
};

/** With q = d Σ tanh(x·wᵀ) / dx: mean over rows of (√(Σ q² + 0.001) − 1)². */
const gradientPenalty = ({ x, w }: Leaves): AnyTensor => {
  const q = gradOf(sum(tanh(project(x, w))), x);
  return mean(square(sub(sqrt(add(sum(square(q), -1), 0.001)), 1)));
};

/** −mean over rows i of log_softmax(x·wᵀ)[i, i mod classes]. */
const rowsAsClasses = ({ x, w }: Leaves): AnyTensor => {
  const logits = project(x, w);
  const labels = Array.from({ length: Number(x.shape[0]) }, (_, i) => i % Number(w.shape[0]));
  return crossEntropy(logits, ops.constantOfArray(labels, 'i32'));
};

/** The scalar of each case, or a layer whose variables are among what varies. */
const losses: Readonly<Record<string, (leaves: Leaves) => AnyTensor | Built>> = {
  'hvp/cubic': ({ x }) => add(div(sum(pow(x, 3)), 6), square(sum(x))),
  'hvp/rosenbrock': ({ x }) => div(rosenbrock(x), 100),
  'hvp/mlp': ({ x, w1, b1, w2, t }) => meanSquaredError(project(tanh(add(project(x, w1), b1)), w2), t),
  'hvp/cross-entropy': rowsAsClasses,
  'hvp/softplus-sigmoid': ({ x, y }) => add(sum(mul(softplus(x), sigmoid(y))), mean(exp(matmul(x, y)))),
  'hvp/conv2d-tanh': convLoss,
  'hvp/avgpool': ({ x }) => sum(log(averagePool2d({ window: 2, layout: 'channelsFirst' })(exp(x)))),
  'hvp/batchnorm': batchNormLoss,
  'hvp/layernorm': ({ x }) => sum(pow(layerNorm({ scale: false, center: false })(x), 3)),
  'hvp/gru-step': ({ x, h, wi, wh }) => sum(square(gruCell(x, h, wi, wh))),
  'hvp/lstm-two-steps': ({ x, wi, wh }) => sum(square(lstm(x, wi, wh))),
  'hvp/gradient-penalty': gradientPenalty,
};

/** Functions of one vector, for Hessians and Jacobians. */
const functions: Readonly<Record<string, (x: AnyTensor) => AnyTensor>> = {
  'hessian/rosenbrock2': rosenbrock,
  'hessian/logsumexp': (x) => ops.logSumExp(x),
  'jacobian/softmax': (x) => ops.softmax(x),
};

interface Case {
  readonly name: string;
  readonly op: string;
  readonly inputs: Entries;
  readonly value: FixtureTensor;
}
interface ProductCase extends Case {
  readonly grads: Entries;
  readonly direction: Entries;
  readonly hvp: Entries;
}
interface MatrixCase extends Case {
  readonly hessian?: FixtureTensor;
  readonly jacobian?: FixtureTensor;
  readonly direction?: FixtureTensor;
  readonly jvp?: FixtureTensor;
}
interface TowerCase extends Case {
  readonly derivatives: FixtureTensor;
}

const isProduct = (one: Case): one is ProductCase => 'hvp' in one;
const isTower = (one: Case): one is TowerCase => 'derivatives' in one;

const feedsOf = (entries: Entries, dtype: FloatDType) =>
  Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, hostOf(value, dtype)]));

const renamed = (prefix: string, entries: Entries): Entries =>
  Object.fromEntries(Object.entries(entries).map(([name, value]) => [`${prefix}${name}`, value]));

/** Value, gradient, and Hessian times direction. A convolution's kernel is held in our layout throughout. */
function checkProduct(one: ProductCase, dtype: FloatDType, engine: Engine<'sync'>): void {
  const arrange = (entries: Entries): Entries =>
    one.op === 'conv2d' ? { ...entries, w: convKernel(entries.w) } : entries;
  const values = arrange(one.inputs);
  const leaves = inputsFor(values, dtype);
  const directions = inputsFor(arrange(one.direction), dtype, 'direction_');
  const result = losses[one.name](leaves as unknown as Leaves);
  const { outputs, owned } = 'node' in result ? { outputs: { y: result }, owned: {} } : result;
  const value = outputs.y as Tensor<[]>;
  const wrt: Record<string, AnyTensor> = { ...leaves, ...owned };
  const fed = Object.values(leaves).filter(({ name }) => !(name in owned));
  const program = compile(
    {
      inputs: [...fed, ...Object.values(directions)] as Input[],
      outputs: { value, gradient: grad(value, wrt), product: hvp(value, wrt, directions) },
    },
    { engine },
  );
  for (const [name, variable] of Object.entries(owned as Record<string, Variable>))
    setVariable(program, variable, values[name]);
  const feeds = feedsOf({ ...values, ...renamed('direction_', arrange(one.direction)) }, dtype);
  for (const name of Object.keys(owned)) delete feeds[name];
  const got = program(feeds as never) as {
    value: unknown;
    gradient: Record<string, unknown>;
    product: Record<string, unknown>;
  };

  const tolerance = toleranceFor(dtype);
  compare(`${one.name}: value`, got.value, one.value, tolerance);
  for (const [name, want] of Object.entries(arrange(one.grads)))
    compare(`${one.name}: gradient of ${name}`, got.gradient[name], want, tolerance);
  for (const [name, want] of Object.entries(arrange(one.hvp)))
    compare(`${one.name}: Hessian times direction, ${name}`, got.product[name], want, tolerance);
}

const unit = (size: number, at: number, dtype: FloatDType): AnyTensor =>
  ops.constantOfArray(
    Array.from({ length: size }, (_, i) => Number(i === at)),
    dtype,
  );

/** Hessian and Jacobian column by column, from products with unit vectors. */
function checkMatrix(one: MatrixCase, dtype: FloatDType, engine: Engine<'sync'>): void {
  const x = new Input('x', one.inputs.x.shape, dtype);
  const size = one.inputs.x.shape[0];
  const y = functions[one.name](x);
  const direction = new Input('direction', x.shape, dtype);
  const columns = Array.from({ length: size }, (_, i) => {
    const towards = unit(size, i, dtype);
    return one.hessian === undefined
      ? jvp(y, x, towards as never)
      : hvp(y as Tensor<[]>, x, towards as never);
  });
  const program = compile(
    {
      inputs: [x, direction],
      outputs: {
        value: y,
        matrix: ops.stack(columns as AnyTensor[], 1),
        jvp: jvp(y, x, direction as never) as AnyTensor,
      },
    },
    { engine },
  );
  const got = program({
    x: hostOf(one.inputs.x, dtype),
    direction: hostOf(one.direction ?? one.inputs.x, dtype),
  } as never) as Record<string, unknown>;
  const tolerance = toleranceFor(dtype);
  compare(`${one.name}: value`, got.value, one.value, tolerance);
  compare(`${one.name}: matrix`, got.matrix, (one.hessian ?? one.jacobian)!, tolerance);
  if (one.jvp !== undefined) compare(`${one.name}: jvp`, got.jvp, one.jvp, tolerance);
}

/** exp(sin(x))·tanh(x) and its first five derivatives: in reverse, and forward. */
function checkTower(one: TowerCase, dtype: FloatDType, engine: Engine<'sync'>): void {
  const x = new Input('x', [], dtype);
  const one_ = ops.splat(1, [], dtype);
  const tower = (derive: (y: AnyTensor) => AnyTensor): AnyTensor => {
    const levels: AnyTensor[] = [mul(exp(sin(x)), tanh(x))];
    while (levels.length < one.derivatives.shape[0]) levels.push(derive(levels.at(-1)!));
    return ops.stack(levels);
  };
  const outputs = {
    reverse: tower((y) => gradOf(y, x)),
    forward: tower((y) => jvp(y, x, one_ as never) as AnyTensor),
  };
  const got = compile({ inputs: [x], outputs }, { engine })({ x: hostOf(one.inputs.x, dtype) } as never);
  for (const [mode, levels] of Object.entries(got))
    compare(`${one.name}: ${mode}`, levels, one.derivatives, toleranceFor(dtype));
}

describe.each(engines)('second-order, on %s', (_, engine) => {
  const done = new Set<string>();
  for (const one of readGroup<Case>('second-order'))
    for (const dtype of ['f64', 'f32'] as const)
      test(`${one.name}, ${dtype}`, () => {
        if (isProduct(one)) checkProduct(one, dtype, engine);
        else if (isTower(one)) checkTower(one, dtype, engine);
        else checkMatrix(one as MatrixCase, dtype, engine);
        done.add(one.name);
      });
  test('every case of the index has passed', () => expectAllDone('second-order', done));
});
