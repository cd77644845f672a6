/**
 * Layers one after the other, folded from the left. A step is a layer that carries a shape function, or a plain
 * function. The fold is tail-recursive, so that nearly a thousand layers check. Errors count layers from 0, as paths do.
 */
import type { DType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { Add, Subtract } from './integer.ts';
import type { IsWide, Show } from './outcome.ts';
import type { OutputOf, ShapeFunction, ShapeFunctionOf } from './shape-function.ts';

/** What may stand in a sequence. Anything narrower would erase the type parameters of generic functions. */
export type SequenceStep = object;

/** Layers one after the other, as a shape function. */
export interface SequentialShape<Layers extends readonly SequenceStep[]> extends ShapeFunction {
  out: Sequence<Layers, this['in']>;
}

/** What a sequence makes of an input tensor: a tensor type, or `layer 3 of the sequence: …`. */
export type Sequence<Layers extends readonly unknown[], In> = number extends Layers['length']
  ? Tensor<Shape, DType>
  : Explained<Fold<Layers, In, Layers['length']>, Layers, In>;

/** A function that needs more than is known of a shape is not to blame: the layer is that lost the shape. */
type Explained<Out, Layers, In> = Out extends `${string} of unknown shape`
  ? IsShapeless<In> extends true
    ? Out
    : `${Out}: layer ${Losing<Layers, In>} loses the shape: write it as <T extends AnyTensor>(x: T) => …, or put a layer such as tanh() there`
  : Out;

/** The first layer that gives a tensor of unknown shape. */
type Losing<Layers, In, Before extends readonly unknown[] = []> = Layers extends readonly [
  infer Step,
  ...infer Rest,
]
  ? StepOutcome<Step, In> extends infer Out
    ? IsShapeless<Out> extends true
      ? Before['length']
      : Losing<Rest, Out, [...Before, Step]>
    : never
  : never;
type IsShapeless<T> = T extends AnyTensor ? (number extends T['shape']['length'] ? true : false) : false;

/** Eight steps at a time: each remaining tuple costs as many instantiations as it has entries. */
type Fold<Layers, In, Count extends number> = Layers extends readonly [
  infer A,
  infer B,
  infer C,
  infer D,
  infer E,
  infer F,
  infer G,
  infer H,
  ...infer Rest,
]
  ? Few<[A, B, C, D, E, F, G, H], In, Count, Rest['length']> extends infer Out
    ? Out extends string
      ? Out
      : Fold<Rest, Out, Count>
    : never
  : Few<Layers, In, Count, 0>;

/** Steps one by one; `After` is the number of steps that come behind them. */
type Few<Layers, In, Count extends number, After extends number> = Layers extends readonly [
  infer Step,
  ...infer Rest,
]
  ? StepOutcome<Step, In> extends infer Out
    ? Out extends string
      ? `layer ${Subtract<Subtract<Count, After>, Add<Rest['length'], 1>>} of the sequence: ${Out}`
      : Few<Rest, Out, Count, After>
    : never
  : In;

/** What one step makes of a tensor. */
export type StepOutcome<Step, In> = Step extends { readonly shapeFunction?: unknown }
  ? OutputOf<ShapeFunctionOf<Step>, In>
  : Called<Step, In>;

/** A plain function: its own result, or the guess below if the function keeps that promise. */
type Called<F, In> = F extends (x: In) => infer Out
  ? Out extends AnyTensor
    ? In extends AnyTensor
      ? F extends (x: In) => Guess<Out, In>
        ? Guess<Out, In>
        : Out
      : Out
    : `a function gives no tensor`
  : F extends (x: infer Wanted extends AnyTensor) => unknown
    ? In extends AnyTensor
      ? `a function takes ${Wanted['dtype']}${Show<Wanted['shape']>}, not ${IsShapeless<In> extends true ? `a tensor of unknown shape` : `${In['dtype']}${Show<In['shape']>}`}`
      : never
    : `this is not a layer or a function: is a call missing, as in relu()?`;

/** The result of a generic function with the input's dims and dtype put in where it left them open. */
type Guess<Out extends AnyTensor, In extends AnyTensor> = Tensor<
  number extends Out['shape']['length'] ? In['shape'] : Closed<Out['shape'], In['shape']>,
  DType extends Out['dtype'] ? In['dtype'] : Out['dtype']
>;
type Closed<Out extends Shape, In extends Shape> = {
  -readonly [K in keyof Out]: IsWide<Out[K]> extends true
    ? K extends keyof In
      ? Extract<In[K], Out[K]>
      : Out[K]
    : Out[K];
};
