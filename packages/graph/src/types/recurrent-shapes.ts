/** The shape functions of recurrent layers. */
import type { Dim } from '../dim.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { Multiply } from './integer.ts';
import type { Show } from './outcome.ts';
import type { InputDType, InputShape, OutputOf, ShapeFunction } from './shape-function.ts';

type Returned = 'sequence' | 'last';
type Merged = false | 'concat' | 'sum' | 'average' | 'multiply';
type Width<Units extends number, M> = [M] extends ['concat'] ? Multiply<Units, 2> : Units;

/** [batch, time, features] to [batch, time, units] or [batch, units]; both axes the other way round if time-major. */
export interface RecurrentShape<
  Kind extends string,
  Units extends number,
  Returns extends Returned = 'sequence',
  M extends Merged = false,
  TimeMajor extends boolean = false,
> extends ShapeFunction {
  out: Over<Kind, InputShape<this>, InputDType<this>, Width<Units, M>, Returns, TimeMajor>;
}
type Layout<TimeMajor> = [TimeMajor] extends [true] ? '[time, batch, features]' : '[batch, time, features]';
type Over<Kind extends string, S extends Shape, D, W, R, TimeMajor> = number extends S['length']
  ? Known<Shape, D>
  : S extends readonly [infer A extends Dim, infer B extends Dim, Dim]
    ? [R] extends ['sequence']
      ? Known<[A, B, W], D>
      : [R] extends ['last']
        ? [TimeMajor] extends [true]
          ? Known<[B, W], D>
          : Known<[A, W], D>
        : Known<Shape, D>
    : `${Kind} needs ${Layout<TimeMajor>}, not ${Show<S>}`;
type Known<S, D> = S extends Shape ? (D extends AnyTensor['dtype'] ? Tensor<S, D> : never) : never;

/** The state of one layer and direction after sequences T: [batch, units] under each of its names. */
export type StateAfter<T extends AnyTensor, Names extends string, Units extends number, TimeMajor> = {
  readonly [Name in Names]: T['shape'] extends readonly [infer A extends Dim, infer B extends Dim, Dim]
    ? Tensor<[[TimeMajor] extends [true] ? B : A, Units], T['dtype']>
    : Tensor<Shape, T['dtype']>;
};

/** A layer for each time step: [batch, time, ...] to [batch, time, ...]. */
export interface TimeDistributedShape<F extends ShapeFunction> extends ShapeFunction {
  out: Distributed<F, InputShape<this>, InputDType<this>>;
}
type Distributed<F extends ShapeFunction, S extends Shape, D> = number extends S['length']
  ? Known<Shape, D>
  : S extends readonly [infer B extends Dim, infer T extends Dim, ...infer Rest]
    ? OutputOf<F, Known<[B, ...Rest], D>> extends infer Out
      ? Out extends AnyTensor
        ? Out['shape'] extends readonly [unknown, ...infer After extends Shape]
          ? Known<[B, T, ...After], D>
          : Known<Shape, D>
        : Out
      : never
    : `timeDistributed needs [batch, time, ...], not ${Show<S>}`;
