/** Claims about datasets: order, batches, resuming, cleaning up, and what is refused. */
import { CotangentError, type ErrorCode, HostArray } from '@cotangent/graph';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { type Dataset, dataset, fromArrays, fromIterable, permutation } from './index.ts';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const streamOf = (count: number): Dataset<number> =>
  fromIterable(function* () {
    yield* numbers(count);
  });

async function failure(action: () => unknown): Promise<CotangentError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof CotangentError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const expectCode = async (action: () => unknown, code: ErrorCode, sentence: RegExp): Promise<void> => {
  const error = await failure(action);
  expect(error.code).toBe(code);
  expect(error.message).toMatch(sentence);
};

describe('order', () => {
  it('a shuffle is a permutation', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(1000), fc.nat(200), (seed, epoch, length) => {
        expect([...permutation(seed, epoch, length)].sort((a, b) => a - b)).toEqual(numbers(length));
      }),
    );
  });

  it('a shuffle depends on seed and epoch alone', async () => {
    const make = () => dataset(numbers(50)).shuffle('a seed');
    const one = make();
    await one.collect(4); // reading other epochs first changes nothing
    expect(await one.collect(3)).toEqual(await make().collect(3));
    expect(await one.collect(3)).not.toEqual(await one.collect(4));
    expect(await one.collect(3)).not.toEqual(await dataset(numbers(50)).shuffle('other').collect(3));
  });

  it('the permutation of a seed does not change between versions: old runs must resume', () => {
    expect([...permutation(1, 0, 8)]).toEqual([5, 6, 3, 2, 1, 7, 4, 0]);
  });

  it('every place of a shuffled list is as likely for every example', () => {
    const seen = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    for (let epoch = 0; epoch < 4000; epoch++)
      permutation(5, epoch, 4).forEach((example, place) => {
        seen[place]![example]!++;
      });
    for (const count of seen.flat()) expect(Math.abs(count - 1000)).toBeLessThan(150); // 5 deviations
  });

  it('a buffered shuffle of a stream is a permutation that depends on seed and epoch alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 70 }),
        async (length, buffer) => {
          const make = () => streamOf(length).shuffle(3, { buffer });
          const once = await make().collect(2);
          expect([...once].sort((a, b) => a - b)).toEqual(numbers(length));
          expect(await make().collect(2)).toEqual(once);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('repeat shuffles every repetition anew', async () => {
    const once = dataset(numbers(20)).shuffle(1);
    const twice = once.repeat(2);
    expect(twice.length).toBe(40);
    expect(await twice.collect(3)).toEqual([...(await once.collect(6)), ...(await once.collect(7))]);
    const forever = once.repeat().take(45);
    expect((await forever.collect()).slice(20, 40)).toEqual(await once.collect(1));
    expect(await forever.collect(0, { skip: 25 })).toEqual((await forever.collect()).slice(25));
  });

  it('a split is disjoint and complete in every epoch, even after a shuffle', async () => {
    for (const base of [dataset(numbers(100)), streamOf(100)]) {
      const [train, rest] = base.shuffle(1).split(0.8, 2);
      const first = new Set(await train.collect(0));
      const shown = await train.shuffle(9).collect(5);
      expect(new Set(shown)).toEqual(first);
      const all = [...shown, ...(await rest.collect(7))];
      expect(all.sort((a, b) => a - b)).toEqual(numbers(100));
    }
    expect(dataset(numbers(10)).split(0.8, 2)[0].length).toBe(8);
  });

  it('a map sees the index in the source and the epoch, whatever the order', async () => {
    const seen = await dataset(numbers(9))
      .map((value, { index, epoch }) => [value, index, epoch])
      .shuffle(2)
      .repeat(2)
      .collect(1);
    for (const [value, index] of seen) expect(index).toBe(value);
    expect(new Set(seen.map((entry) => entry[2]))).toEqual(new Set([2, 3]));
  });
});

