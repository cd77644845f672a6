/** With COTANGENT_LONG=1: every function of one f32, compiled, at all 2^32 arguments. It takes about an hour. */

import { describe, expect, it } from 'vitest';
import { Module, memory as memoryOf } from 'wasmati';
import { erf } from '../../../interpreter/src/kernels/scalar.ts';
import { emitKernel } from '../emit/kernel.ts';
import { along, assign, load, store } from '../loops/build.ts';
import { Buffer, type Kernel, Variable } from '../loops/ir.ts';
import { worstUlp } from './exactness.ts';
import { ofDoubles, ofOne, type Unary, unaryNames } from './testing/functions.ts';

const count = 2 ** 20;
const references: Readonly<Record<Unary, (x: number) => number>> = { ...ofDoubles, erf };

/** A function of `count` floats at 0, which puts its results behind them. */
async function compiled(name: Unary) {
  const [from, to] = ['from', 'to'].map((side) => new Buffer(side, 'f32', count, 'temporary'));
  const unit = new Variable('unit');
  const result = ofOne[name](load(from!, along(unit, 4), 4));
  const kernel: Kernel = {
    name,
    unit,
    units: count / 4,
    around: [],
    body: [assign(store(to!, along(unit, 4), result))],
    cost: { flops: 0, bytes: 0 },
  };
  const layout = { offsetOf: (buffer: Buffer) => (buffer === from ? 0 : 4 * count), pointerAt: () => 0 };
  const run = emitKernel(kernel, layout, { relaxed: false });
  const memory = memoryOf({ min: (8 * count) / 2 ** 16 });
  const { instance } = await Module({ exports: { run, memory } }).instantiate();
  const { run: call, memory: bytes } = instance.exports as unknown as {
    run: (base: number, from: number, to: number) => void;
    memory: { readonly buffer: ArrayBuffer };
  };
  return { run: () => call(0, 0, count / 4), buffer: bytes.buffer };
}

/** How far y is from an exact number, in units of the last place there; infinity is 2^128. */
function distance(y: number, exact: number): number {
  if (Object.is(y, exact)) return 0;
  const ulps = Math.abs(bounded(y) - bounded(exact)) / unitOf(exact);
  return Number.isNaN(ulps) ? Infinity : ulps;
}
const bounded = (x: number): number => Math.max(-(2 ** 128), Math.min(2 ** 128, x));

const words = new Int32Array(2);
const double = new Float64Array(words.buffer);
const powers = Float64Array.from({ length: 254 }, (_, i) => 2 ** (i - 149));
/** A unit of the last place of f32 where a double lies. */
function unitOf(x: number): number {
  double[0] = x;
  const exponent = (words[1]! >>> 20) & 0x7ff;
  return powers[Math.min(Math.max(exponent - 897, 0), 253)]!;
}

describe.runIf(process.env.COTANGENT_LONG === '1')('all floats', () => {
  it.each(unaryNames)('%s has no error above its bound', { timeout: 3.6e6 }, async (name) => {
    const { run, buffer } = await compiled(name);
    const [bits, x, y] = [
      new Int32Array(buffer, 0, count),
      new Float32Array(buffer, 0, count),
      new Float32Array(buffer, 4 * count, count),
    ];
    const reference = references[name];
    let worst = { x: 0, y: 0, ulps: 0 };
    for (let start = 0; start < 2 ** 32; start += count) {
      for (let i = 0; i < count; i++) bits[i] = start + i;
      run();
      for (let i = 0; i < count; i++) {
        const ulps = distance(y[i]!, reference(x[i]!));
        if (!(ulps <= worst.ulps)) worst = { x: x[i]!, y: y[i]!, ulps };
      }
    }
    console.info(`${name}: ${worst.ulps} ulp at ${worst.x}`);
    expect(worst.ulps, `at ${worst.x}: ${worst.y}`).toBeLessThanOrEqual(worstUlp[name].f32);
  });
});
