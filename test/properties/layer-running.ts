/** Layers of samples as programs: built, with values for all of their variables, and run. */
import { compileGraph } from '@cotangent/engine';
import {
  type AnyTensor,
  closeGraph,
  countOf,
  type Dim,
  type Graph,
  HostArray,
  Input,
  isFloat,
} from '@cotangent/graph';
import { type AnyLayer, evaluation, training } from '@cotangent/layers';
import { arrayOf, drawn } from '../cases/arrays.ts';
import {
  type DrawnLayer,
  type LayerRun,
  layerCasesOf,
  makeLayer,
  type Plain,
} from '../cases/layers/index.ts';
import { Random } from '../cases/random.ts';

export interface BuiltLayer {
  readonly sample: DrawnLayer;
  readonly layer: AnyLayer;
  readonly inputs: Readonly<Record<string, HostArray>>;
  readonly outputs: readonly AnyTensor[];
  readonly graph: Graph;
  /** By path. */
  readonly variables: Readonly<Record<string, HostArray>>;
  /** What a reference is computed from: variables by their names within the layer. */
  readonly run: LayerRun;
}

export const arraysOf = (sample: DrawnLayer): Readonly<Record<string, HostArray>> => ({
  x: sample.x,
  ...sample.more,
});

/** The layer of a sample, called on inputs of its types; `shapeOf` may give sizes a name. */
export function builtLayer(
  sample: DrawnLayer,
  layer: AnyLayer = makeLayer(sample.name, sample.options),
  shapeOf: (name: string, shape: readonly number[]) => readonly Dim[] = (_, shape) => shape,
): BuiltLayer {
  const arrays = arraysOf(sample);
  const inputs = Object.entries(arrays).map(
    ([name, { shape, dtype }]) => new Input(name, shapeOf(name, shape), dtype),
  );
  const outputs = resultsOf(
    sample,
    layer,
    Object.fromEntries(inputs.map((one) => [one.name, one as AnyTensor])),
  );
  const graph = closeGraph({ inputs, outputs: byNumber(outputs) });
  const prefix = layer.path === '' ? '' : `${layer.path}/`;
  const within = (path: string) => (path.startsWith(prefix) ? path.slice(prefix.length) : path);
  const { state } = compileGraph(graph, { seed: sample.seed });
  const variables = Object.fromEntries(
    graph.variables.map(({ path, shape, dtype, role }) => {
      const kept = role === 'key' ? state.get(path) : undefined;
      return [path, kept ?? drawnValue(sample, within(path), shape as readonly number[], dtype)];
    }),
  );
  const named = Object.fromEntries(Object.entries(variables).map(([path, value]) => [within(path), value]));
  return { sample, layer, inputs: arrays, outputs, graph, variables, run: { ...sample, variables: named } };
}

/** What a layer gives, built for training or for evaluation. */
function resultsOf(
  sample: DrawnLayer,
  layer: AnyLayer,
  inputs: Readonly<Record<string, AnyTensor>>,
): readonly AnyTensor[] {
  const { call } = layerCasesOf(sample.name);
  const mode = sample.training ? training : evaluation;
  return mode(() => (call === undefined ? [layer(inputs.x!)] : call(layer, inputs, sample)))();
}

const byNumber = (outputs: readonly AnyTensor[]): Record<string, AnyTensor> =>
  Object.fromEntries(outputs.map((tensor, i) => [`output${i}`, tensor]));

/** A value of a variable: the same for the same sample and name. */
function drawnValue(
  { name, seed }: DrawnLayer,
  variable: string,
  shape: readonly number[],
  dtype: HostArray['dtype'],
): HostArray {
  const random = new Random([...variable].reduce((hash, letter) => hash * 31 + letter.charCodeAt(0), seed));
  const draw = layerCasesOf(name).variable;
  // Whole numbers are counts.
  if (!isFloat(dtype)) return drawnCounts(random, dtype, shape);
  return drawn(random, dtype, shape, {
    draw: (source) => (draw === undefined ? source.real(-1, 1) : draw(variable, source)),
  });
}

const drawnCounts = (random: Random, dtype: HostArray['dtype'], shape: readonly number[]): HostArray =>
  arrayOf(
    dtype,
    shape,
    random.list(countOf(shape), () => random.whole(0, 3)),
  );

export interface Ran {
  readonly outputs: readonly HostArray[];
  /** Values of variables after the call, by path. */
  readonly after: Readonly<Record<string, HostArray>>;
}

/** Runs a graph once with given inputs and variables. */
export function ranGraph(
  graph: Graph,
  inputs: Readonly<Record<string, HostArray>>,
  variables: Readonly<Record<string, HostArray>>,
  seed = 0,
): Ran {
  const program = compileGraph(graph, { seed });
  for (const variable of graph.variables) {
    program.state.ensure(variable, variable.shape as readonly number[]);
    program.state.set(variable.path, variables[variable.path]!);
  }
  const results = program(inputs as never) as Readonly<Record<string, HostArray | number>>;
  const outputs = graph.outputs.map(({ name, tensor }) => {
    const value = results[name]!;
    return value instanceof HostArray ? value : arrayOf(tensor.dtype, [], [value]);
  });
  return {
    outputs,
    after: Object.fromEntries(graph.variables.map(({ path }) => [path, program.state.get(path)])),
  };
}

export const ranLayer = ({ graph, inputs, variables }: BuiltLayer): Ran => ranGraph(graph, inputs, variables);

/** An array as plain numbers. */
export const plainOf = ({ shape, data }: HostArray): Plain => ({ shape, values: Array.from(data) });

/** The results by name, for checkers and closed graphs. */
export const treeOf = byNumber;