describe('resuming', () => {
  const chain = fc.constantFrom<[string, (base: Dataset<number>) => Dataset<unknown>]>(
    ['map', (base) => base.map((x) => x * 2)],
    ['asynchronous map', (base) => base.map(async (x) => x * 2)],
    ['shuffle', (base) => base.shuffle(1)],
    ['small buffer', (base) => base.shuffle(1, { buffer: 3 })],
    ['filter', (base) => base.filter((x) => x % 3 !== 0)],
    ['batch', (base) => base.shuffle(1).batch(3)],
    ['prefetched batch', (base) => base.shuffle(1).batch(3).prefetch(2)],
    ['batches of filtered', (base) => base.filter((x) => x % 2 === 0).batch(2)],
    ['repeat', (base) => base.shuffle(1).repeat(3)],
    ['repeat of filtered', (base) => base.filter((x) => x % 2 === 0).repeat(3)],
    ['take and skip', (base) => base.skip(2).take(7)],
    ['split', (base) => base.split(0.5, 1)[0].shuffle(4)],
    ['shuffled batches', (base) => base.batch(2).shuffle(4)],
  );
  it('at any position gives the tail of the same epoch', async () => {
    await fc.assert(
      fc.asyncProperty(
        chain,
        fc.boolean(),
        fc.integer({ min: 12, max: 30 }),
        fc.nat(40),
        fc.nat(5),
        async ([, build], indexed, length, skip, epoch) => {
          const data = build(indexed ? dataset(numbers(length)) : streamOf(length));
          const whole = await data.collect(epoch);
          expect(await data.collect(epoch, { skip: Math.min(skip, whole.length) })).toEqual(
            whole.slice(skip),
          );
          if (data.length !== undefined) expect(data.length).toBe(whole.length);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('batches', () => {
  const data = fromArrays(
    { x: new HostArray('f64', [5, 2], Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)), y: [0, 1, 2, 3, 4] },
    { dtypes: { y: 'i32' } },
  );

  it('copy rows and keep dtypes', async () => {
    const batches = await data.batch(2).collect();
    expect(batches.map((batch) => batch.x.toNested())).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
      [
        [4, 5],
        [6, 7],
      ],
      [[8, 9]],
    ]);
    expect(batches[0]!.y.dtype).toBe('i32');
    expectTypeOf(batches[0]!.x).toEqualTypeOf<HostArray<'f64'>>();
    expectTypeOf(batches[0]!.y).toEqualTypeOf<HostArray<'i32'>>();
  });

  it('drop, keep or pad the remainder, and know their number', async () => {
    expect([data.batch(2, { remainder: 'drop' }).length, data.batch(2).length]).toEqual([2, 3]);
    const padded = await data.batch(3, { remainder: 'pad' }).collect();
    expect(padded.map((batch) => batch.weight.toNested())).toEqual([
      [1, 1, 1],
      [1, 1, 0],
    ]);
    expect(padded[1]!.y.toNested()).toEqual([3, 4, 4]);
    expectTypeOf(padded[0]!.weight).toEqualTypeOf<HostArray<'f32'>>();
  });

  it('leave the remainder to the reader if they were not told', async () => {
    const batches = data.batch(3).prefetch(1);
    expect(batches.count({ remainder: 'drop' })).toBe(1);
    expect(await batches.collect(0, { remainder: 'drop' })).toHaveLength(1);
    expect((await batches.collect(0, { remainder: 'pad' }))[1]).toHaveProperty('weight');
    const told = data.batch(3, { remainder: 'keep' });
    expect(await told.collect(0, { remainder: 'drop' })).toHaveLength(2);
  });

  it('stack numbers, booleans, nested and typed arrays, and records of records', async () => {
    const [batch] = await dataset([
      { a: 1, b: true, c: [[1, 2]], d: Int32Array.of(4), e: { f: Uint8Array.of(7, 8) } },
      { a: 2, b: false, c: [[3, 4]], d: Int32Array.of(5), e: { f: Uint8Array.of(9, 255) } },
    ])
      .batch(2, { dtypes: { a: 'u32', 'e/f': 'f32' } })
      .collect();
    expect(
      [batch!.a, batch!.b, batch!.c, batch!.d, batch!.e.f].map((leaf) => `${leaf.dtype} ${leaf.shape}`),
    ).toEqual(['u32 2', 'bool 2', 'f32 2,1,2', 'i32 2,1', 'f32 2,2']);
    expect(batch!.e.f.toNested()).toEqual([
      [7, 8],
      [9, 255],
    ]);
  });

  it('of a stream are the batches of the list', async () => {
    const list = numbers(11);
    for (const remainder of ['drop', 'keep', 'pad'] as const)
      expect(
        await streamOf(11)
          .map((x) => ({ x }))
          .batch(4, { remainder })
          .collect(),
      ).toEqual(
        await dataset(list)
          .map((x) => ({ x }))
          .batch(4, { remainder })
          .collect(),
      );
  });
});

describe('what cannot be used is refused', () => {
  it('empty data', async () => {
    await expectCode(() => dataset([]), 'EMPTY_DATASET', /empty list/);
    await expectCode(() => fromArrays({ x: [] }), 'EMPTY_DATASET', /'x' has no examples/);
    await expectCode(() => streamOf(0).collect(), 'EMPTY_DATASET', /epoch 0 .* no examples/);
    await expectCode(
      () =>
        dataset([1])
          .filter(() => false)
          .collect(),
      'EMPTY_DATASET',
      /no examples/,
    );
    await expectCode(() => streamOf(0).repeat().collect(), 'EMPTY_DATASET', /no examples/);
  });

  it('fewer examples than a batch', async () => {
    const sentence = /3 examples do not fill one batch of 4.*at most 3.*'keep' or 'pad'/;
    await expectCode(() => dataset([1, 2, 3]).batch(4, { remainder: 'drop' }), 'BATCH_TOO_SMALL', sentence);
    await expectCode(
      () => dataset([1, 2, 3]).batch(4).collect(0, { remainder: 'drop' }),
      'BATCH_TOO_SMALL',
      sentence,
    );
    await expectCode(
      () => streamOf(3).batch(4, { remainder: 'drop' }).collect(),
      'BATCH_TOO_SMALL',
      sentence,
    );
  });

  it('examples that differ, by their index in the source', async () => {
    const bad = [{ x: [1, 2] }, { x: [3, 4] }, { x: [5] }];
    await expectCode(
      () => dataset(bad).shuffle(3).batch(3).collect(),
      'BAD_DATA',
      /'x' of example \d is f32\[\d\], 'x' of example \d is f32\[\d\].*crop or pad/,
    );
    await expectCode(() => dataset(bad).batch(3).collect(), 'BAD_DATA', /'x' of example 2 is f32\[1\]/);
    await expectCode(
      () =>
        dataset<object>([{ x: 1 }, { x: 1, z: 2 }])
          .batch(2)
          .collect(),
      'BAD_DATA',
      /example 1 has 'z', which example 0 lacks/,
    );
    await expectCode(
      () =>
        dataset<object>([{ x: 1, y: 1 }, { x: 1 }])
          .batch(2)
          .collect(),
      'BAD_DATA',
      /example 1 lacks 'y', which example 0 has/,
    );
    await expectCode(
      () =>
        dataset([[[1, 2], [3]]])
          .batch(1)
          .collect(),
      'BAD_DATA',
      /example 0: the nested array is ragged/,
    );
    await expectCode(
      () =>
        dataset([{ x: 'text' }])
          .batch(1)
          .collect(),
      'BAD_DATA',
      /'x' of example 0 is 'text'/,
    );
  });

  it('values that the dtype does not hold', async () => {
    await expectCode(
      () =>
        dataset([{ y: 1 }, { y: 2.5 }])
          .batch(2, { dtypes: { y: 'i32' } })
          .collect(),
      'BAD_DATA',
      /'y' of example 1: 2.5 is not a value of i32/,
    );
    await expectCode(
      () =>
        dataset([Float32Array.of(1, 2), Float32Array.of(3, -1)])
          .batch(2, { dtypes: { '': 'u32' } })
          .collect(),
      'BAD_DATA',
      /example 1 has -1, which is not a value of u32/,
    );
  });

  it('arrays of different lengths', () =>
    expectCode(() => fromArrays({ x: [1, 2], y: [1] }), 'BAD_DATA', /'x' has 2 examples and 'y' has 1/));

  it('padding without a place for the weights', async () => {
    await expectCode(() => dataset([1]).batch(2, { remainder: 'pad' }).collect(), 'BAD_ARGUMENT', /records/);
    await expectCode(
      () =>
        dataset([{ weight: 1 }])
          .batch(2, { remainder: 'pad' })
          .collect(),
      'DUPLICATE_NAME',
      /another name/,
    );
  });

  it('a second reading of what can be read once', async () => {
    const once = fromIterable(numbers(3).values());
    expect(await once.collect()).toEqual([0, 1, 2]);
    await expectCode(() => once.collect(1), 'BAD_DATA', /pass a function/);
  });

  it('arguments that make no sense', async () => {
    await expectCode(() => dataset([1]).batch(0), 'BAD_ARGUMENT', /batch size .* at least 1, not 0/);
    await expectCode(() => dataset([1]).split(2, 1), 'BAD_ARGUMENT', /between 0 and 1/);
    await expectCode(() => dataset([1]).shuffle(Number.NaN), 'BAD_ARGUMENT', /seed/);
    await expectCode(() => streamOf(2).at(0), 'BAD_ARGUMENT', /in order/);
    await expectCode(() => dataset([1]).at(1), 'INDEX_OUT_OF_RANGE', /position 1/);
  });
});

describe('reading', () => {
  it('closes its source when it is broken off, through every kind of link', async () => {
    let closed = 0;
    const source = fromIterable(function* () {
      try {
        for (let i = 0; ; i++) yield i;
      } finally {
        closed++;
      }
    });
    const chains = [
      source,
      source.map((x) => x).filter((x) => x > 2),
      source.shuffle(1, { buffer: 4 }).batch(3).prefetch(2),
      source.take(50).repeat().skip(3),
    ];
    for (const [i, data] of chains.entries()) {
      for await (const _ of data.epoch(0)) break;
      expect(closed).toBe(i + 1);
    }
  });

  it('closes its source when a map throws, and hands the error on', async () => {
    let closed = false;
    const data = fromIterable(function* () {
      try {
        yield* numbers(9);
      } finally {
        closed = true;
      }
    }).map((x) => {
      if (x === 4) throw new TypeError('no four');
      return x;
    });
    const seen: number[] = [];
    await expect(async () => {
      for await (const x of data.prefetch(3)) seen.push(x);
    }).rejects.toThrow('no four');
    expect([seen, closed]).toEqual([[0, 1, 2, 3], true]);
  });

  it('of which one example throws and another rejects gives the first error, and no stray rejection', async () => {
    const data = dataset(numbers(4)).map((x) => {
      if (x === 2) throw new TypeError('no two');
      return x === 0 ? Promise.reject(new Error('no zero')) : x;
    });
    await expect(data.batch(4).collect()).rejects.toThrow('no two');
  });

  it('prefetch asks ahead', async () => {
    let asked = 0;
    const data = streamOf(10).map((x) => {
      asked++;
      return x;
    });
    for await (const x of data.prefetch(3)) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(asked).toBe(Math.min(10, x + 4));
    }
  });
});
