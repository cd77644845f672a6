/** Claims about schedules: PyTorch's numbers, whole states in JSON, and rates that are refused. */
import { CotangentError, type ErrorCode } from '@cotangent/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  constantSchedule,
  cosineSchedule,
  customSchedule,
  exponentialSchedule,
  linearSchedule,
  multiStepSchedule,
  observed,
  oneCycleSchedule,
  plateauSchedule,
  rateAt,
  type Schedule,
  sequenceSchedule,
  stepSchedule,
  warmupSchedule,
} from './index.ts';

const rates = <S>(schedule: Schedule<S>, count: number): number[] =>
  Array.from({ length: count }, (_, step) => rateAt(schedule, schedule.initial, step));

function expectRates(got: readonly number[], want: readonly number[]): void {
  expect(got).toHaveLength(want.length);
  for (const [i, rate] of got.entries())
    expect(Math.abs(rate - want[i]!), `step ${i}: ${rate} for ${want[i]}`).toBeLessThanOrEqual(
      1e-11 + 1e-9 * want[i]!,
    );
}

const expectCode = (action: () => unknown, code: ErrorCode, sentence: RegExp): void => {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(CotangentError);
    expect((error as CotangentError).code).toBe(code); // the line above made sure
    expect((error as CotangentError).message).toMatch(sentence); // as above
    return;
  }
  throw new Error('nothing was thrown');
};

describe("PyTorch's rates", () => {
  // The numbers of the first five: PyTorch 1.13, the cases schedule/* of the fixture group `optimizer`, base rate 0.1.
  it('stepLR', () => {
    expectRates(
      rates(stepSchedule({ rate: 0.1, every: 3, gamma: 0.5 }), 16),
      [
        0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.0125, 0.0125, 0.0125, 0.00625, 0.00625,
        0.00625, 0.003125,
      ],
    );
  });

  it('exponentialLR', () => {
    expectRates(
      rates(exponentialSchedule({ rate: 0.1, gamma: 0.9 }), 16),
      [
        0.1, 0.09000000000000001, 0.08100000000000002, 0.07290000000000002, 0.06561000000000002,
        0.05904900000000002, 0.05314410000000002, 0.04782969000000002, 0.043046721000000024,
        0.03874204890000002, 0.03486784401000002, 0.03138105960900001, 0.028242953648100012,
        0.025418658283290013, 0.022876792454961013, 0.020589113209464913,
      ],
    );
  });

  it('cosineAnnealingLR, beyond its end too', () => {
    expectRates(
      rates(cosineSchedule({ rate: 0.1, steps: 10, minimum: 0.001 }), 16),
      [
        0.1, 0.09757729755661011, 0.0905463412215599, 0.07959536998847742, 0.0657963412215599, 0.0505,
        0.03520365877844011, 0.02140463001152259, 0.010453658778440109, 0.0034227024433899004, 0.001,
        0.0034227024433899004, 0.01045365877844014, 0.02140463001152267, 0.035203658778440255,
        0.05050000000000022,
      ],
    );
  });

  it('linearLR', () => {
    expectRates(
      rates(linearSchedule({ rate: 0.1, startFactor: 0.2, endFactor: 1, steps: 5 }), 8),
      [
        0.020000000000000004, 0.03600000000000001, 0.05200000000000002, 0.06800000000000002,
        0.08400000000000003, 0.1, 0.1, 0.1,
      ],
    );
  });

  it('multiStepLR', () => {
    expectRates(
      rates(multiStepSchedule({ rate: 0.1, milestones: [2, 5], gamma: 0.1 }), 7),
      [0.1, 0.1, 0.01, 0.01, 0.01, 0.001, 0.001],
    );
  });

  // The numbers of the next two come from a separate transcription of PyTorch's source in Python.
  it('OneCycleLR', () => {
    expectRates(
      rates(oneCycleSchedule({ maximum: 0.1, steps: 10 }), 11),
      [
        0.0040000000000000036, 0.052000000000000005, 0.1, 0.09504846320134738, 0.0811745653949763,
        0.06112620219362893, 0.03887419780637107, 0.0188258346050237, 0.004951936798652629, 4e-7, 4e-7,
      ],
    );
    expectRates(
      rates(
        oneCycleSchedule({ maximum: 0.4, steps: 7, pctStart: 0.5, divFactor: 10, finalDivFactor: 100 }),
        7,
      ),
      [
        0.03999999999999998, 0.16437694101250946, 0.36562305898749053, 0.38021357980690335,
        0.24465968260447163, 0.07562673758862505, 0.0004,
      ],
    );
  });

  it('ReduceLROnPlateau', () => {
    const follow = (schedule: ReturnType<typeof plateauSchedule>, values: readonly number[]): number[] => {
      let state = schedule.initial;
      return values.map((value, step) => {
        state = JSON.parse(JSON.stringify(observed(schedule, state, value)));
        return rateAt(schedule, state, step);
      });
    };
    expectRates(
      follow(
        plateauSchedule({ rate: 0.1, factor: 0.5, patience: 1, cooldown: 2, minimum: 0.02, threshold: 0.01 }),
        [5, 4, 3.99, 3.98, 3.97, 3.96, 3.95, 3.94, 3.5, 3.6, 3.6, Number.NaN, 3.6, 3.6, 3.6, 3.6, 3.6],
      ),
      [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.025, 0.02, 0.02, 0.02],
    );
    expectRates(
      follow(plateauSchedule({ rate: 1, mode: 'max', patience: 0 }), [0.1, 0.2, 0.2, 0.3, 0.25, 0.3, 0.31]),
      [1, 1, 0.1, 0.1, 0.01, 0.001, 0.001],
    );
  });
});

