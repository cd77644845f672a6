/** Totals for references: sums, products and extremes of lists, and running totals along an axis. */
import type { DType, HostArray } from '@cotangent/graph';
import { at, filled } from './arrays.ts';

export type Total = 'sum' | 'product' | 'max' | 'min' | 'and' | 'or';

const least: Readonly<Record<DType, number>> = {
  f32: -Infinity,
  f64: -Infinity,
  i32: -2147483648,
  u32: 0,
  bool: 0,
};
const most: Readonly<Record<DType, number>> = {
  f32: Infinity,
  f64: Infinity,
  i32: 2147483647,
  u32: 4294967295,
  bool: 1,
};

/** The total of a list; of integers modulo 2³². */
export function totalOf(values: readonly number[], total: Total, dtype: DType): number {
  const float = dtype === 'f32' || dtype === 'f64';
  switch (total) {
    case 'sum':
      return values.reduce((a, b) => (float ? a + b : (a + b) | 0), 0);
    case 'product':
      return values.reduce((a, b) => (float ? a * b : Math.imul(a, b)), 1);
    case 'max':
      return values.reduce((a, b) => Math.max(a, b), least[dtype]);
    case 'min':
      return values.reduce((a, b) => Math.min(a, b), most[dtype]);
    case 'and':
      return values.reduce((a, b) => a & b, dtype === 'bool' ? 1 : -1);
    case 'or':
      return values.reduce((a, b) => a | b, 0);
  }
}

/** Entry i: the total of entries up to i, or from i on. */
export function runningTotals(
  x: HostArray,
  {
    axis,
    exclusive,
    reverse,
  }: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean },
  total: 'sum' | 'product',
): number[] {
  return filled(x.shape, (position) => {
    const i = position[axis]!;
    const counts = (k: number) => (k === i ? !exclusive : reverse ? k > i : k < i);
    const places = Array.from({ length: x.shape[axis]! }, (_, k) => k).filter(counts);
    const values = places.map((k) => at(x, position.with(axis, k)));
    return totalOf(values, total, x.dtype);
  });
}

/** Entry i: the extreme of the entries met on the way to i, and the first place on the way that has it. */
export function runningExtremes(
  x: HostArray,
  { axis, reverse }: { readonly axis: number; readonly reverse: boolean },
  total: 'max' | 'min',
): readonly [number[], number[]] {
  const met = (position: readonly number[]) => {
    const [i, last] = [position[axis]!, x.shape[axis]! - 1];
    const places = Array.from({ length: reverse ? last - i + 1 : i + 1 }, (_, k) => (reverse ? last - k : k));
    return { places, values: places.map((k) => at(x, position.with(axis, k))) };
  };
  return [
    filled(x.shape, (position) => totalOf(met(position).values, total, x.dtype)),
    filled(x.shape, (position) => {
      const { places, values } = met(position);
      const extreme = totalOf(values, total, x.dtype);
      return places[Number.isNaN(extreme) ? values.findIndex(Number.isNaN) : values.indexOf(extreme)]!;
    }),
  ];
}
