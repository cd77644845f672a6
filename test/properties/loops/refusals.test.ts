/** What is refused when a loop or branch is declared, and that the sentence names it with both types. */
import {
  type AnyTensor,
  call,
  cond,
  constant,
  fill,
  grad,
  input,
  scan,
  type Tensor,
  whileLoop,
  zeros,
  zerosHost,
} from 'cotangent';
import { describe, expect, test } from 'vitest';
import { number, numbers, refusal } from './values.ts';

const x = input('x', [3], 'f64');
const flag = input('flag', [], 'bool');
/** A body that TypeScript would refuse as well. */
const untyped = <T>(value: unknown): T => value as T;

function expectNames(body: () => unknown, ...parts: string[]): void {
  const { sentence } = refusal(body);
  for (const part of parts) expect(sentence).toContain(part);
}

describe('a carry that changes', () => {
  const init = { left: fill(0, [], 'f64'), right: fill(0, [2], 'f64') };
  test('its shape is named with both shapes', () => {
    expectNames(
      () => scan({ init, xs: x }, (carry) => [untyped({ ...carry, right: fill(0, [4], 'f64') })]),
      'right',
      '[2]',
      '[4]',
    );
    expectNames(
      () =>
        whileLoop(
          { init },
          ({ left }) => left.less(1),
          (carry) => untyped({ ...carry, right: fill(0, [4], 'f64') }),
        ),
      'right',
      '[2]',
      '[4]',
    );
  });
  test('its dtype is named with both dtypes', () => {
    expectNames(
      () => scan({ init, xs: x }, (carry) => [untyped({ ...carry, left: fill(0, []) })]),
      'left',
      'f64',
      'f32',
    );
    expectNames(
      () =>
        whileLoop(
          { init },
          ({ left }) => left.less(1),
          (carry) => untyped({ ...carry, left: fill(0, [], 'i32') }),
        ),
      'left',
      'f64',
      'i32',
    );
  });
  test('its number is refused', () => {
    refusal(() => scan({ init, xs: x }, ({ left }) => [untyped({ left })]));
    refusal(() => scan({ init: [init.left], xs: x }, ([left]) => [untyped([left, left])]));
    refusal(() =>
      whileLoop(
        { init },
        () => flag,
        ({ left }) => untyped({ left }),
      ),
    );
  });
  test('its name is refused', () => {
    refusal(() => scan({ init, xs: x }, ({ left, right }) => [untyped({ left, wrong: right })]));
  });
});

describe('branches that differ', () => {
  test('in a shape are named with both shapes', () => {
    expectNames(
      () =>
        cond(
          flag,
          () => ({ a: x, b: x }),
          () => untyped({ a: x, b: fill(0, [4], 'f64') }),
        ),
      'b',
      '[3]',
      '[4]',
    );
  });
  test('in a dtype are named with both dtypes', () => {
    expectNames(
      () =>
        cond(
          flag,
          () => ({ a: x, b: x }),
          () => untyped({ a: x.cast('f32'), b: x }),
        ),
      'a',
      'f64',
      'f32',
    );
  });
  test('in their number are refused', () => {
    refusal(() =>
      cond(
        flag,
        () => [x, x],
        () => untyped([x]),
      ),
    );
    refusal(() =>
      cond(
        flag,
        () => ({ a: x }),
        () => untyped({ b: x }),
      ),
    );
  });
});

