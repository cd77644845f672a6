/**
 * What is computed behind the sums of a tile. Little is computed in the registers that hold the sums; more is computed in
 * a loop over sums that were put down, so that it is written once and not for every register.
 */
import {
  addAffine,
  along,
  assign,
  constantPlace,
  lane,
  load,
  loop,
  placeOf,
  read,
  set,
  shifted,
  store,
} from '../loops/build.ts';
import {
  type Affine,
  type Assignment,
  Buffer,
  type Lanes,
  Local,
  type Statement,
  type Type,
  type Value,
  Variable,
} from '../loops/ir.ts';
import { Substituter } from '../loops/substitute.ts';
import { Rewriter, type Supports } from '../loops/vectorize.ts';
import { assignedValues, valuesIn } from '../loops/walk.ts';

export interface BehindOptions {
  readonly name: string;
  /** Of one sum. */
  readonly type: Type;
  readonly lanes: Lanes;
  /** Columns of a panel, rows of a tile. */
  readonly width: number;
  readonly rows: number;
  /** Each unit puts its sums down in a place of its own. */
  readonly units: number;
  readonly supports: Supports;
}

/** Operations that are worth being written for every register. */
const fewOperations = 3;

export class Behind {
  private readonly options: BehindOptions;
  private readonly slot: Local;
  private readonly row = new Variable('tileRow');
  private readonly column = new Variable('tileColumn');
  /** For one sum. */
  private readonly single: readonly Assignment[];
  /** For a vector of sums, if machines can do that. */
  private readonly vectors: readonly Assignment[] | undefined;
  private readonly slots: Local;
  private readonly scratch: Buffer | undefined;

  /** @param make  statements for a sum at a row and a column of the product */
  constructor(make: (sum: Value, row: Affine, column: Affine) => Statement, options: BehindOptions) {
    this.options = options;
    const { name, type, lanes, width, rows, units } = options;
    this.slot = new Local('sum', type);
    this.slots = new Local('sums', { ...type, lanes });
    const made = make(read(this.slot), along(this.row), along(this.column));
    this.single = made.kind === 'assign' ? made.assignments : [];
    this.vectors = this.inVectors();
    const dtype = type.scalar === 'f64' ? 'f64' : 'f32';
    if (operationsIn(this.single) > fewOperations)
      this.scratch = new Buffer(`${name}.tile`, dtype, units * rows * width, 'temporary');
  }

  /** Behind the sums of a tile, of which the last vector of each row may be filled in part. */
  finish(
    sums: readonly (readonly Local[])[],
    firstRow: Affine,
    firstColumn: Affine,
    filled: number,
    unit: Affine,
  ): Statement[] {
    if (this.scratch !== undefined)
      return this.inLoop(this.scratch, sums, firstRow, firstColumn, filled, unit);
    const { lanes } = this.options;
    return sums.flatMap((line, r) =>
      line.flatMap((sum, c) => {
        const [row, column] = [shifted(firstRow, r), shifted(firstColumn, c * lanes)];
        const whole = c < line.length - 1 || filled === lanes;
        if (whole && this.vectors !== undefined) return [this.at(this.vectors, this.slots, sum, row, column)];
        return Array.from({ length: whole ? lanes : filled }, (_, i) => {
          const one = new Local(`lane${i}`, this.slot.type);
          return [
            assign(set(one, lane(read(sum), i))),
            this.at(this.single, this.slot, one, row, shifted(column, i)),
          ];
        }).flat();
      }),
    );
  }

  /** Behind one sum. */
  one(sum: Local, row: Affine, column: Affine): Statement {
    return this.at(this.single, this.slot, sum, row, column);
  }

  private inLoop(
    scratch: Buffer,
    sums: readonly (readonly Local[])[],
    firstRow: Affine,
    firstColumn: Affine,
    filled: number,
    unit: Affine,
  ): Statement[] {
    const { lanes, width, rows } = this.options;
    const [row, column] = [new Variable('r'), new Variable('c')];
    const place = (r: Affine, c: Affine) => placeOf([unit, r, c], [rows * width, width, 1]);
    const down = sums.flatMap((line, r) =>
      line.map((sum, c) =>
        assign(store(scratch, place(constantPlace(r), constantPlace(c * lanes)), read(sum))),
      ),
    );
    const vectors = sums[0]!.length;
    const columns = (vectors - 1) * lanes + filled;
    const even = this.vectors === undefined ? 0 : columns - (columns % lanes);
    const at = (statements: readonly Assignment[], slot: Local, width1: Lanes): Statement[] => {
      const sum = new Local('sum', slot.type);
      return [
        assign(set(sum, load(scratch, place(along(row), along(column)), width1))),
        this.at(
          statements,
          slot,
          sum,
          addAffine(firstRow, along(row)),
          addAffine(firstColumn, along(column)),
        ),
      ];
    };
    const inner: Statement[] = [];
    if (this.vectors !== undefined && even > 0)
      inner.push(loop(column, even, at(this.vectors, this.slots, lanes), { step: lanes }));
    if (even < columns) inner.push(loop(column, columns, at(this.single, this.slot, 1), { from: even }));
    return [...down, loop(row, sums.length, inner)];
  }

  private at(list: readonly Assignment[], slot: Local, sum: Local, row: Affine, column: Affine): Statement {
    const places = new Map([
      [this.row, row],
      [this.column, column],
    ]);
    const [statement] = new Substituter(places, new Map([[slot, sum]])).statements([assign(...list)]);
    return statement!;
  }

  private inVectors(): Assignment[] | undefined {
    const { lanes, supports } = this.options;
    const given = new Map<Value, Value>();
    for (const value of readsOf(this.single, this.slot)) given.set(value, read(this.slots));
    const rewriter = new Rewriter(this.column, lanes, supports, given);
    const vectors: Assignment[] = [];
    for (const one of this.single) {
      const value = rewriter.vector(one.value);
      const even =
        one.kind === 'store' && one.at.terms.find((term) => term.variable === this.column)?.step === 1;
      if (value === undefined || !even) return undefined;
      vectors.push({ ...one, value });
    }
    return vectors;
  }
}

const readsOf = (list: readonly Assignment[], local: Local): Value[] =>
  valuesIn(list.flatMap(assignedValues)).filter((value) => value.kind === 'local' && value.local === local);

const operationsIn = (list: readonly Assignment[]): number =>
  valuesIn(list.flatMap(assignedValues)).filter(({ kind }) => kind === 'apply').length;
