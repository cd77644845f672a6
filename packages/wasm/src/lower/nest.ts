/** Loops around a body, made ready: axes that run on evenly become one, the outermost is cut into units, the innermost runs in vectors. */
import {
  addAffine,
  along,
  apply,
  constantPlace,
  integer,
  loop,
  mul,
  scaleAffine,
  select,
  stepAlong,
  sub,
  variableValue,
} from '../loops/build.ts';
import { type Affine, type Cost, type Kernel, type Statement, Variable } from '../loops/ir.ts';
import { placesIn, Substituter } from '../loops/substitute.ts';
import { type Supports, vectorize } from '../loops/vectorize.ts';

export interface Axis {
  readonly variable: Variable;
  readonly count: number;
}

/** What making kernels depends on beside the graph. */
export interface Target {
  readonly supports: Supports;
  /** The tile of a product that registers hold best: rows, and vectors of columns. */
  readonly tile: { readonly rows: number; readonly vectors: number };
}

/** Variables for the axes of a shape, and coordinates along them: axes of one entry are not counted. */
export function axesOf(
  shape: readonly number[],
  name = 'i',
): { readonly axes: Axis[]; readonly coordinates: Affine[] } {
  const axes: Axis[] = [];
  const coordinates = shape.map((count, axis) => {
    if (count === 1) return constantPlace(0);
    const variable = new Variable(`${name}${axis}`);
    axes.push({ variable, count });
    return along(variable);
  });
  return { axes, coordinates };
}

/** Neighbouring axes become one where every place moves along them as along one. */
export function collapse(
  axes: readonly Axis[],
  body: readonly Statement[],
): { axes: Axis[]; body: Statement[] } {
  const { places, numbers } = placesIn(body);
  const kept: Axis[] = [];
  const gone = new Map<Variable, Affine>();
  for (const axis of axes) {
    const outer = kept.at(-1);
    const even =
      outer !== undefined &&
      !numbers.has(outer.variable) &&
      !numbers.has(axis.variable) &&
      places.every((at) => stepAlong(at, outer.variable) === stepAlong(at, axis.variable) * axis.count);
    if (!even) kept.push(axis);
    else {
      kept[kept.length - 1] = { variable: axis.variable, count: outer.count * axis.count };
      gone.set(outer.variable, constantPlace(0));
    }
  }
  return { axes: kept, body: gone.size === 0 ? [...body] : new Substituter(gone).statements(body) };
}

/** Elements of one unit of a single long loop: enough to be worth handing out, few enough to stay in a cache. */
const block = 1024;

/** A kernel that runs a body for every position along some axes, in any order. */
export function nestKernel(
  name: string,
  axes: readonly Axis[],
  body: readonly Statement[],
  around: readonly Variable[],
  cost: Cost,
  { supports }: Target,
): Kernel {
  const unit = new Variable('unit');
  const even = collapse(axes, body);
  if (even.axes.length <= 1) {
    const [axis] = even.axes;
    if (axis === undefined) return { name, unit, units: 1, around, body: even.body, cost };
    return { name, unit, around, cost, ...inBlocks(axis, even.body, unit, supports) };
  }
  const [outer, ...rest] = even.axes as [Axis, ...Axis[]];
  const inner = nest(rest, even.body, supports);
  const renamed = new Substituter(new Map([[outer.variable, along(unit)]])).statements(inner);
  return { name, unit, units: outer.count, around, body: renamed, cost };
}

/** Loops, the innermost in vectors where that is possible. */
export function nest(axes: readonly Axis[], body: readonly Statement[], supports: Supports): Statement[] {
  let inner: Statement[] = [...body];
  for (const [i, { variable, count }] of [...axes].reverse().entries()) {
    const one = loop(variable, count, inner);
    inner = i === 0 && one.kind === 'for' ? vectorize(one, supports) : [one];
  }
  return inner;
}

function inBlocks(
  { variable, count }: Axis,
  body: readonly Statement[],
  unit: Variable,
  supports: Supports,
): { units: number; body: Statement[] } {
  if (count <= block) return { units: 1, body: nest([{ variable, count }], body, supports) };
  const place = new Variable(variable.name);
  const inside = new Substituter(
    new Map([[variable, addAffine(scaleAffine(along(unit), block), along(place))]]),
  );
  const left = sub(integer(count), mul(variableValue(unit), integer(block)));
  const size = count % block === 0 ? block : select(apply('lt', left, integer(block)), left, integer(block));
  const inner = loop(place, size, inside.statements(body));
  return {
    units: Math.ceil(count / block),
    body: inner.kind === 'for' ? vectorize(inner, supports) : [inner],
  };
}
