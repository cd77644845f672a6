/** Bodies: what the verifier refuses, how they read, and what may not leave them. */
import { describe, expect, test } from 'vitest';
import { cond, scan } from './control.ts';
import { CotangentError } from './errors.ts';
import { assembleBody, assembleGraph, closeGraph, type Graph } from './graph.ts';
import { BodyInput, type Input, input, variable } from './leaves.ts';
import { type AnyTensor, apply, Node } from './node.ts';
import { add, mul, neg } from './ops.ts';
import { printGraph, printParams } from './print.ts';
import type { ValueType } from './shape.ts';
import { verify } from './verify.ts';
import './tensor-methods.ts';

const parameter = (name: string, shape: readonly number[] = []): BodyInput =>
  new BodyInput(name, shape, 'f32', 'call');
const bodyOf = (inputs: readonly Input[], ...results: AnyTensor[]): Graph =>
  assembleBody(
    inputs,
    results.map((tensor, i) => ({ name: `y${i}`, tensor })),
  );

function refusal(attempt: () => unknown): CotangentError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof CotangentError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** A graph whose one node calls a body, whether the body fits or not. */
function calling(body: Graph, operands: readonly AnyTensor[], results: readonly ValueType[]): Graph {
  const node = new Node('call', operands, { remat: false, body }, results);
  return closeGraph({ outputs: Object.fromEntries(node.outputs.map((y, i) => [`y${i}`, y])) });
}
const scalar: ValueType = { dtype: 'f32', shape: [] };

describe('the verifier', () => {
  const x = input('x', []);
  const p = parameter('p');
  const body = bodyOf([p], neg(p));

  test('holds a graph with a body that fits for well formed', () => {
    verify(calling(body, [x], [scalar]));
  });

  test('refuses a body that uses the input of another one', () => {
    const other = parameter('q');
    const sum = add(p, other);
    const foreign: Graph = { ...bodyOf([p, other], sum), inputs: [p] };
    const { code, sentence } = refusal(() => verify(calling(foreign, [x], [scalar])));
    expect(code).toBe('BAD_GRAPH');
    expect(sentence).toContain(`the parameter 'body': a body that uses %${other.node.id}`);
  });

  test('refuses a body that uses an input of the program', () => {
    const outer: Graph = { ...bodyOf([p, x], add(p, x)), inputs: [p] };
    expect(refusal(() => verify(calling(outer, [x], [scalar]))).sentence).toContain(
      'which is not among its inputs',
    );
  });

  test('refuses a body with a variable or with updates', () => {
    const w = variable('w', []);
    const reading = assembleGraph({ inputs: [p], outputs: [{ name: 'y', tensor: add(p, w) }], updates: [] });
    const updating: Graph = { ...body, updates: [w.becomes(add(w, 1) as never)] };
    for (const wrong of [reading, updating])
      expect(refusal(() => verify(calling(wrong, [x], [scalar]))).sentence).toContain(
        'a body with variables or updates',
      );
  });

  test('refuses results that are not those of the body', () => {
    const wrong: readonly (readonly ValueType[])[] = [
      [{ dtype: 'f64', shape: [] }],
      [{ dtype: 'f32', shape: [1] }],
      [scalar, scalar],
    ];
    for (const results of wrong)
      expect(refusal(() => verify(calling(body, [x], results))).code).toBe('BAD_GRAPH');
  });

  test('refuses operands that are not what the body takes', () => {
    const pair = input('pair', [2]);
    expect(refusal(() => verify(calling(body, [pair], [scalar]))).sentence).toContain('[C1]');
    expect(refusal(() => verify(calling(body, [], [scalar]))).sentence).toContain('[C1]');
  });

  test('refuses a wrong type inside of a body, however deep', () => {
    const q = parameter('q');
    const lie = new Node('neg', [q], {}, [{ dtype: 'f32', shape: [7] }]).outputs[0]!;
    const inner = bodyOf([q], lie);
    const call = new Node('call', [p], { remat: false, body: inner }, [{ dtype: 'f32', shape: [7] }]);
    const outer = bodyOf([p], call.outputs[0]!);
    const { sentence } = refusal(() => verify(calling(outer, [x], [{ dtype: 'f32', shape: [7] }])));
    expect(sentence).toContain(`node %${lie.node.id} (neg): result 0 is recorded as`);
  });

  test('refuses a body that is no graph', () => {
    const node = new Node('call', [x], { remat: false, body: 'neg' as never }, [scalar]);
    const nodes = [x.node, node];
    const graph: Graph = {
      inputs: [x],
      variables: [],
      outputs: [{ name: 'y', tensor: node.outputs[0]! }],
      updates: [],
      nodes,
    };
    expect(refusal(() => verify(graph)).sentence).toContain("'neg' is not a graph");
  });
});

