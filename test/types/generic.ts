/**
 * Types that hold without a value: generic code, open shapes, shape functions, arithmetic. Checked by the compiler
 * alone; nothing here runs.
 */
import {
  type AnyTensor,
  type CrossEntropy,
  type Dim,
  type DType,
  type GradientArguments,
  type GradientOf,
  type Input,
  type InputDType,
  type InputShape,
  input,
  type LinearShape,
  linear,
  type OutputOf,
  relu,
  type ScalarLoss,
  type Sequence,
  type Shape,
  type ShapeFunction,
  type Tensor,
  type TensorMethods,
  type Variable,
  variable,
} from 'cotangent';
import type { InstalledMethods } from '../../packages/graph/src/tensor-methods.ts';
import type { ProductOf } from '../../packages/graph/src/types/dim.ts';
import type {
  Add,
  Divide,
  IsLess,
  Multiply,
  Remainder,
  Subtract,
} from '../../packages/graph/src/types/integer.ts';

type Equal<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
declare function expect<T extends true>(): T;
/** The type of a value, exactly. */
declare function type<T>(value: T): { is<U extends T>(): Equal<T, U> extends true ? void : never };

// Arithmetic is exact at any size.
expect<Equal<Multiply<784, 64>, 50176>>();
expect<Equal<Multiply<123456, 98765>, 12193131840>>();
expect<Equal<Add<999, 1>, 1000>>();
expect<Equal<Add<-5, 3>, -2>>();
expect<Equal<Subtract<1000, 1>, 999>>();
expect<Equal<Subtract<3, 10>, -7>>();
expect<Equal<Divide<50176, 64>, 784>>();
expect<Equal<Divide<7, 2>, 3>>();
expect<Equal<Divide<5, 7>, 0>>();
expect<Equal<Remainder<50177, 64>, 1>>();
expect<Equal<IsLess<9, 10>, true>>();
expect<Equal<IsLess<10, 9>, false>>();
expect<Equal<IsLess<-1, 0>, true>>();

// Products of names are multisets, in the order in which run time writes them.
expect<Equal<ProductOf<['time', 28, 'batch', 28]>, 'batch*time*784'>>();
expect<Equal<ProductOf<['a*3', 'B', 2]>, 'B*a*6'>>();
expect<Equal<ProductOf<['batch', number]>, number>>();
expect<Equal<ProductOf<[]>, 1>>();

// All methods are installed, and nothing else.
expect<Equal<InstalledMethods, keyof TensorMethods>>();

// Every tensor is any tensor; leaves are tensors.
declare const image: Tensor<['batch', 28, 28, 1]>;
declare const numbers: Tensor<[3], 'i32'>;
const plain: Tensor = image;
const all: AnyTensor[] = [image, numbers, plain, input('x', [3]), variable('v', [3])];
declare const leaf: Variable<[3], 'f32'> | Input<'x', [3], 'f32'>;
type(leaf.exp()).is<Tensor<[3], 'f32'>>();
type(variable('v', [3, 4]).sum(0)).is<Tensor<[4], 'f32'>>();
type(input('i', ['n'], 'i32').add(1)).is<Tensor<['n'], 'i32'>>();

// Shapes that are not known stay so; what is known of them stays, too.
type(plain.add(image)).is<Tensor<Shape, 'f32'>>();
type(plain.sum()).is<Tensor<[], 'f32'>>();
type(plain.sum(0)).is<Tensor<Shape, 'f32'>>();
type(plain.matmul(plain)).is<Tensor<Shape, 'f32'>>();
type(plain.reshape([2, 3])).is<Tensor<[2, 3], 'f32'>>();
type(plain.as(['batch', 4])).is<Tensor<['batch', 4], 'f32'>>();
type(plain.slice(0, 1, 2)).is<Tensor<Shape, 'f32'>>();
type(linear({ units: 3 })(plain)).is<Tensor<Shape, 'f32'>>();
declare const loose: Tensor<[number, 4]>;
type(loose.add(variable('v', [4]))).is<Tensor<[number, 4], 'f32'>>();
type(loose.add(variable('v', [6, 4]))).is<Tensor<[6, 4], 'f32'>>();
type(loose.matmul(variable('v', [4, 5]))).is<Tensor<[number, 5], 'f32'>>();
type(loose.reshape([2, 2])).is<Tensor<[2, 2], 'f32'>>();
type(loose.slice(0, 1)).is<Tensor<[number, 4], 'f32'>>();
declare const someAxis: number;
type(image.sum(someAxis)).is<Tensor<Shape, 'f32'>>();
type(image.dim(someAxis)).is<Dim>();
type(image.dim('batch')).is<'batch'>();
type(image.dim(-2)).is<28>();

// One mistake gives one message: the result is not known, and fits everything.
// @ts-expect-error cannot matmul [batch, 28, 28, 1] with [3, 3]: 1 and 3 differ
const wrong = image.matmul(variable('w', [3, 3]));
type(wrong).is<Tensor<Shape, DType>>();
wrong.add(image).matmul(plain).reshape([3]);

// Misspelt options are refused.
// @ts-expect-error 'keepDim' does not exist
image.sum(1, { keepDim: true });

