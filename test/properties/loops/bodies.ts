/** Random bodies: steps, and loops and branches within them, which see everything around them. */
import type { AnyTensor, ValueType } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import type { Random } from '../../cases/random.ts';
import { type Control, typesOnly } from './control.ts';
import {
  type Choice,
  isFloating,
  ofType,
  type Pool,
  placesOf,
  plainStep,
  type Step,
  taken,
} from './steps.ts';

/** A list of steps on a pool, and what comes out of it. */
export interface Body {
  readonly steps: readonly Step[];
  /** What the carries become. */
  readonly next: readonly Choice[];
  /** The rows. */
  readonly ys: readonly Choice[];
}

/** What a body may contain. */
export interface Extent {
  /** Steps of a body. */
  readonly steps: number;
  /** Loops within loops. */
  readonly depth: number;
}

/** The steps of a body in place: the whole pool after them. */
function poolAfter(steps: readonly Step[], pool: Pool, control: Control): Pool {
  const grown = [...pool];
  for (const step of steps) grown.push(...step.apply(grown, control));
  return grown;
}

/** A body on what it sees from outside, and what is its own. */
export function run({ steps, next, ys }: Body, around: Pool, own: Pool, control: Control) {
  const pool = poolAfter(steps, [...around, ...own], control);
  // A row may be the very tensor that a carry becomes.
  const made = new Map<Choice, AnyTensor>();
  const take = (choice: Choice): AnyTensor => {
    const tensor = made.get(choice) ?? choice.from(pool);
    made.set(choice, tensor);
    return tensor;
  };
  return [next.map(take), ys.map(take)] as const;
}

/** A body whose carries have given types. */
export function drawBody(
  random: Random,
  around: Pool,
  own: Pool,
  carries: readonly ValueType[],
  extent: Extent,
): Body {
  const pool = [...around, ...own];
  const steps: Step[] = [];
  const push = ([step, made]: readonly [Step, readonly AnyTensor[]]): void => {
    steps.push(step);
    pool.push(...made);
  };
  for (let i = 0; i < extent.steps; i++) push(plainStep(random, pool, typesOnly));
  for (let i = 0; i < extent.depth; i++) {
    if (!random.chance(0.75)) continue;
    const nested = nestedStep(random, pool, { steps: Math.min(3, extent.steps), depth: extent.depth - 1 });
    const made = taken(nested, pool, typesOnly);
    if (made !== undefined) push([nested, made]);
  }
  const next = carries.map((type, k) =>
    own.length > 0 && random.chance(0.12) ? same(around.length + k) : ofType(random, pool, type),
  );
  // Anything may be a row: carries, slices, captured values, integers, one tensor twice.
  const late = (): number => Math.max(random.whole(0, pool.length - 1), random.whole(0, pool.length - 1));
  const ys = random.list(random.pick([0, 1, 1, 2, 3]), () =>
    next.length > 0 && random.chance(0.3) ? random.pick(next) : same(late()),
  );
  return { steps, next, ys };
}

const same = (place: number): Choice => ({ text: `%${place}`, from: (pool) => pool[place]! });

/** A body as a line of text. */
export function textOf({ steps, next, ys }: Body): string {
  const list = (choices: readonly Choice[]): string => choices.map(({ text }) => text).join(', ');
  return `{ ${steps.map(({ text }) => text).join('; ')}; next [${list(next)}], rows [${list(ys)}] }`;
}

function nestedStep(random: Random, pool: Pool, extent: Extent): Step {
  return random.pick([nestedScan, nestedCond, nestedWhile, nestedCall, sineByHand])(random, pool, extent);
}

const pickSome = (random: Random, places: readonly number[], most: number): number[] =>
  places.length === 0 ? [] : random.list(random.whole(1, most), () => random.pick(places));

function nestedScan(random: Random, pool: Pool, extent: Extent): Step {
  const init = pickSome(
    random,
    placesOf(pool, () => true),
    2,
  );
  const along = random.chance(0.7) ? 0 : 1;
  const length = random.pick([1, 2, 3]);
  const fitting = placesOf(pool, ({ shape }) => shape[along] === length);
  const xs = random.chance(0.7) ? pickSome(random, fitting, 2) : [];
  const axis = xs.length === 0 ? 0 : along;
  const reverse = random.chance(0.4);
  const carries = init.map((place) => pool[place]!);
  const slices = xs.map((place) => ops.index(pool[place]!, axis, 0));
  const body = drawBody(random, pool, [...carries, ...slices], carries, extent);
  return {
    text: `scan(init [${init}], xs [${xs}], axis ${axis}, ${length}${reverse ? ' reversed' : ''}) ${textOf(body)}`,
    apply(all, control) {
      const options = { init: at(all, init), xs: at(all, xs), axis, length, reverse };
      const [last, ys] = control.scan(options, (carry, x) => run(body, all, [...carry, ...x], control));
      return [...last, ...ys];
    },
  };
}

