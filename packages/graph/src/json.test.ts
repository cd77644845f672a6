/** Graphs with bodies as JSON: they come back as they were, and what is no body is refused. */
import { describe, expect, test } from 'vitest';
import { CotangentError } from './errors.ts';
import { assembleBody, closeGraph, type Graph } from './graph.ts';
import { HostArray } from './host-array.ts';
import { graphFromJson, graphToJson } from './json.ts';
import { BodyInput, input } from './leaves.ts';
import { type AnyTensor, apply } from './node.ts';
import { add, constantOfArray, less, mul, neg, splat } from './ops.ts';
import { printGraph } from './print.ts';
import { verify } from './verify.ts';
import './tensor-methods.ts';

const parameter = (name: string, of = 'call'): BodyInput => new BodyInput(name, [], 'f32', of);
const bodyOf = (inputs: readonly BodyInput[], ...results: AnyTensor[]): Graph =>
  assembleBody(
    inputs,
    results.map((tensor, i) => ({ name: `y${i}`, tensor })),
  );
const call = (body: Graph, ...operands: AnyTensor[]): AnyTensor =>
  apply('call', operands, { remat: false, body })[0]!;

/** What anybody can do with plain data. */
type Json = { [key: string]: Json } & Json[] & { push(...entries: unknown[]): number };
const plain = (graph: Graph): Json => JSON.parse(JSON.stringify(graphToJson(graph))) as Json;

function refusal(json: unknown): string {
  try {
    graphFromJson(json);
  } catch (error) {
    if (error instanceof CotangentError && error.code === 'BAD_JSON') return error.sentence;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** neg of x, so many calls deep. */
function nested(depth: number): Graph {
  let build = (x: AnyTensor): AnyTensor => neg(x);
  for (let i = 0; i < depth; i++) {
    const inner = build;
    build = (x) => {
      const p = parameter('p');
      return call(bodyOf([p], inner(p)), x);
    };
  }
  return closeGraph({ outputs: { y: build(input('x', [])) } });
}

const comesBack = (graph: Graph): void => {
  const back = graphFromJson(plain(graph));
  verify(back);
  expect(printGraph(back)).toBe(printGraph(graph));
  expect(plain(back)).toEqual(plain(graph));
};

describe('a graph with bodies', () => {
  const x = input('x', []);

  test('comes back: all kinds, an array inside, and a body within a body', () => {
    const [p, q, r] = [parameter('p'), parameter('q'), parameter('r')];
    const array = constantOfArray(new HostArray('f32', [2], Float32Array.of(Infinity, -0)));
    const condition = bodyOf([p], less(p, 3));
    const step = bodyOf([q], mul(q, 2));
    const [looped] = apply('while', [r], { consts: 0, maxSteps: 7, condition, body: step });
    const outer = bodyOf([r], looped!, array);
    const [last, stacked] = apply('scan', [x], {
      consts: 0,
      carries: 1,
      length: 3,
      reverse: true,
      body: outer,
    });
    comesBack(closeGraph({ outputs: { last: last!, stacked: stacked! } }));
  });

  test('comes back with branches and with rules of its own', () => {
    const yes = input('yes', [], 'bool');
    const [p, q, t] = [parameter('p'), parameter('q'), parameter('t')];
    const [chosen] = apply('cond', [yes, x], { onTrue: bodyOf([p], neg(p)), onFalse: bodyOf([q], q) });
    const rule = { values: 1, primals: 1, body: bodyOf([t], mul(t, 5)) };
    const [forwards] = apply('customJvp', [chosen!, x], rule);
    const [backwards] = apply('customVjp', [forwards!, x], rule);
    const [linear] = apply('customLinear', [backwards!], { consts: 0, body: rule.body });
    comesBack(closeGraph({ outputs: { linear: linear! } }));
  });

  test('comes back with an input that the body does not use', () => {
    const [p, q] = [parameter('p'), parameter('q')];
    comesBack(closeGraph({ outputs: { y: call(bodyOf([p, q], neg(q)), x, x) } }));
  });

  test('comes back with a length that is a name', () => {
    const xs = input('xs', ['time']);
    const [p, q] = [parameter('p'), parameter('q')];
    const params = { consts: 0, carries: 1, length: 'time', reverse: false, body: bodyOf([p, q], add(p, q)) };
    comesBack(closeGraph({ outputs: { y: apply('scan', [x, xs], params)[0]! } }));
  });

  test('comes back from the deepest nest that is allowed, and no deeper', () => {
    comesBack(nested(32));
    expect(refusal(plain(nested(33)))).toContain('bodies are nested deeper than 32');
    expect(refusal(plain(nested(200)))).toContain('bodies are nested deeper than 32');
  });
});

describe('what is no body is refused', () => {
  const called = (change: (body: Json, node: Json) => void): string => {
    const json = plain(nested(1));
    const node = json.nodes![1]!;
    change(node.params!.body!, node);
    return refusal(json);
  };

  test('anything but a graph', () => {
    for (const wrong of [null, 1, 'neg', [], {}, { nodes: [] }, undefined])
      expect(
        called((_, node) => {
          (node.params as Record<string, unknown>).body = wrong;
        }),
      ).toMatch(/body/);
  });

  test('a graph of another format', () => {
    const answer = called((body) => {
      (body as Record<string, unknown>).format = 'something';
    });
    expect(answer).toContain("its format is 'something'");
  });

  test('one with updates', () => {
    expect(
      called((body) => {
        body.nodes!.push({
          variable: 'w',
          dtype: 'f32',
          shape: [],
          initializer: { kind: 'constant', value: 0 },
          trainable: true,
          role: 'parameter',
        });
        const last = body.nodes!.length - 1;
        body.updates!.push({ variable: [last, 0], value: [0, 0] });
      }),
    ).toContain('a body has updates');
  });

  test('one that reads a variable', () => {
    expect(
      called((body) => {
        const variable = {
          variable: 'w',
          dtype: 'f32',
          shape: [],
          initializer: { kind: 'constant', value: 0 },
          trainable: true,
          role: 'parameter',
        };
        body.nodes!.push(variable, {
          op: 'add',
          inputs: [
            [1, 0],
            [2, 0],
          ],
          params: {},
        });
        (body.outputs![0] as Record<string, unknown>).value = [3, 0];
      }),
    ).toContain("a body reads the variable 'w'");
  });

  test('one that uses an input which it does not list', () => {
    expect(called((body) => body.inputs!.pop())).toMatch(/depend on the input 'p'|takes 0 values/);
  });

  test('one that refers to nodes outside of it', () => {
    const answer = called((body) => {
      (body.outputs![0] as Record<string, unknown>).value = [9, 0];
    });
    expect(answer).toContain('does not come before it');
  });

  test('one of other types than its operands', () => {
    const answer = called((body) => {
      (body.nodes![0] as Record<string, unknown>).shape = [2];
    });
    expect(answer).toContain('its body takes');
  });
});

test('a body on its own keeps what it means when it is read twice', () => {
  const [p, x] = [parameter('p'), input('x', [])];
  const body = bodyOf([p], add(p, splat(1, [], 'f32')));
  comesBack(closeGraph({ outputs: { a: call(body, x), b: call(body, neg(x)) } }));
});