// Code that is generic in the shape, or in dims of it.
export const twice = <S extends Shape>(x: Tensor<S>, f: (x: Tensor<S>) => Tensor<S>): Tensor<S> =>
  x.add(f(x)).mul(0.5).relu();
export const centered = <B extends Dim, N extends Dim>(x: Tensor<[B, N]>): Tensor<[B, N]> =>
  x.sub(x.mean(1, { keepDims: true }));
export const stretched = <B extends Dim, N extends Dim>(
  x: Tensor<[1, N]>,
  y: Tensor<[B, 1]>,
): Tensor<[B, N]> => y.mul(x);
export const affine = <B extends Dim, I extends Dim, O extends Dim>(
  x: Tensor<[B, I]>,
  w: Tensor<[I, O]>,
  b: Tensor<[O]>,
): Tensor<[B, O]> => x.matmul(w).add(b);
export const heads = <B extends Dim, T extends Dim>(x: Tensor<[B, T, 512]>): Tensor<[B, 8, T, 64]> =>
  x.reshape([x.dim(0), x.dim(1), 8, 64]).transpose([0, 2, 1, 3]);
export const anything = <S extends Shape, D extends 'f32' | 'f64'>(x: Tensor<S, D>): Tensor<S, D> =>
  x.exp().mul(x);
type(affine(input('x', ['batch', 3]), variable('w', [3, 4]), variable('b', [4]))).is<
  Tensor<['batch', 4], 'f32'>
>();
type(heads(input('x', ['batch', 'time', 512]))).is<Tensor<['batch', 8, 'time', 64], 'f32'>>();

// Shape functions of one's own.
interface DoubleShape extends ShapeFunction {
  out: Tensor<[...InputShape<this>, 2], InputDType<this>>;
}
expect<Equal<OutputOf<DoubleShape, Tensor<['batch'], 'f64'>>, Tensor<['batch', 2], 'f64'>>>();
expect<Equal<OutputOf<LinearShape<3>, Tensor<['b', 't', 9]>>, Tensor<['b', 't', 3]>>>();
expect<Equal<OutputOf<LinearShape<3>, Tensor<[]>>, 'linear needs [..., features], not []'>>();

// Functions in a sequence keep their own types, generic ones as well.
type Flip = <A extends Dim, B extends Dim>(x: Tensor<[A, B]>) => Tensor<[A, 7]>;
expect<Equal<Sequence<[Flip, Flip], Tensor<['batch', 3]>>, Tensor<['batch', 7]>>>();
expect<Equal<Sequence<[<T extends AnyTensor>(x: T) => T], Tensor<['batch', 3]>>, Tensor<['batch', 3]>>>();
expect<Equal<Sequence<[(x: AnyTensor) => AnyTensor], Tensor<['batch', 3]>>, AnyTensor>>();
expect<Equal<Sequence<[], Tensor<['batch', 3]>>, Tensor<['batch', 3]>>>();
expect<
  Equal<
    Sequence<[Flip, 3], Tensor<['batch', 3]>>,
    'layer 1 of the sequence: this is not a layer or a function: is a call missing, as in relu()?'
  >
>();
type(
  image.pipe(
    relu(),
    (x) => x.sum([1, 2, 3]),
    (x) => x.exp(),
  ),
).is<Tensor<['batch'], 'f32'>>();

// Losses and derivatives.
type Logits = Tensor<['batch', 10]>;
expect<Equal<CrossEntropy<Logits, Tensor<['batch'], 'i32'>>, Tensor<['batch'], 'f32'>>>();
expect<Equal<CrossEntropy<Logits, Tensor<['batch', 10]>>, Tensor<['batch'], 'f32'>>>();
expect<Equal<CrossEntropy<Tensor<['b', 5, 9]>, Tensor<['b', 9], 'i32'>, 1>, Tensor<['b', 9], 'f32'>>>();
expect<Equal<ScalarLoss<Tensor<[], 'f64'>>, Tensor<[], 'f64'>>>();
expect<Equal<ScalarLoss<Tensor>, Tensor>>();
expect<
  Equal<
    ScalarLoss<Tensor<['batch']>>,
    'a gradient needs a scalar, not [batch]: reduce it with .mean() or .sum(), or use jacobian or vjp'
  >
>();
expect<Equal<GradientArguments<{ a: Tensor<[3]>; b: [Tensor] }>, { a: Tensor<[3]>; b: [Tensor] }>>();
expect<
  Equal<
    GradientArguments<{ a: Tensor<[3], 'i32'> }>,
    { a: "i32 has no gradient: leave it out, or convert it with .cast('f32')" }
  >
>();
expect<Equal<GradientOf<{ a: Variable<[3], 'f32'> }>, { a: Tensor<[3], 'f32'> }>>();

// What is expected of a result says nothing of its arguments: defaults stay defaults.
const table = input('table', ['rows', 11], 'f64');
const rows: Tensor<['block', 11], 'f64'> = table.take(input('places', ['block'], 'i32'));
const total: Tensor<['block'], 'f64'> = rows.sum(-1);
void total;

void all;
