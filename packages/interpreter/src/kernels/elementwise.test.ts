import { CotangentError, fromNested } from '@cotangent/graph';
import { describe, expect, test } from 'vitest';
import { nested, run, runAll } from '../testing.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

describe('floats', () => {
  test('f32 is computed in double precision and rounded once', () => {
    expect(nested('add', 'f32', [0.1], [0.2])).toEqual([Math.fround(Math.fround(0.1) + Math.fround(0.2))]);
    expect(nested('mul', 'f32', [16777217], [3])).toEqual([Math.fround(16777216 * 3)]);
  });
  test('f64 never passes through f32', () => {
    expect(nested('add', 'f64', [0.1], [0.2])).toEqual([0.30000000000000004]);
    expect(nested('exp', 'f64', [1])).toEqual([Math.E]);
    expect(nested('clamp', 'f64', [0.1], [-1], [1])).toEqual([0.1]);
    expect(nested('neg', 'f64', 0.1)).toBe(-0.1);
  });
  test('round goes to the nearest whole number, halves to even, and keeps the sign of zero', () => {
    expect(
      nested('round', 'f64', [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, 2 ** 52 + 1, -0.2]),
    ).toEqual([0, 2, 2, -0, -2, -2, 0, 2 ** 52 + 1, -0]);
  });
  test('sign keeps NaN and both zeros', () => {
    expect(nested('sign', 'f32', [nan, 0, -0, -3, infinity])).toEqual([nan, 0, -0, -1, 1]);
  });
  test('max and min propagate NaN and put -0 below 0', () => {
    expect(nested('max', 'f32', [nan, 1, -0, 0, 2], [1, nan, 0, -0, 3])).toEqual([nan, nan, 0, 0, 3]);
    expect(nested('min', 'f32', [nan, 1, -0, 0, 2], [1, nan, 0, -0, 3])).toEqual([nan, nan, -0, -0, 2]);
  });
  test('clamp is min(max(x, low), high)', () => {
    expect(nested('clamp', 'f32', [-2, 0.5, 3, nan, 0], [-1, -1, -1, -1, 2], [1, 1, 1, 1, 1])).toEqual([
      -1,
      0.5,
      1,
      nan,
      1,
    ]);
  });
  test('rem has the sign of the dividend', () => {
    expect(nested('rem', 'f64', [5.5, -5.5, 5.5, 1], [2, 2, -2, 0])).toEqual([1.5, -1.5, 1.5, nan]);
  });
  test('pow is that of IEEE 754', () => {
    expect(
      nested('pow', 'f64', [1, nan, -1, -1, 2, -2, 0, -8], [nan, 0, infinity, -infinity, 0.5, 3, -1, 1 / 3]),
    ).toEqual([1, 1, 1, 1, Math.SQRT2, -8, infinity, nan]);
  });
  test('division by zero is infinite', () => {
    expect(nested('div', 'f32', [1, -1, 0], [0, 0, 0])).toEqual([infinity, -infinity, nan]);
  });
  test('mulNoNan is 0 wherever a factor is 0', () => {
    expect(nested('mulNoNan', 'f32', [0, nan, -0, 3, nan], [infinity, 0, nan, 4, 1])).toEqual([
      0,
      0,
      0,
      12,
      nan,
    ]);
  });
  test('logistic is accurate at both ends and never overflows', () => {
    expect(nested('logistic', 'f64', [0, -745, 800, -40, nan, infinity, -infinity])).toEqual([
      0.5,
      Math.exp(-745),
      1,
      // Python: 1 / (1 + math.exp(40))
      4.248354255291589e-18,
      nan,
      1,
      0,
    ]);
  });
  test('expm1 and log1p keep small arguments', () => {
    expect(nested('expm1', 'f64', [1e-10])).toEqual([1.00000000005e-10]);
    expect(nested('log1p', 'f64', [1e-10])).toEqual([9.999999999500001e-11]);
  });
  test('rsqrt, atan2, tanh, floor, ceil and abs', () => {
    expect(nested('rsqrt', 'f64', [4, 0, -1])).toEqual([0.5, infinity, nan]);
    expect(nested('atan2', 'f64', [-1, 0], [-2, -1])).toEqual([-2.677945044588987, Math.PI]);
    expect(nested('tanh', 'f64', [0.3, 400])).toEqual([0.2913126124515909, 1]);
    expect(nested('floor', 'f32', [-1.5, 1.5])).toEqual([-2, 1]);
    expect(nested('ceil', 'f32', [-1.5, 1.5])).toEqual([-1, 2]);
    expect(nested('abs', 'f32', [-0, -infinity])).toEqual([0, infinity]);
  });
  test('erf is within one unit in the last place of the C library', () => {
    // Python: math.erf(x)
    const known: [number, number][] = [
      [1e-300, 1.1283791670955126e-300],
      [1e-10, 1.1283791670955126e-10],
      [0.1, 0.1124629160182849],
      [0.5, 0.5204998778130465],
      [0.84, 0.7651427114549946],
      [0.85, 0.7706680576083526],
      [1.0, 0.8427007929497149],
      [1.2, 0.9103139782296353],
      [1.25, 0.9229001282564582],
      [1.3, 0.9340079449406524],
      [2.0, 0.9953222650189527],
      [2.5, 0.999593047982555],
      [2.85, 0.9999443437200386],
      [2.9, 0.9999589021219005],
      [3.5, 0.9999992569016276],
      [5.0, 0.9999999999984626],
      [5.9, 0.9999999999999999],
      [6.5, 1.0],
      [-0.3, -0.3286267594591274],
      [-1.1, -0.8802050695740817],
      [-2.0, -0.9953222650189527],
      [-4.0, -0.9999999845827421],
    ];
    for (const [x, expected] of known) {
      const actual = Number(nested('erf', 'f64', x));
      expect(Math.abs(actual - expected), `erf(${x})`).toBeLessThanOrEqual(2 ** -52 * Math.abs(expected));
    }
    expect(nested('erf', 'f64', [0, -0, nan, infinity, -infinity])).toEqual([0, -0, nan, 1, -1]);
  });
});

