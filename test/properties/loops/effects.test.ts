/** What bodies do beside computing reaches the program whichever of their results it looks at. */
import { call, compile, input, scan, variable, whileLoop, withUpdate } from 'cotangent';
import { describe, expect, test } from 'vitest';

const x = input('x', [3]);
const counter = () => variable('count', []);

describe.each(['carry', 'stack'] as const)('an update inside of a scan, seen through its %s', (result) => {
  test('is made once in every step', () => {
    const count = counter();
    const [carry, ys] = scan({ init: x.sum().mul(0), xs: x }, (sum, entry) => {
      const next = withUpdate(sum.add(entry), count, (old) => old.add(1));
      return [next, next];
    });
    const program = compile({ inputs: [x], outputs: result === 'carry' ? carry : ys });
    program({ x: [1, 2, 3] });
    program({ x: [1, 2, 3] });
    expect(program.state.get('count').item()).toBe(6);
  });
});

test('an update inside of a call reaches the program through any of its results, and is made once', () => {
  for (const outputs of [[0], [1], [0, 1]]) {
    const count = counter();
    const results = call((a) => [withUpdate(a.exp(), count, (old) => old.add(1)), a.sin()], x);
    const program = compile({ inputs: [x], outputs: outputs.map((i) => results[i]!) });
    program({ x: [1, 2, 3] });
    expect(program.state.get('count').item()).toBe(1);
  }
});

test('an update inside of a whileLoop reaches the program through any of its carries', () => {
  for (const name of ['a', 'b'] as const) {
    const count = counter();
    const end = whileLoop(
      { init: { a: x.sum().mul(0), b: x.sum() }, maxSteps: 9 },
      ({ a }) => a.less(4),
      ({ a, b }) => ({ a: withUpdate(a.add(1), count, (old) => old.add(1)), b: b.mul(2) }),
    );
    const program = compile({ inputs: [x], outputs: end[name] });
    program({ x: [1, 2, 3] });
    expect(program.state.get('count').item()).toBe(4);
  }
});
