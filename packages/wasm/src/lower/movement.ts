/** Elements that change their places: padding, joining, writing windows, running totals. */
import { type AnyTensor, isFloat, type Node, paramsOf, sizesOf } from '@cotangent/graph';
import { lowOf } from '../fuse/padding.ts';
import {
  add,
  addAffine,
  affineValue,
  along,
  and,
  apply,
  assign,
  constantPlace,
  convert,
  isNotNumber,
  like,
  loop,
  mul,
  not,
  number,
  placeOf,
  read,
  scaleAffine,
  select,
  set,
  shifted,
  store,
  typeOf,
} from '../loops/build.ts';
import { type Affine, type Kernel, Local, type Statement, type Value, Variable } from '../loops/ir.ts';
import { isFloatValue, largest, least } from './arithmetic.ts';
import { loadFrom, windowStart } from './expressions.ts';
import { bytesOfAll, type KernelRule, type Lowering, operandOf, placing, targetOf } from './lowering.ts';
import { axesOf, nestKernel } from './nest.ts';
import { padKernels } from './padding.ts';

const costOfMoving = (node: Node) => ({ flops: 0, bytes: bytesOfAll(...node.inputs, ...node.outputs) });

/** A kernel that places an operand at shifted coordinates of the result. */
function placed(
  node: Node,
  lowering: Lowering,
  operand: AnyTensor,
  shift: (coordinates: readonly Affine[]) => readonly Affine[],
): Kernel[] {
  const shape = sizesOf(operand);
  if (shape.includes(0)) return [];
  const { axes, coordinates } = axesOf(shape);
  const body = placing(
    lowering,
    operand,
    coordinates,
    targetOf(lowering, node.outputs[0]!),
    shift(coordinates),
  );
  return [nestKernel(node.op, axes, [body], lowering.around, costOfMoving(node), lowering.target)];
}

export const pad: KernelRule = (node, lowering) => {
  const [x, value] = node.inputs as [AnyTensor, AnyTensor];
  const to = targetOf(lowering, node.outputs[0]!);
  return padKernels(
    {
      name: 'pad',
      shape: sizesOf(x),
      padded: sizesOf(node.outputs[0]!),
      low: lowOf(node),
      interior: paramsOf<'pad'>(node).interior,
      to,
      around: lowering.around,
      filling: loadFrom(operandOf(lowering, value), []),
      move: (own, landed) => placing(lowering, x, own, to, landed),
    },
    lowering.target,
  );
};

export const concatenate: KernelRule = (node, lowering) => {
  const { axis } = paramsOf<'concatenate'>(node);
  let start = 0;
  return node.inputs.flatMap((operand) => {
    const from = start;
    start += sizesOf(operand)[axis]!;
    return placed(node, lowering, operand, (coordinates) =>
      coordinates.map((at, i) => (i === axis ? shifted(at, from) : at)),
    );
  });
};

export const dynamicUpdateSlice: KernelRule = (node, lowering) => {
  const [x, update, ...starts] = node.inputs as [AnyTensor, AnyTensor, ...AnyTensor[]];
  const start = windowStart(lowering.memory, sizesOf(x), sizesOf(update), starts);
  return [
    ...placed(node, lowering, x, (coordinates) => coordinates),
    ...placed(node, lowering, update, (coordinates) =>
      coordinates.map((at, axis) => addAffine(at, start[axis]!)),
    ),
  ];
};

/** Loops over all lines along an axis, a unit for each line or row of lines. */
export function lineKernel(
  name: string,
  shape: readonly number[],
  axis: number,
  lowering: Lowering,
  cost: Kernel['cost'],
  line: (coordinates: (along: Affine) => Affine[]) => Statement[],
): Kernel[] {
  if (shape.includes(0)) return [];
  const { axes, coordinates } = axesOf(shape.map((count, i) => (i === axis ? 1 : count)));
  const body = line((at) => coordinates.map((one, i) => (i === axis ? at : one)));
  return [nestKernel(name, axes, body, lowering.around, cost, lowering.target)];
}