describe('integers', () => {
  test('arithmetic wraps around', () => {
    expect(nested('add', 'i32', [2147483647], [1])).toEqual([-2147483648]);
    expect(nested('sub', 'u32', [0], [1])).toEqual([4294967295]);
    expect(nested('mul', 'i32', [123456789], [987654321])).toEqual([-67153019]);
    expect(nested('mul', 'u32', [4294967295, 3000000000], [4294967295, 3])).toEqual([1, 410065408]);
    expect(nested('neg', 'i32', [-2147483648, 5])).toEqual([-2147483648, -5]);
    expect(nested('abs', 'i32', [-2147483648, -5])).toEqual([-2147483648, 5]);
  });
  test('division truncates towards zero', () => {
    expect(nested('div', 'i32', [7, -7, 7, -2147483648], [2, 2, -2, -1])).toEqual([3, -3, -3, -2147483648]);
    expect(nested('div', 'u32', [4294967295], [2])).toEqual([2147483647]);
    expect(nested('rem', 'i32', [7, -7, 7, -6], [2, 2, -2, 3])).toEqual([1, -1, 1, 0]);
  });
  test('division by zero is an error that says where', () => {
    expect(() => nested('div', 'i32', [1, 7], [1, 0])).toThrow(
      /div: the integer 7 is divided by 0 \(element 1\)/,
    );
    expect(() => nested('rem', 'u32', [1], [0])).toThrow(CotangentError);
  });
  test('shifts by 32 or more move everything out', () => {
    expect(nested('shiftLeft', 'i32', [1, 1, 1, 3], [31, 32, -1, 1])).toEqual([-2147483648, 0, 0, 6]);
    expect(nested('shiftRightLogical', 'i32', [-1, -1, -1], [1, 32, 0])).toEqual([2147483647, 0, -1]);
    expect(nested('shiftRightLogical', 'u32', [4294967295, 1], [31, 40])).toEqual([1, 0]);
    expect(nested('shiftRightArithmetic', 'i32', [-8, -8, 8], [1, 40, 40])).toEqual([-4, -1, 0]);
  });
  test('bitwise operations keep the dtype', () => {
    expect(nested('and', 'u32', [0xf0f0f0f0], [0xffff0000])).toEqual([0xf0f00000]);
    expect(nested('or', 'i32', [5], [2])).toEqual([7]);
    expect(nested('xor', 'u32', [0xffffffff], [1])).toEqual([0xfffffffe]);
    expect(nested('not', 'u32', [0])).toEqual([4294967295]);
    expect(nested('not', 'i32', [0])).toEqual([-1]);
  });
});

