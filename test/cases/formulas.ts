/** Random formulas, each made twice: of nodes, and of plain numbers. Bodies of cases consist of them. */
import { type AnyTensor, apply, assembleBody, BodyInput, type DType, type ValueType } from '@cotangent/graph';
import {
  add,
  and,
  broadcastTo,
  cast,
  constantOfArray,
  less,
  mul,
  neg,
  not,
  reverse,
  sin,
  splat,
  sub,
  tanh,
  where,
} from '@cotangent/graph/ops';
import { drawn } from './arrays.ts';
import type { Random } from './random.ts';

/** What a value inside a body is: floats of one shape, or a whole number, or a bool. */
export type Kind = 'float' | 'count' | 'flag';
export const kinds: readonly Kind[] = ['float', 'float', 'float', 'count', 'flag'];

/** The elements of a value in row-major order. */
export type Numbers = readonly number[];

export interface Formula {
  tensor(values: readonly AnyTensor[]): AnyTensor;
  numbers(values: readonly Numbers[]): Numbers;
}

/** The floats that formulas are about. */
export interface Floats {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export const typeOfKind = (kind: Kind, { dtype, shape }: Floats): ValueType =>
  kind === 'float' ? { dtype, shape } : { dtype: kind === 'count' ? 'i32' : 'bool', shape: [] };

/** A formula of others, element by element; a single element goes with all. */
const pointwise = (
  make: (...operands: AnyTensor[]) => AnyTensor,
  element: (...operands: number[]) => number,
  ...parts: readonly Formula[]
): Formula => ({
  tensor: (values) => make(...parts.map((part) => part.tensor(values))),
  numbers(values) {
    const lists = parts.map((part) => part.numbers(values));
    const long = lists.find((list) => list.length !== 1) ?? lists[0]!;
    return long.map((_, i) => element(...lists.map((list) => (list.length === 1 ? list[0]! : list[i]!))));
  },
});

/** Formulas over the values of a body, which are of some kinds, drawn one after the other. */
export class Formulas {
  private readonly random: Random;
  private readonly floats: Floats;
  private readonly values: readonly Kind[];
  private readonly count: number;

  constructor(random: Random, floats: Floats, values: readonly Kind[]) {
    this.random = random;
    this.floats = floats;
    this.values = values;
    this.count = floats.shape.reduce((product, size) => product * size, 1);
  }

  of(kind: Kind, depth = 2): Formula {
    if (kind === 'float') return this.float(depth);
    return kind === 'count' ? this.whole(depth) : this.flag(depth);
  }

  /** Curved, never steep: differences can follow it through several steps. */
  float(depth: number): Formula {
    if (depth === 0) return this.leaf('float') ?? this.constant();
    const part = (): Formula => this.float(depth - 1);
    switch (this.random.whole(0, 9)) {
      case 0:
        return this.sum(part(), part());
      case 1:
        return this.rounded(sub, (a, b) => a - b, part(), part());
      case 2:
        return this.times(part(), this.rounded(tanh, Math.tanh, part()));
      case 3:
        return this.rounded(sin, Math.sin, part());
      case 4:
        return this.times(part(), this.single(0.5));
      case 5:
        return this.turned(part());
      case 6:
        return this.chosen(this.flag(0), part(), part());
      case 7:
        return this.times(this.converted(this.whole(0)), part());
      case 8:
        return this.nested([part(), part()], (inner) => inner.float(1));
      default:
        return part();
    }
  }

  /** Linear in the values at some places, with coefficients made of the other ones. */
  linear(places: readonly number[], depth = 2): Formula {
    const part = (): Formula => this.linear(places, depth - 1);
    if (depth === 0) {
      const floats = places.filter((place) => this.values[place] === 'float');
      return floats.length === 0 ? this.single(0) : this.value(this.random.pick(floats));
    }
    switch (this.random.whole(0, 7)) {
      case 0:
      case 1:
        return this.sum(part(), part());
      case 2:
        return this.times(part(), this.without(places).float(1));
      case 3:
        return this.rounded(neg, (a) => -a, part());
      case 4:
        return this.turned(part());
      case 5:
        return this.chosen(this.without(places).flag(0), part(), part());
      case 6:
        return this.nested([part(), part()], (inner) => inner.linear([0, 1], 1));
      default:
        return part();
    }
  }

  whole(depth: number): Formula {
    if (depth === 0) return this.leaf('count') ?? this.wholeConstant();
    const part = (): Formula => this.whole(depth - 1);
    switch (this.random.whole(0, 3)) {
      case 0:
        return pointwise(add, (a, b) => (a + b) | 0, part(), part());
      case 1:
        return pointwise(mul, Math.imul, part(), this.wholeConstant());
      case 2:
        return pointwise(where, (p, a, b) => (p === 1 ? a : b), this.flag(0), part(), part());
      default:
        return part();
    }
  }

  flag(depth: number): Formula {
    if (depth === 0) return this.leaf('flag') ?? this.below(this.whole(0), this.wholeConstant());
    const part = (): Formula => this.flag(depth - 1);
    switch (this.random.whole(0, 2)) {
      case 0:
        return pointwise(not, (a) => 1 - a, part());
      case 1:
        return pointwise(and, (a, b) => a * b, part(), part());
      default:
        return part();
    }
  }