describe('a tensor of a body that is used outside', () => {
  const kept: AnyTensor[] = [];
  const keep = <T extends AnyTensor>(tensor: T): T => {
    kept[0] = tensor;
    return tensor;
  };
  const leaks = (): string =>
    refusal(() =>
      numbers((kept[0]!.add as (other: number) => AnyTensor).call(kept[0], 1), { x: [1, 2, 3], flag: true }),
    ).code;
  test('is refused when it leaks from a scan', () => {
    scan({ init: fill(0, [], 'f64'), xs: x }, (carry, entry) => [keep(carry.add(entry))]);
    expect(leaks()).toBe('LEAKED_TENSOR');
  });
  test('is refused when it is the carry or the slice itself', () => {
    scan({ init: fill(0, [], 'f64'), xs: x }, (carry) => [keep(carry)]);
    expect(leaks()).toBe('LEAKED_TENSOR');
    scan({ init: fill(0, [], 'f64'), xs: x }, (carry, entry) => [carry.add(keep(entry))]);
    expect(leaks()).toBe('LEAKED_TENSOR');
  });
  test('is refused when it leaks from a while loop, its condition, a branch or a call', () => {
    const init = fill(0, [], 'f64');
    whileLoop(
      { init },
      (v) => v.less(1),
      (v) => keep(v.add(1)),
    );
    expect(leaks()).toBe('LEAKED_TENSOR');
    whileLoop(
      { init },
      (v) => keep(v.mul(2)).less(1),
      (v) => v.add(1),
    );
    expect(leaks()).toBe('LEAKED_TENSOR');
    call((a: Tensor<[3], 'f64'>) => keep(a.mul(2)), x);
    expect(leaks()).toBe('LEAKED_TENSOR');
  });
  test('is refused in another body, and in a derivative', () => {
    scan({ init: fill(0, [], 'f64'), xs: x }, (carry, entry) => [keep(carry.add(entry))]);
    const inner = kept[0] as typeof flag as never as ReturnType<typeof fill<[], 'f64'>>;
    const other = () => scan({ init: fill(0, [], 'f64'), length: 2 }, (carry) => [carry.add(inner)])[0];
    expect(refusal(() => number(other(), { x: [1, 2, 3] })).code).toBe('LEAKED_TENSOR');
    expect(refusal(() => numbers([grad(inner.square(), inner)], { x: [1, 2, 3] })).code).toBe(
      'LEAKED_TENSOR',
    );
  });
});

describe('a scan', () => {
  const init = fill(0, [], 'f64');
  test('needs a length: from xs, or given', () => {
    refusal(() => scan(untyped({ init }), (carry: AnyTensor) => [carry]));
  });
  test('needs xs of one length, which is the one that is given', () => {
    expectNames(() => scan({ init, xs: [x, fill(0, [4], 'f64')] }, (carry) => [carry]), '3', '4');
    expectNames(() => scan({ init, xs: x, length: 5 }, (carry) => [carry]), '3', '5');
  });
  test('needs an axis that its xs have', () => {
    expect(refusal(() => scan({ init, xs: x, axis: 1 }, (carry) => [carry])).code).toBe('AXIS_OUT_OF_RANGE');
    expect(refusal(() => scan({ init, xs: x, axis: 'time' }, (carry) => [carry])).code).toBe(
      'AXIS_OUT_OF_RANGE',
    );
  });
  test('needs a whole number of steps', () => {
    for (const length of [-1, 1.5, Number.NaN]) refusal(() => scan({ init, length }, (carry) => [carry]));
    for (const remat of [0, -1, 1.5]) refusal(() => scan({ init, xs: x, remat }, (carry) => [carry]));
  });
  test('needs a body that returns carries and rows', () => {
    refusal(() =>
      scan(
        { init, xs: x },
        untyped(() => undefined),
      ),
    );
    refusal(() =>
      scan(
        { init, xs: x },
        untyped(() => []),
      ),
    );
    refusal(() =>
      scan(
        { init, xs: x },
        untyped(() => [1]),
      ),
    );
  });
  test('passes errors of its body on', () => {
    expect(
      refusal(() =>
        scan({ init, xs: x }, (carry, entry) => [carry.add(untyped<typeof entry>(constant([1, 2])))]),
      ).code,
    ).toBe('DTYPE_MISMATCH');
    expect(() =>
      scan({ init, xs: x }, () => {
        throw new RangeError('mine');
      }),
    ).toThrow(RangeError);
    // What follows is built as if nothing had happened.
    const [last] = scan({ init, xs: x }, (carry, entry) => [carry.add(entry)]);
    expect(number(last, { x: [1, 2, 3] })).toBe(6);
  });
});

test('a while loop needs one flag and a whole number of steps', () => {
  const init = fill(0, [], 'f64');
  expectNames(
    () =>
      whileLoop(
        { init },
        untyped((v: AnyTensor) => v),
        (v) => v,
      ),
    'bool',
    'f64',
  );
  expectNames(
    () =>
      whileLoop(
        { init },
        untyped(() => x.greater(0)),
        (v) => v,
      ),
    '[3]',
  );
  for (const maxSteps of [-1, 0.5, Number.NaN])
    refusal(() =>
      whileLoop(
        { init, maxSteps },
        (v) => v.less(1),
        (v) => v,
      ),
    );
});

