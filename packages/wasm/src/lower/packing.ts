/** Packing: the columns of a right operand, a panel after the other, element by element of the inner axes. Zeros fill the last panel. */
import { stridesOf } from '@cotangent/graph';
import {
  addAffine,
  along,
  apply,
  assign,
  inLoops,
  integer,
  load,
  loop,
  number,
  placeOf,
  scaleAffine,
  store,
  typeOf,
  variableValue,
  when,
} from '../loops/build.ts';
import { type Affine, type Buffer, type Kernel, type Statement, Variable } from '../loops/ir.ts';
import { Substituter } from '../loops/substitute.ts';
import { vectorize } from '../loops/vectorize.ts';
import type { Axis, Target } from './nest.ts';
import { alongAll, counted, moved, type ProductRequest, type TilePlan } from './product-axes.ts';

interface Panels {
  readonly panels: number;
  /** Counts of the inner axes. */
  readonly inner: readonly number[];
  /** Columns of a panel. */
  readonly width: number;
}

/** Where an element of a panel lies: [outer…, panel, inner…, column]. */
export function panelPlace(
  outer: readonly Axis[],
  panel: Affine,
  inner: readonly Affine[],
  column: Affine,
  { panels, inner: counts, width }: Panels,
): Affine {
  const all = [...outer.map(({ count }) => count), panels, ...counts, width];
  return placeOf([...alongAll(outer), panel, ...inner, column], stridesOf(all));
}

export function packing(
  { name, around, result, product }: ProductRequest,
  { outer, column, inner, lanes, tileVectors }: TilePlan,
  buffer: Buffer,
  panels: number,
  { supports }: Target,
): Kernel {
  const width = tileVectors * lanes;
  const own = outer.filter((axis) => axis.right !== 0);
  const loops = counted(own, 'o');
  const depths = counted(inner, 'k');
  const panel = { variable: new Variable('panel'), count: panels };
  const place = new Variable('column');
  const from = addAffine(
    product.right.start,
    addAffine(
      moved(own, alongAll(loops), 'right'),
      addAffine(
        moved(inner, alongAll(depths), 'right'),
        scaleAffine(along(panel.variable), width * column.right),
      ),
    ),
  );
  const to = panelPlace(loops, along(panel.variable), alongAll(depths), along(place), {
    panels,
    inner: inner.map(({ count }) => count),
    width,
  });
  const innermost = depths.at(-1)!;
  /** The columns of a panel; where they lie apart but the inner axis does not, it is run through first. */
  const copy = (filled: number): Statement[] => {
    const value = load(product.right.buffer, addAffine(from, scaleAffine(along(place), column.right)));
    const move = assign(store(buffer, to, value));
    const statements =
      column.right !== 1 && inner.at(-1)!.right === 1
        ? inLoops(depths.slice(0, -1), [
            loop(place, filled, [loop(innermost.variable, innermost.count, [move])]),
          ])
        : inLoops(depths, inVectors(loop(place, filled, [move])));
    if (filled === width) return statements;
    const zero = assign(store(buffer, to, number(typeOf(result.dtype), 0)));
    return [...statements, ...inLoops(depths, [loop(place, width, [zero], { from: filled })])];
  };
  const inVectors = (statement: Statement): Statement[] =>
    statement.kind === 'for' ? vectorize(statement, supports) : [statement];
  const rest = column.count - (panels - 1) * width;
  const everyPanel =
    rest === width
      ? copy(width)
      : panels === 1
        ? copy(rest)
        : [when(apply('lt', variableValue(panel.variable), integer(panels - 1)), copy(width), copy(rest))];
  const unit = new Variable('unit');
  const [outermost = panel, ...between] = [...loops, panel];
  const body = new Substituter(new Map([[outermost.variable, along(unit)]])).statements(
    inLoops(between, everyPanel),
  );
  return {
    name: `${name}.pack`,
    unit,
    units: outermost.count,
    around,
    body,
    cost: { flops: 0, bytes: 8 * buffer.size },
  };
}