const at = (pool: Pool, places: readonly number[]): AnyTensor[] => places.map((place) => pool[place]!);

/** A function of some values of the pool, which sees the others as well. */
function nestedCall(random: Random, pool: Pool, extent: Extent): Step {
  const args = pickSome(
    random,
    placesOf(pool, () => true),
    2,
  );
  const again = random.chance(0.5);
  const types = args.map((place) => pool[place]!);
  const body = { ...drawBody(random, pool, types, types, extent), ys: [] };
  return {
    text: `${again ? 'remat' : 'call'}(${args}) ${textOf(body)}`,
    apply: (all, control) => control.call(at(all, args), again, (own) => run(body, all, own, control)[0]),
  };
}

function sineByHand(random: Random, pool: Pool): Step {
  const place = random.pick(placesOf(pool, isFloating));
  return { text: `sine(%${place})`, apply: (all, control) => [control.sine(all[place]!)] };
}

/** A choice by a float, an integer or a flag. */
function predicateOf(random: Random, pool: Pool): Choice {
  const place = random.whole(0, pool.length - 1);
  return {
    text: `test(%${place})`,
    from(all) {
      const x = all[place]!;
      if (isFloating(x)) return ops.greater(ops.sum(x), 0.1);
      return x.dtype === 'bool' ? ops.any(x) : ops.equal(ops.rem(ops.sum(x), 2), 0);
    },
  };
}

function nestedCond(random: Random, pool: Pool, extent: Extent): Step {
  const predicate = predicateOf(random, pool);
  const types = pickSome(
    random,
    placesOf(pool, () => true),
    3,
  ).map((place) => pool[place]!);
  const branch = (): Body =>
    drawBody(random, pool, [], types, { ...extent, steps: random.whole(0, extent.steps) });
  const [yes, no] = [branch(), branch()].map((body) => ({ ...body, ys: [] }));
  return {
    text: `cond(${predicate.text}) ${textOf(yes!)} else ${textOf(no!)}`,
    apply: (all, control) =>
      control.cond(
        predicate.from(all),
        () => run(yes!, all, [], control)[0],
        () => run(no!, all, [], control)[0],
      ),
  };
}

/** Counts up to a limit that an integer of the pool may give; now and then a float stops it earlier. */
function nestedWhile(random: Random, pool: Pool, extent: Extent): Step {
  const most = random.whole(1, 3);
  const limits = placesOf(pool, ({ dtype, shape }) => dtype === 'i32' && shape.length === 0);
  const limit = limits.length > 0 && random.chance(0.6) ? random.pick(limits) : -1;
  const early = random.chance(0.4);
  const init = pickSome(random, placesOf(pool, isFloating), 2);
  const carries = at(pool, init);
  const counter = ops.splat(0, [], 'i32');
  const body = drawBody(random, pool, [counter, ...carries], [counter, ...carries], extent);
  return {
    text: `while(init [${init}], limit ${limit < 0 ? most : `%${limit}`}${early ? ' or float' : ''}) ${textOf(body)}`,
    apply(all, control) {
      const end =
        limit < 0 ? ops.splat(most, [], 'i32') : ops.rem(ops.abs(ops.rem(all[limit]!, 100)), most + 1);
      const goesOn = ([count, ...floats]: readonly AnyTensor[]): AnyTensor => {
        const below = ops.less(count!, end);
        return early && floats.length > 0 ? ops.and(below, ops.less(ops.sum(floats[0]!), 0.4)) : below;
      };
      const start = [ops.splat(0, [], 'i32'), ...at(all, init)];
      return control.whileLoop({ init: start, maxSteps: most }, goesOn, (carry) => {
        const [, ...next] = run(body, all, carry, control)[0];
        return [ops.add(carry[0]!, 1), ...next];
      });
    },
  };
}
