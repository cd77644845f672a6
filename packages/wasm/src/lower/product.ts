/**
 * Products in tiles: some rows times some vectors of columns are summed in registers, element by element of the inner
 * axes. The right operand is packed before, columns of a panel side by side, so that the innermost loop reads it in
 * order; the left one is read where it lies, one element for a whole vector.
 *
 * What a region computes behind the product is computed on the tile, before it is stored.
 */
import type { AnyTensor } from '@cotangent/graph';
import {
  addAffine,
  along,
  assign,
  constantPlace,
  lane,
  lanesOf,
  load,
  loop,
  multiplyAdd,
  number,
  placeOf,
  read,
  scaleAffine,
  set,
  shifted,
  splat,
  store,
  typeOf,
} from '../loops/build.ts';
import {
  type Affine,
  Buffer,
  type Cost,
  type Kernel,
  type Lanes,
  Local,
  type Statement,
  type Value,
  Variable,
} from '../loops/ir.ts';
import { Substituter } from '../loops/substitute.ts';
import { Rewriter, vectorize } from '../loops/vectorize.ts';
import type { Product, ProductAxis } from './contraction.ts';
import { type Axis, collapse, nestKernel, type Target } from './nest.ts';
import { reductionKernels, folds } from './reduction.ts';

/** What is done with sums: stores at coordinates of the result. */
export type Epilogue = (sum: Value, coordinates: readonly Affine[]) => Statement;

export interface ProductRequest {
  readonly name: string;
  readonly product: Product;
  readonly result: AnyTensor;
  /** Sizes of the result. */
  readonly shape: readonly number[];
  readonly around: readonly Variable[];
  readonly cost: Cost;
}

export function productKernels(request: ProductRequest, epilogue: Epilogue, target: Target): Kernel[] {
  const plan = planOf(request);
  return plan === undefined ? summed(request, epilogue, target) : tiled(request, plan, epilogue, target);
}

interface Plan {
  readonly lanes: Lanes;
  /** Run one by one, outermost first. */
  readonly outer: readonly ProductAxis[];
  /** The rows of a tile lie along it. */
  readonly row: ProductAxis;
  /** The columns of a tile lie along it. */
  readonly column: ProductAxis;
  readonly inner: readonly ProductAxis[];
  readonly tileRows: number;
  readonly tileVectors: number;
  readonly packed: boolean;
}

const none: ProductAxis = { count: 1, left: 0, right: 0, out: { axis: 0, step: 0 } };
const sizeOf = (axes: readonly ProductAxis[]): number => axes.reduce((product, { count }) => product * count, 1);
const long = (axes: readonly ProductAxis[]): ProductAxis[] => axes.filter(({ count }) => count > 1);

/** Rows and columns change places where the columns of the result lie apart. */
const swapped = ({ left, right, batch, rows, columns, inner }: Product): Product => {
  const swap = (axes: readonly ProductAxis[]) => axes.map((axis) => ({ ...axis, left: axis.right, right: axis.left }));
  return { left: right, right: left, batch: swap(batch), rows: swap(columns), columns: swap(rows), inner: swap(inner) };
};

/** The last axis of the result that has neighbours. */
const lastOf = (shape: readonly number[]): number => shape.findLastIndex((count) => count > 1);
const isLast = ({ out }: ProductAxis, shape: readonly number[]): boolean =>
  out !== undefined && out.axis === lastOf(shape) && out.step === 1;

export function oriented({ product, shape }: ProductRequest): Product {
  const ends = (axes: readonly ProductAxis[]) => long(axes).some((axis) => isLast(axis, shape));
  return ends(product.rows) && !ends(product.columns) ? swapped(product) : product;
}

