/**
 * Shapes as types, as other packages and own layers use them: outcomes, shape functions, and the arguments of losses
 * and derivatives. The rules of single operations are in the files beside.
 */
export type { Axis } from './axis.ts';
export type { SameNest, VmapCall } from './control.ts';
export type { Differentiable, GradientArguments, GradientOf, JacobianOf, ScalarLoss } from './derivative.ts';
export type * from './layer-shapes.ts';
export type {
  Compared,
  CrossEntropy,
  CrossEntropyArguments,
  Reduced,
  TargetArguments,
} from './loss.ts';
export type { Fits, Result, Show, ShowDim } from './outcome.ts';
export type { RandomKey } from './random.ts';
export type { RecurrentShape, StateAfter, TimeDistributedShape } from './recurrent-shapes.ts';
export type { Sequence, SequenceStep, SequentialShape, StepOutcome } from './sequential.ts';
export type {
  InputDType,
  InputShape,
  OutputOf,
  Shaped,
  ShapedCall,
  ShapeFunction,
  ShapeFunctionOf,
} from './shape-function.ts';
