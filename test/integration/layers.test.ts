/** Layers: every one has right derivatives, keeps its configuration, and finds its place. */

import { grad } from '@cotangent/autodiff';
import { compile, compute } from '@cotangent/engine';
import { gradcheck } from '@cotangent/gradcheck';
import { type AnyTensor, input } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import * as layers from '@cotangent/layers';
import { adam, sgd } from '@cotangent/train';
import seedrandom from 'seedrandom';
import { describe, expect, test } from 'vitest';

const { training } = layers;
type Nest = number | Nest[];
const draw = seedrandom('layers');
const numbers = (shape: readonly number[]): Nest =>
  shape.length === 0 ? 2 * draw() - 1 : Array.from({ length: shape[0]! }, () => numbers(shape.slice(1)));

/** One of each, with a shape that it takes. */
// Layers by the name of their kind, as functions without options.
const makers = { ...layers } as unknown as Readonly<Record<string, () => unknown>>;

const all: Readonly<Record<string, readonly [layers.AnyLayer, readonly number[]]>> = {
  linear: [layers.linear({ units: 3, kernelRegularizer: { l2: 0.1 } }), [2, 4]],
  conv1d: [layers.conv1d({ filters: 3, kernel: 3, stride: 2, padding: 'same' }), [2, 7, 2]],
  conv2d: [
    layers.conv2d({ filters: 4, kernel: [3, 2], groups: 2, dilation: [1, 2], padding: 1 }),
    [2, 5, 4, 2],
  ],
  conv3d: [layers.conv3d({ filters: 2, kernel: 2 }), [1, 3, 3, 3, 2]],
  channelsFirst: [layers.conv2d({ filters: 2, kernel: 2, layout: 'channelsFirst' }), [2, 3, 4, 4]],
  convTranspose1d: [layers.convTranspose1d({ filters: 2, kernel: 3, stride: 2 }), [2, 4, 3]],
  convTranspose2d: [
    layers.convTranspose2d({ filters: 4, kernel: 3, stride: 2, padding: 1, outputPadding: 1, groups: 2 }),
    [1, 3, 3, 2],
  ],
  convTranspose3d: [layers.convTranspose3d({ filters: 1, kernel: 2, stride: 2 }), [1, 2, 2, 2, 2]],
  depthwiseConv1d: [layers.depthwiseConv1d({ kernel: 2, multiplier: 2 }), [2, 4, 3]],
  depthwiseConv2d: [layers.depthwiseConv2d({ kernel: 2, multiplier: 2, padding: 'same' }), [2, 3, 3, 2]],
  separableConv1d: [layers.separableConv1d({ filters: 3, kernel: 2 }), [2, 4, 3]],
  separableConv2d: [layers.separableConv2d({ filters: 3, kernel: 2 }), [2, 3, 3, 2]],
  batchNorm: [layers.batchNorm(), [4, 3]],
  batchNormOfImages: [layers.batchNorm({ layout: 'channelsFirst', scale: false }), [2, 3, 2, 2]],
  layerNorm: [layers.layerNorm({ axes: 2 }), [2, 3, 4]],
  groupNorm: [layers.groupNorm({ groups: 2 }), [2, 3, 4]],
  instanceNorm: [layers.instanceNorm(), [2, 4, 3]],
  dropout: [layers.dropout(0.4), [3, 4]],
  spatialDropout: [layers.dropout({ rate: 0.4, spatial: true }), [2, 3, 4]],
  maxPool1d: [layers.maxPool1d(2), [2, 6, 2]],
  maxPool2d: [layers.maxPool2d({ window: 3, stride: 2, padding: 1, ceilMode: true }), [2, 6, 5, 2]],
  maxPool3d: [layers.maxPool3d(2), [1, 4, 4, 4, 1]],
  averagePool1d: [
    layers.averagePool1d({ window: 3, stride: 2, padding: 1, countIncludePad: false }),
    [2, 6, 2],
  ],
  averagePool2d: [layers.averagePool2d({ window: 2, stride: 1, padding: 'same' }), [2, 4, 3, 2]],
  averagePool3d: [layers.averagePool3d(2), [1, 4, 4, 4, 1]],
  globalAveragePool: [layers.globalAveragePool(), [2, 3, 3, 2]],
  globalMaxPool: [layers.globalMaxPool(), [2, 3, 3, 2]],
  flatten: [layers.flatten(), [2, 3, 2]],
  reshape: [layers.reshape([3, -1]), [2, 6]],
  prelu: [layers.prelu(), [2, 3]],
  residual: [layers.residual(layers.sequential(layers.linear({ units: 3 }), layers.relu())), [2, 3]],
  shortcut: [layers.residual(layers.linear({ units: 4 }), layers.linear({ units: 4, bias: false })), [2, 3]],
  sequential: [
    layers.sequential(layers.linear({ units: 4 }), layers.tanh(), layers.linear({ units: 2 })),
    [2, 3],
  ],
  rnn: [layers.rnn({ units: 2, activation: 'sigmoid', reverse: true, recurrentDropout: 0.3 }), [2, 3, 2]],
  gru: [layers.gru({ units: 2, layers: 2, bidirectional: 'average', dropout: 0.4 }), [2, 3, 2]],
  gruResetBefore: [
    layers.gru({ units: 2, reset: 'before', recurrentActivation: 'tanh', initialState: 'learned', remat: 2 }),
    [2, 3, 2],
  ],
  lstm: [
    layers.lstm({ units: 2, peephole: true, forgetBias: 0.5, bidirectional: 'concat', timeMajor: true }),
    [3, 2, 2],
  ],
  lstmOfLast: [
    layers.lstm({ units: 2, returns: 'last', unroll: true, recurrentRegularizer: { l2: 0.1 } }),
    [2, 3, 2],
  ],
  lstmStateful: [layers.lstm({ units: 2, stateful: true, remat: 'sqrt' }), [2, 4, 2]],
  timeDistributed: [
    layers.timeDistributed(layers.sequential(layers.linear({ units: 2 }), layers.tanh())),
    [2, 3, 2],
  ],
  ...Object.fromEntries(
    (
      [
        'relu',
        'relu6',
        'leakyRelu',
        'elu',
        'selu',
        'celu',
        'gelu',
        'sigmoid',
        'tanh',
        'softplus',
        'softsign',
        'silu',
        'mish',
        'hardSigmoid',
        'hardSwish',
        'hardTanh',
        'logSigmoid',
        'hardShrink',
        'softShrink',
        'tanhShrink',
        'thresholdedRelu',
        'softmax',
        'logSoftmax',
        'glu',
      ] as const
    ).map((kind) => [kind, [makers[kind]!() as layers.AnyLayer, [3, 4]] as const]),
  ),
};

