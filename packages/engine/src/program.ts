/**
 * Programs, after Theano's function: inputs, outputs, updates. A program is specialized for the sizes that a call binds
 * to its names, and each specialization is compiled once and kept.
 */
import {
  type AnyTensor,
  type Bindings,
  CotangentError,
  checkKeys,
  closeGraph,
  type Graph,
  type HostArray,
  type Input,
  namedLeaves,
  type OptionKeys,
  outermost,
  refill,
  show,
  sizesOf,
  substituteDim,
  type Tree,
  type Update,
} from '@cotangent/graph';
import { dimensionNames, joinLoops, simplify, specialize } from '@cotangent/rewrite';
import {
  checkDTypes,
  checkSupport,
  type Engine,
  type Eventually,
  type Executable,
  type Mode,
  type Report,
  type RunResult,
} from './contract.ts';
import { defaultEngine } from './default.ts';
import { bindFeeds, type Feed, type Feeds } from './feeds.ts';
import { type MemoryPlan, memoryPlan } from './memory.ts';
import { carefulExecutable, interpreter } from './reference.ts';
import { type Bound, boundOf, State } from './state.ts';

export interface ProgramSpec<I extends readonly Input[], O extends Tree> {
  /** Inputs that every call feeds. */
  readonly inputs: I;
  /** What a call returns: a tensor, or a list or record of tensors. */
  readonly outputs: O;
  /** What variables become after a call. All at once: outputs and updates see old values. */
  readonly updates?: readonly Update[];
}

export interface CompileOptions<M extends Mode> {
  /** By default the engine of the state, or the default engine: the compiled one in the package `cotangent`. */
  readonly engine?: Engine<M>;
  /** Share the variables of another program. */
  readonly state?: State<M>;
  /** Seed of initial values, for a new state. */
  readonly seed?: number | string;
  /** Sees the results before any variable changes; if it throws, none does. */
  readonly accept?: (results: unknown) => void;
  /** Where values named by `debug` and watched ones go; by default they are printed. */
  readonly report?: Report;
  readonly debug?: DebugOptions;
}

/** For finding out what goes wrong; programs are slower with it. */
export interface DebugOptions {
  /**
   * Stop at the first node that makes NaN or an infinity, forwards or in a derivative, by interpreting the graph node by
   * node, whatever the engine: the call fails with NOT_FINITE, which names the node, the values that it was made from, the layer and the user's line; no variable changes. What a
   * guard such as `where` leaves out does not count.
   */
  readonly nan?: boolean;
  /** Tensors on the way, gradients too, whose values are reported by these names after each call. */
  readonly watch?: Readonly<Record<string, AnyTensor>>;
}

const specKeys: OptionKeys<ProgramSpec<readonly Input[], Tree>> = {
  inputs: true,
  outputs: true,
  updates: true,
};
const optionKeys: OptionKeys<CompileOptions<Mode>> = {
  engine: true,
  state: true,
  seed: true,
  accept: true,
  report: true,
  debug: true,
};
const debugKeys: OptionKeys<DebugOptions> = { nan: true, watch: true };

function checkOptions<M extends Mode>(what: string, options: CompileOptions<M>): void {
  checkKeys(what, options, optionKeys);
  if (options.debug !== undefined) checkKeys(`the option debug of ${what}`, options.debug, debugKeys);
}

/** What a call takes: one feed for each input, by name. */
export type FeedsOf<I extends readonly Input[]> = { readonly [T in I[number] as T['name']]: Feed };

/** What a call returns in place of each tensor: a number for a scalar, a host array otherwise. */
export type ResultOf<T> = [Tree] extends [T]
  ? unknown
  : T extends AnyTensor
    ? number extends T['shape']['length']
      ? number | HostArray<T['dtype']>
      : T['shape'] extends readonly []
        ? number
        : HostArray<T['dtype']>
    : { readonly [K in keyof T]: ResultOf<T[K]> };

export interface Program<
  I extends readonly Input[] = readonly Input[],
  O extends Tree = Tree,
  M extends Mode = Mode,
> {
  (feeds: FeedsOf<I>): Eventually<M, ResultOf<O>>;
  readonly graph: Graph;
  readonly state: State<M>;
  /** Compiles ahead for given sizes of the names. */
  prepare(bindings?: Bindings): Eventually<M, void>;
  /** The simplified graph for given sizes: what the engine runs. */
  specialized(bindings?: Bindings): Graph;
  /** Lives and peak of memory for given sizes. */
  memory(bindings?: Bindings): MemoryPlan;
  dispose(): void;
}

/** More specializations than this are not kept; the one unused for longest goes. */
const mostSpecializations = 32;