/** Running totals in double precision, or in integers modulo 2³². */
const cumulative =
  (identity: number, combine: (total: Value, next: Value) => Value): KernelRule =>
  (node, lowering) => {
    const [x] = node.inputs as [AnyTensor];
    const { axis, exclusive, reverse } = paramsOf<'cumulativeSum'>(node);
    const shape = sizesOf(x);
    const [from, to] = [operandOf(lowering, x), targetOf(lowering, node.outputs[0]!)];
    const wide = isFloat(x.dtype) ? 'f64' : x.dtype;
    const total = new Local('total', typeOf(wide));
    return lineKernel(node.op, shape, axis, lowering, costOfMoving(node), (coordinatesAt) => {
      const step = new Variable('step');
      const place = coordinatesAt(
        reverse ? shifted(scaleAffine(along(step), -1), shape[axis]! - 1) : along(step),
      );
      const next = combine(read(total), convert(loadFrom(from, place), wide));
      const stored = store(
        to.buffer,
        placeOf(place, to.strides, to.start),
        convert(exclusive ? read(total) : next, x.dtype),
      );
      return [
        assign(set(total, number(total.type, identity))),
        loop(step, shape[axis]!, [assign(stored, set(total, next))]),
      ];
    });
  };

export const cumulativeSum = cumulative(0, add);
export const cumulativeProd = cumulative(1, mul);

/** Running extremes and where each was met first: a position moves only when the value changes. */
const cumulativeExtreme =
  (extreme: (best: Value, next: Value) => Value): KernelRule =>
  (node, lowering) => {
    const [x] = node.inputs as [AnyTensor];
    const { axis, reverse } = paramsOf<'cumulativeMax'>(node);
    const shape = sizesOf(x);
    const from = operandOf(lowering, x);
    const [values, positions] = node.outputs.map((tensor) => targetOf(lowering, tensor));
    const best = new Local('best', typeOf(x.dtype));
    const position = new Local('position', typeOf('i32'));
    return lineKernel(node.op, shape, axis, lowering, costOfMoving(node), (coordinatesAt) => {
      const step = new Variable('step');
      const at = reverse ? shifted(scaleAffine(along(step), -1), shape[axis]! - 1) : along(step);
      const place = coordinatesAt(at);
      const first = coordinatesAt(constantPlace(reverse ? shape[axis]! - 1 : 0));
      const entry = loadFrom(from, place);
      const next = extreme(read(best), entry);
      // Once NaN is met everything behind it is NaN, at the position of the first.
      const moves = isFloatValue(entry)
        ? and(apply('ne', next, read(best)), not(isNotNumber(read(best))))
        : apply('ne', next, read(best));
      const where = select(moves, affineValue(at), read(position));
      return [
        assign(
          set(best, loadFrom(from, first)),
          set(position, number(position.type, reverse ? shape[axis]! - 1 : 0)),
        ),
        loop(step, shape[axis]!, [
          assign(
            set(position, where),
            set(best, next),
            store(values!.buffer, placeOf(place, values!.strides, values!.start), next),
            store(positions!.buffer, placeOf(place, positions!.strides, positions!.start), where),
          ),
        ]),
      ];
    });
  };

export const cumulativeMax = cumulativeExtreme(largest);
export const cumulativeMin = cumulativeExtreme(least);

