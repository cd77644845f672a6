/** Operands that lie in memory otherwise than in order: views of views of inputs. */
import { type AnyTensor, apply, type DType, Input } from '@cotangent/graph';
import type { Random } from '../../cases/random.ts';

export interface Viewed {
  readonly input: Input;
  readonly tensor: AnyTensor;
}

type Shape = readonly number[];
/** What a view looks at, and how it looks at it. */
type View = (random: Random, shape: Shape) => readonly [Shape, (x: AnyTensor) => AnyTensor];

const only = ([tensor]: readonly AnyTensor[]): AnyTensor => tensor!;

const views = {
  transpose: (random, shape) => {
    const permutation = random.shuffle(shape.map((_, axis) => axis));
    const base = shape.map((_, axis) => shape[permutation.indexOf(axis)]!);
    return [base, (x) => only(apply('transpose', [x], { permutation }))];
  },
  reverse: (random, shape) => {
    const axes = random.some(shape.map((_, axis) => axis));
    return [shape, (x) => only(apply('reverse', [x], { axes }))];
  },
  slice: (random, shape) => {
    const start = shape.map(() => random.pick([0, 0, 1, 3]));
    // What is left out of large arrays costs time alone.
    const large = shape.reduce((count, size) => count * size, 1) > 5000;
    const strides = shape.map(() => (large ? 1 : random.pick([1, 1, 2, 3])));
    const limit = shape.map((size, i) => start[i]! + (size === 0 ? 0 : (size - 1) * strides[i]! + 1));
    const base = limit.map((end) => end + random.pick([0, 0, 1, 4]));
    return [base, (x) => only(apply('slice', [x], { start, limit, strides }))];
  },
  broadcast: (random, shape) => {
    const axes = shape.flatMap((_, axis) => (random.chance(0.75) ? [axis] : []));
    const base = axes.map((axis) => (random.chance(0.2) ? 1 : shape[axis]!));
    return [base, (x) => only(apply('broadcastInDim', [x], { shape, axes }))];
  },
  reshape: (random, shape) => {
    const cut = random.whole(0, Math.max(0, shape.length - 1));
    const [left, right] = [shape.slice(0, cut), shape.slice(cut)];
    const product = (sizes: Shape): number => sizes.reduce((count, size) => count * size, 1);
    return [[product(left), product(right)], (x) => only(apply('reshape', [x], { shape }))];
  },
  negated: (_, shape) => [shape, (x) => only(apply('neg', [x], {}))],
} satisfies Readonly<Record<string, View>>;

/** A tensor of a shape: up to three views above an input. */
export function viewed(random: Random, name: string, dtype: DType, shape: Shape): Viewed {
  const chain: ((x: AnyTensor) => AnyTensor)[] = [];
  let base = shape;
  const kinds = (Object.keys(views) as (keyof typeof views)[]).filter(
    (kind) => kind !== 'negated' || (dtype !== 'u32' && dtype !== 'bool'),
  );
  for (let depth = random.pick([0, 1, 1, 2, 3]); depth > 0; depth--) {
    const [under, look] = views[random.pick(kinds)](random, base);
    chain.push(look);
    base = under;
  }
  const input = new Input(name, base, dtype);
  return { input, tensor: chain.reduceRight<AnyTensor>((x, look) => look(x), input) };
}
