/**
 * How time and memory grow with the graph: a chain of n nodes on 4 elements is built, differentiated, compiled, run and
 * printed. `npm run bench:scale` ends with one line of JSON about the longest chain; every point is in it, too.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { grad } from '@cotangent/autodiff';
import { compileGraph } from '@cotangent/engine';
import { type AnyTensor, closeGraph, type Graph, HostArray, printLines } from '@cotangent/graph';
import { chainOf } from '../properties/chain.ts';

interface Point {
  readonly n: number;
  readonly build: number;
  readonly differentiate: number;
  readonly compile: number;
  readonly run: number;
  readonly print: number;
  /** Of the heap, with graph and program alive. */
  readonly mib: number;
}

const columns = ['build', 'differentiate', 'compile', 'run', 'print'] as const;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The heap after a collection. */
function heap(): number {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function timed<T>(body: () => T): readonly [T, number] {
  const started = performance.now();
  const result = body();
  return [result, (performance.now() - started) / 1000];
}

function lengthOfText(graph: Graph): number {
  let characters = 0;
  for (const line of printLines(graph)) characters += line.length + 1;
  return characters;
}

function measure(n: number): Point {
  const before = heap();
  const [{ x, loss }, build] = timed(() => chainOf(n));
  const [gradient, differentiate] = timed(() => grad(loss, x as AnyTensor));
  const [program, compile] = timed(() => {
    const result = compileGraph(closeGraph({ inputs: [x], outputs: { loss, gradient } }));
    result.prepare();
    return result;
  });
  const feed = new HostArray('f32', [4], new Float32Array([0.1, 0.2, 0.3, 0.4]));
  const [results, run] = timed(() => program({ x: feed } as never));
  const slopes = (results as { gradient: HostArray }).gradient.data;
  if (!slopes.every((slope) => Number.isFinite(slope))) throw new Error('the gradient is not finite');
  const [, print] = timed(() => lengthOfText(program.graph));
  return { n, build, differentiate, compile, run, print, mib: heap() - before };
}

const sizes = (process.env.SCALE_SIZES ?? '1000,10000,100000,1000000').split(',').map(Number);
const row = (cells: readonly string[]): void => console.log(cells.map((cell) => cell.padStart(14)).join(''));
measure(1000); // the just-in-time compiler sees the code once before anything is timed
row(['n', ...columns.map((name) => `${name} s`), 'MiB']);
const points = sizes.map((n) => {
  const point = measure(n);
  row([String(n), ...columns.map((name) => point[name].toFixed(3)), point.mib.toFixed(1)]);
  return point;
});
const last = points.at(-1)!;
const seconds = columns.reduce((total, name) => total + last[name], 0);
console.log(
  JSON.stringify({
    n: last.n,
    seconds: Number(seconds.toFixed(3)),
    mib: Number(last.mib.toFixed(1)),
    points,
  }),
);