describe('combinations', () => {
  it('a warm-up climbs in equal steps to the first rate of what follows', () => {
    const schedule = warmupSchedule(4, stepSchedule({ rate: 0.5, every: 2, gamma: 0.1 }));
    expectRates(rates(schedule, 7), [0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.05]);
  });

  it('a warm-up before a plateau hands on what is observed', () => {
    const schedule = warmupSchedule(1, plateauSchedule({ rate: 1, factor: 0.5, patience: 0 }));
    const state = [1, 1].reduce((held, value) => observed(schedule, held, value), schedule.initial);
    expect([0, 1].map((step) => rateAt(schedule, state, step))).toEqual([0.25, 0.5]);
  });

  it('a sequence starts every schedule from its own step 0', () => {
    const schedule = sequenceSchedule(
      [
        linearSchedule({ rate: 1, startFactor: 0, steps: 2 }),
        constantSchedule(7),
        exponentialSchedule({ rate: 4, gamma: 0.5 }),
      ],
      [2, 3],
    );
    expectRates(rates(schedule, 6), [0, 0.5, 7, 4, 2, 1]);
    expect(observed(schedule, schedule.initial, 3)).toEqual(schedule.initial);
  });
});

describe('every schedule', () => {
  it('is a pure function of state and step', () => {
    const all: Schedule[] = [
      constantSchedule(0.1),
      stepSchedule({ rate: 0.1, every: 3 }),
      exponentialSchedule({ rate: 0.1, gamma: 0.99 }),
      cosineSchedule({ rate: 0.1, steps: 100 }),
      oneCycleSchedule({ maximum: 0.1, steps: 100 }),
      warmupSchedule(10, cosineSchedule({ rate: 0.1, steps: 100 })),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.nat(100_000), (schedule, step) => {
        const rate = rateAt(schedule, schedule.initial, step);
        rateAt(schedule, schedule.initial, step + 1);
        expect(rateAt(schedule, JSON.parse(JSON.stringify(schedule.initial)), step)).toBe(rate);
        expect(rate).toBeLessThanOrEqual(0.1 * (1 + 1e-12));
      }),
    );
  });

  it('one-cycle lengths of every kind give finite rates between the ends', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(0, 0.1, 0.25, 0.3, 0.5, 1),
        (steps, pctStart) => {
          for (const rate of rates(oneCycleSchedule({ maximum: 1, steps, pctStart }), steps + 2))
            expect(rate).toBeLessThanOrEqual(1 + 1e-12);
        },
      ),
    );
  });
});

describe('what makes no sense is refused', () => {
  it('rates that are NaN, infinite or negative, by schedule and step', () => {
    const broken = customSchedule('mine', (step) => [1, Number.NaN, Infinity, -1][step]!);
    expect(rateAt(broken, null, 0)).toBe(1);
    expectCode(() => rateAt(broken, null, 1), 'NOT_FINITE', /'mine' gives the learning rate NaN at step 1/);
    expectCode(() => rateAt(broken, null, 2), 'NOT_FINITE', /Infinity at step 2/);
    expectCode(() => rateAt(broken, null, 3), 'NOT_FINITE', /-1 at step 3/);
    const exploding = exponentialSchedule({ rate: 1, gamma: 10 });
    expectCode(() => rateAt(exploding, null, 400), 'NOT_FINITE', /'exponential' .* Infinity at step 400/);
  });

  it('options', () => {
    expectCode(() => constantSchedule(Number.NaN), 'NOT_FINITE', /rate is NaN/);
    expectCode(() => stepSchedule({ rate: 0.1, every: 0 }), 'BAD_ARGUMENT', /every is 0/);
    expectCode(() => cosineSchedule({ rate: 0.1, steps: 1.5 }), 'BAD_ARGUMENT', /steps is 1.5/);
    expectCode(() => multiStepSchedule({ rate: 0.1, milestones: [5, 2] }), 'BAD_ARGUMENT', /must not fall/);
    expectCode(() => plateauSchedule({ rate: 0.1, factor: 1 }), 'BAD_ARGUMENT', /below 1/);
    expectCode(() => oneCycleSchedule({ maximum: 1, steps: 5, pctStart: 2 }), 'BAD_ARGUMENT', /share/);
    expectCode(
      () => sequenceSchedule([constantSchedule(1)], [3]),
      'BAD_ARGUMENT',
      /1 schedules need 0 milestones/,
    );
    expectCode(() => rateAt(constantSchedule(1), null, -1), 'BAD_ARGUMENT', /-1 is not the number of a step/);
  });
});
