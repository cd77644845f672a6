/** The transformations of sources that keep examples apart: map, filter, shuffle, take, skip, repeat, split, prefetch. */
import { draws, permutation, type Seed } from './random.ts';
import {
  dropped,
  type Item,
  limited,
  openSource,
  type Pass,
  reordered,
  type Source,
  type StreamSource,
  type View,
} from './source.ts';

/** What a mapped function may depend on besides the example. */
export interface MapContext {
  /** The example's index in its source, whatever the order; of batches, the batch's number. */
  readonly index: number;
  readonly epoch: number;
}

export function mapSource<T, U>(
  base: Source<T>,
  change: (example: T, context: MapContext) => U | Promise<U>,
): Source<U> {
  if (!base.indexed)
    return {
      indexed: false,
      count: base.count,
      async *open(pass, skip) {
        for await (const { index, value } of base.open(pass, skip))
          yield { index, value: await change(value, { index, epoch: pass.epoch }) };
      },
    };
  return {
    indexed: true,
    count: base.count,
    view(pass) {
      const view = base.view(pass);
      return {
        length: view.length,
        indexOf: view.indexOf,
        get(position) {
          const context = { index: view.indexOf(position), epoch: pass.epoch };
          const value = view.get(position);
          return value instanceof Promise
            ? value.then((example) => change(example, context))
            : change(value, context);
        },
      };
    },
  };
}

/** A filtered source is a stream: nobody knows where its n-th example stands without asking for all before it. */
export function filterSource<T>(
  base: Source<T>,
  keep: (example: T, context: MapContext) => boolean | Promise<boolean>,
): Source<T> {
  async function* kept(pass: Pass): AsyncGenerator<Item<T>, void, undefined> {
    for await (const item of openSource(base, pass, 0))
      if (await keep(item.value, { index: item.index, epoch: pass.epoch })) yield item;
  }
  return { indexed: false, count: () => undefined, open: (pass, skip) => dropped(kept(pass), skip) };
}

export function shuffleSource<T>(base: Source<T>, seed: Seed, buffer: number): Source<T> {
  if (!base.indexed)
    return {
      indexed: false,
      count: base.count,
      open: (pass, skip) => dropped(bufferedShuffle(base, seed, buffer, pass), skip),
    };
  return {
    indexed: true,
    count: base.count,
    view(pass) {
      const view = base.view(pass);
      const order = permutation(seed, pass.order, view.length);
      return reordered(view, view.length, (position) => order[position]!);
    },
  };
}

/** Draws each next example from a buffer of the next ones, and refills the drawn place. */
async function* bufferedShuffle<T>(
  base: StreamSource<T>,
  seed: Seed,
  size: number,
  pass: Pass,
): AsyncGenerator<Item<T>, void, undefined> {
  const draw = draws('buffered shuffle', seed, pass.order);
  const buffer: Item<T>[] = [];
  for await (const item of base.open(pass, 0)) {
    if (buffer.length < size) {
      buffer.push(item);
      continue;
    }
    const place = Math.floor(draw() * size);
    yield buffer[place]!;
    buffer[place] = item;
  }
  while (buffer.length > 0) {
    const place = Math.floor(draw() * buffer.length);
    yield buffer[place]!;
    buffer[place] = buffer.at(-1)!;
    buffer.pop();
  }
}

export function takeSource<T>(base: Source<T>, most: number): Source<T> {
  if (!base.indexed)
    return {
      indexed: false,
      count: (pass) => atMost(base.count(pass), most),
      open: (pass, skip) => limited(base.open(pass, skip), most - skip),
    };
  return {
    indexed: true,
    count: (pass) => Math.min(most, base.count(pass)),
    view(pass) {
      const view = base.view(pass);
      return reordered(view, Math.min(most, view.length), (position) => position);
    },
  };
}

export function skipSource<T>(base: Source<T>, count: number): Source<T> {
  if (!base.indexed)
    return {
      indexed: false,
      count: (pass) => {
        const all = base.count(pass);
        return all === undefined ? undefined : Math.max(0, all - count);
      },
      open: (pass, skip) => base.open(pass, skip + count),
    };
  return {
    indexed: true,
    count: (pass) => Math.max(0, base.count(pass) - count),
    view(pass) {
      const view = base.view(pass);
      return reordered(view, Math.max(0, view.length - count), (position) => position + count);
    },
  };
}

