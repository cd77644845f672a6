/** Serialized graphs are untrusted: whatever is done to one, reading it gives a graph or BAD_JSON, and soon. */
import {
  CotangentError,
  closeGraph,
  families,
  graphFromJson,
  graphToJson,
  type PrimitiveName,
  printGraph,
  verify,
} from '@cotangent/graph';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { samplesOf } from '../cases/index.ts';
import { Random } from '../cases/random.ts';
import { build, programs } from './programs.ts';
import { refusal } from './refusals.ts';
import { applied } from './running.ts';
import { holds } from './runs.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What is put in the place of something else. */
const intruders: readonly (() => unknown)[] = [
  () => null,
  () => undefined,
  () => true,
  () => '',
  () => 'batch',
  () => '__proto__',
  () => 'constructor',
  () => 'NaN',
  () => 'x'.repeat(5000),
  () => 'floor((time-3)/2)+1',
  () => 'batch*batch-7',
  () => -1,
  () => 0,
  () => 1,
  () => 0.5,
  () => 2 ** 31,
  () => 2 ** 53,
  () => 1e308,
  () => Number.NaN,
  () => Infinity,
  () => -Infinity,
  () => [],
  () => [[[[]]]],
  () => [0, 0],
  () => [-1, 0],
  () => Array.from({ length: 70 }, () => 1),
  () => Array.from({ length: 30 }, () => 2 ** 40),
  () => ({}),
  () => JSON.parse('{"__proto__": {"op": "add"}}'),
  () => Object.create({ op: 'add', inputs: [], params: {} }),
  () => ({ kind: 'array', array: { dtype: 'f32', shape: [2 ** 20, 2 ** 20], data: [] } }),
  () => ({ kind: 'nested', values: [[1], [2, 3]] }),
  () => ({ toJSON: 1, valueOf: null, length: 5 }),
];

/** Every place in a value that can be changed: its container and its key. */
function placesOf(value: Json): { readonly container: Record<string, unknown>; readonly key: string }[] {
  const places: { container: Record<string, unknown>; key: string }[] = [];
  const stack: unknown[] = [value];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    const container = next as Record<string, unknown>;
    for (const key of Object.keys(container)) {
      places.push({ container, key });
      stack.push(container[key]);
    }
  }
  return places;
}

/** One change somewhere: deleted, replaced, nested, doubled, exchanged with another place, or one key more. */
function corrupt(json: Json, random: Random): void {
  const places = placesOf(json);
  const { container, key } = random.pick(places);
  const other = random.pick(places);
  const value = container[key];
  switch (random.whole(0, 6)) {
    case 0:
      if (Array.isArray(container)) container.splice(Number(key), 1);
      else delete container[key];
      break;
    case 1:
      container[key] = [value];
      break;
    case 2:
      container[key] = { [key]: value };
      break;
    case 3:
      container[key] = structuredClone(other.container[other.key]);
      break;
    case 4:
      if (Array.isArray(value)) value.push(structuredClone(value[0]));
      // JSON has no way to give a list a name of its own.
      else if (!Array.isArray(container))
        container[random.pick(['extra', 'constructor', 'op', 'input', 'toString'])] = value;
      break;
    case 5:
      container[key] =
        typeof value === 'number' ? random.pick([-value, value + 1, value * 1e9]) : String(value);
      break;
    default:
      container[key] = random.pick(intruders)();
  }
}

/** Reads it: a well-formed graph, or the one error that there is for it. */
function read(json: unknown): 'graph' | 'refused' {
  const started = performance.now();
  const result = readAnyhow(json);
  const seconds = (performance.now() - started) / 1000;
  if (seconds > 2) throw new Error(`it took ${seconds} s`);
  return result;
}

function readAnyhow(json: unknown): 'graph' | 'refused' {
  try {
    const graph = graphFromJson(json);
    verify(graph);
    printGraph(graph);
    return 'graph';
  } catch (error) {
    if (error instanceof CotangentError && error.code === 'BAD_JSON') return 'refused';
    throw new Error(`it raised ${String(error)}`, { cause: error });
  }
}

/** Primitives whose parameters are graphs. */
const withBodies = [...Object.keys(families.control), ...Object.keys(families.custom)] as PrimitiveName[];

/** What is corrupted, and how: a value that fast-check can show, whatever comes out. */
const corruptions = fc.record({ program: programs(16), seed: fc.nat(), named: fc.boolean() });
type Corruption = typeof corruptions extends fc.Arbitrary<infer T> ? T : never;

