/** Kernels as text: what `explain` shows. */
import { expect, test } from 'vitest';
import {
  add,
  along,
  apply,
  assign,
  computedPlace,
  constantPlace,
  convert,
  integer,
  load,
  loop,
  mul,
  number,
  placeOf,
  read,
  repeatWhile,
  set,
  shifted,
  store,
  typeOf,
  variableValue,
  when,
} from './build.ts';
import { Buffer, Local, Variable } from './ir.ts';
import { printAffine, printKernel, printType, printValue } from './print.ts';

const x = new Buffer('x', 'f32', 64, 'input');
const y = new Buffer('y', 'f32', 64, 'temporary');
const places = new Buffer('places', 'i32', 8, 'input');
const [unit, step, i] = ['unit', 'step', 'i'].map((name) => new Variable(name)) as [
  Variable,
  Variable,
  Variable,
];

test('types say their lanes', () => {
  expect([typeOf('f32'), typeOf('f32', 4), typeOf('bool', 2)].map(printType)).toEqual([
    'f32',
    'f32x4',
    'boolx2',
  ]);
});

test('places are sums', () => {
  const at = placeOf([along(unit), shifted(along(i, -1), 7)], [8, 1]);
  expect(printAffine(at)).toBe('8*unit - 1*i + 7');
  expect(printAffine(constantPlace(0))).toBe('0');
  expect(printAffine(computedPlace(load(places, along(i)), 4))).toBe('4*places[i]');
});

test('values are formulas', () => {
  const value = add(mul(load(x, along(i), 4), load(y, along(i), 4)), number(typeOf('f32', 4), -0));
  expect(printValue(value)).toBe('((x[i]:4 * y[i]:4) + -0)');
  expect(printValue(convert(apply('sqrt', load(x, along(i))), 'i32'))).toBe('convert<i32>(sqrt(x[i]))');
  expect(printValue({ kind: 'bits', type: typeOf('i64'), value: -1n })).toBe('0xffffffffffffffff');
});

test('a kernel reads from top to bottom', () => {
  const total = new Local('total', typeOf('f32'));
  const kernel = {
    name: 'sums',
    unit,
    units: 4,
    around: [step],
    body: [
      assign(set(total, number(typeOf('f32'), 0))),
      loop(i, 8, [assign(set(total, add(read(total), load(x, placeOf([along(unit), along(i)], [8, 1])))))], {
        step: 2,
      }),
      when(
        apply('gt', read(total), number(typeOf('f32'), 1)),
        [assign(store(y, along(unit), read(total)))],
        [
          repeatWhile(apply('lt', variableValue(step), integer(3)), [
            assign(store(y, along(step), read(total))),
          ]),
        ],
      ),
    ],
    cost: { flops: 0, bytes: 0 },
  };
  expect(printKernel(kernel)).toBe(`kernel sums(step, unit of 4)
  total = 0
  for i from 0 to 8 by 2
    total = (total + x[8*unit + i])
  if (total > 1)
    y[unit] = total
  else
    while (step < 3)
      y[step] = total
`);
});
