/**
 * Products in tiles: some rows times some vectors of columns are summed in registers, element by element of the inner
 * axes. The right operand is packed before, the columns of a panel side by side, so that the innermost loop reads it in
 * order; the left one is read where it lies, one element for a whole vector.
 *
 * Long inner axes are cut in blocks, so that a panel stays in the first cache; between blocks the sums wait in memory.
 */
import { stridesOf } from '@cotangent/graph';
import {
  add,
  addAffine,
  affineValue,
  along,
  apply,
  assign,
  type Counted,
  constantPlace,
  div,
  inLoops,
  integer,
  load,
  loop,
  mul,
  multiplyAdd,
  number,
  placeOf,
  read,
  scaleAffine,
  select,
  set,
  shifted,
  splat,
  store,
  sub,
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
import { Substituter } from '../loops/substitute.ts';
import { Behind } from './epilogue.ts';
import type { Axis, Target } from './nest.ts';
import { packing, panelPlace } from './packing.ts';
import {
  alongAll,
  blockDepth,
  coordinatesOf,
  counted,
  type Epilogue,
  moved,
  type ProductRequest,
  sizeOf,
  type TilePlan,
} from './product-axes.ts';

export function tiled(request: ProductRequest, plan: TilePlan, epilogue: Epilogue, target: Target): Kernel[] {
  return new Tiling(request, plan, epilogue, target).kernels();
}

/** Elements of the inner axes that are summed before the sums go to memory and the next block begins. */
interface Blocks {
  /** Loops over blocks. */
  readonly loops: readonly Axis[];
  /** Loops inside of a block; the first may end early. */
  readonly depths: readonly Counted[];
  /** Positions along the inner axes. */
  readonly places: readonly Affine[];
  /** Whether this is the first, and the last block: always both where there is one. */
  readonly first: Value | undefined;
  readonly last: Value | undefined;
}

class Tiling {
  private readonly request: ProductRequest;
  private readonly plan: TilePlan;
  private readonly target: Target;
  private readonly width: number;
  private readonly panels: number;
  private readonly packed: Buffer;
  private readonly sums: Buffer;
  private readonly loops: readonly Axis[];
  private readonly panel = new Variable('panel');
  private readonly row = new Variable('row');
  private readonly blocks: Blocks;
  private readonly behind: Behind;
  private readonly unit = new Variable('unit');

  constructor(request: ProductRequest, plan: TilePlan, epilogue: Epilogue, target: Target) {
    this.request = request;
    this.plan = plan;
    this.target = target;
    const { name, result, shape } = request;
    const { lanes, outer, row, column, inner, tileVectors, packed } = plan;
    this.width = tileVectors * lanes;
    this.panels = packed ? Math.ceil(column.count / this.width) : Math.floor(column.count / this.width);
    const right = sizeOf(outer.filter((axis) => axis.right !== 0));
    const size = packed ? right * this.panels * sizeOf(inner) * this.width : 0;
    this.packed = new Buffer(`${name}.packed`, result.dtype, size, 'temporary');
    this.loops = counted(outer, 'o');
    this.blocks = this.cut();
    const waiting =
      this.blocks.first === undefined ? 0 : sizeOf(outer) * row.count * this.panels * this.width;
    this.sums = new Buffer(`${name}.sums`, result.dtype, waiting, 'temporary');
    this.behind = new Behind(
      (sum, at, first) =>
        epilogue(
          sum,
          coordinatesOf(shape, [
            ...outer.map((axis, i) => [axis, along(this.loops[i]!.variable)] as const),
            [row, at],
            [column, first],
          ]),
        ),
      {
        name,
        type: typeOf(result.dtype),
        lanes,
        width: this.width,
        rows: plan.tileRows,
        units: this.units(),
        supports: target.supports,
      },
    );
  }

  /** How many units the work is cut in: turns of outer loops, blocks of rows, or panels. */
  private units(): number {
    const { plan, loops, panels, width } = this;
    if (loops.length > 0) return outerUnits(loops);
    if (plan.rowBlock !== undefined && plan.rowBlock < plan.row.count)
      return Math.ceil(plan.row.count / plan.rowBlock);
    return plan.packed && plan.column.count === panels * width ? panels : 1;
  }

  kernels(): Kernel[] {
    const { request, plan, width, panels, panel, loops } = this;
    const { name, around, cost } = request;
    const { row, column, packed, rowBlock } = plan;
    const kernels: Kernel[] = [];
    if (packed) kernels.push(packing(request, plan, this.packed, panels, this.target));
    const { unit } = this;
    const rest = column.count - (packed ? panels - 1 : panels) * width;
    const even = packed && rest < width ? panels - 1 : panels;
    /** All panels, for some rows. */
    const throughPanels = (rows: Rows): Statement[] => {
      const list: Statement[] = [];
      if (even > 0)
        list.push(
          loop(
            panel,
            even,
            this.rowTiles(rows, plan.tileVectors, plan.lanes, scaleAffine(along(panel), width)),
          ),
        );
      if (packed && even < panels) list.push(...this.lastPanel(rows, rest));
      if (!packed && rest > 0) list.push(...this.unpackedRest(panels * width));
      return list;
    };
    const all: Rows = { from: constantPlace(0), count: row.count };
    if (loops.length > 0) {
      const body = this.inBlocks(throughPanels(all));
      kernels.push({ name, unit, around, cost, ...overUnits(loops, body, unit) });
    } else if (rowBlock !== undefined && rowBlock < row.count) {
      const whole = Math.floor(row.count / rowBlock);
      const left = row.count - whole * rowBlock;
      const first = scaleAffine(along(unit), rowBlock);
      const full = this.inBlocks(throughPanels({ from: first, count: rowBlock }));
      const body =
        left === 0
          ? full
          : [
              when(
                apply('lt', variableValue(unit), integer(whole)),
                full,
                this.inBlocks(throughPanels({ from: constantPlace(whole * rowBlock), count: left })),
              ),
            ];
      kernels.push({ name, unit, units: whole + Number(left > 0), around, body, cost });
    } else if (packed && even === panels && panels > 1) {
      const body = this.inBlocks(
        this.rowTiles(all, plan.tileVectors, plan.lanes, scaleAffine(along(panel), width)),
      );
      kernels.push({
        name,
        unit,
        units: panels,
        around,
        body: new Substituter(new Map([[panel, along(unit)]])).statements(body),
        cost,
      });
    } else kernels.push({ name, unit, units: 1, around, body: this.inBlocks(throughPanels(all)), cost });
    return kernels;
  }

  private cut(): Blocks {
    const { inner } = this.plan;
    const most = blockDepth(this.width);
    const depths = counted(inner, 'k');
    if (!this.plan.packed || sizeOf(inner) <= most + most / 2)
      return {
        loops: [],
        depths,
        places: alongAll(depths),
        first: undefined,
        last: undefined,
      };
    // The innermost axes that fit whole, and as much of the next one as fits.
    let at = inner.length - 1;
    let whole = 1;
    while (at > 0 && whole * inner[at]!.count <= most) whole *= inner[at--]!.count;
    const { count } = inner[at]!;
    const pieces = Math.ceil(count / Math.max(1, Math.floor(most / whole)));
    const length = Math.ceil(count / pieces);
    const block = new Variable('block');
    const blocks = Math.ceil(count / length);
    const loops = [...depths.slice(0, at), { variable: block, count: blocks }];
    const left = sub(integer(count), mul(variableValue(block), integer(length)));
    const to =
      count % length === 0 ? length : select(apply('lt', left, integer(length)), left, integer(length));
    const index = affineValue(placeOf(alongAll(loops), stridesOf(loops.map((axis) => axis.count))));
    const total = loops.reduce((product, axis) => product * axis.count, 1);
    return {
      loops,
      depths: depths
        .slice(at)
        .map(({ variable, count: size }, i) => ({ variable, count: i === 0 ? to : size })),
      places: depths.map(({ variable }, i) =>
        i === at ? addAffine(scaleAffine(along(block), length), along(variable)) : along(variable),
      ),
      first: apply('eq', index, integer(0)),
      last: apply('eq', index, integer(total - 1)),
    };
  }

  private inBlocks(body: Statement[]): Statement[] {
    return inLoops(this.blocks.loops, body);
  }

  /** Tiles along some rows, for so many vectors of columns, of which the last may be filled in part. */
  private rowTiles(rows: Rows, vectors: number, filled: number, firstColumn: Affine): Statement[] {
    const { tileRows } = this.plan;
    const main = rows.count - (rows.count % tileRows);
    const rest = rows.count - main;
    const { row } = this;
    const list: Statement[] = [];
    const at = (place: Affine) => addAffine(rows.from, place);
    if (main > tileRows)
      list.push(
        loop(row, main, this.tile(tileRows, vectors, filled, at(along(row)), firstColumn), {
          step: tileRows,
        }),
      );
    else if (main > 0) list.push(...this.tile(tileRows, vectors, filled, at(constantPlace(0)), firstColumn));
    if (rest > 0) list.push(...this.tile(rest, vectors, filled, at(constantPlace(main)), firstColumn));
    return list;
  }

  private lastPanel(rows: Rows, columns: number): Statement[] {
    const { lanes } = this.plan;
    const vectors = Math.ceil(columns / lanes);
    const filled = columns % lanes === 0 ? lanes : columns % lanes;
    const list = this.rowTiles(rows, vectors, filled, constantPlace((this.panels - 1) * this.width));
    return new Substituter(new Map([[this.panel, constantPlace(this.panels - 1)]])).statements(list);
  }

  private tile(
    rows: number,
    vectors: number,
    filled: number,
    firstRow: Affine,
    firstColumn: Affine,
  ): Statement[] {
    const { request, plan, blocks } = this;
    const { product, result } = request;
    const { lanes, row, column, packed } = plan;
    const type = typeOf(result.dtype, lanes);
    const sums = Array.from({ length: rows }, (_, r) =>
      Array.from({ length: vectors }, (_, c) => new Local(`sum${r}.${c}`, type)),
    );
    const columns = Array.from({ length: vectors }, (_, c) =>
      packed
        ? load(this.packed, this.packedPlace(c * lanes), lanes)
        : load(
            product.right.buffer,
            addAffine(this.operandPlace('right'), scaleAffine(shifted(firstColumn, c * lanes), column.right)),
            lanes,
          ),
    );
    const multiply = assign(
      ...sums.flatMap((line, r) => {
        const at = addAffine(this.operandPlace('left'), scaleAffine(shifted(firstRow, r), row.left));
        const entry = splat(load(product.left.buffer, at), lanes);
        return line.map((sum, c) => set(sum, multiplyAdd(entry, columns[c]!, read(sum))));
      }),
    );
    const summing = inLoops(blocks.depths, [multiply]);
    const each = (make: (sum: Local, r: number, c: number) => Statement[]): Statement[] =>
      sums.flatMap((line, r) => line.flatMap((sum, c) => make(sum, r, c)));
    const zero = [assign(...sums.flat().map((sum) => set(sum, number(type, 0))))];
    const finish = this.behind.finish(sums, firstRow, firstColumn, filled, along(this.unit));
    if (blocks.first === undefined || blocks.last === undefined) return [...zero, ...summing, ...finish];
    const waiting = (r: number, c: number) =>
      this.waitingPlace(shifted(firstRow, r), shifted(firstColumn, c * lanes));
    const resume = assign(
      ...sums.flatMap((line, r) => line.map((sum, c) => set(sum, load(this.sums, waiting(r, c), lanes)))),
    );
    return [
      when(blocks.first, zero, [resume]),
      ...summing,
      when(
        blocks.last,
        finish,
        each((sum, r, c) => [assign(store(this.sums, waiting(r, c), read(sum)))]),
      ),
    ];
  }

  private operandPlace(side: 'left' | 'right'): Affine {
    const { product } = this.request;
    const { outer, inner } = this.plan;
    return addAffine(
      product[side].start,
      addAffine(moved(outer, alongAll(this.loops), side), moved(inner, this.blocks.places, side)),
    );
  }

  private packedPlace(column: number): Affine {
    const outer = this.loops.filter((_, i) => this.plan.outer[i]!.right !== 0);
    return panelPlace(outer, along(this.panel), this.blocks.places, constantPlace(column), {
      panels: this.panels,
      inner: this.plan.inner.map(({ count }) => count),
      width: this.width,
    });
  }

  private waitingPlace(row: Affine, column: Affine): Affine {
    const counts = [...this.loops.map(({ count }) => count), this.plan.row.count, this.panels * this.width];
    return placeOf([...alongAll(this.loops), row, column], stridesOf(counts));
  }

  /** Columns that fill no panel, of a right operand that is not packed: in vectors as far as they go, then one by one. */
  private unpackedRest(from: number): Statement[] {
    const { request, plan, row, blocks } = this;
    const { product, result } = request;
    const { lanes, column } = plan;
    const all: Rows = { from: constantPlace(0), count: plan.row.count };
    const vectors = Math.floor((column.count - from) / lanes);
    const list = vectors > 0 ? this.rowTiles(all, vectors, lanes, constantPlace(from)) : [];
    for (let at = from + vectors * lanes; at < column.count; at++) {
      const sum = new Local('sum', typeOf(result.dtype));
      const entry = load(
        product.left.buffer,
        addAffine(this.operandPlace('left'), scaleAffine(along(row), plan.row.left)),
      );
      const other = load(product.right.buffer, shifted(this.operandPlace('right'), at * column.right));
      const summing = inLoops(blocks.depths, [assign(set(sum, multiplyAdd(entry, other, read(sum))))]);
      list.push(
        loop(row, plan.row.count, [
          assign(set(sum, number(sum.type, 0))),
          ...summing,
          this.behind.one(sum, along(row), constantPlace(at)),
        ]),
      );
    }
    return list;
  }
}

/** Rows from one on. */
interface Rows {
  readonly from: Affine;
  readonly count: number;
}

/** Fewer units than this do not keep threads busy. */
const fewUnits = 16;

const outerUnits = (loops: readonly Axis[]): number => {
  const [first, second] = loops as [Axis, Axis?];
  return second === undefined || first.count >= fewUnits ? first.count : first.count * second.count;
};

/** Units are the turns of the outermost loop, or of the two outermost together where it has few. */
function overUnits(
  loops: readonly Axis[],
  body: Statement[],
  unit: Variable,
): { units: number; body: Statement[] } {
  const [first, second, ...rest] = loops as [Axis, ...Axis[]];
  if (second === undefined || first.count >= fewUnits) {
    const inner = inLoops(loops.slice(1), body);
    return {
      units: first.count,
      body: new Substituter(new Map([[first.variable, along(unit)]])).statements(inner),
    };
  }
  const place = variableValue(unit);
  const outer = div(place, integer(second.count));
  const inner = apply('rem', place, integer(second.count));
  const once = (variable: Variable, at: Value, list: Statement[]) =>
    loop(variable, add(at, integer(1)), list, { from: at });
  return {
    units: first.count * second.count,
    body: [once(first.variable, outer, [once(second.variable, inner, inLoops(rest, body))])],
  };
}
