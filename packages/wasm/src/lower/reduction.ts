/**
 * Reductions: loops over a domain some of whose axes disappear. Totals are kept in registers: vectors of neighbouring
 * columns where the last axis stays, vectors of neighbouring terms where it disappears.
 *
 * A long reduction is cut into chunks whose totals are reduced by a second kernel. Where it is cut depends on the shape
 * alone, so the order of additions does not depend on who computes a chunk.
 */
import { countOf, type DType, highest, lowest, stridesOf } from '@cotangent/graph';
import type { NamesInRole } from '../fuse/roles.ts';
import {
  add,
  addAffine,
  along,
  and,
  apply,
  assign,
  constantPlace,
  integer,
  lane,
  lanesOf,
  load,
  loop,
  mul,
  number,
  or,
  placeOf,
  read,
  scaleAffine,
  select,
  set,
  shifted,
  stepAlong,
  store,
  sub,
  typeOf,
  variableValue,
} from '../loops/build.ts';
import {
  type Affine,
  type Assignment,
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
import { Rewriter } from '../loops/vectorize.ts';
import { largest, least } from './arithmetic.ts';
import { type Axis, axesOf, collapse, type Target } from './nest.ts';

export interface Fold {
  identity(dtype: DType): number;
  combine(total: Value, next: Value): Value;
}

export const folds: Readonly<Record<NamesInRole<'reduction'>, Fold>> = {
  reduceSum: { identity: () => 0, combine: add },
  reduceProd: { identity: () => 1, combine: mul },
  reduceMax: { identity: (dtype) => lowest[dtype], combine: largest },
  reduceMin: { identity: (dtype) => highest[dtype], combine: least },
  reduceAnd: { identity: (dtype) => (dtype === 'bool' ? 1 : -1), combine: and },
  reduceOr: { identity: () => 0, combine: or },
};

/** A total that is wanted: of a value at every position, into a place that does not move along the reduced axes. */
export interface Total {
  readonly fold: Fold;
  readonly dtype: DType;
  readonly value: Value;
  readonly buffer: Buffer;
  readonly at: Affine;
}

export interface Reducing {
  readonly name: string;
  /** In row-major order, outermost first. */
  readonly axes: readonly Axis[];
  readonly reduced: ReadonlySet<Variable>;
  readonly totals: readonly Total[];
  /** What is stored at every position beside. */
  readonly stores: readonly Assignment[];
  readonly around: readonly Variable[];
  readonly cost: Cost;
}

/** Fewer units than this do not keep threads busy. */
const fewUnits = 8;
/** Elements of a chunk of a long reduction. */
const chunkElements = 8192;
const mostChunks = 64;

export function reductionKernels(reducing: Reducing, target: Target): Kernel[] {
  const whole = collapseReducing(reducing);
  const { axes, reduced } = whole;
  const elements = axes.reduce((product, { count }) => product * count, 1);
  const [outermost] = axes;
  const first = axes.find(({ variable }) => reduced.has(variable));
  const units = outermost !== undefined && !reduced.has(outermost.variable) ? outermost.count : 1;
  const chunks = Math.min(mostChunks, Math.ceil(elements / chunkElements), first?.count ?? 1);
  if (units >= fewUnits || chunks < 4 || first === undefined || elements === 0)
    return [direct(whole, target)];
  return inChunks(whole, first, chunks, target);
}

function collapseReducing(reducing: Reducing): Reducing {
  const marks = reducing.totals.map(({ buffer, at, value }) => store(buffer, at, value));
  const { axes, body } = collapse(reducing.axes, [assign(...marks, ...reducing.stores)]);
  const [statement] = body;
  if (statement?.kind !== 'assign') return reducing;
  const totals = reducing.totals.map((total, i): Total => {
    const mark = statement.assignments[i]!;
    return mark.kind === 'store' ? { ...total, at: mark.at, value: mark.value } : total;
  });
  return { ...reducing, axes, totals, stores: statement.assignments.slice(totals.length) };
}

/** One kernel: a unit is a position along the outermost axis that stays. */
function direct(reducing: Reducing, target: Target): Kernel {
  const { name, axes, reduced, around, cost } = reducing;
  const unit = new Variable('unit');
  const [outer] = axes;
  const cut = outer !== undefined && !reduced.has(outer.variable) && axes.length > 1;
  // Neighbouring columns are computed together: their axis is no unit unless it is cut in blocks.
  const body = totalsOf({ ...reducing, axes: cut ? axes.slice(1) : axes }, target);
  if (!cut) return { name, unit, units: 1, around, body, cost };
  const own = new Substituter(new Map([[outer.variable, along(unit)]])).statements(body);
  return { name, unit, units: outer.count, around, body: own, cost };
}

function inChunks(reducing: Reducing, first: Axis, wanted: number, target: Target): Kernel[] {
  const { name, axes, reduced, totals, around } = reducing;
  const length = Math.ceil(first.count / wanted);
  const chunks = Math.ceil(first.count / length);
  const kept = axes.filter(({ variable }) => !reduced.has(variable));
  const shape = kept.map(({ count }) => count);
  const size = countOf(shape);
  const unit = new Variable('chunk');
  const partial = totals.map(
    ({ dtype }, i) => new Buffer(`${name}.parts${i}`, dtype, chunks * size, 'temporary'),
  );
  const own = (variables: readonly Axis[], chunk: Affine): Affine =>
    placeOf([chunk, ...variables.map(({ variable }) => along(variable))], [size, ...stridesOf(shape)]);
  const inner = new Variable(first.variable.name);
  const left = sub(integer(first.count), mul(variableValue(unit), integer(length)));
  const count =
    first.count % length === 0 ? length : select(apply('lt', left, integer(length)), left, integer(length));
  const moved = new Substituter(
    new Map([[first.variable, addAffine(scaleAffine(along(unit), length), along(inner))]]),
  );
  const body = totalsOf(
    {
      ...reducing,
      axes: axes.map((axis) => (axis === first ? { variable: inner, count: length } : axis)),
      reduced: new Set([...reduced, inner]),
      totals: totals.map((total, i) => ({
        ...total,
        value: moved.value(total.value),
        buffer: partial[i]!,
        at: own(kept, along(unit)),
      })),
      stores: reducing.stores.map((one) =>
        one.kind === 'store' ? { ...one, at: moved.affine(one.at), value: moved.value(one.value) } : one,
      ),
    },
    target,
    new Map([[inner, count]]),
  );
  const chunk = axesOf([chunks], 'chunk').axes;
  const place = chunk[0] === undefined ? constantPlace(0) : along(chunk[0].variable);
  return [
    { name, unit, units: chunks, around, body, cost: reducing.cost },
    direct(
      collapseReducing({
        name: `${name}.total`,
        axes: [...chunk, ...kept],
        reduced: new Set(chunk.map(({ variable }) => variable)),
        totals: totals.map((total, i) => ({ ...total, value: load(partial[i]!, own(kept, place)) })),
        stores: [],
        around,
        cost: { flops: chunks * size * totals.length, bytes: chunks * size * 4 * totals.length },
      }),
      target,
    ),
  ];
}

type Counts = ReadonlyMap<Variable, number | Value>;

/** Loops over all axes; `counts` says how far some of them run where that is computed. */
function totalsOf(reducing: Reducing, target: Target, counts: Counts = new Map()): Statement[] {
  const { axes, reduced } = reducing;
  const last = axes.at(-1);
  if (last === undefined || reduced.has(last.variable)) return alongRows(reducing, target, counts);
  return alongColumns(reducing, last, target, counts);
}

const lanesOfAll = ({ totals, stores }: Reducing): Lanes =>
  totals.some(({ value }) => lanesOf(dtypeOf(value)) === 2) ||
  stores.some(({ value }) => lanesOf(dtypeOf(value)) === 2)
    ? 2
    : 4;
const dtypeOf = ({ type }: Value): DType => (type.scalar === 'i64' ? 'f64' : type.scalar);

const loops = (axes: readonly Axis[], body: Statement[], counts: Counts): Statement[] =>
  [...axes]
    .reverse()
    .reduce<Statement[]>(
      (inner, { variable, count }) => [loop(variable, counts.get(variable) ?? count, inner)],
      body,
    );

const start = (local: Local, { fold, dtype }: Total): Assignment =>
  set(local, number(local.type, fold.identity(dtype)));

/** The last axis disappears: a vector of totals of every so many terms, combined at the end. */
function alongRows(reducing: Reducing, { supports }: Target, counts: Counts): Statement[] {
  const { axes, reduced, totals, stores } = reducing;
  const kept = axes.filter(({ variable }) => !reduced.has(variable));
  const gone = axes.filter(({ variable }) => reduced.has(variable));
  const inner = gone.at(-1);
  const scalars = totals.map(({ dtype }, i) => new Local(`total${i}`, typeOf(dtype)));
  const step = (
    locals: readonly Local[],
    values: readonly Value[],
    beside: readonly Assignment[],
  ): Statement =>
    assign(
      ...totals.map(({ fold }, i) => set(locals[i]!, fold.combine(read(locals[i]!), values[i]!))),
      ...beside,
    );
  const one = step(
    scalars,
    totals.map(({ value }) => value),
    stores,
  );
  const finish = assign(...totals.map(({ buffer, at }, i) => store(buffer, at, read(scalars[i]!))));
  const begin = assign(...totals.map((total, i) => start(scalars[i]!, total)));
  const lanes = lanesOfAll(reducing);
  const vectors = inner === undefined ? undefined : vectorsOf(reducing, inner.variable, lanes, supports);
  const count = inner === undefined ? 0 : (counts.get(inner.variable) ?? inner.count);
  if (inner === undefined || vectors === undefined || (typeof count === 'number' && count < 2 * lanes))
    return loops(kept, [begin, ...loops(gone, [one], counts), finish], counts);

  const wide = totals.map(({ dtype }, i) => new Local(`totals${i}`, typeOf(dtype, lanes)));
  const middle = typeof count === 'number' ? count - (count % lanes) : and(count, integer(-lanes));
  const bodies: Statement[] = [
    loop(inner.variable, middle, [step(wide, vectors.values, vectors.stores)], { step: lanes }),
  ];
  if (typeof middle !== 'number' || middle !== count)
    bodies.push(loop(inner.variable, count, [one], { from: middle }));
  const combined = assign(
    ...totals.map(({ fold }, i) => {
      const parts = Array.from({ length: lanes }, (_, place) => lane(read(wide[i]!), place));
      while (parts.length > 1)
        for (let k = 0; k < parts.length; k++) parts.splice(k, 2, fold.combine(parts[k]!, parts[k + 1]!));
      return set(scalars[i]!, fold.combine(read(scalars[i]!), parts[0]!));
    }),
  );
  const wideBegin = assign(...totals.map((total, i) => start(wide[i]!, total)));
  return loops(
    kept,
    [begin, wideBegin, ...loops(gone.slice(0, -1), bodies, counts), combined, finish],
    counts,
  );
}

/** The last axis stays: totals of neighbouring columns side by side, as many at once as there are registers for. */
function alongColumns(reducing: Reducing, last: Axis, { supports }: Target, counts: Counts): Statement[] {
  const { axes, reduced, totals, stores } = reducing;
  const outer = axes.slice(0, -1);
  const kept = outer.filter(({ variable }) => !reduced.has(variable));
  const gone = outer.filter(({ variable }) => reduced.has(variable));
  const lanes = lanesOfAll(reducing);
  // Totals of neighbours are stored together only where they are neighbours in the result, too.
  const even = totals.every(({ at }) => stepAlong(at, last.variable) === 1);
  const vectors =
    even && last.count >= lanes ? vectorsOf(reducing, last.variable, lanes, supports) : undefined;
  const columns: Statement[] = [];
  const block = (
    width: number,
    values: readonly Value[],
    beside: readonly Assignment[],
    copies: number,
  ): Statement[] => {
    const copied = Array.from(
      { length: copies },
      (_, i) => new Substituter(new Map([[last.variable, shifted(along(last.variable), i * width)]])),
    );
    const locals = copied.map((_, k) =>
      totals.map(({ dtype }, i) => new Local(`total${i}.${k}`, typeOf(dtype, width as Lanes))),
    );
    const each = (make: (total: Total, i: number, k: number) => Assignment): Statement =>
      assign(...copied.flatMap((_, k) => totals.map((total, i) => make(total, i, k))));
    const inner = assign(
      ...copied.flatMap((copy, k) => [
        ...totals.map(({ fold }, i) =>
          set(locals[k]![i]!, fold.combine(read(locals[k]![i]!), copy.value(values[i]!))),
        ),
        ...beside.map((one) =>
          one.kind === 'store' ? { ...one, at: copy.affine(one.at), value: copy.value(one.value) } : one,
        ),
      ]),
    );
    return [
      each((total, i, k) => start(locals[k]![i]!, total)),
      ...loops(gone, [inner], counts),
      each(({ buffer, at }, i, k) => store(buffer, copied[k]!.affine(at), read(locals[k]![i]!))),
    ];
  };
  let done = 0;
  if (vectors !== undefined) {
    const most = totals.length > 2 ? 1 : totals.length > 1 ? 2 : 4;
    for (const copies of [most, 1]) {
      const width = copies * lanes;
      const end = last.count - ((last.count - done) % width);
      if (end > done)
        columns.push(
          loop(last.variable, end, block(lanes, vectors.values, vectors.stores, copies), {
            from: done,
            step: width,
          }),
        );
      done = Math.max(done, end);
    }
  }
  if (done < last.count)
    columns.push(
      loop(
        last.variable,
        last.count,
        block(
          1,
          totals.map(({ value }) => value),
          stores,
          1,
        ),
        { from: done },
      ),
    );
  return loops(kept, columns, counts);
}

/** The values and stores of a position for neighbours at once, if machines can do that. */
function vectorsOf(
  { totals, stores }: Reducing,
  variable: Variable,
  lanes: Lanes,
  supports: Target['supports'],
): { readonly values: Value[]; readonly stores: Assignment[] } | undefined {
  const rewriter = new Rewriter(variable, lanes, supports);
  const values: Value[] = [];
  for (const { value, fold } of totals) {
    const vector = rewriter.vector(value);
    if (vector === undefined) return undefined;
    const combined = fold.combine(vector, vector);
    if (combined.kind === 'apply' && !supports(combined.operation, combined.type, combined.operands))
      return undefined;
    values.push(vector);
  }
  const beside: Assignment[] = [];
  for (const one of stores) {
    const vector = rewriter.vector(one.value);
    if (vector === undefined || one.kind !== 'store' || one.at.computed.length > 0) return undefined;
    if (one.at.terms.find((term) => term.variable === variable)?.step !== 1) return undefined;
    beside.push({ ...one, value: vector });
  }
  return { values, stores: beside };
}
