/** Scan: a body for each entry along an axis, with values carried from step to step. One node, whatever the length. */
import type { Dim } from '../dim.ts';
import { show } from '../errors.ts';
import type { Graph } from '../graph.ts';
import { type AnyTensor, applyForUser, fail, isTensor, upcomingId } from '../node.ts';
import { checkKeys, type OptionKeys } from '../option-keys.ts';
import { formatShape } from '../shape.ts';
import { leavesOf, namedLeaves, refill, type Tree } from '../tree.ts';
import { call } from './control.ts';
import { carried, effectsOf, withEffects, withEffectsOf } from './effects.ts';
import { insideLoop, LoopTrace, nextCarries } from './loop.ts';
import { axisOf, concat, index, moveAxis, reshape, slice, stack } from './movement.ts';
import { splat } from './operands.ts';

export interface ScanOptions {
  /** Values before the first step: a tensor, or a list or record of them. */
  readonly init: Tree;
  /** What is run over: a tensor, or a list or record of them, with one number of entries along the axis. */
  readonly xs?: Tree | undefined;
  /**
   * The axis that leaves the xs and returns in the ys at the same place, by position or name; the first by default. Without
   * xs, the place of the steps in what is stacked.
   */
  readonly axis?: number | string;
  /** The number of steps, where there are no xs. */
  readonly length?: Dim;
  /** From the last entry to the first; ys stand where their xs stood. */
  readonly reverse?: boolean;
  /** Keep the carries of every k-th step alone, and compute the rest again for the derivative; 'sqrt' takes k = √length. */
  readonly remat?: number | 'sqrt' | undefined;
  /** Build every step as nodes of its own. */
  readonly unroll?: boolean;
}

const scanKeys: OptionKeys<ScanOptions> = {
  init: true,
  xs: true,
  axis: true,
  length: true,
  reverse: true,
  remat: true,
  unroll: true,
};

type Body = (carry: never, x: never) => readonly [Tree, (Tree | null | undefined)?];

export function scan(options: ScanOptions, body: Body): [Tree, Tree | undefined] {
  checkKeys('scan', options, scanKeys);
  const { init, xs, axis = 0, reverse = false, remat, unroll = false } = options;
  if (unroll && remat !== undefined)
    throw fail(
      'BAD_ARGUMENT',
      `unroll makes every step nodes of its own, and remat is about the steps of a loop: give one of them`,
    );
  const sliced = xs === undefined ? [] : namedLeaves(xs);
  const positions = sliced.map(({ tensor }) => axisOf(tensor, axis));
  const fronted = sliced.map(({ tensor }, i) => moveAxis(tensor, positions[i]!, 0));
  const length = lengthOf(options, sliced, positions);
  const back = (y: AnyTensor): AnyTensor => moveAxis(y, 0, placeIn(y, axis, length, positions[0]));
  return unroll
    ? unrolled({ init, xs, fronted, length: numberOf(length, 'unroll: true'), reverse, back }, body)
    : rolled({ init, xs, fronted, length, reverse, back }, remat, body);
}

/** Where the axis of the steps belongs in a stacked value: at the place of the first xs, or where the axis says. */
function placeIn(y: AnyTensor, axis: number | string, length: Dim, place: number | undefined): number {
  if (place !== undefined) return Math.min(place, y.shape.length - 1);
  if (typeof axis === 'number') return axisOf(y, axis);
  if (axis === length) return 0;
  throw fail(
    'BAD_ARGUMENT',
    `scan has no xs with an axis '${axis}': give the place of the steps in what is stacked as a number, as in axis: 0`,
  );
}

interface Run<L extends Dim> {
  readonly init: Tree;
  readonly xs: Tree | undefined;
  /** The xs with the axis in front. */
  readonly fronted: readonly AnyTensor[];
  readonly length: L;
  readonly reverse: boolean;
  /** Brings the axis of stacked values to its place. */
  readonly back: (y: AnyTensor) => AnyTensor;
}

