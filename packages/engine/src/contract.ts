/**
 * What an engine is. An engine takes a graph whose dimensions are all numbers and gives something that runs it.
 * It owns the storage of variables; host arrays go in and come out. Whoever needs what an engine lacks gets an error,
 * never a silent fall-back.
 */
import {
  bodiesOf,
  CotangentError,
  type DType,
  type Graph,
  type HostArray,
  isPrimitiveName,
  type Node,
  type PrimitiveName,
  whereIs,
} from '@cotangent/graph';

export type Mode = 'sync' | 'async';
/** What a synchronous engine returns at once and an asynchronous one promises. */
export type Eventually<M extends Mode, T> = M extends 'sync' ? T : Promise<T>;

/** A value of a variable in the engine's memory: whatever the engine knows it by. */
export type Stored = object;

export type Report = (label: string, value: HostArray) => void;

export interface RunResult {
  /** In the order of the graph's outputs. */
  readonly outputs: readonly HostArray[];
  /** New values in the order of the graph's updates. */
  readonly updates: readonly Stored[];
}

/** A program that an engine has prepared for one set of sizes. Owns its temporaries and nothing else. */
export interface Executable<M extends Mode = Mode> {
  /** `variables` in the order of the graph's variables. Fails as a whole: no variable is changed by a failed run. */
  run(inputs: readonly HostArray[], variables: readonly Stored[], report: Report): Eventually<M, RunResult>;
  dispose(): void;
}

export interface Engine<M extends Mode = Mode> {
  readonly name: string;
  readonly mode: M;
  readonly dtypes: readonly DType[];
  supports(primitive: PrimitiveName): boolean;
  /** The most memory that it can have, if that is known: larger variables are refused before their values are made. */
  readonly maximumBytes?: number;
  compile(graph: Graph): Eventually<M, Executable<M>>;
  /** Takes a copy of a host array into the engine's memory. */
  store(value: HostArray): Stored;
  /** A copy for the host. */
  read(stored: Stored): Eventually<M, HostArray>;
  /** Gives memory back. */
  release(stored: Stored): void;
}

const lacking = (what: string, engine: Engine, node: Node): CotangentError =>
  new CotangentError(
    'ENGINE_LACKS',
    `the engine '${engine.name}' lacks ${what}: choose another engine`,
    whereIs(node),
  );

/** @throws ENGINE_LACKS with the engine, the dtype, and the user's line */
export function checkDTypes(engine: Engine, graph: Graph): void {
  for (const node of graph.nodes) {
    for (const { dtype } of node.outputs)
      if (!engine.dtypes.includes(dtype)) throw lacking(`the dtype ${dtype}`, engine, node);
    for (const body of bodiesOf(node)) checkDTypes(engine, body);
  }
}

/**
 * Of the graph that the engine gets: specialized and simplified.
 * @throws ENGINE_LACKS with the engine, the primitive or dtype, and the user's line
 */
export function checkSupport(engine: Engine, graph: Graph): void {
  checkDTypes(engine, graph);
  for (const node of graph.nodes) {
    if (isPrimitiveName(node.op) && !engine.supports(node.op))
      throw lacking(`the primitive '${node.op}'`, engine, node);
    for (const body of bodiesOf(node)) checkSupport(engine, body);
  }
}
