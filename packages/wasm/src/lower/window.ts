/** Reductions over sliding windows: totals of neighbouring features side by side, one window after the other. */
import {
  type AnyTensor,
  countOf,
  type DType,
  fixed,
  isFloat,
  type Node,
  paramsOf,
  sizesOf,
  stridesOf,
} from '@cotangent/graph';
import {
  add,
  addAffine,
  affineValue,
  along,
  and,
  apply,
  assign,
  constantPlace,
  inLoops,
  integer,
  isNotNumber,
  lanesOf,
  like,
  loop,
  mul,
  not,
  number,
  or,
  placeOf,
  read,
  scaleAffine,
  select,
  set,
  shifted,
  store,
  sub,
  typeOf,
} from '../loops/build.ts';
import {
  type Affine,
  type Kernel,
  type Lanes,
  Local,
  type Statement,
  type Value,
  Variable,
} from '../loops/ir.ts';
import { Rewriter } from '../loops/vectorize.ts';
import { largest, least } from './arithmetic.ts';
import { loadFrom } from './expressions.ts';
import { bytesOfAll, type KernelRule, type Lowering, operandOf, targetOf } from './lowering.ts';
import { axesOf } from './nest.ts';
import { type Fold, folds } from './reduction.ts';

/** Loops over outputs, features side by side where windows do not reach across them, and over taps inside. */
function windowKernel(
  node: Node,
  lowering: Lowering,
  lanes: Lanes,
  body: (
    lanes: Lanes,
    entry: Value,
    position: Value,
    at: readonly Affine[],
    vector: (value: Value) => Value,
  ) => {
    readonly begin: Statement;
    readonly tap: Statement;
    readonly finish: Statement;
  },
): Kernel[] {
  const [x] = node.inputs as [AnyTensor];
  const { window, strides, padding, dilation } = paramsOf<'reduceWindowSum'>(node);
  const [shape, outShape] = [sizesOf(x), sizesOf(node.outputs[0]!)];
  if (outShape.includes(0)) return [];
  const from = operandOf(lowering, x);
  const { axes, coordinates } = axesOf(outShape);
  const taps = window.map((_, axis) => new Variable(`tap${axis}`));
  const low = padding.map(([before]) => fixed(before));
  /** One behind the last place that any window looks at. */
  const reaches = window.map(
    (size, axis) => (outShape[axis]! - 1) * strides[axis]! + (size - 1) * dilation[axis]! + 1 - low[axis]!,
  );
  const isInside = window.map((_, axis) => low[axis]! <= 0 && reaches[axis]! <= shape[axis]!);
  const places = coordinates.map((at, axis) => {
    const tap =
      isInside[axis] && window[axis] === 1
        ? constantPlace(0)
        : scaleAffine(along(taps[axis]!), dilation[axis]!);
    return shifted(addAffine(scaleAffine(at, strides[axis]!), tap), -low[axis]!);
  });
  const entry = loadFrom(from, places);
  const rowMajor = stridesOf(shape);
  const position = affineValue(placeOf(places, rowMajor));
  const last = axes.at(-1);
  const lastAxis = outShape.length - 1;
  // Neighbours look at neighbours, and none of them at the padding.
  const even =
    last !== undefined &&
    outShape[lastAxis]! > 1 &&
    isInside[lastAxis] === true &&
    window[lastAxis] === 1 &&
    strides[lastAxis] === 1 &&
    low[lastAxis] === 0 &&
    from.strides[lastAxis] === 1;

  /** Taps that lie inside: the first and the one behind the last, computed where windows reach into the padding. */
  const inTaps = (inner: Statement): Statement[] =>
    taps.reduceRight<Statement[]>(
      (list, variable, axis) => {
        if (isInside[axis]) return window[axis] === 1 ? list : [loop(variable, window[axis]!, list)];
        const begin = addAffine(scaleAffine(coordinates[axis]!, -strides[axis]!), constantPlace(low[axis]!));
        const step = dilation[axis]!;
        // first = ⌈begin / step⌉ at least 0; end = ⌈(begin + size) / step⌉ at most the window.
        const first = largest(roundedUp(affineValue(begin), step), integer(0));
        const end = least(roundedUp(affineValue(shifted(begin, shape[axis]!)), step), integer(window[axis]!));
        return [loop(variable, end, list, { from: first })];
      },
      [inner],
    );

  const rendered = (width: Lanes): Statement[] => {
    const rewriter = new Rewriter(last?.variable ?? new Variable('none'), width, lowering.target.supports);
    const vector = (value: Value): Value => (width === 1 ? value : rewriter.vector(value)!);
    const { begin, tap, finish } = body(width, vector(entry), position, coordinates, vector);
    return [begin, ...inTaps(tap), finish];
  };
  let inner: Statement[];
  if (even && lanes > 1 && last.count >= lanes) {
    const middle = last.count - (last.count % lanes);
    inner = [loop(last.variable, middle, rendered(lanes), { step: lanes })];
    if (middle < last.count) inner.push(loop(last.variable, last.count, rendered(1), { from: middle }));
  } else {
    const one = rendered(1);
    inner = last === undefined ? one : [loop(last.variable, last.count, one)];
  }
  const outer = axes.slice(0, -1);
  const unit = outer[0]?.variable ?? new Variable('unit');
  const statements = inLoops(outer.slice(1), inner);
  const cost = { flops: countOf(outShape) * countOf(window), bytes: bytesOfAll(x, ...node.outputs) };
  return [
    { name: node.op, unit, units: outer[0]?.count ?? 1, around: lowering.around, body: statements, cost },
  ];
}