function planOf(request: ProductRequest): (Plan & { readonly product: Product }) | undefined {
  const { shape, result } = request;
  if (result.dtype !== 'f32' && result.dtype !== 'f64') return undefined;
  const product = oriented(request);
  const lanes = lanesOf(result.dtype);
  const column = long(product.columns).find((axis) => isLast(axis, shape));
  if (column === undefined || column.count < lanes || sizeOf(product.inner) === 0) return undefined;
  const rows = long(product.rows);
  // Tiles lie along the axis that wastes least: the longest.
  const row = rows.reduce<ProductAxis>((best, axis) => (axis.count > best.count ? axis : best), none);
  const outer = [...product.batch, ...rows, ...product.columns].filter(
    (axis) => axis.count !== 1 && axis !== row && axis !== column,
  );
  const uses = sizeOf(rows);
  const contiguous = column.right === 1;
  const packed = !(contiguous && uses <= 8);
  const vectors = Math.floor(column.count / lanes);
  const tileRows = Math.min(4, row.count);
  const most = tileRows === 1 ? 8 : tileRows === 2 ? 4 : 2;
  return {
    product,
    lanes,
    outer,
    row,
    column,
    inner: mergedInner(product.inner),
    tileRows,
    tileVectors: Math.max(1, Math.min(most, packed ? Math.ceil(column.count / lanes) : vectors)),
    packed,
  };
}

/** Inner axes that both operands run through evenly become one. */
function mergedInner(inner: readonly ProductAxis[]): ProductAxis[] {
  const merged: ProductAxis[] = [];
  for (const axis of long(inner)) {
    const outer = merged.at(-1);
    if (outer !== undefined && outer.left === axis.left * axis.count && outer.right === axis.right * axis.count)
      merged[merged.length - 1] = { ...axis, count: axis.count * outer.count };
    else merged.push(axis);
  }
  return merged.length > 0 ? merged : [{ count: 1, left: 0, right: 0 }];
}

/** Counts of axes as loops. */
const counted = (axes: readonly ProductAxis[], name: string): Axis[] =>
  axes.map(({ count }, i) => ({ variable: new Variable(`${name}${i}`), count }));

const moved = (axes: readonly ProductAxis[], loops: readonly Axis[], side: 'left' | 'right'): Affine =>
  axes.reduce<Affine>(
    (sum, axis, i) => addAffine(sum, scaleAffine(along(loops[i]!.variable), axis[side])),
    constantPlace(0),
  );

/** Coordinates of the result, from positions along the axes of the product. */
function coordinatesOf(shape: readonly number[], places: readonly (readonly [ProductAxis, Affine])[]): Affine[] {
  const found = shape.map(() => constantPlace(0));
  for (const [{ out }, at] of places)
    if (out !== undefined && out.step !== 0) found[out.axis] = addAffine(found[out.axis]!, scaleAffine(at, out.step));
  return found;
}

