/** Scatter, sort and top-k. Points are taken one after the other, in row-major order. */
import { type AnyTensor, countOf, type Node, paramsOf, sizesOf } from '@cotangent/graph';
import {
  add,
  addAffine,
  along,
  and,
  apply,
  assign,
  computedPlace,
  constantPlace,
  inLoops,
  integer,
  isNotNumber,
  like,
  load,
  loop,
  not,
  or,
  placeOf,
  read,
  repeatWhile,
  scaleAffine,
  select,
  set,
  store,
  typeOf,
  variableValue,
  when,
} from '../loops/build.ts';
import {
  type Affine,
  Buffer,
  type Kernel,
  Local,
  type Statement,
  type Value,
  Variable,
} from '../loops/ir.ts';
import { isFloatValue } from './arithmetic.ts';
import { inside, loadFrom, type Source } from './expressions.ts';
import { bytesOfAll, type KernelRule, type Lowering, operandOf, placing, targetOf } from './lowering.ts';
import { axesOf, nest, nestKernel } from './nest.ts';

const scatter =
  (combine: (old: Value, next: Value) => Value): KernelRule =>
  (node, lowering) => {
    const [x, indices, updates] = node.inputs as [AnyTensor, AnyTensor, AnyTensor];
    const { axes: indexed, batchAxes } = paramsOf<'scatterAdd'>(node);
    const to = targetOf(lowering, node.outputs[0]!);
    const shape = sizesOf(x);
    const cost = { flops: countOf(updates.shape), bytes: bytesOfAll(...node.inputs, x) };
    if (shape.includes(0)) return [];
    const whole = axesOf(shape);
    const kernels = [
      nestKernel(
        `${node.op}.copy`,
        whole.axes,
        [placing(lowering, x, whole.coordinates, to, whole.coordinates)],
        lowering.around,
        { flops: 0, bytes: bytesOfAll(x, x) },
        lowering.target,
      ),
    ];
    const points = sizesOf(updates);
    if (points.includes(0)) return kernels;
    const places = operandOf(lowering, indices);
    const { axes, coordinates } = axesOf(points);
    const pointCount = sizesOf(indices).length - 1;
    let block = pointCount;
    const own = shape.map((size, axis): Affine => {
      if (axis < batchAxes) return coordinates[axis]!;
      const k = indexed.indexOf(axis);
      if (k < 0) return coordinates[block++]!;
      const index = loadFrom(places, [...coordinates.slice(0, pointCount), constantPlace(k)]);
      return computedPlace(inside(index, size));
    });
    const at = placeOf(own, to.strides, to.start);
    const element = placing(lowering, updates, coordinates, to, own);
    if (element.kind !== 'assign') return kernels;
    const body = assign(
      ...element.assignments.map((one, i) =>
        i === 0 ? { ...one, value: combine(load(to.buffer, at), one.value) } : one,
      ),
    );
    // Blocks of one point have no element twice, but points may meet: only examples of a batch are apart.
    const batched = axes.filter(({ variable }) =>
      coordinates.slice(0, batchAxes).some((c) => c.terms[0]?.variable === variable),
    );
    const [outer] = batched;
    const inner = axes.filter((axis) => axis !== outer);
    const points0 = inner.filter(({ variable }) =>
      coordinates.slice(0, pointCount).some((c) => c.terms[0]?.variable === variable),
    );
    const blockAxes = inner.filter((axis) => !points0.includes(axis));
    const statements = inLoops(points0, nest(blockAxes, [body], lowering.target.supports));
    const unit = outer?.variable ?? new Variable('unit');
    kernels.push({
      name: node.op,
      unit,
      units: outer?.count ?? 1,
      around: lowering.around,
      body: statements,
      cost,
    });
    return kernels;
  };

export const scatterAdd = scatter(add);
export const scatterSet = scatter((_, next) => next);

/** Whether one element comes before another in a sorted row: -0 before 0, NaN after everything. */
function before(a: Value, b: Value): Value {
  const less = apply('lt', a, b);
  if (!isFloatValue(a)) return less;
  const one = like(a, 1);
  const zeros = and(apply('eq', a, b), apply('lt', apply('div', one, a), apply('div', one, b)));
  const last = and(apply('eq', a, a), apply('ne', b, b));
  return or(or(less, and(zeros, apply('eq', a, like(a, 0)))), last);
}

/** Descending: NaN stays last. */
function beforeDescending(a: Value, b: Value): Value {
  if (!isFloatValue(a)) return apply('lt', b, a);
  const bothNumbers = not(or(isNotNumber(a), isNotNumber(b)));
  return or(and(bothNumbers, before(b, a)), and(not(isNotNumber(a)), isNotNumber(b)));
}

type Comes = (first: Value, second: Value) => Value;

/**
 * Positions of a row in order, stably: runs of 1, 2, 4, … are merged from one half of a scratch array into the other.
 * Leaves the positions in the half that `half` says (in elements).
 */
