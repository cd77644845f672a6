/** Claims about the search for the node to blame. `npm run culprits` plants a fault in every rule. */

import { jvpRules, transposeRules } from '@cotangent/autodiff';
import { mul, neg } from '@cotangent/graph/ops';
import {
  type AnyTensor,
  arange,
  call,
  cond,
  customVjp,
  fill,
  gradcheck,
  input,
  linear,
  scan,
  sequential,
  stopGradient,
  type Tensor,
  variable,
  where,
} from 'cotangent';
import { expect, test } from 'vitest';
import { replace } from '../../mutation/mutant.ts';

const x = input('x', [3]);
const point = { x: [0.3, -0.7, 1.1] };
const net = sequential(linear({ units: 4, name: 'first' }), (y: AnyTensor) => y.tanh(), linear({ units: 2 }));
const loss = net(x.reshape([1, 3]))
  .square()
  .sum();

test('a wrong forward rule is named, with layer and line', () => {
  const restore = replace(jvpRules, 'tanh', ([dx]) => [dx && neg(dx)]);
  try {
    const { culprits, passed } = gradcheck(loss, point, { seed: 1 });
    expect(passed).toBe(false);
    expect(culprits).toHaveLength(1);
    expect(culprits[0]).toMatchObject({ op: 'tanh', rule: 'derivative' });
    expect(culprits[0]!.line).toContain('culprits.test.ts:');
    expect(culprits[0]!.sentence).toMatch(/^the derivative of 'tanh' is not that of its values \(/);
  } finally {
    restore();
  }
});

test('a wrong transpose is named, not the nodes whose derivatives use it', () => {
  const right = transposeRules.mulNoNan;
  const restore = replace(
    transposeRules,
    'mulNoNan',
    (...given) => right(...given).map((ct) => ct && mul(ct, 1.5)) as never,
  );
  try {
    const { culprits } = gradcheck(x.exp().sin().sum(), point);
    expect(culprits.map(({ op, rule }) => [op, rule])).toEqual([['mulNoNan', 'transpose']]);
  } finally {
    restore();
  }
});

test('a wrong rule is found inside of loops, branches and calls', () => {
  const inside = (h: Tensor<[3]>) => customVjp(h.square(), h, (dy) => dy.mul(h).mul(2.5));
  const [looped] = scan({ init: x, length: 3 }, (h) => [inside(h).mul(0.5)]);
  const chosen = cond(
    x.sum().greater(0),
    () => inside(x),
    () => x,
  );
  const called = call((h: Tensor<[3]>) => inside(h).sin(), x);
  for (const y of [looped, chosen, called]) {
    const { culprits } = gradcheck(y.sum(), point, { order: 1 });
    expect(culprits.map(({ op, rule }) => [op, rule])).toEqual([['customVjp', 'derivative']]);
  }
});

test('a derivative that was cut is the last thing to be blamed', () => {
  const { culprits } = gradcheck(x.mul(stopGradient(x)).sum(), point);
  expect(culprits).toMatchObject([{ op: 'stopGradient', rule: 'cut' }]);
  // Where it does no harm, nobody asks.
  expect(gradcheck(x.softmax().square().sum(), point).culprits).toEqual([]);
});

test('a value or a slope that is not finite is blamed on the node that makes it', () => {
  const { culprits } = gradcheck(x.log().exp().sum(), point);
  expect(culprits[0]).toMatchObject({ op: 'log', rule: 'value' });
  const zero = gradcheck(
    x
      .abs()
      .sqrt()
      .mul(fill(2, [3]))
      .sum(),
    { x: [0, 1, 2] },
  );
  expect(zero.culprits[0]).toMatchObject({ op: 'sqrt', rule: 'not finite' });
});

test('a derivative that a rule forgets is named, with what it belongs to', () => {
  const w = variable('w', [3], [1, 2, 3]);
  const forgets = customVjp(x.mul(w.sum()), x, (dy) => dy.mul(w.sum()));
  const { culprits } = gradcheck(forgets.sin().sum(), point);
  expect(culprits).toMatchObject([{ op: 'customVjp', rule: 'cut' }]);
  expect(culprits[0]!.sentence).toContain("lets no derivative pass to 'w', on which its value depends");
});

test('a fault that shows at a later step of a loop is found there', () => {
  const late = (h: Tensor<[3]>, i: Tensor<[], 'i32'>) =>
    customVjp(h.mul(1.1), h, (dy) => dy.mul(where(i.equal(4), fill(5, []), fill(1.1, []))));
  const [looped] = scan({ init: x, xs: arange(6) }, (h, i) => [late(h, i)]);
  const { culprits } = gradcheck(looped.sum(), point, { order: 1 });
  expect(culprits.map(({ op, rule }) => [op, rule])).toEqual([['customVjp', 'derivative']]);
});

test('the search can be left out', () => {
  expect(gradcheck(x.mul(stopGradient(x)).sum(), point, { search: false }).culprits).toEqual([]);
});