test('logic of booleans', () => {
  expect(nested('and', 'bool', [true, true], [true, false])).toEqual([true, false]);
  expect(nested('or', 'bool', [false, true], [false, false])).toEqual([false, true]);
  expect(nested('xor', 'bool', [true, true], [true, false])).toEqual([false, true]);
  expect(nested('not', 'bool', [true, false])).toEqual([false, true]);
  expect(nested('max', 'bool', [true, false], [false, false])).toEqual([true, false]);
});

test('comparisons with NaN are false, but for ne', () => {
  const [a, b] = [fromNested([1, nan, 2, 2]), fromNested([2, 1, nan, 2])];
  const compare = (direction: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge') =>
    run('compare', [a, b], { direction }).toNested();
  expect(compare('eq')).toEqual([false, false, false, true]);
  expect(compare('ne')).toEqual([true, true, true, false]);
  expect(compare('lt')).toEqual([true, false, false, false]);
  expect(compare('le')).toEqual([true, false, false, true]);
  expect(compare('gt')).toEqual([false, false, false, false]);
  expect(compare('ge')).toEqual([false, false, false, true]);
});

test('select takes the untaken branch for nothing, NaN included', () => {
  const condition = fromNested([true, false, true]);
  for (const dtype of ['f32', 'f64'] as const)
    expect(
      run(
        'select',
        [condition, fromNested([1, nan, nan], dtype), fromNested([nan, 2, 3], dtype)],
        {},
      ).toNested(),
    ).toEqual([1, 2, nan]);
});

test('convert truncates towards zero, and whatever is not 0 is true', () => {
  const convert = (values: number[], from: 'f32' | 'f64' | 'i32', dtype: 'f32' | 'i32' | 'u32' | 'bool') =>
    run('convert', [fromNested(values, from)], { dtype }).toNested();
  expect(convert([1.9, -1.9, 0.5], 'f32', 'i32')).toEqual([1, -1, 0]);
  expect(convert([1.9, 4e9], 'f64', 'u32')).toEqual([1, 4e9]);
  expect(convert([0, -0, 0.5, nan], 'f32', 'bool')).toEqual([false, false, true, true]);
  expect(convert([16777217], 'i32', 'f32')).toEqual([16777216]);
});

test('bitcast keeps the bits', () => {
  const bits = run('bitcast', [fromNested([1, -0, infinity])], { dtype: 'u32' });
  expect(bits.toNested()).toEqual([0x3f800000, 0x80000000, 0x7f800000]);
  expect(run('bitcast', [bits], { dtype: 'f32' }).toNested()).toEqual([1, -0, infinity]);
});

test('threefry2x32 gives the words of the Random123 test vectors', () => {
  const vectors = [
    [0, 0, 0, 0, 0x6b200159, 0x99ba4efe],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
    [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0],
  ];
  const column = (i: number) =>
    fromNested(
      vectors.map((vector) => vector[i]),
      'u32',
    );
  const [first, second] = runAll('threefry2x32', [column(0), column(1), column(2), column(3)], {});
  expect([first.toNested(), second.toNested()]).toEqual([column(4).toNested(), column(5).toNested()]);
});

test('empty arrays and scalars pass through', () => {
  expect(nested('exp', 'f32', [])).toEqual([]);
  expect(nested('add', 'f32', [], [])).toEqual([]);
  expect(nested('add', 'f32', 1, 2)).toBe(3);
});
