/**
 * What a long recurrence costs: the gradient of an LSTM over T steps. Prints nodes and the time to build and compile, which
 * do not depend on T, and memory, planned and measured, plain and rematerialized every √T steps; the sequence itself is a
 * part of both. One JSON object a line.
 */
import { compile, grad, HostArray, input, lstm, parametersOf } from 'cotangent';

const [units, batch, features] = [32, 4, 1];
const megabytes = (bytes: number): number => Number((bytes / 2 ** 20).toPrecision(3));
const milliseconds = (since: number): number => Number((performance.now() - since).toPrecision(3));
/** Memory that is reachable. Freed arrays are swept when the next collection begins: hence two. */
const used = (): number => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

function prepared(steps: number, remat: 'sqrt' | undefined) {
  const started = performance.now();
  const x = input('x', [batch, steps, features]);
  const layer = lstm({ units, returns: 'last', ...(remat === undefined ? {} : { remat }) });
  const loss = layer(x).square().mean();
  const gradient = grad(loss, parametersOf(layer));
  const built = performance.now();
  const program = compile({ inputs: [x], outputs: { loss, gradient } });
  program.prepare();
  return {
    program,
    facts: {
      steps,
      remat: remat ?? 'no',
      nodes: program.specialized().nodes.length,
      buildMs: Number((built - started).toPrecision(3)),
      compileMs: milliseconds(built),
      sequenceMB: megabytes(batch * steps * features * 4),
      plannedMB: megabytes(program.memory().peakBytes),
    },
  };
}

/** The most memory in use while a program runs: looked at each `every`-th time that the interpreter takes a slice. */
function measured(run: () => void, every: number): number {
  const { subarray } = Float32Array.prototype;
  const before = used();
  let most = before;
  let calls = 0;
  Float32Array.prototype.subarray = function (this: Float32Array, from?: number, to?: number) {
    if (++calls % every === 0) most = Math.max(most, used());
    return subarray.call(this, from, to);
  };
  try {
    run();
  } finally {
    Float32Array.prototype.subarray = subarray;
  }
  return most - before;
}

prepared(10, undefined);
for (const steps of [50, 50_000]) console.log(JSON.stringify(prepared(steps, undefined).facts));
for (const remat of [undefined, 'sqrt'] as const)
  for (const steps of [2500, 10_000]) {
    const { program, facts } = prepared(steps, remat);
    const values = Float32Array.from({ length: batch * steps * features }, (_, i) => Math.sin(i));
    const x = new HostArray('f32', [batch, steps, features], values);
    program({ x });
    const started = performance.now();
    const most = measured(() => program({ x }), steps / 10);
    const runMs = milliseconds(started);
    console.log(JSON.stringify({ ...facts, measuredMB: megabytes(most), runMs }));
  }