function mergeSort(size: number, scratch: Buffer, start: Affine, comes: Comes, half: Local): Statement[] {
  const [width, left, middle, right, i, j, k, other] = [
    'width',
    'left',
    'middle',
    'right',
    'i',
    'j',
    'k',
    'other',
  ].map((name) => new Local(name, typeOf('i32'))) as [Local, Local, Local, Local, Local, Local, Local, Local];
  const fill = new Variable('fill');
  const at = (base: Local, place: Value): Affine => addAffine(start, computedPlace(add(read(base), place)));
  const least = (a: Value, b: Value) => select(apply('lt', a, b), a, b);
  const [first, second] = [load(scratch, at(half, read(i))), load(scratch, at(half, read(j)))];
  const next: Statement = when(
    apply('lt', read(i), read(middle)),
    [
      when(
        apply('lt', read(j), read(right)),
        [
          when(
            comes(second, first),
            [assign(store(scratch, at(other, read(k)), second), set(j, add(read(j), integer(1))))],
            [assign(store(scratch, at(other, read(k)), first), set(i, add(read(i), integer(1))))],
          ),
        ],
        [assign(store(scratch, at(other, read(k)), first), set(i, add(read(i), integer(1))))],
      ),
    ],
    [assign(store(scratch, at(other, read(k)), second), set(j, add(read(j), integer(1))))],
  );
  return [
    loop(fill, size, [assign(store(scratch, addAffine(start, along(fill)), variableValue(fill)))]),
    assign(set(width, integer(1)), set(half, integer(0)), set(other, integer(size))),
    repeatWhile(apply('lt', read(width), integer(size)), [
      assign(set(left, integer(0))),
      repeatWhile(apply('lt', read(left), integer(size)), [
        assign(set(middle, least(add(read(left), read(width)), integer(size)))),
        assign(
          set(right, least(add(read(middle), read(width)), integer(size))),
          set(i, read(left)),
          set(j, read(middle)),
          set(k, read(left)),
        ),
        repeatWhile(apply('lt', read(k), read(right)), [next, assign(set(k, add(read(k), integer(1))))]),
        assign(set(left, read(right))),
      ]),
      assign(set(half, read(other)), set(other, read(half)), set(width, add(read(width), read(width)))),
    ]),
  ];
}

/** Kernels that order the rows along an axis: a unit for each row. */
function ordering(
  node: Node,
  lowering: Lowering,
  axis: number,
  comes: (at: (position: Value) => Affine[]) => Comes,
  write: (position: (place: Affine) => Value, coordinatesAt: (along: Affine) => Affine[]) => Statement[],
): Kernel[] {
  const shape = sizesOf(node.inputs[0]!);
  const size = shape[axis]!;
  const rows = shape.map((count, i) => (i === axis ? 1 : count));
  const count = countOf(rows);
  if (count === 0) return [];
  const { axes, coordinates } = axesOf(rows);
  const strides = rows.map((_, i) => countOf(rows.slice(i + 1)));
  const row = placeOf(coordinates, strides);
  const scratch = new Buffer(`${node.op}.order`, 'i32', 2 * size * count, 'temporary');
  const start = scaleAffine(row, 2 * size);
  const half = new Local('half', typeOf('i32'));
  const coordinatesAt = (place: Affine) => coordinates.map((one, i) => (i === axis ? place : one));
  const statements = [
    ...mergeSort(
      size,
      scratch,
      start,
      comes((position) => coordinatesAt(computedPlace(position))),
      half,
    ),
    ...write(
      (place) => load(scratch, addAffine(addAffine(start, computedPlace(read(half))), place)),
      coordinatesAt,
    ),
  ];
  const cost = {
    flops: countOf(shape) * Math.ceil(Math.log2(size + 1)),
    bytes: bytesOfAll(...node.inputs, ...node.outputs),
  };
  return [nestKernel(node.op, axes, statements, lowering.around, cost, lowering.target)];
}

export const sort: KernelRule = (node, lowering) => {
  const { axis, keys, descending } = paramsOf<'sort'>(node);
  const from = node.inputs.map((operand) => operandOf(lowering, operand));
  const to = node.outputs.map((result) => targetOf(lowering, result));
  const comes = descending ? beforeDescending : before;
  return ordering(
    node,
    lowering,
    axis,
    (at) => (first, second) => {
      // By the first key that tells them apart.
      const [a, b] = [at(first), at(second)];
      return from
        .slice(0, keys)
        .map((key) => [loadFrom(key, a), loadFrom(key, b)] as const)
        .reduceRight<Value>((rest, [x, y]) => or(comes(x, y), and(not(comes(y, x)), rest)), {
          kind: 'number',
          type: typeOf('bool'),
          value: 0,
        });
    },
    (position, coordinatesAt) => {
      const place = new Variable('place');
      const own = coordinatesAt(computedPlace(position(along(place))));
      const landed = coordinatesAt(along(place));
      return [
        loop(place, sizesOf(node.inputs[0]!)[axis]!, [
          assign(
            ...to.map((target, i) =>
              store(target.buffer, placeOf(landed, target.strides, target.start), loadFrom(from[i]!, own)),
            ),
          ),
        ]),
      ];
    },
  );
};

/** The largest first, NaN before them; ties go to the lower position. */
export const topK: KernelRule = (node, lowering) => {
  const [x] = node.inputs as [AnyTensor];
  const { k } = paramsOf<'topK'>(node);
  const axis = sizesOf(x).length - 1;
  const from: Source = operandOf(lowering, x);
  const [values, positions] = node.outputs.map((result) => targetOf(lowering, result)) as [Source, Source];
  if (k === 0) return [];
  return ordering(
    node,
    lowering,
    axis,
    (at) => (first, second) => before(loadFrom(from, at(second)), loadFrom(from, at(first))),
    (position, coordinatesAt) => {
      const place = new Variable('place');
      const where = position(along(place));
      const landed = coordinatesAt(along(place));
      return [
        loop(place, k, [
          assign(
            store(
              values.buffer,
              placeOf(landed, values.strides, values.start),
              loadFrom(from, coordinatesAt(computedPlace(where))),
            ),
            store(positions.buffer, placeOf(landed, positions.strides, positions.start), where),
          ),
        ]),
      ];
    },
  );
};