describe('a body is assembled', () => {
  test('from its inputs alone: a variable is refused', () => {
    const p = parameter('p');
    const { code, sentence } = refusal(() => bodyOf([p], add(p, variable('w', []))));
    expect([code, sentence]).toEqual(['BAD_GRAPH', "a body reads the variable 'w', not a parameter"]);
  });

  test('from all its inputs: one that is not listed is refused', () => {
    const [p, x] = [parameter('p'), input('x', [])];
    expect(refusal(() => bodyOf([p], add(p, x))).code).toBe('MISSING_INPUT');
    expect(refusal(() => bodyOf([], neg(p))).code).toBe('LEAKED_TENSOR');
  });

  test('with inputs of different names', () => {
    const [p, q] = [parameter('p'), parameter('p')];
    expect(refusal(() => bodyOf([p, q], add(p, q))).code).toBe('DUPLICATE_NAME');
  });
});

describe('what is made inside of a body', () => {
  test('cannot be used outside: the sentence says whose it is', () => {
    const x = input('x', [3]);
    let kept: AnyTensor | undefined;
    const [total] = scan({ init: x.sum().mul(0), xs: x }, (sum, entry) => {
      kept = sum.add(entry);
      return [sum.add(entry)];
    });
    const { code, sentence } = refusal(() => closeGraph({ outputs: { y: add(total, kept!) } }));
    expect(code).toBe('LEAKED_TENSOR');
    expect(sentence).toBe(
      "a value inside the body of scan, made from its parameter 'carry', is used outside of it: return it from the body",
    );
  });

  test('cannot be used in another body either', () => {
    const [x, yes] = [input('x', []), input('yes', [], 'bool')];
    let kept: AnyTensor | undefined;
    const [first] = scan({ init: x.neg(), length: 2 }, (carry) => {
      kept = carry;
      return [carry.mul(2)];
    });
    const y = () =>
      closeGraph({
        outputs: {
          y: cond(
            yes,
            () => first.add(kept as typeof x),
            () => first,
          ),
        },
      });
    expect(refusal(y).code).toBe('LEAKED_TENSOR');
  });

  test('can be used inside of a body within', () => {
    const x = input('x', [2]);
    const [total] = scan({ init: x.sum(), length: 2 }, (outer) => {
      const [inner] = scan({ init: outer.mul(0), xs: x }, (sum, entry) => [sum.add(entry.mul(outer))]);
      return [inner];
    });
    verify(closeGraph({ outputs: { total } }));
  });
});

describe('a node with bodies', () => {
  test('prints them between braces, one within the other', () => {
    const x = input('x', [2]);
    const yes = input('yes', [], 'bool');
    const [last, all] = scan({ init: x.sum(), xs: x }, (carry, entry) => {
      const next = cond(
        yes,
        () => carry.add(entry),
        () => carry,
      );
      return [next, next];
    });
    expect(printGraph(closeGraph({ inputs: [x, yes], outputs: { last, all } }))).toBe(
      `graph (%x: f32[2], %yes: bool[]) {
  %0 = reduceSum(%x) {axes: [0]} : f32[]
  %1 = scan(%yes, %0, %x) {consts: 1, carries: 1, length: 2, reverse: false, body: (%yes: bool[], %carry: f32[], %x: f32[]) {
    %0 = cond(%yes, %carry, %x) {onTrue: (%carry: f32[], %x: f32[]) {
      %0 = add(%carry, %x) : f32[]
      return result: %0
    }, onFalse: (%carry: f32[], %x: f32[]) {
      return result: %carry
    }} : f32[]
    return carry: %0, y: %0
  }} : f32[], f32[2]
  return last: %1.0, all: %1.1
}`,
    );
  });

  const paramsOf = (body: Graph): string => {
    const operands = body.inputs.map(({ shape }, i) => input(`x${i}`, shape));
    return printParams(apply('call', operands, { remat: false, body })[0]!.node);
  };
  const bodyWith = (a: string, b: string, f: (a: AnyTensor, b: AnyTensor) => AnyTensor): Graph => {
    const [p, q] = [parameter(a), parameter(b)];
    return bodyOf([p, q], f(p, q));
  };

  test('has the same parameters as one whose bodies name their inputs otherwise', () => {
    const text = paramsOf(bodyWith('p', 'q', add));
    expect(paramsOf(bodyWith('first', 'second', add))).toBe(text);
    expect(paramsOf(bodyWith('q', 'p', add))).toBe(text);
  });

  test('has other parameters where a body does something else', () => {
    const text = paramsOf(bodyWith('p', 'q', add));
    expect(paramsOf(bodyWith('p', 'q', mul))).not.toBe(text);
    expect(paramsOf(bodyWith('p', 'q', (p, q) => add(q, p)))).not.toBe(text);
    expect(paramsOf(bodyWith('p', 'q', (p) => add(p, p)))).not.toBe(text);
    expect(paramsOf(bodyWith('p', 'q', (p, q) => add(add(p, q), q)))).not.toBe(text);
  });

  test('reads the same where the names differ two bodies deep', () => {
    const within = (inner: string): Graph => {
      const [p, q] = [parameter('p'), parameter(inner)];
      return bodyOf([p], apply('call', [p], { remat: false, body: bodyOf([q], neg(q)) })[0]!);
    };
    expect(paramsOf(within('q'))).toBe(paramsOf(within('z')));
  });
});