/**
 * Compiles a program. Variables are bound to the state by their paths; those that are new get their initial values.
 *
 * @throws MISSING_INPUT, DUPLICATE_NAME, UPDATE_CONFLICT, ENGINE_LACKS
 * @example
 * ```ts
 * const { w: dw } = grad(loss, { w });
 * const train = compile({ inputs: [x, y], outputs: { loss }, updates: [w.becomes(w.sub(dw.mul(0.1)))] }, { seed: 1 });
 * const predict = compile({ inputs: [x], outputs: x.matmul(w) }, { state: train.state });
 * train({ x: [[1, 2, 3]], y: [[1]] }).loss; // a scalar output is a number
 * ```
 */
export function compile<const I extends readonly Input[], const O extends Tree, M extends Mode = 'sync'>(
  spec: ProgramSpec<I, O>,
  options: CompileOptions<M> = {},
): Program<I, O, M> {
  return outermost(compile, () => {
    checkKeys('compile', spec, specKeys, 'part');
    checkOptions('compile', options);
    const named = namedLeaves(spec.outputs).map(
      ({ name, tensor }) => [name === '' ? 'output' : name, tensor] as const,
    );
    const watched = Object.entries(options.debug?.watch ?? {}).map(
      ([name, tensor]) => [`watch ${name}`, tensor] as const,
    );
    const graph = closeGraph({
      inputs: spec.inputs,
      outputs: Object.fromEntries([...named, ...watched]),
      ...(spec.updates === undefined ? {} : { updates: spec.updates }),
    });
    return programOf(graph, spec.outputs, options) as Program<I, O, M>;
  });
}

/** A program of a graph that is already closed, such as one read from JSON; it returns a record of its outputs. */
export function compileGraph<M extends Mode = 'sync'>(
  graph: Graph,
  options: CompileOptions<M> = {},
): Program<readonly Input[], Record<string, AnyTensor>, M> {
  checkOptions('compileGraph', options);
  const outputs = Object.fromEntries(graph.outputs.map(({ name, tensor }) => [name, tensor]));
  return programOf(graph, outputs, options) as Program<readonly Input[], Record<string, AnyTensor>, M>;
}

function programOf<M extends Mode>(
  graph: Graph,
  pattern: Tree,
  options: CompileOptions<M>,
): Program<readonly Input[], Tree, M> {
  if (options.state !== undefined && !(options.state instanceof State))
    throw new CotangentError(
      'BAD_ARGUMENT',
      `the option state takes the state of a program, as in { state: train.state }, not ${show(options.state)}`,
    );
  // Without an engine the mode is that of the default engine, which is the default of `M`.
  const engine = options.engine ?? options.state?.engine ?? (defaultEngine() as unknown as Engine<M>);
  const state =
    options.state ?? new State<M>({ engine, ...(options.seed === undefined ? {} : { seed: options.seed }) });
  if (state.engine !== engine && options.engine !== undefined)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `the state belongs to the engine '${state.engine.name}': leave out the option engine, or make a new state`,
    );
  if (!Array.isArray(engine?.dtypes))
    throw new CotangentError(
      'BAD_ARGUMENT',
      'an engine is made by a call: give { engine: wasm() }, or leave it out',
    );
  checkDTypes(engine, graph);
  const names = dimensionNames(graph);
  bindFixedVariables(graph, state);
  const watched = Object.keys(options.debug?.watch ?? {});
  const report: Report = options.report ?? ((label, value) => console.log(`${label} = ${value}`));
  const cache = new Map<string, Eventually<M, Specialization<M>>>();

  // Loops that derivatives run again are recognized before sizes are put into them.
  const joined = joinLoops(graph);
  // Who looks for a node wants the nodes that were written, not what folding and sharing have made of them.
  const prepared = options.debug?.nan === true ? (written: Graph) => written : simplify;
  const specializedGraph = (bindings: Bindings): Graph =>
    prepared(names.length === 0 ? joined : specialize(joined, checkedBindings(names, bindings)));
  let isDisposed = false;
  const lookUp = (bindings: Bindings): Eventually<M, Specialization<M>> => {
    if (isDisposed)
      throw new CotangentError('BAD_ARGUMENT', 'the program was disposed of: compile it again to run it');
    const key = names.map((name) => bindings[name]).join(',');
    let found = cache.get(key);
    if (found === undefined) {
      const concrete = specializedGraph(bindings);
      checkSupport(engine, concrete);
      // What belongs to sequences is allocated by the first batch that is taken over.
      for (const variable of concrete.variables)
        if (variable.role !== 'state') state.ensure(variable, sizesOf(variable));
      found = after(
        engine.mode,
        options.debug?.nan === true ? carefulExecutable(engine, concrete) : engine.compile(concrete),
        (executable: Executable<M>) => ({
          executable,
          variables: concrete.variables.map(boundOf),
          updated: concrete.updates.map(({ variable }) => boundOf(variable)),
        }),
      );
    } else cache.delete(key);
    cache.set(key, found);
    // A compilation that failed is tried again by the next call.
    if (found instanceof Promise) found.catch(() => cache.delete(key));
    if (cache.size > mostSpecializations) {
      const [oldest, dropped] = cache.entries().next().value!;
      cache.delete(oldest);
      after(engine.mode, dropped, ({ executable }: Specialization<M>) => executable.dispose());
    }
    return found;
  };

  const call = (feeds: Feeds): unknown => {
    const { arrays, bindings } = bindFeeds(graph.inputs, feeds);
    return after(engine.mode, lookUp(bindings), ({ executable, variables, updated }: Specialization<M>) => {
      const loan = state.lend(variables);
      // What a run has made and the state does not take over.
      let made = loan.own;
      let taken = false;
      const run = (): unknown =>
        after(
          engine.mode,
          executable.run(arrays, loan.handles, report),
          ({ outputs: all, updates }: RunResult) => {
            made = [...made, ...updates];
            const outputs = all.slice(0, all.length - watched.length);
            watched.forEach((name, i) => report(name, all[outputs.length + i]!));
            const results = refill(pattern, outputs.map(resultValue));
            options.accept?.(results);
            state.commit(updated, updates);
            taken = true;
            made = loan.own.filter((stored) => !updates.includes(stored));
            return refill(pattern, outputs.map(resultValue));
          },
        );
      return lastly(run, () => {
        if (!taken || made.length > 0) state.settle(made);
      });
    });
  };
  return Object.assign(call as Program<readonly Input[], Tree, M>, {
    graph,
    state,
    prepare: (bindings: Bindings = {}) =>
      after(engine.mode, lookUp(checkedBindings(names, bindings)), () => undefined),
    specialized: (bindings: Bindings = {}) => specializedGraph(bindings),
    memory: (bindings: Bindings = {}) => memoryPlan(specializedGraph(bindings)),
    dispose: () => {
      isDisposed = true;
      for (const one of cache.values())
        after(engine.mode, one, ({ executable }: Specialization<M>) => executable.dispose());
      cache.clear();
    },
  }) as Program<readonly Input[], Tree, M>;
}

