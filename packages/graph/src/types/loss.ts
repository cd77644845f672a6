/** What losses take, and what they give. The sentence becomes the type of the labels. */
import type { Dim } from '../dim.ts';
import type { DType, FloatDType } from '../dtype.ts';
import type { AnyTensor, Tensor } from '../node.ts';
import type { Shape } from '../shape.ts';
import type { Position, Without } from './axis.ts';
import type { DTypesDiffer } from './dtype.ts';
import type { Agree, Fits, Same, Show } from './outcome.ts';

/** How the losses of the examples are put together. */
export type Reduction = 'mean' | 'sum' | 'none';
/** The outcome of a loss with a reduction, of the losses of the examples. */
export type Reduced<Outcome, R> =
  Outcome extends Tensor<Shape, infer D>
    ? [R] extends ['none']
      ? Outcome
      : [R] extends ['mean' | 'sum' | 'batchMean']
        ? Tensor<[], D>
        : Tensor<Shape, D>
    : Outcome;

type ClassNumbers<
  Name extends string,
  S extends Shape,
  Wanted extends Shape,
  Y extends Shape,
> = `${Name} of logits ${Show<S>} takes class numbers ${Show<Wanted>}, not ${Show<Y>}`;
type Flatten =
  ': one answer for each example needs flatten() before the last layer, or of a sequence its last step';
type OneHot = ": one-hot labels need .argmax(-1), or .cast('f32') to be probabilities";

type Hard<
  Name extends string,
  S extends Shape,
  D extends DType,
  Wanted extends Shape,
  Y extends Shape,
  E extends DType,
> =
  Agree<Y, Wanted> extends true
    ? [E] extends [FloatDType | 'bool']
      ? `${Name} takes class numbers of i32, not ${E}: convert them with .cast('i32')`
      : Tensor<Wanted, D>
    : Agree<Y, S> extends true
      ? `${ClassNumbers<Name, S, Wanted, Y>}${OneHot}`
      : S extends readonly [...Head<Y>, Dim, Dim, ...Shape]
        ? `${ClassNumbers<Name, S, Wanted, Y>}${Flatten}`
        : ClassNumbers<Name, S, Wanted, Y>;
/** A shape of one axis, or no shape at all. */
type Head<Y extends Shape> = Y extends readonly [Dim] ? Y : readonly [never];

type Classes<
  Name extends string,
  S extends Shape,
  D extends DType,
  Y extends Shape,
  E extends DType,
  A,
> = number extends S['length']
  ? Tensor<Shape, D>
  : Position<S, A> extends infer P
    ? P extends string
      ? P
      : number extends P
        ? Tensor<Shape, D>
        : number extends Y['length']
          ? Tensor<Without<S, P>, D>
          : [FloatDType & E] extends [never]
            ? Hard<Name, S, D, Without<S, P>, Y, E>
            : Agree<Y, S> extends true
              ? Tensor<Without<S, P>, D>
              : Hard<Name, S, D, Without<S, P>, Y, E>
    : never;

/** The losses of the examples, or what is wrong with the labels: class numbers, or probabilities like the logits. */
export type CrossEntropy<Logits extends AnyTensor, Labels extends AnyTensor, A = -1> = Classes<
  'crossEntropy',
  Logits['shape'],
  Logits['dtype'],
  Labels['shape'],
  Labels['dtype'],
  A
>;
/** The type of the labels of `crossEntropy`: their own, or the sentence. */
export type CrossEntropyArguments<Logits extends AnyTensor, Labels extends AnyTensor, A = -1> = Fits<
  CrossEntropy<Logits, Labels, A>,
  Labels
>;

/** The losses of a comparison of two tensors of one shape and dtype. */
export type Compared<Name extends string, Prediction extends AnyTensor, Target extends AnyTensor> =
  Agree<Prediction['shape'], Target['shape']> extends true
    ? Same<Prediction['dtype'], Target['dtype']> extends true
      ? Tensor<Prediction['shape'], Prediction['dtype']>
      : [Target['dtype']] extends [Prediction['dtype']]
        ? Tensor<Prediction['shape'], Target['dtype']>
        : [Prediction['dtype']] extends [Target['dtype']]
          ? Tensor<Prediction['shape'], Prediction['dtype']>
          : `${Name}: ${DTypesDiffer<Prediction['dtype'], Target['dtype']>}`
    : Prediction['shape'] extends readonly [...Target['shape'], 1]
      ? `${Different<Name, Prediction, Target>}: declare the target ${Show<Prediction['shape']>}, or write .squeeze(-1) behind the prediction`
      : Different<Name, Prediction, Target>;
type Different<
  Name extends string,
  Prediction extends AnyTensor,
  Target extends AnyTensor,
> = `${Name} compares tensors of one shape, not ${Show<Prediction['shape']>} with ${Show<Target['shape']>}`;
/** The type of the target of a loss: its own, or the sentence. */
export type TargetArguments<
  Name extends string,
  Prediction extends AnyTensor,
  Target extends AnyTensor,
> = Fits<Compared<Name, Prediction, Target>, Target>;
