/** Windows over images, sequences and volumes with channels first: strides, dilations, and the many ways to say padding. */
import type { AnyTensor } from '@cotangent/graph';
import { type Call, sizesOf } from './operator.ts';

type Pairs = readonly (readonly [number, number])[];

export interface Windows {
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** Size of each window with its holes. */
  readonly extents: readonly number[];
  readonly padding: Pairs;
}

/** Half of an amount on each side; an odd one at the end, or at the start. */
export const halves = (total: number, oddAtEnd: boolean): readonly [number, number] => {
  const [less, more] = [Math.floor(total / 2), Math.ceil(total / 2)];
  return oddAtEnd ? [less, more] : [more, less];
};

/** All amounts before, then all amounts after. */
export const paddingOf = (call: Call, count: number): Pairs => {
  const pads = call.numbers('pads') ?? [];
  return Array.from({ length: count }, (_, i) => [pads[i] ?? 0, pads[i + count] ?? 0] as const);
};

export function windowsOf(call: Call, x: AnyTensor, window: readonly number[]): Windows {
  const ones = window.map(() => 1);
  const stride = call.numbers('strides') ?? ones;
  const dilation = call.numbers('dilations') ?? ones;
  const extents = window.map((size, i) => (size - 1) * dilation[i] + 1);
  const automatic = call.text('auto_pad') ?? 'NOTSET';
  const sizes = sizesOf(x).slice(2);
  // As many windows as fit with a stride into the size, rounded up.
  const missing = sizes.map((size, i) =>
    Math.max((Math.ceil(size / stride[i]) - 1) * stride[i] + extents[i] - size, 0),
  );
  const padding = automatic.startsWith('SAME')
    ? missing.map((total) => halves(total, automatic === 'SAME_UPPER'))
    : paddingOf(call, window.length);
  return { stride, dilation, extents, padding };
}