interface Specialization<M extends Mode> {
  readonly executable: Executable<M>;
  readonly variables: readonly Bound[];
  readonly updated: readonly Bound[];
}

/** Variables of known size have a value as soon as a program is compiled. */
function bindFixedVariables<M extends Mode>(graph: Graph, state: State<M>): void {
  for (const variable of graph.variables)
    if (variable.shape.every((dim) => typeof dim === 'number')) state.ensure(variable, sizesOf(variable));
}

/** Goes on at once in a synchronous engine, later in an asynchronous one. */
function after<M extends Mode, T, R>(
  mode: M,
  value: Eventually<M, T>,
  next: (value: T) => R,
): Eventually<M, Awaited<R>> {
  // The mode says which of the two the value is; TypeScript does not connect them.
  return (mode === 'async' ? (value as Promise<T>).then(next) : next(value as T)) as Eventually<
    M,
    Awaited<R>
  >;
}

/** Does something and then, whether it has failed or not, something last: at once, or when a promise is settled. */
function lastly<R>(body: () => R, last: () => void): R {
  let result: R | undefined;
  try {
    result = body();
    // A promise of R settles to what it would have been.
    return result instanceof Promise ? (result.finally(last) as R) : result;
  } finally {
    if (!(result instanceof Promise)) last();
  }
}

function checkedBindings(names: readonly string[], bindings: Bindings): Bindings {
  const missing = names.find((name) => !Object.hasOwn(bindings, name));
  if (missing !== undefined)
    throw new CotangentError(
      'UNBOUND_DIMENSION',
      `the dimension '${missing}' has no size: give sizes for ${names.join(', ')}, as in { ${names[0]}: 32 }`,
    );
  for (const name of names) substituteDim(name, bindings);
  return bindings;
}

const resultValue = (array: HostArray): number | HostArray =>
  array.shape.length === 0 ? array.data[0]! : array;

/**
 * Computes tensors once: for looking at values in a script. By default they are interpreted, because compiling takes
 * longer than one run.
 *
 * @example
 * ```ts
 * const x = input('x', ['length']);
 * compute(x.square().sum(), { x: [1, 2, 3] }); // 14
 * ```
 */
export function compute<O extends Tree>(
  outputs: O,
  feeds: Feeds = {},
  options: CompileOptions<'sync'> = {},
): ResultOf<O> {
  checkOptions('compute', options);
  const leaves = namedLeaves(outputs).map(
    ({ name, tensor }) => [name === '' ? 'output' : name, tensor] as const,
  );
  const graph = closeGraph({ outputs: Object.fromEntries(leaves) });
  const engine = options.engine ?? options.state?.engine ?? interpreter();
  return programOf(graph, outputs, { ...options, engine })(feeds as never) as ResultOf<O>;
}