function tiled(
  request: ProductRequest,
  plan: Plan & { readonly product: Product },
  epilogue: Epilogue,
  target: Target,
): Kernel[] {
  const { name, around, shape, result, cost } = request;
  const { product, lanes, outer, row, column, inner, tileRows, tileVectors, packed } = plan;
  const width = tileVectors * lanes;
  const depth = sizeOf(inner);
  const panels = packed ? Math.ceil(column.count / width) : Math.floor(column.count / width);
  const right = outer.filter((axis) => axis.right !== 0);
  const panelSize = depth * width;
  const buffer = new Buffer(`${name}.packed`, result.dtype as 'f32' | 'f64', packed ? sizeOf(right) * panels * panelSize : 0, 'temporary');

  const loops = counted(outer, 'o');
  const panel = new Variable('panel');
  const tile = new Variable('row');
  const depths = counted(inner, 'k');
  const rightOuter = loops.filter((_, i) => outer[i]!.right !== 0);
  const packedStart = (vector: number): Affine => {
    let at = addAffine(scaleAffine(along(panel), panelSize), constantPlace(vector * lanes));
    let step = panels * panelSize;
    for (const axis of [...rightOuter].reverse()) {
      at = addAffine(at, scaleAffine(along(axis.variable), step));
      step *= axis.count;
    }
    let inside = width;
    for (const axis of [...depths].reverse()) {
      at = addAffine(at, scaleAffine(along(axis.variable), inside));
      inside *= axis.count;
    }
    return at;
  };
  const leftStart = addAffine(product.left.start, addAffine(moved(outer, loops, 'left'), moved(inner, depths, 'left')));
  const rightStart = addAffine(product.right.start, addAffine(moved(outer, loops, 'right'), moved(inner, depths, 'right')));

  /** Sums of so many rows times so many vectors, from a row and a column on; the last vector may be partly filled. */
  const tileOf = (rows: number, vectors: number, filled: number, firstRow: Affine, firstColumn: Affine): Statement[] => {
    const sums = Array.from({ length: rows }, (_, r) =>
      Array.from({ length: vectors }, (_, c) => new Local(`sum${r}.${c}`, typeOf(result.dtype, lanes))),
    );
    const columns = Array.from({ length: vectors }, (_, c) =>
      load(
        packed ? buffer : product.right.buffer,
        packed
          ? packedStart(c)
          : addAffine(rightStart, scaleAffine(shifted(firstColumn, c * lanes), column.right)),
        lanes,
      ),
    );
    const body = assign(
      ...sums.flatMap((line, r) => {
        const at = addAffine(leftStart, scaleAffine(shifted(firstRow, r), row.left));
        const entry = splat(load(product.left.buffer, at), lanes);
        return line.map((sum, c) => set(sum, multiplyAdd(entry, columns[c]!, read(sum))));
      }),
    );
    const begin = assign(...sums.flat().map((sum) => set(sum, number(sum.type, 0))));
    const summing = [...depths]
      .reverse()
      .reduce<Statement[]>((stats, { variable, count }) => [loop(variable, count, stats)], [body]);
    const finish = sums.flatMap((line, r) =>
      line.flatMap((sum, c) => {
        const whole = c < vectors - 1 || filled === lanes;
        return epilogueOf(sum, shifted(firstRow, r), shifted(firstColumn, c * lanes), whole ? lanes : filled);
      }),
    );
    return [begin, ...summing, ...finish];
  };

  const place = new Variable('column');
  const slot = new Local('sum', typeOf(result.dtype));
  const rowPlace = new Variable('tileRow');
  const scalar = epilogue(
    read(slot),
    coordinatesOf(shape, [
      ...outer.map((axis, i) => [axis, along(loops[i]!.variable)] as const),
      [row, along(rowPlace)],
      [column, along(place)],
    ]),
  );
  const epilogueOf = (sum: Local, at: Affine, first: Affine, filled: number): Statement[] => {
    if (scalar.kind !== 'assign') return [];
    if (filled === lanes) {
      const given = new Map<Value, Value>();
      for (const value of localsIn(scalar, slot)) given.set(value, read(sum));
      const rewriter = new Rewriter(place, lanes, target.supports, given);
      const vectors = scalar.assignments.map((one) => {
        const value = rewriter.vector(one.value);
        const even = one.kind === 'store' && one.at.terms.find((term) => term.variable === place)?.step === 1;
        return value === undefined || !even ? undefined : { ...one, value };
      });
      if (vectors.every((one) => one !== undefined))
        return new Substituter(new Map([[rowPlace, at], [place, first]])).statements([assign(...vectors)]);
    }
    // One lane after the other.
    return Array.from({ length: filled }, (_, i) => {
      const one = new Local(`lane${i}`, slot.type);
      const copy = new Substituter(new Map([[rowPlace, at], [place, shifted(first, i)]]), new Map([[slot, one]]));
      return [assign(set(one, lane(read(sum), i))), ...copy.statements([scalar])];
    }).flat();
  };

  const rowTiles = (vectors: number, filled: number, firstColumn: Affine): Statement[] => {
    const main = row.count - (row.count % tileRows);
    const rest = row.count - main;
    const statements: Statement[] = [];
    if (main > tileRows)
      statements.push(
        loop(tile, main, tileOf(tileRows, vectors, filled, along(tile), firstColumn), { step: tileRows }),
      );
    else if (main > 0) statements.push(...tileOf(tileRows, vectors, filled, constantPlace(0), firstColumn));
    if (rest > 0) statements.push(...tileOf(rest, vectors, filled, constantPlace(main), firstColumn));
    return statements;
  };

  const restColumns = column.count - (packed ? panels - 1 : panels) * width;
  const evenPanels = packed ? (restColumns === width ? panels : panels - 1) : panels;
  const firstColumn = scaleAffine(along(panel), width);
  const body: Statement[] = [];
  const inPanels: Statement[] = [];
  if (evenPanels > 0) inPanels.push(loop(panel, evenPanels, rowTiles(tileVectors, lanes, firstColumn)));
  if (evenPanels < panels || (!packed && restColumns > 0)) {
    const vectors = Math.ceil(restColumns / lanes);
    const filled = restColumns % lanes === 0 ? lanes : restColumns % lanes;
    const last = packed
      ? new Substituter(new Map([[panel, constantPlace(panels - 1)]])).statements(
          rowTiles(vectors, filled, constantPlace((panels - 1) * width)),
        )
      : unpackedRest(panels * width);
    inPanels.push(...last);
  }
  body.push(...inPanels);

  /** Columns that fill no vector, of a right operand that is not packed: vectors as far as they go, then one by one. */
  function unpackedRest(from: number): Statement[] {
    const vectors = Math.floor((column.count - from) / lanes);
    const statements = vectors > 0 ? rowTiles(vectors, lanes, constantPlace(from)) : [];
    for (let at = from + vectors * lanes; at < column.count; at++) {
      const one = new Local('sum', typeOf(result.dtype));
      const entry = load(product.left.buffer, addAffine(leftStart, scaleAffine(along(tile), row.left)));
      const other = load(product.right.buffer, addAffine(rightStart, constantPlace(at * column.right)));
      const summing = [...depths]
        .reverse()
        .reduce<Statement[]>(
          (stats, { variable, count }) => [loop(variable, count, stats)],
          [assign(set(one, multiplyAdd(entry, other, read(one))))],
        );
      const copy = new Substituter(new Map([[rowPlace, along(tile)], [place, constantPlace(at)]]), new Map([[slot, one]]));
      statements.push(loop(tile, row.count, [assign(set(one, number(one.type, 0))), ...summing, ...copy.statements([scalar])]));
    }
    return statements;
  }

  const kernels: Kernel[] = [];
  if (packed) kernels.push(packing(request, plan, buffer, panels, target));
  // Units are positions along the outermost loop there is: of outer axes, or panels of columns.
  const unit = new Variable('unit');
  if (loops.length > 0 && outer[0]!.count > 1) {
    const wrapped = loops
      .slice(1)
      .reverse()
      .reduce<Statement[]>((stats, { variable, count }) => [loop(variable, count, stats)], body);
    const own = new Substituter(new Map([[loops[0]!.variable, along(unit)]])).statements(wrapped);
    kernels.push({ name, unit, units: loops[0]!.count, around, body: own, cost });
  } else if (evenPanels === panels && packed && panels > 1) {
    const own = new Substituter(new Map([[panel, along(unit)]])).statements(rowTiles(tileVectors, lanes, firstColumn));
    kernels.push({ name, unit, units: panels, around, body: own, cost });
  } else kernels.push({ name, unit, units: 1, around, body, cost });
  return kernels;
}