function rolled(
  { init, xs, fronted, length, reverse, back }: Run<Dim>,
  remat: ScanOptions['remat'],
  body: Body,
): [Tree, Tree | undefined] {
  const loop = new LoopTrace('scan', init);
  const { region, parameters, named } = loop;
  const names = xs === undefined ? [] : namedLeaves(xs).map(({ name }) => name);
  const slices = fronted.map(({ shape, dtype }, i) =>
    region.parameter(names[i] === '' ? 'x' : names[i]!, { dtype, shape: shape.slice(1) }),
  );
  const result = loop.trace(() =>
    body(refill(init, parameters) as never, (xs && refill(xs, slices)) as never),
  );
  const [next, y] = checkedResult(result);
  const carries = nextCarries('scan', init, next, returned);
  const ys = y === undefined ? [] : namedLeaves(y);
  const values = ys.map(({ tensor }) => tensor);
  const effects = effectsOf([...carries, ...values], region.first);
  const state = carried(region, effects);
  const allCarries = [...parameters, ...loop.counters(), ...state.parameters];
  const inside = [...allCarries, ...slices];
  const all = [...carries, ...loop.counted(), ...state.next, ...values];
  const closed = region.close(inside, state.settled(all));
  const labels = [...allCarries.map(({ name }) => name), ...ys.map(({ name }) => name || 'y')];
  const outputs = runLoop(
    { body: region.body(inside, closed, labels), length, reverse, remat },
    region.captured,
    [...named.map(({ tensor }) => tensor), ...loop.zeros(), ...state.init],
    fronted,
  );
  const updated = outputs.slice(allCarries.length - state.init.length, allCarries.length);
  const kept = [...outputs.slice(0, carries.length), ...outputs.slice(allCarries.length).map(back)];
  const marked = withEffects(kept, effects, state.init, updated);
  return [
    refill(init, marked.slice(0, carries.length)) as Tree,
    y === undefined ? undefined : (refill(y, marked.slice(carries.length)) as Tree),
  ];
}

function unrolled(
  { init, xs, fronted, length, reverse, back }: Run<number>,
  body: Body,
): [Tree, Tree | undefined] {
  const first = upcomingId();
  let carries = leavesOf(init);
  const built: (readonly AnyTensor[])[] = [];
  const steps = new Array<readonly AnyTensor[]>(length);
  let pattern: Tree | undefined;
  for (let step = 0; step < length; step++) {
    const position = reverse ? length - 1 - step : step;
    const slices = fronted.map((x) => index(x, 0, position));
    const result = insideLoop({ of: 'scan', counter: () => splat(step, [], 'u32') }, () =>
      body(refill(init, carries) as never, (xs && refill(xs, slices)) as never),
    );
    const [next, y] = checkedResult(result);
    carries = nextCarries('scan', init, next, returned);
    pattern = y;
    steps[position] = y === undefined ? [] : leavesOf(y);
    built.push(carries, steps[position]!);
  }
  // Without a step only the rolled form knows what the ys would have been.
  if (length === 0) return rolled({ init, xs, fronted, length, reverse, back }, undefined, body);
  const ys = steps[0]!.map((_, i) => back(stack(steps.map((step) => step[i]!))));
  const marked = withEffectsOf(built.flat(), first, [...carries, ...ys]);
  return [
    refill(init, marked.slice(0, carries.length)) as Tree,
    pattern === undefined ? undefined : (refill(pattern, marked.slice(carries.length)) as Tree),
  ];
}

const returned = (carry: string): string => `[${carry}, y]`;

function checkedResult(result: unknown): [Tree, Tree | undefined] {
  if (!Array.isArray(result) || result.length < 1 || result.length > 2)
    throw fail(
      'BAD_ARGUMENT',
      `the body of scan returns [carry, y] or [carry], not ${show(result)}${isTensor(result) ? `: put it into a list` : ''}`,
    );
  return [result[0] as Tree, (result[1] ?? undefined) as Tree | undefined];
}