/** ⌈value / step⌉, also of negative values. */
function roundedUp(value: Value, step: number): Value {
  if (step === 1) return value;
  const up = add(value, integer(step - 1));
  const quotient = apply('div', up, integer(step));
  // Machines round towards zero.
  const below = and(apply('lt', up, integer(0)), apply('ne', mul(quotient, integer(step)), up));
  return select(below, sub(quotient, integer(1)), quotient);
}

const reduceWindow =
  (fold: Fold): KernelRule =>
  (node, lowering) => {
    const [result] = node.outputs as [AnyTensor];
    const to = targetOf(lowering, result);
    return windowKernel(node, lowering, lanesOf(result.dtype), (lanes, entry, _, at) => {
      const total = new Local('total', typeOf(result.dtype, lanes));
      return {
        begin: assign(set(total, number(total.type, fold.identity(result.dtype)))),
        tap: assign(set(total, fold.combine(read(total), entry))),
        finish: assign(store(to.buffer, placeOf(at, to.strides, to.start), read(total))),
      };
    });
  };

/** NaN wins over numbers, and the first NaN stays; of equals the first stays. */
const reduceWindowArgument =
  (fold: Fold, notBetter: 'le' | 'ge', extreme: (a: Value, b: Value) => Value): KernelRule =>
  (node, lowering) => {
    const [result, places] = node.outputs as [AnyTensor, AnyTensor];
    const [values, positions] = [targetOf(lowering, result), targetOf(lowering, places)];
    const dtype: DType = result.dtype;
    // Positions are of 32 bits: elements of 64 go one by one.
    return windowKernel(node, lowering, dtype === 'f64' ? 1 : 4, (lanes, entry, position, at, vector) => {
      const best = new Local('best', typeOf(dtype, lanes));
      const held = new Local('position', typeOf('i32', lanes));
      const unset = apply('lt', read(held), like(read(held), 0));
      const stays = apply(notBetter, entry, read(best));
      const takes = isFloat(dtype)
        ? or(unset, and(not(stays), not(isNotNumber(read(best)))))
        : or(unset, not(stays));
      return {
        begin: assign(set(best, number(best.type, fold.identity(dtype))), set(held, number(held.type, -1))),
        tap: assign(
          set(best, select(takes, entry, extreme(read(best), entry))),
          set(held, select(takes, lanes === 1 ? position : vector(position), read(held))),
        ),
        finish: assign(
          store(values.buffer, placeOf(at, values.strides, values.start), read(best)),
          store(positions.buffer, placeOf(at, positions.strides, positions.start), read(held)),
        ),
      };
    });
  };

export const reduceWindowSum = reduceWindow(folds.reduceSum);
export const reduceWindowMax = reduceWindow(folds.reduceMax);
export const reduceWindowMin = reduceWindow(folds.reduceMin);
export const reduceWindowArgMax = reduceWindowArgument(folds.reduceMax, 'le', largest);
export const reduceWindowArgMin = reduceWindowArgument(folds.reduceMin, 'ge', least);