/** The values that read a local, in a statement. */
function localsIn(statement: Extract<Statement, { kind: 'assign' }>, local: Local): Set<Value> {
  const found = new Set<Value>();
  const seen = new Set<Value>();
  const visit = (value: Value): void => {
    if (seen.has(value)) return;
    seen.add(value);
    if (value.kind === 'local' && value.local === local) found.add(value);
    if (value.kind === 'apply') value.operands.forEach(visit);
  };
  for (const { value } of statement.assignments) visit(value);
  return found;
}

/** Columns of the right operand, a panel after the other, element by element of the inner axes; zeros fill the last panel. */
function packing(
  { name, around, result }: ProductRequest,
  { product, outer, column, inner, lanes, tileVectors }: Plan & { readonly product: Product },
  buffer: Buffer,
  panels: number,
  target: Target,
): Kernel {
  const width = tileVectors * lanes;
  const own = outer.filter((axis) => axis.right !== 0);
  const loops = counted(own, 'o');
  const depths = counted(inner, 'k');
  const panel = { variable: new Variable('panel'), count: panels };
  const place = new Variable('column');
  const from = addAffine(
    product.right.start,
    addAffine(moved(own, loops, 'right'), addAffine(moved(inner, depths, 'right'), scaleAffine(along(panel.variable), width * column.right))),
  );
  const axes = [...loops, panel, ...depths];
  const counts = [...axes.map(({ count }) => count), width];
  const strides = counts.map((_, i) => counts.slice(i + 1).reduce((product, count) => product * count, 1));
  const to = placeOf(
    axes.map(({ variable }) => along(variable)),
    strides.slice(0, -1),
  );
  const copy = (columns: number, filled: number): Statement[] => {
    const at = addAffine(to, along(place));
    const value = load(product.right.buffer, addAffine(from, scaleAffine(along(place), column.right)));
    const statements: Statement[] = [loop(place, filled, [assign(store(buffer, at, value))])];
    if (filled < columns)
      statements.push(
        loop(place, columns, [assign(store(buffer, at, number(typeOf(result.dtype), 0)))], { from: filled }),
      );
    return statements;
  };
  const rest = column.count - (panels - 1) * width;
  const bytes = 8 * counts.reduce((product, count) => product * count, 1);
  const whole = (list: Statement[]) =>
    depths.reduceRight<Statement[]>((stats, { variable, count }) => [loop(variable, count, stats)], list);
  const unit = new Variable('unit');
  const inEvery: Statement[] =
    rest === width
      ? whole(packedLoop(copy(width, width), target))
      : [
          {
            kind: 'if',
            condition: {
              kind: 'apply',
              type: typeOf('bool'),
              operation: 'lt',
              operands: [
                { kind: 'variable', type: typeOf('i32'), variable: panel.variable },
                number(typeOf('i32'), panels - 1),
              ],
            },
            then: whole(packedLoop(copy(width, width), target)),
            otherwise: whole(packedLoop(copy(width, rest), target)),
          },
        ];
  const nested = [...loops.slice(1), ...(loops.length > 0 ? [panel] : [])].reduceRight<Statement[]>(
    (stats, { variable, count }) => [loop(variable, count, stats)],
    inEvery,
  );
  const outermost = loops[0] ?? panel;
  const body = new Substituter(new Map([[outermost.variable, along(unit)]])).statements(nested);
  return { name: `${name}.pack`, unit, units: outermost.count, around, body, cost: { flops: 0, bytes } };
}