describe.each(Object.entries(all))('%s', (_, [layer, shape]) => {
  const x = input('x', [...shape]) as AnyTensor;

  test('has right derivatives, in training and in evaluation', () => {
    for (const y of [training(layer)(x), layer(x)]) {
      const report = gradcheck(y, { x: numbers(shape) as never }, { seed: 0 });
      expect(report.entries.filter(({ verdict }) => verdict !== 'right')).toEqual([]);
      expect(report.dotProductError).toBeLessThan(1e-12);
      expect(report.passed).toBe(true);
    }
  });

  test('comes back from its configuration, with the same numbers', () => {
    const json = JSON.parse(JSON.stringify(layers.layerToJson(layer)));
    const other = layers.layerFromJson(json);
    expect(layers.layerToJson(other)).toEqual(json);
    const feeds = { x: numbers(shape) as never };
    // Random first values come from paths; both are at the root.
    expect(compute(other(x), feeds)).toEqual(compute(layer(x), feeds));
  });
});

describe('embedding', () => {
  const indices = input('i', [3], 'i32');
  test('has a right gradient for its table', () => {
    const y = layers.embedding({ count: 4, units: 2, name: 'words' })(indices);
    expect(gradcheck(y, { i: [0, 3, 3] }).passed).toBe(true);
  });
});

describe('paths', () => {
  const x = input('x', ['batch', 3]);
  test('come from keys of containers and from names', () => {
    const { net } = layers.named({
      net: layers.sequential(
        layers.linear({ units: 2 }),
        layers.relu(),
        layers.linear({ units: 1, name: 'head' }),
      ),
    });
    net(x);
    expect(Object.keys(layers.variablesOf(net))).toEqual([
      'net/0/kernel',
      'net/0/bias',
      'net/head/kernel',
      'net/head/bias',
    ]);
    expect(Object.keys(layers.select(layers.parametersOf(net), '**/head/*'))).toEqual([
      'net/head/kernel',
      'net/head/bias',
    ]);
    expect(Object.keys(layers.except(layers.parametersOf(net), '**/bias'))).toEqual([
      'net/0/kernel',
      'net/head/kernel',
    ]);
  });

  test('a layer called twice shares its variables', () => {
    const dense = layers.linear({ units: 3, name: 'dense' });
    const y = dense(dense(x));
    expect(compile({ inputs: [x], outputs: y }).state.paths.sort()).toEqual(['dense/bias', 'dense/kernel']);
  });

  test("a layer of one's own finds its parameters", () => {
    const dense = (units: number) =>
      layers.layer('dense', (v: AnyTensor) =>
        ops.matmul(v, layers.parameter('kernel', [v.shape.at(-1)!, units])),
      );
    const own = dense(2);
    own(x);
    expect(Object.keys(layers.parametersOf(own))).toEqual(['dense/kernel']);
  });
});

