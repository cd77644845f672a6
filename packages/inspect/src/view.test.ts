import { closeGraph, input, insideLayer, variable } from '@cotangent/graph';
import { add, matmul, topK } from '@cotangent/graph/ops';
import { expect, test } from 'vitest';
import { toGraphology, viewKey } from './view.ts';

const x = input('x', ['batch', 4]);
const w = variable('dense/w', [4, 3]);
const product = insideLayer(
  () => 'dense',
  () => matmul(x, w),
  'dense',
);
const doubled = add(product, product);
const graph = closeGraph({ outputs: { y: doubled }, updates: [w.becomes(add(w, w))] });

test('nodes carry what is known of them', () => {
  const view = toGraphology(graph);
  expect(view.getNodeAttributes(viewKey(x.node))).toMatchObject({
    kind: 'input',
    label: 'x',
    shape: '[batch, 4]',
  });
  expect(view.getNodeAttributes(viewKey(w.node))).toMatchObject({
    kind: 'variable',
    label: 'dense/w',
    dtype: 'f32',
  });
  expect(view.getNodeAttributes(viewKey(product.node))).toMatchObject({
    kind: 'operation',
    op: 'dotGeneral',
    layer: 'dense',
  });
  expect(view.getNodeAttribute('update:dense/w', 'kind')).toBe('update');
  expect(view.getAttribute('layers').dense).toContain(viewKey(product.node));
});

test('an operand used twice is two edges, with their positions', () => {
  const view = toGraphology(graph);
  expect(view.inDegree(viewKey(doubled.node))).toBe(2);
  expect(view.mapInEdges(viewKey(doubled.node), (_, { operand }) => operand).sort()).toEqual([0, 1]);
  expect(view.inNeighbors('output:y')).toEqual([viewKey(doubled.node)]);
});

test('edges only ever lead onwards in the order of nodes', () => {
  const view = toGraphology(graph);
  const order = new Map(view.nodes().map((key, i) => [key, i]));
  expect(view.everyEdge((_, __, source, target) => order.get(source)! < order.get(target)!)).toBe(true);
});

test('edges say which result they take', () => {
  const [, positions] = topK(input('v', [9]), 3);
  const view = toGraphology(closeGraph({ outputs: { positions: positions! } }));
  expect(view.getEdgeAttributes(view.inEdges('output:positions')[0])).toEqual({
    operand: 0,
    result: 1,
    shape: '[3]',
  });
});

test('too large a graph is refused with the way out', () => {
  expect(() => toGraphology(graph, { maximumNodes: 3 })).toThrow(/more than the 3 .* maximumNodes/);
});