/** Columns that lie side by side are copied in vectors. */
const packedLoop = (statements: readonly Statement[], { supports }: Target): Statement[] =>
  statements.flatMap((statement) => (statement.kind === 'for' ? vectorize(statement, supports) : [statement]));

/** Sums one by one, in the order that suits memory: for integers, and for axes that tiles do not fit. */
function summed(request: ProductRequest, epilogue: Epilogue, target: Target): Kernel[] {
  const { name, shape, around, cost, result } = request;
  const product = oriented(request);
  const free = [...product.batch, ...product.rows, ...product.columns].filter(({ count }) => count !== 1);
  const sums = new Buffer(`${name}.sums`, result.dtype, shape.reduce((size, count) => size * count, 1), 'temporary');
  const { kernels } = plainSums(name, product, free, shape, sums, around, cost, target);
  const axes = counted(free, 'o');
  const places = coordinatesOf(
    shape,
    free.map((axis, i) => [axis, along(axes[i]!.variable)] as const),
  );
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((size, count) => size * count, 1));
  const behind = epilogue(load(sums, placeOf(places, strides)), places);
  const even = collapse(axes, [behind]);
  return [...kernels, nestKernel(`${name}.behind`, even.axes, even.body, around, { flops: 0, bytes: 8 * sums.size }, target)];
}

function plainSums(
  name: string,
  product: Product,
  free: readonly ProductAxis[],
  shape: readonly number[],
  sums: Buffer,
  around: readonly Variable[],
  cost: Cost,
  target: Target,
): { kernels: Kernel[] } {
  const own = counted(free, 'o');
  const inner = product.inner.filter(({ count }) => count !== 1);
  const depths = counted(inner, 'k');
  const at = (side: 'left' | 'right'): Affine =>
    addAffine(product[side].start, addAffine(moved(free, own, side), moved(inner, depths, side)));
  const coordinates = coordinatesOf(
    shape,
    free.map((axis, i) => [axis, along(own[i]!.variable)] as const),
  );
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((size, count) => size * count, 1));
  const [left, right] = [load(product.left.buffer, at('left')), load(product.right.buffer, at('right'))];
  const value: Value = { kind: 'apply', type: left.type, operation: 'mul', operands: [left, right] };
  // Columns side by side where that is how operands lie, else terms side by side.
  const last = free.findIndex((axis) => isLast(axis, shape));
  const evenColumns = last >= 0 && [0, 1].includes(free[last]!.left) && [0, 1].includes(free[last]!.right);
  const axes = evenColumns
    ? [...own.filter((_, i) => i !== last), ...depths, own[last]!]
    : [...own, ...depths];
  return {
    kernels: reductionKernels(
      {
        name,
        axes,
        reduced: new Set(depths.map(({ variable }) => variable)),
        totals: [
          { fold: folds.reduceSum, dtype: sums.dtype, value, buffer: sums, at: placeOf(coordinates, strides) },
        ],
        stores: [],
        around,
        cost,
      },
      target,
    ),
  };
}
