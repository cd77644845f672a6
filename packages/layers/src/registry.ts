/** Kinds of layers by name: one definition makes the layer, checks its options, and brings it back from JSON. */
import { type AnyTensor, CotangentError, show } from '@cotangent/graph';
import { type AnyLayer, type Config, LayerCore, type LayerLike, layerOf } from './core.ts';
import { type OptionTable, readOptions } from './options.ts';

type Restore = (config: Config) => AnyLayer;
const kinds = new Map<string, Restore>();

/**
 * Defines a kind of layer with plain options. `build` gets the options with their defaults, once per layer.
 * `L` is the layer with its shapes as types.
 */
export function define<O extends object>(
  kind: string,
  table: OptionTable,
  build: (options: O, core: LayerCore) => (x: AnyTensor) => AnyTensor,
) {
  const make = <L extends LayerLike = AnyLayer>(given: object = {}): L => {
    // `readOptions` has checked every option against the table that describes O.
    const options = readOptions(kind, table, given) as unknown as O;
    const core = new LayerCore(kind, given as Config, [], true);
    return layerOf<L>(core, build(options, core));
  };
  kinds.set(kind, make);
  return make;
}

/** Registers a kind that is restored in its own way, such as a container. */
export const register = (kind: string, restore: Restore): void => {
  kinds.set(kind, restore);
};

/** The configuration of a layer as plain data: its kind and options, and those of the layers inside. */
export function layerToJson(layer: AnyLayer): Readonly<Record<string, unknown>> {
  const { kind, config, children } = layer.core;
  if (!layer.core.builtIn)
    throw new CotangentError(
      'BAD_JSON',
      `'${layer.path}' (${kind}) is, or holds, a function of one's own: only built-in layers have a configuration in JSON`,
    );
  const inner = children.map(([key, child]) => [key, layerToJson(child)]);
  return { kind, ...config, ...(children.length === 0 ? {} : { layers: inner }) };
}

/** The kinds that can come back from JSON. */
export const layerKinds = (): readonly string[] => [...kinds.keys()];

const deepest = 100;
let depth = 0;

/**
 * A layer from the configuration of another one; parameters are not part of it.
 *
 * @throws BAD_JSON for unknown kinds; BAD_ARGUMENT for wrong options
 */
export function layerFromJson(json: unknown): AnyLayer {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new CotangentError('BAD_JSON', `the configuration of a layer is a record, not ${show(json)}`);
  const { kind, ...config } = json as Readonly<Record<string, unknown>>;
  const restore = typeof kind === 'string' ? kinds.get(kind) : undefined;
  if (restore === undefined)
    throw new CotangentError(
      'BAD_JSON',
      `there is no kind of layer ${show(kind)}: there is ${layerKinds().join(', ')}`,
    );
  if (++depth > deepest) {
    depth = 0;
    throw new CotangentError('BAD_JSON', `layers are nested more than ${deepest} deep`);
  }
  try {
    return restore(config);
  } finally {
    depth = Math.max(0, depth - 1);
  }
}

/** The layers listed in the configuration of a container. */
export function layersFromJson(config: Config): [string, AnyLayer][] {
  const { layers } = config;
  if (!Array.isArray(layers) || layers.length > 10_000)
    throw new CotangentError('BAD_JSON', `the layers of a container are a list, not ${show(layers)}`);
  return layers.map((entry) => {
    if (!Array.isArray(entry) || entry.length !== 2 || typeof entry[0] !== 'string')
      throw new CotangentError('BAD_JSON', `${show(entry)} is not a [key, layer] pair`);
    return [entry[0], layerFromJson(entry[1])];
  });
}