/** Position of the extreme: the first of equals, and of NaN if there is one. */
const argument =
  (better: 'gt' | 'lt'): KernelRule =>
  (node, lowering) => {
    const [x] = node.inputs as [AnyTensor];
    const { axis } = paramsOf<'argMax'>(node);
    const shape = sizesOf(x);
    const [from, to] = [operandOf(lowering, x), targetOf(lowering, node.outputs[0]!)];
    const best = new Local('best', typeOf(x.dtype));
    const position = new Local('position', typeOf('i32'));
    return lineKernel(node.op, shape, axis, lowering, costOfMoving(node), (coordinatesAt) => {
      const step = new Variable('step');
      const entry = loadFrom(from, coordinatesAt(along(step)));
      const beats = apply(better, entry, read(best));
      const takes = isFloatValue(entry)
        ? and(not(isNotNumber(read(best))), { ...apply('or', beats, isNotNumber(entry)) })
        : beats;
      const kept = coordinatesAt(constantPlace(0)).filter((_, i) => i !== axis);
      return [
        assign(
          set(best, loadFrom(from, coordinatesAt(constantPlace(0)))),
          set(position, like(read(position), 0)),
        ),
        loop(step, shape[axis]!, [
          assign(
            set(position, select(takes, affineValue(along(step)), read(position))),
            set(best, select(takes, entry, read(best))),
          ),
        ]),
        assign(store(to.buffer, placeOf(kept, to.strides, to.start), read(position))),
      ];
    });
  };

export const argMax = argument('gt');
export const argMin = argument('lt');

/** Remainder with the sign of the dividend, exact however large the quotient: the divisor, doubled often, is taken off. */
export const rem: KernelRule = (node, lowering) => {
  const [a, b] = node.inputs as [AnyTensor, AnyTensor];
  const shape = sizesOf(a);
  if (shape.includes(0)) return [];
  const { axes, coordinates } = axesOf(shape);
  const to = targetOf(lowering, node.outputs[0]!);
  const [x, y] = [
    loadFrom(operandOf(lowering, a), coordinates),
    loadFrom(operandOf(lowering, b), coordinates),
  ];
  const place = placeOf(coordinates, to.strides, to.start);
  if (!isFloat(a.dtype)) {
    const safe = select(apply('eq', y, like(y, 0)), like(y, 1), y);
    return [
      nestKernel(
        'rem',
        axes,
        [assign(store(to.buffer, place, apply('rem', x, safe)))],
        lowering.around,
        costOfMoving(node),
        lowering.target,
      ),
    ];
  }
  // All of it in double precision, where halving and doubling of a float32 are exact.
  const wide = typeOf('f64');
  const [left, divisor, taken] = ['left', 'divisor', 'taken'].map((name) => new Local(name, wide)) as [
    Local,
    Local,
    Local,
  ];
  const infinite = number(wide, Infinity);
  const usable = and(apply('lt', read(left), infinite), apply('gt', read(divisor), number(wide, 0)));
  const raise: Statement = {
    kind: 'while',
    condition: apply('le', read(taken), apply('sub', read(left), read(taken))),
    body: [assign(set(taken, add(read(taken), read(taken))))],
  };
  const body: Statement[] = [
    assign(set(left, apply('abs', convert(x, 'f64'))), set(divisor, apply('abs', convert(y, 'f64')))),
    {
      kind: 'while',
      condition: and(usable, apply('ge', read(left), read(divisor))),
      body: [
        assign(set(taken, read(divisor))),
        raise,
        assign(set(left, apply('sub', read(left), read(taken)))),
      ],
    },
    assign(
      store(
        to.buffer,
        place,
        convert(signed(read(left), read(divisor), convert(x, 'f64'), convert(y, 'f64')), a.dtype),
      ),
    ),
  ];
  return [nestKernel('rem', axes, body, lowering.around, costOfMoving(node), lowering.target)];
};

/** The rest with the sign of the dividend; NaN for an infinite dividend, a divisor of 0 or NaN. */
function signed(left: Value, divisor: Value, x: Value, y: Value): Value {
  const undefinedHere = apply(
    'or',
    apply('or', apply('eq', left, like(left, Infinity)), apply('eq', divisor, like(divisor, 0))),
    apply('or', isNotNumber(x), isNotNumber(y)),
  );
  const negative = apply(
    'or',
    apply('lt', x, like(x, 0)),
    apply('lt', apply('div', like(x, 1), x), like(x, 0)),
  );
  return select(undefinedHere, like(left, Number.NaN), select(negative, apply('neg', left), left));
}
