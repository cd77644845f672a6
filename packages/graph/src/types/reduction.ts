/** Outcomes of reductions over all axes, or over some by position or name. */
import type { DType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { Position, Positions, Without } from './axis.ts';

type Kept<S extends Shape, P> = { -readonly [K in keyof S]: K extends `${P & number}` ? 1 : S[K] };
type Ones<S extends Shape> = { -readonly [K in keyof S]: 1 };

type Over<S extends Shape, P, Keep, D extends DType> = [P] extends [string]
  ? P
  : number extends P
    ? Tensor<Shape, D>
    : [Keep] extends [true]
      ? Tensor<Kept<S, P>, D>
      : [Keep] extends [false]
        ? Tensor<Without<S, P>, D>
        : Tensor<Shape, D>;

/** A reduction of a shape to dtype `D`; `Axes` undefined means all. */
export type ReduceShape<S extends Shape, Axes, Keep, D extends DType> = [Axes] extends [undefined]
  ? [Keep] extends [false]
    ? Tensor<[], D>
    : [Keep] extends [true]
      ? Tensor<Ones<S>, D>
      : Tensor<Shape, D>
  : [Positions<S, Axes>] extends [never]
    ? Tensor<S, D>
    : number extends S['length']
      ? Tensor<Shape, D>
      : Over<S, Positions<S, Axes>, Keep, D>;

/** x.sum(axes, { keepDims }) */
export type Reduce<T extends AnyTensor, Axes, Keep, D extends DType = T['dtype']> = ReduceShape<
  T['shape'],
  Axes,
  Keep,
  D
>;

/** x.argmax(axis): positions along one axis. */
export type ReduceAxis<T extends AnyTensor, Axis, D extends DType> = ReduceShape<T['shape'], Axis, false, D>;

/** An operation that keeps the shape and needs the axis to exist. */
export type Along<T extends AnyTensor, Axis, D extends DType = T['dtype']> =
  Position<T['shape'], Axis> extends infer P ? (P extends string ? P : Tensor<T['shape'], D>) : never;

/** An operation that keeps the shape and needs some axes to exist. */
export type AlongAll<T extends AnyTensor, Axes> = [Axes] extends [undefined]
  ? Tensor<T['shape'], T['dtype']>
  : [Positions<T['shape'], Axes>] extends [never]
    ? Tensor<T['shape'], T['dtype']>
    : [Positions<T['shape'], Axes>] extends [string]
      ? Positions<T['shape'], Axes>
      : Tensor<T['shape'], T['dtype']>;
