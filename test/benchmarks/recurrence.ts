/**
 * What a long recurrence costs: `node --conditions=source --import tsx --expose-gc test/benchmarks/recurrence.ts`.
 * Prints the gradient of an LSTM over T steps: nodes, time to build and to compile, planned and measured memory, plain and
 * rematerialized every √T steps.
 */
import { compile, grad, input, lstm, parametersOf } from 'cotangent';

const units = 32;
const batch = 4;

interface Line {
  readonly steps: number;
  readonly remat: string;
  readonly nodes: number;
  readonly buildMs: number;
  readonly compileMs: number;
  readonly runMs: number;
  readonly plannedMB: number;
  readonly measuredMB: number;
}

const clock = (): number => performance.now();
const rounded = (value: number): number => Number(value.toPrecision(3));
const used = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

function measure(steps: number, remat: number | 'sqrt' | undefined): Line {
  const started = clock();
  const x = input('x', [batch, steps, 8]);
  const layer = lstm({ units, returns: 'last', ...(remat === undefined ? {} : { remat }) });
  const loss = layer(x).square().mean();
  const gradient = grad(loss, parametersOf(layer));
  const built = clock();
  const program = compile({ inputs: [x], outputs: { loss, gradient } });
  program.prepare();
  const compiled = clock();
  const feed = { x: { dtype: 'f32', shape: [batch, steps, 8] } };
  const values = new Float32Array(batch * steps * 8).map((_, i) => Math.sin(i));
  globalThis.gc?.();
  const before = used();
  let most = before;
  // Every allocation of a large array is a chance to look.
  const original = Float32Array.prototype.subarray;
  let calls = 0;
  Float32Array.prototype.subarray = function (this: Float32Array, ...range: [number?, number?]) {
    if (++calls % 1024 === 0) {
      globalThis.gc?.();
      most = Math.max(most, used());
    }
    return original.apply(this, range);
  } as typeof original;
  program({ x: hostOf(values, feed.x.shape) } as never);
  Float32Array.prototype.subarray = original;
  const timed = clock();
  program({ x: hostOf(values, feed.x.shape) } as never);
  return {
    steps,
    remat: String(remat ?? 'no'),
    nodes: program.graph.nodes.length,
    buildMs: rounded(built - started),
    compileMs: rounded(compiled - built),
    runMs: rounded(clock() - timed),
    plannedMB: rounded(program.memory().peakBytes / 2 ** 20),
    measuredMB: rounded((most - before) / 2 ** 20),
  };
}

import { HostArray } from 'cotangent';

const hostOf = (values: Float32Array, shape: readonly number[]): HostArray =>
  new HostArray('f32', shape, values as never);

measure(10, undefined);
for (const remat of [undefined, 'sqrt'] as const)
  for (const steps of [50, 2500, 10_000, 40_000, 50_000]) console.log(JSON.stringify(measure(steps, remat)));