describe('a likely mistake gets the sentence that mends it', () => {
  const xs = input('sequence', ['batch', 'time', 2]);
  const init = fill(0, ['batch', 2]);
  const [one, p] = [fill(1, []), input('p', []).greater(0)];
  /** The functions as a script without types may call them. */
  const loose = untyped<Readonly<Record<'scan' | 'whileLoop' | 'cond', (...given: unknown[]) => unknown>>>({
    scan,
    whileLoop,
    cond,
  });
  const over = (options: object, body: unknown = (carry: AnyTensor) => [carry]) =>
    loose.scan({ init, xs, axis: 'time', ...options }, body);
  const loop = (options: object, body: unknown = (carry: AnyTensor) => carry) =>
    loose.whileLoop(options, () => p, body);
  const branch = loose.cond;

  test.each<readonly [string, () => unknown, string]>([
    ['a misspelt option', () => over({ axes: 1 }), "scan has no option 'axes': there is init, xs, axis"],
    ['another one', () => over({ reversed: true }), "scan has no option 'reversed'"],
    [
      'of a while loop',
      () => loop({ init: one, maxstep: 5 }),
      "no option 'maxstep': there is init, maxSteps",
    ],
    [
      'a tensor as options',
      () => loop(one),
      'whileLoop takes a record of options, not f32[]: write { init: … }',
    ],
    ['unroll with remat', () => over({ unroll: true, remat: 2 }), 'unroll makes every step nodes of its own'],
    [
      'remat over a named axis',
      () => over({ remat: 'sqrt' }),
      "remat needs a known number of steps, not 'time': declare the axis as a number, as in ['batch', 100, 8]",
    ],
    [
      'a body that gives a tensor',
      () => over({}, (carry: AnyTensor) => carry),
      'the body of scan returns [carry, y] or [carry], not f32[batch, 2]: put it into a list',
    ],
    [
      'a list of carries and no y around it',
      () => loose.scan({ init: [one, one], length: 3 }, ([a, b]: AnyTensor[]) => [b, a]),
      'init of scan is a list of 2 and its body gives f32[]: return [[a, b], y]',
    ],
    [
      'one carry in a list',
      () => loop({ init: one }, (carry: AnyTensor) => [carry]),
      'init of whileLoop is f32[] and its body gives a list of 1: return carry',
    ],
    [
      'one carry of a record',
      () => loop({ init: { a: one, b: one } }, ({ a }: Record<string, AnyTensor>) => a),
      'init of whileLoop is { a, b } and its body gives f32[]: return { a, b }',
    ],
    [
      'an initializer',
      () => over({ init: zeros() }),
      "write fill(0, ['batch', 2]), with the shape that is needed",
    ],
    ['a number', () => over({ init: 0 }), 'not 0: write fill(0, [])'],
    [
      'a function',
      () => over({ init: () => 0 }),
      'not a function: give the value itself, as in f(x) or fill(0, [])',
    ],
    [
      'an array',
      () => over({ xs: zerosHost('f32', [3]) }),
      'not an array f32[3]: declare an input and feed it',
    ],
    ['branches that are values', () => branch(p, one, one), 'each a function, as in () => a, not f32[]'],
    ['one branch', () => branch(p, () => one), 'each a function, as in () => a, not undefined'],
    [
      'a branch that gives a number',
      () =>
        branch(
          p,
          () => one,
          () => 0,
        ),
      'not 0: write fill(0, [])',
    ],
    [
      'a condition for each example',
      () =>
        branch(
          init.sum(-1).greater(0),
          () => one,
          () => one,
        ),
      'a condition is one bool, not bool[batch]: where(condition, a, b) chooses element by element',
    ],
    [
      'a condition that is a number',
      () =>
        branch(
          one,
          () => one,
          () => one,
        ),
      'a condition is one bool, not f32[]: compare, as in x.greater(0)',
    ],
  ])('%s', (_, body, sentence) => expectNames(body, sentence));
});