function lengthOf(
  { length }: ScanOptions,
  sliced: readonly { readonly name: string; readonly tensor: AnyTensor }[],
  positions: readonly number[],
): Dim {
  const lengths = sliced.map(({ tensor }, i) => tensor.shape[positions[i]!]!);
  const found = lengths[0] ?? length;
  if (found === undefined)
    throw fail('BAD_ARGUMENT', `scan needs xs to run over, or the option length: how many steps?`);
  if (typeof found === 'number' && !(Number.isSafeInteger(found) && found >= 0))
    throw fail('BAD_ARGUMENT', `the length of a scan is ${show(found)}, not a whole number of 0 or more`);
  const other = lengths.findIndex((size) => size !== found);
  if (other >= 0)
    throw fail(
      'SHAPE_MISMATCH',
      `scan runs over ${formatShape(sliced[0]!.tensor.shape)} and ${formatShape(sliced[other]!.tensor.shape)} at once: ${found} and ${lengths[other]} entries differ`,
    );
  if (length !== undefined && length !== found)
    throw fail('SHAPE_MISMATCH', `scan is told ${length} steps, but its xs have ${found} entries`);
  return found;
}

function numberOf(length: Dim, why: string): number {
  if (typeof length === 'number') return length;
  throw fail(
    'BAD_ARGUMENT',
    `${why} needs a known number of steps, not '${length}': declare the axis as a number, as in ['batch', 100, 8]`,
  );
}

// One node, or a node over chunks.

interface Loop {
  readonly body: Graph;
  readonly length: Dim;
  readonly reverse: boolean;
  readonly remat?: number | 'sqrt' | undefined;
}

type Tensors = readonly AnyTensor[];

/** Applies a traced body: last carries, then stacked values. */
function runLoop(loop: Loop, consts: Tensors, init: Tensors, xs: Tensors): Tensors {
  const { body, length, reverse, remat } = loop;
  if (remat !== undefined) return runChunks(loop, chunkSize(length, remat), consts, init, xs);
  return applyForUser('scan', [...consts, ...init, ...xs], {
    consts: consts.length,
    carries: init.length,
    length,
    reverse,
    body,
  });
}

function chunkSize(length: Dim, remat: number | 'sqrt'): number {
  if (remat !== 'sqrt' && !(Number.isSafeInteger(remat) && remat >= 1))
    throw fail('BAD_ARGUMENT', `remat is ${show(remat)}, not a whole number of 1 or more, or 'sqrt'`);
  const steps = numberOf(length, 'remat');
  return remat === 'sqrt' ? Math.max(1, Math.ceil(Math.sqrt(steps))) : remat;
}

/**
 * A loop over chunks of k steps, each of which the derivative computes again: it keeps the carries between chunks, and
 * the inside of one chunk at a time (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost").
 */
function runChunks(
  { body, length, reverse }: Loop,
  size: number,
  consts: Tensors,
  init: Tensors,
  xs: Tensors,
): Tensors {
  const steps = numberOf(length, 'remat');
  const chunks = Math.floor(steps / size);
  const whole = chunks * size;
  const count = init.length;
  const chunk = (entries: number, carries: Tensors, part: Tensors): Tensors =>
    // A call gives what its function gives.
    call(
      (own: Tensors, now: Tensors, slices: Tensors) =>
        runLoop({ body, length: entries, reverse }, own, now, slices),
      [consts, carries, part],
      true,
    ) as Tensors;
  const main = (carries: Tensors): Tensors => {
    if (chunks === 0) return carries;
    const parts = xs.map((x) => reshape(slice(x, 0, 0, whole), [chunks, size, ...x.shape.slice(1)]));
    const [last, stacked] = scan(
      { init: carries, xs: parts, length: chunks, reverse },
      (now: Tensors, part: Tensors) => {
        const outputs = chunk(size, now, part);
        return [outputs.slice(0, count), outputs.slice(count)];
      },
    ) as [Tensors, Tensors];
    return [...last, ...stacked.map((y) => reshape(y, [whole, ...y.shape.slice(2)]))];
  };
  const rest = (carries: Tensors): Tensors =>
    steps === whole && chunks > 0
      ? carries
      : chunk(
          steps - whole,
          carries,
          xs.map((x) => slice(x, 0, whole)),
        );
  const [first, second] = reverse ? [rest, main] : [main, rest];
  const early = first(init);
  const late = second(early.slice(0, count));
  const [low, high] = reverse
    ? [late.slice(count), early.slice(count)]
    : [early.slice(count), late.slice(count)];
  const stacks =
    low.length === 0 ? high : high.length === 0 ? low : low.map((y, i) => concat([y, high[i]!], 0));
  return [...late.slice(0, count), ...stacks];
}
