import {
  type AnyTensor,
  closeGraph,
  graphFromJson,
  graphToJson,
  input,
  insideLayer,
  variable,
  zeros,
} from '@cotangent/graph';
import { add, conv, flatten, matmul, maxPool, mean, relu } from '@cotangent/graph/ops';
import { expect, test } from 'vitest';
import { formatSummary, summarize } from './summary.ts';

/** conv 3 x 3 of 16 filters, relu and pool outside of layers, a head of 10 units. */
function plainNetwork() {
  const x = input('image', ['batch', 28, 28, 1]);
  const features = add(conv(x, variable('features/kernel', [3, 3, 1, 16])), variable('features/bias', [16]));
  const pooled = flatten(maxPool(relu(features), 2));
  const logits = add(matmul(pooled, variable('head/kernel', [2704, 10])), variable('head/bias', [10]));
  return closeGraph({ outputs: { logits } });
}

const convolution = 2 * 26 * 26 * 16 * 9 + 26 * 26 * 16;
const head = 2 * 2704 * 10 + 10;
const between = 2 * 26 * 26 * 16 + 13 * 13 * 16 * 4;

test('without layer scopes, operations belong to the owners of their variables', () => {
  const { rows, total } = summarize(plainNetwork(), { bindings: { batch: 1 } });
  expect(rows.map(({ path, parameters, flops }) => [path, parameters, flops])).toEqual([
    ['features', 160, convolution],
    ['head', 27_050, head],
    [undefined, 0, between],
  ]);
  expect(rows[0]!.output).toEqual({ dtype: 'f32', shape: [1, 26, 26, 16] });
  expect(total).toMatchObject({
    parameters: 27_210,
    state: 0,
    flops: convolution + head + between,
    derivedFlops: 0,
  });
});

test('names without a size stay in shapes and amounts', () => {
  const { rows } = summarize(plainNetwork());
  expect(rows[1]).toMatchObject({ flops: `batch*${head}`, output: { shape: ['batch', 10] } });
});

test('a graph read from JSON has the same summary', () => {
  const graph = plainNetwork();
  expect(summarize(graphFromJson(JSON.parse(JSON.stringify(graphToJson(graph)))))).toEqual(summarize(graph));
});

test('the layer at work owns what is built, whatever name it gets later', () => {
  let name = 'early';
  const kernel = variable('w', [4, 3], zeros(), {
    owner: {
      get path() {
        return name;
      },
    },
  });
  const statistic = variable('mean', [3], zeros(), {
    role: 'statistic',
    owner: {
      get path() {
        return name;
      },
    },
  });
  const y = insideLayer(
    () => name,
    () => add(relu(matmul(input('x', [5, 4]), kernel)), statistic),
    'dense',
  );
  const graph = closeGraph({ outputs: { y, z: mean(y) } });
  name = 'encoder/0';
  const { rows } = summarize(graph);
  expect(rows[0]).toMatchObject({
    path: 'encoder/0',
    kind: 'dense',
    parameters: 12,
    state: 3,
    output: { shape: [5, 3] },
  });
  expect(rows[1]).toMatchObject({ path: undefined, operations: 3 });
  expect(y.node.layer).toBe('encoder/0');
});

test('what only new values of variables need is counted apart', () => {
  const w = variable('dense/w', [4, 3]);
  const y = matmul(input('x', [5, 4]), w);
  const graph = closeGraph({ outputs: { y }, updates: [w.becomes(add(w, w) as AnyTensor)] });
  const { total } = summarize(graph);
  expect(total).toMatchObject({ flops: 2 * 5 * 4 * 3, derivedFlops: 12 });
});

test('the table lines up and shows totals', () => {
  const lines = formatSummary(summarize(plainNetwork(), { bindings: { batch: 1 } })).split('\n');
  expect(lines[0]).toBe('inputs: image f32[1, 28, 28, 1]');
  expect(lines.at(-1)).toMatch(/^total .* 27,210 +292,042$/);
  expect(new Set(lines.slice(3, -2).map((line) => line.length)).size).toBe(1);
});
