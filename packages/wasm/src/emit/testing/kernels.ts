/** Random kernels: loops, branches and registers around random values, all places inside of their buffers. */
import {
  addAffine,
  and,
  apply,
  assign,
  computedPlace,
  convert,
  integer,
  lane,
  lanesOf,
  load,
  loop,
  number,
  read,
  repeatWhile,
  set,
  store,
  typeOf,
  variableValue,
  when,
} from '../../loops/build.ts';
import {
  type Affine,
  Buffer,
  type Kernel,
  Local,
  type Statement,
  type Type,
  type Value,
  Variable,
} from '../../loops/ir.ts';
import type { Target } from '../../lower/nest.ts';
import { type Chance, constantOf, groups, operationOf, pick } from './values.ts';

const dtypes = ['f32', 'f64', 'i32', 'u32', 'bool'] as const;
type DType = (typeof dtypes)[number];
const size = 64;
const buffersOf = (name: string): readonly Buffer[] =>
  dtypes.map(
    (dtype, i) => new Buffer(`${name}.${dtype}`, dtype, size, i === 1 ? 'variable' : 'temporary', 0),
  );

export interface Drawn {
  readonly kernel: Kernel;
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
  /** Values of the variables around. */
  readonly around: readonly number[];
}

const whole = (chance: Chance, least: number, most: number): number =>
  least + Math.floor(chance.unit() * (most - least + 1));

/** Where statements stand: what is counted, from where to where, and the registers that have a value. */
interface Scope {
  readonly counted: readonly { readonly variable: Variable; readonly least: number; readonly most: number }[];
  readonly locals: readonly Local[];
}

export function drawKernel(chance: Chance, target: Target): Drawn {
  return new Drawer(chance, target).draw();
}

class Drawer {
  private readonly chance: Chance;
  private readonly target: Target;
  private readonly inputs = buffersOf('in');
  private readonly outputs = buffersOf('out');

  constructor(chance: Chance, target: Target) {
    this.chance = chance;
    this.target = target;
  }

  draw(): Drawn {
    const { chance, inputs, outputs } = this;
    const unit = new Variable('unit');
    const units = whole(chance, 1, 3);
    const around = Array.from({ length: whole(chance, 0, 2) }, (_, i) => new Variable(`around${i}`));
    const scope: Scope = {
      counted: [
        ...around.map((variable) => ({ variable, least: 0, most: 3 })),
        { variable: unit, least: 0, most: units - 1 },
      ],
      locals: [],
    };
    const body = this.statements(scope, 2);
    const kernel = { name: 'random', unit, units, around, body, cost: { flops: 0, bytes: 0 } };
    return { kernel, inputs, outputs, around: around.map(() => whole(chance, 0, 3)) };
  }

  private statements(scope: Scope, depth: number): Statement[] {
    const { chance } = this;
    let known = scope;
    const list: Statement[] = [];
    for (let i = whole(chance, 1, 3); i > 0; i--) {
      if (depth === 0 || chance.unit() < 0.45) {
        const [statement, locals] = this.assign(known);
        list.push(statement);
        known = { ...known, locals: [...known.locals, ...locals] };
      } else list.push(...pick(chance, [this.loop, this.branch, this.turns])(known, depth - 1));
    }
    return list;
  }

  /** Several assignments at once: registers that change places, stores of what is loaded there. */
  private assign(scope: Scope): readonly [Statement, readonly Local[]] {
    const { chance } = this;
    const values: Value[] = [];
    const made: Local[] = [];
    const assignments = Array.from({ length: whole(chance, 1, 4) }, (_, i) => {
      if (chance.unit() < 0.35) {
        const old = scope.locals.length > 0 && chance.unit() < 0.5 ? pick(chance, scope.locals) : undefined;
        const type = old?.type ?? pick(chance, groups.flat());
        const local = old ?? new Local(`local${i}`, type);
        if (old === undefined) made.push(local);
        return set(local, this.value(scope, type, 3, values));
      }
      return this.store(scope, values);
    });
    // What happens at once has no order: a register or a buffer is written once.
    const seen = new Set<Local | Buffer>();
    const distinct = assignments.filter((one) => {
      const target = one.kind === 'set' ? one.local : one.buffer;
      return !seen.has(target) && seen.add(target);
    });
    return [assign(...distinct), made];
  }

  private store(scope: Scope, values: Value[]) {
    const { chance } = this;
    const buffer = pick(chance, this.outputs);
    const wide = chance.unit() < 0.5;
    // Masks go along with lanes of either size.
    const lanes = !wide ? 1 : buffer.dtype === 'bool' ? pick(chance, [2, 4] as const) : lanesOf(buffer.dtype);
    const value = this.value(scope, typeOf(buffer.dtype, lanes), 4, values);
    return store(buffer, this.place(scope, lanes, values), value);
  }