/** Repetition k of epoch e reads epoch e · times + k of the base, so that every repetition is shuffled anew. */
export function repeatSource<T>(base: Source<T>, times: number): Source<T> {
  const turn = (pass: Pass, k: number): Pass => {
    const rounds = times === Infinity ? 1 : times;
    return { ...pass, epoch: pass.epoch * rounds + k, order: pass.order * rounds + k };
  };
  if (base.indexed && times !== Infinity)
    return {
      indexed: true,
      count: (pass) => base.count(turn(pass, 0)) * times,
      view(pass) {
        const views: View<T>[] = [];
        const viewOf = (k: number): View<T> => (views[k] ??= base.view(turn(pass, k)));
        const { length } = viewOf(0);
        return {
          length: length * times,
          get: (position) => viewOf(Math.floor(position / length)).get(position % length),
          indexOf: (position) => viewOf(Math.floor(position / length)).indexOf(position % length),
        };
      },
    };
  return {
    indexed: false,
    count: (pass) => {
      const once = base.count(turn(pass, 0));
      return once === undefined || times === Infinity ? undefined : once * times;
    },
    async *open(pass, skip) {
      let left = skip;
      for (let k = 0; k < times; k++) {
        const known = base.count(turn(pass, k));
        if (known !== undefined && known > 0 && known <= left) {
          left -= known;
          continue;
        }
        let seen = 0;
        const fromStart = known === undefined;
        for await (const item of openSource(base, turn(pass, k), fromStart ? 0 : left)) {
          seen++;
          if (fromStart && left > 0) left--;
          else yield item;
        }
        if (!fromStart) left = 0;
        if (seen === 0) return; // an empty base would turn for ever
      }
    },
  };
}

/**
 * The two parts of a split. Both hold the order of what is below still, at epoch 0:
 * otherwise a shuffle below would carry examples from one part into the other between epochs.
 */
export function splitSource<T>(base: Source<T>, fraction: number, seed: Seed): [Source<T>, Source<T>] {
  const still = (pass: Pass): Pass => ({ ...pass, order: 0 });
  if (base.indexed) {
    const part = (bounds: (length: number) => [number, number]): Source<T> => ({
      indexed: true,
      count: (pass) => {
        const [start, end] = bounds(base.count(still(pass)));
        return end - start;
      },
      view(pass) {
        const view = base.view(still(pass));
        const [start, end] = bounds(view.length);
        const order = permutation(`split ${seed}`, 0, view.length).subarray(start, end).sort();
        return reordered(view, order.length, (position) => order[position]!);
      },
    });
    const cut = (length: number): number => Math.round(length * fraction);
    return [part((length) => [0, cut(length)]), part((length) => [cut(length), length])];
  }
  const part = (first: boolean): Source<T> => ({
    indexed: false,
    count: () => undefined,
    open: (pass, skip) => dropped(members(base, still(pass), fraction, seed, first), skip),
  });
  return [part(true), part(false)];
}

async function* members<T>(
  base: StreamSource<T>,
  pass: Pass,
  fraction: number,
  seed: Seed,
  first: boolean,
): AsyncGenerator<Item<T>, void, undefined> {
  const draw = draws('split', seed);
  for await (const item of base.open(pass, 0)) if (draw() < fraction === first) yield item;
}

/** Asks for the next `ahead` items before they are wanted. An error stays at its place in the order. */
export function prefetchSource<T>(base: Source<T>, ahead: number): Source<T> {
  return {
    indexed: false,
    count: base.count,
    async *open(pass, skip) {
      const items = openSource(base, pass, skip);
      const asked: Promise<IteratorResult<Item<T>, void>>[] = [];
      const ask = (): void => {
        const next = items.next();
        next.catch(() => {}); // it is awaited below, or nobody wants it any more
        asked.push(next);
      };
      try {
        for (;;) {
          while (asked.length <= ahead) ask();
          const next = await asked.shift()!;
          if (next.done) return;
          yield next.value;
        }
      } finally {
        await items.return();
      }
    },
  };
}

const atMost = (count: number | undefined, most: number): number | undefined =>
  count === undefined ? undefined : Math.min(count, most);
