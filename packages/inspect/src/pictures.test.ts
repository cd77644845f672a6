import { closeGraph, derivedFrom, type Graph, input, insideLayer, variable } from '@cotangent/graph';
import { add, debug, matmul, mul, relu, sum } from '@cotangent/graph/ops';
import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';
import { collapse } from './collapse.ts';
import { toDot } from './dot.ts';
import { renderDot, toSvg } from './svg.ts';

/** Texts and elements of well-formed XML; raises otherwise. */
function parse(svg: string): { texts: string[]; elements: Set<string> } {
  const texts: string[] = [];
  const elements = new Set<string>();
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name }) => elements.add(name));
  parser.on('text', (text) => texts.push(text.trim()));
  parser.write(svg).close();
  return { texts, elements };
}

const dense = (path: string, x: ReturnType<typeof add>, units: number) =>
  insideLayer(
    () => path,
    () => relu(matmul(x, variable(`${path}/kernel`, [x.shape.at(-1)!, units]))),
    'linear',
  );

function network(): Graph {
  const hidden = dense('encoder/first', dense('encoder/zeroth', input('pixels', ['batch', 8]), 6), 6);
  return closeGraph({ outputs: { logits: dense('head', hidden, 3) } });
}

test('a picture by layers names every layer, input, output, shape and count', async () => {
  const { texts } = parse(await toSvg(network(), { title: 'Digits & more' }));
  for (const text of [
    'Digits & more',
    'pixels',
    'encoder',
    'zeroth',
    'first',
    'head',
    'logits',
    'linear',
    '48 parameters',
    '[batch, 3]',
  ])
    expect(texts).toContain(text);
});

test('a picture of operations names them, with leaves', async () => {
  const { texts } = parse(await toSvg(network(), { level: 'operations', bindings: { batch: 2 } }));
  for (const text of ['dotGeneral', 'kernel', 'pixels', '[2, 3]']) expect(texts).toContain(text);
});

test('names cannot leave their place', async () => {
  const name = `"><script>alert('x')</script>&amp;\\N]}`;
  const y = insideLayer(
    () => name,
    () => relu(matmul(input('<x>&amp;', [2, 4]), variable('w', [4, 3]))),
    name,
  );
  const graph = closeGraph({
    outputs: { [`]; b [label="${name}`]: debug(y, name), '\u0000\u202e\ud800': y },
  });
  for (const level of ['layers', 'operations'] as const)
    for (const title of [name, '\\']) {
      const { texts, elements } = parse(await toSvg(graph, { level, title }));
      expect([...elements].sort()).toEqual(['g', 'path', 'polygon', 'svg', 'text', 'title']);
      expect(texts).toContain('<x>&amp;');
      expect(texts).toContain(title);
      if (level === 'layers') expect(texts).toContain(name);
    }
});

test('text that is not DOT is refused', async () => {
  await expect(renderDot('digraph {')).rejects.toThrow(/Graphviz does not take this text: .*syntax error/);
});

test('pictures that nobody could read are refused with the way out', async () => {
  expect(() => toDot(network(), { level: 'operations', maximumBoxes: 5 })).toThrow(/use level: 'layers'/);
  let x = input('x', [2]) as ReturnType<typeof add>;
  for (let i = 0; i < 500; i++)
    x = insideLayer(
      () => `l${i}`,
      () => relu(x),
    );
  await expect(toSvg(closeGraph({ outputs: { x } }))).rejects.toThrow(/502 layers is more than the 400/);
});

test('a shared layer is a box for each of its calls, with its parameters once', () => {
  const kernel = variable('tower/kernel', [4, 4]);
  const tower = (x: ReturnType<typeof add>) =>
    insideLayer(
      () => 'tower',
      () => relu(matmul(x, kernel)),
      'linear',
    );
  const { boxes } = collapse(closeGraph({ outputs: { y: tower(tower(input('x', [2, 4]))) } }));
  expect(boxes.map(({ kind, variables }) => [kind, variables.length])).toEqual([
    ['input', 0],
    ['layer', 1],
    ['layer', 0],
    ['output', 0],
  ]);
});

test('arrows never run in circles, also around layers inside layers and between layers', () => {
  const x = input('x', [2, 4]);
  const outer = insideLayer(
    () => 'outer',
    () => {
      const before = relu(x);
      return add(
        before,
        insideLayer(
          () => 'outer/inner',
          () => mul(before, before),
        ),
      );
    },
  );
  const { boxes, links } = collapse(
    closeGraph({ outputs: { y: sum(mul(dense('last', add(outer, x), 3), 2)) } }),
  );
  const order = new Map(boxes.map(({ key }) => [key, 0]));
  for (let round = 0; round <= boxes.length; round++)
    for (const { from, to } of links) order.set(to, Math.max(order.get(to)!, order.get(from)! + 1));
  expect(Math.max(...order.values())).toBeLessThan(boxes.length);
  expect(boxes.filter(({ name }) => name === 'outer')).toHaveLength(2);
});

test('derivatives and updates are left out unless asked for', () => {
  const x = input('x', [2]);
  const w = variable('w', [2]);
  const y = insideLayer(
    () => 'scale',
    () => mul(x, w),
  );
  const dw = derivedFrom(y.node.origin, 'gradient of', () => mul(x, x));
  const graph = closeGraph({ outputs: { y }, updates: [w.becomes(add(w, dw))] });
  expect(collapse(graph).boxes.map(({ name }) => name)).toEqual(['x', 'scale', 'y']);
  const all = collapse(graph, { derivatives: true });
  expect(all.boxes.map(({ name, member }) => [name, member?.purpose])).toContainEqual([
    'scale',
    'derivative',
  ]);
  expect(all.boxes.map(({ name }) => name)).toContain('1 update');
});
