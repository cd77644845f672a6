/**
 * What the types cost, in instantiations: counts are the same on every machine, times are not. A count above its bound
 * is a rule of shapes that became expensive; each bound is about a quarter above what was measured.
 */
import { describe, expect, test } from 'vitest';
import { check, errorsIn } from './program.ts';

const imports = `import { concat, conv2d, batchNorm, type Dim, flatten, globalAveragePool, input, linear, maxPool2d, relu, residual, sequential, type Tensor, variable } from 'cotangent';\n`;

/** Instantiations while a text is checked, beyond those for its imports. */
function instantiations(text: string): number {
  const count = (body: string): number => {
    const checked = check([imports + body]);
    expect(errorsIn(checked, checked.files[0]!)).toEqual([]);
    return checked.program.getInstantiationCount();
  };
  return count(text) - count(`input('x', [1]);`);
}

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');

/** Six operations on shapes of their own, a hundred times. */
const operations = lines(
  100,
  (i) => `
const x${i} = input('x', ['batch', 'time', ${16 + i}]);
const h${i} = x${i}.matmul(variable('w', [${16 + i}, ${32 + i}])).add(variable('b', [${32 + i}])).relu();
const y${i}: Tensor<['batch', ${32 + i}]> = h${i}.sub(h${i}.mean(-1, { keepDims: true })).sum('time');`,
);

/** From [batch, 64, 64, 3] to [batch, 10] in fourteen layers. */
const convolutional = `
const model = sequential(
  conv2d({ filters: 32, kernel: 3, padding: 'same' }), batchNorm(), relu(), maxPool2d(2),
  conv2d({ filters: 64, kernel: 3, padding: 'same' }), batchNorm(), relu(), maxPool2d(2),
  conv2d({ filters: 128, kernel: 3 }), relu(), flatten(),
  linear({ units: 256 }), relu(), linear({ units: 10 }),
);
const y: Tensor<['batch', 10]> = model(input('x', ['batch', 64, 64, 3]));`;

/** Sixteen bottlenecks in four stages, as in ResNet-50. */
const bottleneck = (filters: number, stride: number): string =>
  `residual(sequential(
    conv2d({ filters: ${filters}, kernel: 1, stride: ${stride} }), batchNorm(), relu(),
    conv2d({ filters: ${filters}, kernel: 3, padding: 'same' }), batchNorm(), relu(),
    conv2d({ filters: ${4 * filters}, kernel: 1 }), batchNorm(),
  )${stride > 1 || filters === 64 ? `, conv2d({ filters: ${4 * filters}, kernel: 1, stride: ${stride} })` : ''}), relu()`;
const stage = (filters: number, count: number, stride: number): string =>
  lines(count, (i) => `${bottleneck(filters, i === 0 ? stride : 1)},`);
const residualNetwork = `
const model = sequential(
  conv2d({ filters: 64, kernel: 7, stride: 2, padding: 'same' }), batchNorm(), relu(), maxPool2d({ window: 3, stride: 2, padding: 'same' }),
  ${stage(64, 3, 1)} ${stage(128, 4, 2)} ${stage(256, 6, 2)} ${stage(512, 3, 2)}
  globalAveragePool(), linear({ units: 1000 }),
);
const y: Tensor<['batch', 1000]> = model(input('x', ['batch', 224, 224, 3]));`;

/** A block is generic in batch and time; twenty-four of them are written out. */
const transformer = `
const weight = <const I extends Dim, const O extends Dim>(i: I, o: O) => variable('w', [i, o]);
function attention<B extends Dim, T extends Dim>(x: Tensor<[B, T, 512]>): Tensor<[B, T, 512]> {
  const heads = (y: Tensor<[B, T, 512]>): Tensor<[B, 8, T, 64]> => y.reshape([x.dim(0), x.dim(1), 8, 64]).transpose([0, 2, 1, 3]);
  const [q, k, v] = [heads(x.matmul(weight(512, 512))), heads(x.matmul(weight(512, 512))), heads(x.matmul(weight(512, 512)))] as const;
  const scores: Tensor<[B, 8, T, T]> = q.matmul(k.swapAxes(-1, -2)).mul(0.125).softmax();
  return scores.matmul(v).transpose([0, 2, 1, 3]).reshape([x.dim(0), x.dim(1), 512]).matmul(weight(512, 512));
}
function normalized<B extends Dim, T extends Dim>(x: Tensor<[B, T, 512]>): Tensor<[B, T, 512]> {
  const centered = x.sub(x.mean(-1, { keepDims: true }));
  return centered.div(x.variance(-1, { keepDims: true }).add(1e-5).sqrt()).mul(variable('gamma', [512])).add(variable('beta', [512]));
}
function block<B extends Dim, T extends Dim>(x: Tensor<[B, T, 512]>): Tensor<[B, T, 512]> {
  const y = x.add(attention(normalized(x)));
  return y.add(normalized(y).matmul(weight(512, 2048)).gelu().matmul(weight(2048, 512)));
}
const x0: Tensor<['batch', 'time', 512]> = input('x', ['batch', 'time', 512]);
${lines(24, (i) => `const x${i + 1} = block(x${i});`)}
const y: Tensor<['batch', 'time', 512]> = x24;`;

/** A sequence as long as recursion allows. */
const sequence = `
const model = sequential(${'linear({ units: 64 }), relu(), '.repeat(480)} linear({ units: 10 }));
const y: Tensor<['batch', 10]> = model(input('x', ['batch', 64]));`;

describe('instantiations stay within their bounds', () => {
  test.each([
    ['600 operations', operations, 155_000],
    ['a convolutional network of 14 layers', convolutional, 25_000],
    ['a residual network of 16 bottlenecks', residualNetwork, 38_000],
    ['a transformer of 24 blocks, generic in batch and time', transformer, 34_000],
    ['a sequence of 961 layers', sequence, 225_000],
  ])('%s', (_, text, bound) => {
    expect(instantiations(text)).toBeLessThanOrEqual(bound);
  });
});
