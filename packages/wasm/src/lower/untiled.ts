/** Products summed one by one, in the order that suits memory: of integers, and along axes that tiles do not fit. */
import { stridesOf } from '@cotangent/graph';
import { addAffine, constantPlace, load, mul, placeOf } from '../loops/build.ts';
import { type Affine, Buffer, type Kernel } from '../loops/ir.ts';
import { nestKernel, type Target } from './nest.ts';
import {
  alongAll,
  coordinatesOf,
  counted,
  type Epilogue,
  isLast,
  long,
  moved,
  type ProductRequest,
} from './product-axes.ts';
import { folds, reductionKernels } from './reduction.ts';

export function summed(request: ProductRequest, epilogue: Epilogue, target: Target): Kernel[] {
  const { name, shape, around, cost, result, product } = request;
  const free = long([...product.batch, ...product.rows, ...product.columns]);
  const inner = long(product.inner);
  const size = shape.reduce((total, count) => total * count, 1);
  const sums = new Buffer(`${name}.sums`, result.dtype, size, 'temporary');
  const own = counted(free, 'o');
  const depths = counted(inner, 'k');
  const at = (side: 'left' | 'right'): Affine =>
    addAffine(
      product[side].start,
      addAffine(moved(free, alongAll(own), side), moved(inner, alongAll(depths), side)),
    );
  const places = (loops: typeof own) =>
    coordinatesOf(
      shape,
      free.map((axis, i) => [axis, alongAll(loops)[i] ?? constantPlace(0)] as const),
    );
  const strides = stridesOf(shape);
  // Columns side by side where that is how operands lie, else terms side by side.
  const last = free.findIndex((axis) => isLast(axis, shape));
  const inColumns = last >= 0 && [0, 1].includes(free[last]!.left) && [0, 1].includes(free[last]!.right);
  const kernels = reductionKernels(
    {
      name,
      axes: inColumns ? [...own.filter((_, i) => i !== last), ...depths, own[last]!] : [...own, ...depths],
      reduced: new Set(depths.map(({ variable }) => variable)),
      totals: [
        {
          fold: folds.reduceSum,
          dtype: result.dtype,
          value: mul(load(product.left.buffer, at('left')), load(product.right.buffer, at('right'))),
          buffer: sums,
          at: placeOf(places(own), strides),
        },
      ],
      stores: [],
      around,
      cost,
    },
    target,
  );
  const behind = counted(free, 'o');
  const coordinates = places(behind);
  const body = epilogue(load(sums, placeOf(coordinates, strides)), coordinates);
  return [
    ...kernels,
    nestKernel(`${name}.behind`, behind, [body], around, { flops: 0, bytes: 8 * size }, target),
  ];
}