function corrupted({ program, seed, named }: Corruption, changes: number): unknown {
  const json = JSON.parse(JSON.stringify(graphToJson(build(program, named).graph)));
  const random = new Random(seed);
  for (let i = 0; i < changes; i++) corrupt(json, random);
  return json;
}

describe('a corrupted graph', () => {
  test('with one change is refused or read', () => {
    const seen = { graph: 0, refused: 0 };
    holds(
      corruptions,
      (corruption) => {
        seen[read(corrupted(corruption, 1))]++;
      },
      1500,
    );
    expect(seen.refused, 'refused').toBeGreaterThan(200);
    expect(seen.graph, 'read').toBeGreaterThan(50);
  });

  test('with several changes is refused or read', () => {
    holds(corruptions, (corruption) => void read(corrupted(corruption, 4)), 600);
  });

  test('with bodies inside is refused or read', () => {
    const seen = { graph: 0, refused: 0 };
    holds(
      fc.constantFrom(...withBodies).chain((op) => samplesOf(op, 'f32')),
      (sample) => {
        const { inputs, results } = applied(sample.op, sample);
        const outputs = Object.fromEntries(results.map((result, i) => [`y${i}`, result]));
        const json = JSON.parse(JSON.stringify(graphToJson(closeGraph({ inputs, outputs }))));
        expect(read(structuredClone(json))).toBe('graph');
        corrupt(json, new Random(sample.seed));
        seen[read(json)]++;
      },
      1000,
    );
    expect(seen.refused, 'refused').toBeGreaterThan(100);
    expect(seen.graph, 'read').toBeGreaterThan(30);
  });

  test('of any other kind is refused', () => {
    for (const intruder of intruders) expect(read(intruder())).toBe('refused');
    holds(fc.anything({ withBigInt: true, withSparseArray: true }), (json) => void read(json), 500);
  });
});

describe('a hostile graph', () => {
  const graphOf = (nodes: readonly unknown[]) => ({
    format: 'cotangent-graph',
    version: 1,
    nodes,
    inputs: [],
    outputs: [{ name: 'y', value: [nodes.length - 1, 0] }],
    updates: [],
  });
  const inputOf = (shape: readonly unknown[]) => graphOf([{ input: 'x', dtype: 'f32', shape }]);

  test('with a dimension that multiplies out to millions of terms is refused at once', () => {
    const sum = 'a+b+c+d+e+f+g+h';
    expect(read(inputOf([Array(100).fill(`(${sum})`).join('*')]))).toBe('refused');
    expect(read(inputOf([Array(300).fill('(a+b)').join('*')]))).toBe('refused');
    expect(read(inputOf([`${'('.repeat(500)}a${')'.repeat(500)}`]))).toBe('refused');
    expect(read(inputOf(['floor('.repeat(200)]))).toBe('refused');
  });

  test('whose sizes multiply out to millions of terms is refused at once', () => {
    const sum = 'a+b+c+d+e+f+g+h';
    const shape = Array.from({ length: 60 }, () => sum);
    const flat = { op: 'reshape', inputs: [[0, 0]], params: { shape: ['n'] } };
    expect(read({ ...graphOf([{ input: 'x', dtype: 'f32', shape }, flat]), inputs: [[0, 0]] })).toBe(
      'refused',
    );
  });

  test('with enormous sizes is read without making room for them', () => {
    const size = 2 ** 50;
    const nodes = [
      { op: 'constant', inputs: [], params: { value: 1, shape: [size, size, size], dtype: 'f64' } },
      { op: 'reduceSum', inputs: [[0, 0]], params: { axes: [0, 1, 2] } },
    ];
    expect(read(graphOf(nodes))).toBe('graph');
  });

  test('that refers to itself, or to what comes later, is refused', () => {
    for (const place of [0, 1, 5, -1, 0.5, '0', null])
      expect(read(graphOf([{ op: 'neg', inputs: [[place, 0]], params: {} }]))).toBe('refused');
  });

  test('cannot reach the prototype of anything', () => {
    const json = JSON.parse(
      '{"format":"cotangent-graph","version":1,"nodes":[{"input":"x","dtype":"f32","shape":[]}],"inputs":[[0,0]],"outputs":[{"name":"__proto__","value":[0,0]}],"updates":[]}',
    );
    expect(refusal(() => graphFromJson(json)).code).toBe('BAD_JSON');
    expect(({} as Record<string, unknown>).tensor).toBeUndefined();
    for (const op of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      expect(read(graphOf([{ op, inputs: [], params: {} }]))).toBe('refused');
  });
});