  value = (place: number): Formula => ({
    tensor: (values) => values[place]!,
    numbers: (values) => values[place]!,
  });

  below = (a: Formula, b: Formula): Formula => pointwise(less, (x, y) => Number(x < y), a, b);
  more = (a: Formula, by: number): Formula =>
    pointwise(
      (x) => add(x, by),
      (x) => (x + by) | 0,
      a,
    );

  private leaf(kind: Kind): Formula | undefined {
    const places = this.values.flatMap((one, i) => (one === kind ? [i] : []));
    return places.length === 0 || this.random.chance(0.1) ? undefined : this.value(this.random.pick(places));
  }

  /** The same values, of which those at some places are not used. */
  private without(places: readonly number[]): Formulas {
    const left = this.values.map((kind, i) => (places.includes(i) ? undefined : kind));
    return new Formulas(this.random, this.floats, left as readonly Kind[]);
  }

  private readonly round = (x: number): number => (this.floats.dtype === 'f32' ? Math.fround(x) : x);
  private readonly rounded = (
    make: (...operands: AnyTensor[]) => AnyTensor,
    element: (...operands: number[]) => number,
    ...parts: readonly Formula[]
  ): Formula => pointwise(make, (...operands) => this.round(element(...operands)), ...parts);
  private readonly sum = (a: Formula, b: Formula): Formula => this.rounded(add, (x, y) => x + y, a, b);
  private readonly times = (a: Formula, b: Formula): Formula => this.rounded(mul, (x, y) => x * y, a, b);

  private turned(part: Formula): Formula {
    return {
      tensor: (values) => reverse(part.tensor(values)),
      numbers: (values) => [...part.numbers(values)].reverse(),
    };
  }

  private chosen(flag: Formula, a: Formula, b: Formula): Formula {
    return {
      tensor: (values) => where(flag.tensor(values), a.tensor(values), b.tensor(values)),
      numbers: (values) => (flag.numbers(values)[0] === 1 ? a : b).numbers(values),
    };
  }

  /** A number between -1 and 1 made of a whole one. */
  private converted(part: Formula): Formula {
    const { dtype, shape } = this.floats;
    return {
      tensor: (values) => broadcastTo(tanh(cast(part.tensor(values), dtype)), shape),
      numbers: (values) => {
        const [whole] = part.numbers(values);
        return Array.from({ length: this.count }, () => this.round(Math.tanh(this.round(whole!))));
      },
    };
  }

  private single(value: number): Formula {
    const { dtype, shape } = this.floats;
    return {
      tensor: () => splat(value, shape, dtype),
      numbers: () => Array.from({ length: this.count }, () => value),
    };
  }

  private constant(): Formula {
    if (this.random.chance(0.5)) return this.single(this.random.pick([-0.5, 0, 0.25, 1]));
    const array = drawn(this.random, this.floats.dtype, this.floats.shape);
    return { tensor: () => constantOfArray(array), numbers: () => Array.from(array.data) };
  }

  private wholeConstant(): Formula {
    const value = this.random.whole(-3, 3);
    return { tensor: () => splat(value, [], 'i32'), numbers: () => [value] };
  }

  /** The same inside another body: a call, a branch, or a loop of two steps that carries the first part. */
  private nested(parts: readonly [Formula, Formula], draw: (inner: Formulas) => Formula): Formula {
    const inner = new Formulas(this.random, this.floats, ['float', 'float']);
    const [first, second] = [draw(inner), draw(inner)];
    const { dtype, shape } = this.floats;
    const body = (of: string, formula: Formula) => {
      const inputs = ['a', 'b'].map((name) => new BodyInput(name, shape, dtype, of));
      return assembleBody(inputs, [{ name: 'y', tensor: formula.tensor(inputs) }]);
    };
    const operands = (values: readonly AnyTensor[]) => parts.map((part) => part.tensor(values));
    const lists = (values: readonly Numbers[]) => parts.map((part) => part.numbers(values));
    switch (this.random.whole(0, 2)) {
      case 0: {
        const remat = this.random.chance(0.5);
        return {
          tensor: (values) => apply('call', operands(values), { remat, body: body('call', first) })[0]!,
          numbers: (values) => first.numbers(lists(values)),
        };
      }
      case 1: {
        const flag = this.flag(0);
        return {
          tensor(values) {
            const bodies = { onTrue: body('cond', first), onFalse: body('cond', second) };
            return apply('cond', [flag.tensor(values), ...operands(values)], bodies)[0]!;
          },
          numbers: (values) => (flag.numbers(values)[0] === 1 ? first : second).numbers(lists(values)),
        };
      }
      default:
        return {
          tensor(values) {
            const params = { consts: 1, carries: 1, length: 2, reverse: false, body: body('scan', first) };
            return apply('scan', operands(values), params)[0]!;
          },
          numbers(values) {
            const [a, b] = lists(values);
            return first.numbers([a!, first.numbers([a!, b!])]);
          },
        };
    }
  }
}