describe('frozen', () => {
  const x = input('x', ['batch', 3]);
  test('layers get no gradient', () => {
    const net = layers.linear({ units: 2, name: 'net' });
    const loss = ops.sum(layers.frozen(net)(x));
    const { 'net/kernel': gradient } = grad(loss as never, layers.parametersOf(net)) as Record<
      string,
      AnyTensor
    >;
    expect([...(compute(gradient!) as { data: Float32Array }).data].every((entry) => entry === 0)).toBe(true);
  });

  test('groups stay, other groups move at their own rate', () => {
    const { a, b } = layers.named({
      a: layers.linear({ units: 1, bias: false }),
      b: layers.linear({ units: 1, bias: false }),
    });
    const loss = ops.sum(ops.add(a(x), b(x)));
    const optimizer = sgd({
      learningRate: 1,
      groups: { 'a/**': { frozen: true }, 'b/**': { rateScale: 0.5 } },
    });
    const step = compile({
      inputs: [x],
      outputs: loss,
      updates: optimizer.minimize(loss as never, layers.parametersOf({ a, b })),
    });
    const before = { a: step.state.get('a/kernel').toNested(), b: [...step.state.get('b/kernel').data] };
    step({ x: [[1, 2, 4]] });
    expect(step.state.get('a/kernel').toNested()).toEqual(before.a);
    [...step.state.get('b/kernel').data].forEach((value, i) =>
      expect(value).toBeCloseTo(before.b[i]! - 0.5 * [1, 2, 4][i]!, 5),
    );
  });
});

describe('regularizers', () => {
  test('are part of what is minimized', () => {
    const x = input('x', ['batch', 2]);
    const net = layers.linear({
      units: 1,
      bias: false,
      name: 'net',
      kernelRegularizer: { l1: 0.5, l2: 0.25 },
    });
    const loss = ops.sum(net(x));
    const step = compile({
      inputs: [x],
      outputs: loss,
      updates: sgd({ learningRate: 1 }).minimize(loss as never, layers.parametersOf(net)),
    });
    step.state.set('net/kernel', [[2], [-4]]);
    step({ x: [[0, 0]] });
    // w − (l1·sign(w) + 2·l2·w)
    expect(step.state.get('net/kernel').toNested()).toEqual([[2 - (0.5 + 1)], [-4 - (-0.5 - 2)]]);
  });
});

describe('dropout', () => {
  const x = input('x', [1000]);
  const layer = layers.dropout({ rate: 0.3, name: 'drop' });
  const step = compile({ inputs: [x], outputs: training(layer)(x) });
  const ones = { x: new Float32Array(1000).fill(1) };
  test('draws anew at every step, and the same for the same step', () => {
    const [first, second] = [step(ones), step(ones)];
    expect(second).not.toEqual(first);
    step.state.set('step', 0);
    expect(step(ones)).toEqual(first);
  });
  test('drops whole channels if it is spatial', () => {
    const image = input('x', [2, 4, 4, 8]);
    const y = compute(training(layers.dropout({ rate: 0.5, spatial: true, name: 'drop' }))(image), {
      x: new Float32Array(256).fill(1),
    }) as { data: Float32Array };
    for (let n = 0; n < 2; n++)
      for (let c = 0; c < 8; c++) {
        const channel = new Set(Array.from({ length: 16 }, (_, p) => y.data[(n * 16 + p) * 8 + c]));
        expect(channel.size).toBe(1);
      }
  });
});

test('two optimizers of two networks live in one program', () => {
  const x = input('x', ['batch', 2]);
  const { one, two } = layers.named({ one: layers.linear({ units: 1 }), two: layers.linear({ units: 1 }) });
  const [a, b] = [ops.mean(ops.square(one(x))), ops.mean(ops.square(two(x)))];
  const step = compile({
    inputs: [x],
    outputs: { a, b },
    updates: [
      ...adam({ name: 'first' }).minimize(a as never, layers.parametersOf(one)),
      ...adam({ name: 'second' }).minimize(b as never, layers.parametersOf(two)),
    ],
  });
  const start = step({ x: [[1, 2]] }) as { a: number; b: number };
  for (let i = 0; i < 20; i++) step({ x: [[1, 2]] });
  const end = step({ x: [[1, 2]] }) as { a: number; b: number };
  expect(end.a).toBeLessThan(start.a);
  expect(end.b).toBeLessThan(start.b);
});
