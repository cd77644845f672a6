/** Holds one case against what was computed elsewhere, on an engine. */
import type { Engine } from '@cotangent/engine';
import { isFloat } from '@cotangent/graph';
import { expect } from 'vitest';
import { expectClose, type FixtureTensor, type Tolerance, tolerances } from '../harness.ts';
import { roundTo } from '../webnn/numbers.ts';
import { type CaseEntry, load } from './cases.ts';
import type { OnnxTensor } from './elements.ts';
import { evaluate } from './evaluate.ts';

/** For floats; everything else is exact. */
const rule: Tolerance = { name: 'the runner of ONNX', absolute: 1e-7, relative: 1e-3 };

/** Halves are computed in f32 and rounded at the end. */
const rounded = (got: FixtureTensor, { type }: OnnxTensor): FixtureTensor =>
  type === 'FLOAT16' ? { ...got, data: Array.from(got.data, (value) => roundTo(value, 'float16')) } : got;

/** Dropout: a share of x is 0, as large as chance allows, and the rest is scaled by one factor, which is theirs. */
function expectDropped(what: string, x: FixtureTensor, got: FixtureTensor, want: FixtureTensor): void {
  const kept = ({ data }: FixtureTensor): number[] =>
    Array.from(data, (_, i) => i).filter((i) => data[i] !== 0);
  const [one] = kept(want);
  const factor = want.data[one] / x.data[one];
  const scaled = Array.from(got.data, (y, i) => (y === 0 ? 0 : x.data[i] * factor));
  expectClose(what, got, { shape: want.shape, data: scaled }, rule);
  const share = 1 / factor;
  const deviation = Math.sqrt((share * (1 - share)) / x.data.length);
  expect(Math.abs(kept(got).length / x.data.length - share), what).toBeLessThan(4 * deviation);
}

export function check(entry: CaseEntry, engine: Engine<'sync'>): void {
  const one = load(entry);
  const results = evaluate(one, entry.parameterInputs, engine);
  expect(results.length).toBe(one.outputs.length);
  one.outputs.forEach((want, i) => {
    const what = `${entry.case}, output ${i}`;
    expect(results[i].dtype, what).toBe(want.holder);
    if (entry.random) expectDropped(what, one.inputs[0], results[i], want);
    else expectClose(what, rounded(results[i], want), want, isFloat(want.holder) ? rule : tolerances.exact);
  });
}