  /** An affine place that stays inside, whatever the counters are. */
  private place({ counted, locals }: Scope, lanes: number, values: Value[]): Affine {
    const { chance } = this;
    let [least, most] = [0, 0];
    const terms = counted.flatMap(({ variable, least: from, most: to }) => {
      const step = pick(chance, [0, 0, 1, 1, 2, 3, -1, -2]);
      if (step === 0) return [];
      least += Math.min(from * step, to * step);
      most += Math.max(from * step, to * step);
      return [{ variable, step }];
    });
    let at: Affine = { constant: 0, terms, computed: [] };
    if (chance.unit() < 0.25) {
      const step = pick(chance, [1, 2]);
      const index = and(this.value({ counted, locals }, typeOf('i32'), 1, values), integer(7));
      at = addAffine(at, computedPlace(index, step));
      most += 7 * step;
    }
    const room = size - lanes - (most - least);
    // Too much moves: the place stays where it is.
    if (room < 0) return { constant: whole(chance, 0, size - lanes), terms: [], computed: [] };
    return { ...at, constant: at.constant - least + whole(chance, 0, room) };
  }

  private value(scope: Scope, type: Type, depth: number, values: Value[]): Value {
    const { chance } = this;
    const same = values.filter(
      (value) => value.type.scalar === type.scalar && value.type.lanes === type.lanes,
    );
    if (same.length > 0 && chance.unit() < 0.25) return pick(chance, same);
    const value =
      depth === 0 || chance.unit() < 0.15
        ? this.leaf(scope, type, values)
        : operationOf(chance, type, (one) => this.value(scope, one, depth - 1, values), this.target);
    values.push(value);
    return value;
  }

  private leaf(scope: Scope, type: Type, values: Value[]): Value {
    const { chance } = this;
    const { scalar, lanes } = type;
    const locals = scope.locals.filter((local) => local.type.scalar === scalar && local.type.lanes === lanes);
    if (locals.length > 0 && chance.unit() < 0.4) return read(pick(chance, locals));
    if (scalar === 'i64')
      return chance.unit() < 0.3
        ? { kind: 'bits', type, value: BigInt(whole(chance, -9, 9)) * 0x123456789abn }
        : constantOf(chance, type);
    if (scalar === 'i32' && lanes === 1 && chance.unit() < 0.3)
      return variableValue(pick(chance, scope.counted).variable);
    if (scalar === 'i32' && lanes === 4 && chance.unit() < 0.2) return { kind: 'ramp', type };
    if (chance.unit() < 0.25) return constantOf(chance, type);
    // Now and then from what is written to.
    const buffers = chance.unit() < 0.2 ? this.outputs : this.inputs;
    const buffer = buffers.find(({ dtype }) => dtype === scalar)!;
    const at =
      chance.unit() < 0.7
        ? this.place({ ...scope, locals: [] }, lanes, [])
        : this.place(scope, lanes, values);
    return load(buffer, at, lanes);
  }

  private readonly loop = (scope: Scope, depth: number): Statement[] => {
    const { chance } = this;
    const variable = new Variable('i');
    const [from, step] = [pick(chance, [0, 0, 1, 2]), pick(chance, [1, 1, 2, 4])];
    const to = from + whole(chance, 0, 5);
    const inner = {
      ...scope,
      counted: [...scope.counted, { variable, least: from, most: Math.max(from, to - 1) }],
    };
    const body = this.statements(inner, depth);
    // Now and then it is computed how far it runs: no further than that.
    const end = chance.unit() < 0.3 ? this.bounded(scope, to) : to;
    return [
      loop(variable, end, body, { from: chance.unit() < 0.2 ? this.bounded(scope, from, from) : from, step }),
    ];
  };

  /** An i32 that is at most `most`, and at least `least`. */
  private bounded(scope: Scope, most: number, least = -3): Value {
    const value = this.value(scope, typeOf('i32'), 2, []);
    const below: Value = {
      kind: 'apply',
      type: value.type,
      operation: 'select',
      operands: [apply('lt', value, integer(most)), value, integer(most)],
    };
    return {
      kind: 'apply',
      type: value.type,
      operation: 'select',
      operands: [apply('gt', below, integer(least)), below, integer(least)],
    };
  }

  private readonly branch = (scope: Scope, depth: number): Statement[] => {
    const condition = this.value(scope, typeOf('bool'), 3, []);
    return [
      when(
        condition,
        this.statements(scope, depth),
        this.chance.unit() < 0.5 ? [] : this.statements(scope, depth),
      ),
    ];
  };

  private readonly turns = (scope: Scope, depth: number): Statement[] => {
    const left = new Local('left', typeOf('i32'));
    // Nobody else may count it.
    return [
      assign(set(left, integer(whole(this.chance, 0, 3)))),
      repeatWhile(apply('gt', read(left), integer(0)), [
        ...this.statements(scope, depth),
        assign(set(left, apply('sub', read(left), integer(1)))),
      ]),
    ];
  };
}

/** An i64 as what lies in buffers: its halves. */
export const halvesOf = (value: Value): readonly Value[] => {
  const lanes = value.type.lanes === 1 ? [value] : [lane(value, 0), lane(value, 1)];
  return lanes.flatMap((one) => [
    convert(one, 'i32'),
    convert(apply('shiftRight', one, number(typeOf('i32'), 32)), 'i32'),
  ]);
};
export type { DType };
