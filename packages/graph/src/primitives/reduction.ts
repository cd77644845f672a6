/** Reductions: axes that disappear. An empty sum is 0, an empty product 1, an empty max the lowest value. */
import { type DType, dtypes } from '../dtype.ts';
import { integer, integers } from '../params.ts';
import { constraint, primitive, uniqueAxes } from '../primitive.ts';
import { formatShape } from '../shape.ts';

/** C1: allowed dtypes. C2: axes exist, none twice. */
const reduction = (allowed: readonly DType[]) =>
  primitive({
    params: { axes: integers },
    arity: 1,
    infer: ([x], { axes }) => {
      constraint(
        allowed.includes(x!.dtype),
        1,
        () => `takes ${allowed.join(', ')}, not ${x!.dtype}`,
        [x!],
        'DTYPE_MISMATCH',
      );
      uniqueAxes(axes, x!.shape.length, 2, [x!]);
      return [{ dtype: x!.dtype, shape: x!.shape.filter((_, axis) => !axes.includes(axis)) }];
    },
  });

/** Position (i32) of the extreme; the first of equals, and of NaN if there is one. C1: the axis exists. C2: it is not empty. */
const argument = () =>
  primitive({
    params: { axis: integer },
    arity: 1,
    infer: ([x], { axis }) => {
      uniqueAxes([axis], x!.shape.length, 1, [x!]);
      constraint(
        x!.shape[axis] !== 0,
        2,
        () => `axis ${axis} of ${formatShape(x!.shape)} is empty: there is no extreme`,
        [x!],
      );
      return [{ dtype: 'i32', shape: x!.shape.filter((_, i) => i !== axis) }];
    },
  });

const numbers: readonly DType[] = ['f32', 'f64', 'i32', 'u32'];
const bits: readonly DType[] = ['bool', 'i32', 'u32'];

export const reductionPrimitives = {
  reduceSum: reduction(numbers),
  reduceProd: reduction(numbers),
  reduceMax: reduction(dtypes),
  reduceMin: reduction(dtypes),
  reduceAnd: reduction(bits),
  reduceOr: reduction(bits),
  argMax: argument(),
  argMin: argument(),
};
