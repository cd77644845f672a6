/**
 * The core of a layer: a function from tensor to tensor that owns variables. Identity is the object; the path comes
 * from the container that holds it, or from its name.
 */
import {
  type AnyTensor,
  closingsSoFar,
  type Dim,
  type DType,
  fail,
  formatShape,
  type Initializer,
  insideLayer,
  isFloat,
  isTensor,
  type Mutable,
  outermost,
  sameShape,
  show,
  type Tensor,
  Variable,
  type VariableOptions,
} from '@cotangent/graph';
import { stopGradient } from '@cotangent/graph/ops';
import { activeLayer, insideCore, isFrozen } from './context.ts';

export type Config = Readonly<Record<string, unknown>>;

/** What every layer is, whatever its types: callable, with a kind, a path and variables. */
export interface AnyLayer {
  (x: AnyTensor): AnyTensor;
  readonly kind: string;
  /** Where its variables live; '' for an unnamed container at the root. */
  readonly path: string;
  readonly core: LayerCore;
}

/** What every typed layer has, however it is called. */
export type LayerLike = Pick<AnyLayer, 'kind' | 'path' | 'core'>;

export class LayerCore {
  readonly kind: string;
  readonly config: Config;
  /** Layers inside, by key. */
  readonly children: readonly (readonly [string, AnyLayer])[];
  /** Made from its configuration alone, so that it can come back from JSON. */
  readonly builtIn: boolean;
  readonly variables = new Map<string, Variable>();
  private name: string | undefined;
  private place: { readonly container: LayerCore; readonly key: string } | undefined;
  private calls = { closing: -1, count: 0 };

  constructor(
    kind: string,
    config: Config,
    children: readonly (readonly [string, AnyLayer])[] = [],
    builtIn = false,
  ) {
    this.kind = kind;
    this.config = config;
    this.children = children;
    this.builtIn = builtIn;
    this.name = typeof config.name === 'string' ? config.name : undefined;
    for (const [key, child] of children) child.core.place ??= { container: this, key };
  }

  get path(): string {
    const own = this.name ?? this.place?.key;
    if (this.place === undefined) return own ?? (this.children.length > 0 ? '' : this.kind);
    const outer = this.place.container.path;
    return outer === '' ? own! : `${outer}/${own}`;
  }

  /** Gives the layer a name, once. */
  rename(name: string): void {
    if (this.name !== undefined && this.name !== name)
      throw fail(
        'DUPLICATE_NAME',
        `the layer '${this.path}' already has the name '${this.name}' and cannot become '${name}'`,
      );
    this.name = name;
  }

  /** Whether the paths of its variables are the same whatever else is in the script. */
  get isNamed(): boolean {
    return this.name !== undefined || (this.place?.container.isNamed ?? false);
  }

  /** How often the layer was called since a graph was closed last: tells the draws of several calls apart. */
  nextCall(): number {
    const closing = closingsSoFar();
    this.calls =
      this.calls.closing === closing ? { closing, count: this.calls.count + 1 } : { closing, count: 0 };
    return this.calls.count;
  }

  /** The variable of a name, made at the first call; later calls must want the same shape. */
  variable(
    name: string,
    shape: readonly Dim[],
    dtype: DType,
    initial: Initializer,
    options: VariableOptions = {},
  ): Variable {
    const fixed = shape.every((size) => Number.isSafeInteger(size) && Number(size) >= 0);
    if (!fixed && options.role !== 'state')
      throw fail(
        'BAD_ARGUMENT',
        `the ${name} of a layer needs fixed sizes, not ${formatShape(shape)}: it is shared by all examples`,
      );
    const known = this.variables.get(name);
    if (known === undefined) {
      const made = new Variable(name, [...shape], dtype, initial, { ...options, owner: this });
      this.variables.set(name, made);
      return made;
    }
    if (known.dtype !== dtype || !sameShape(known.shape, shape))
      throw fail(
        'SHAPE_MISMATCH',
        `the layer '${this.path}' was built with a ${name} ${known.dtype}${formatShape(known.shape)} and is now called with an input that needs ${dtype}${formatShape(shape)}: use a second layer`,
      );
    return known;
  }
}

/** A function as a public call of a layer: its errors have the line of the caller and the path of the layer. */
export function callOf<A extends readonly unknown[], R>(
  core: LayerCore,
  body: (...args: A) => R,
): (...args: A) => R {
  const call = (...args: A): R =>
    outermost(call, () =>
      insideLayer(
        () => core.path,
        () => insideCore(core, () => body(...args)),
        core.kind,
      ),
    );
  return Object.assign(call, { isLayerCall: true });
}

/** Makes a callable layer out of a core and the function that it computes. */
export function layerOf<L extends LayerLike>(core: LayerCore, body: (x: AnyTensor) => AnyTensor): L {
  const call = callOf(core, (x: AnyTensor) => {
    if (core.builtIn) checkTensor(x, core.kind);
    return checkedResult(core, body(x));
  });
  Object.defineProperties(call, {
    kind: { value: core.kind, enumerable: true },
    core: { value: core },
    path: { get: () => core.path, enumerable: true },
    name: { value: core.kind },
  });
  // The properties above complete the function; the shape function exists in types only.
  return call as unknown as L;
}

/** A layer of one's own may take what it likes; one of ours takes a tensor. */
export function checkTensor(x: unknown, what: string): void {
  if (!isTensor(x)) throw fail('BAD_ARGUMENT', `${what} takes a tensor, not ${show(x)}`);
}

function checkedResult(core: LayerCore, result: unknown): AnyTensor {
  if (isTensor(result)) return result;
  throw fail(
    'BAD_ARGUMENT',
    `the layer '${core.path}' gave ${show(result)}, not a tensor: is a return missing?`,
  );
}

export const isLayer = (value: unknown): value is AnyLayer =>
  typeof value === 'function' && 'core' in value && value.core instanceof LayerCore;

/** Parameters have the dtype of the input: whatever is no float is refused. */
export function checkFloat(x: AnyTensor, what: string): void {
  if (!isFloat(x.dtype))
    throw fail(
      'DTYPE_MISMATCH',
      `${what} takes f32 or f64, not ${x.dtype}: declare the input f32, or convert it with .cast('f32')`,
    );
}

export interface ParameterOptions extends VariableOptions {
  readonly dtype?: DType;
}

/**
 * A parameter of the layer being built; made once, found again at later calls.
 *
 * @param initial  default: Glorot uniform for kernels of two or more axes, zeros otherwise
 * @throws BAD_ARGUMENT outside of a layer
 */
export function parameter<const S extends readonly Dim[]>(
  name: string,
  shape: S,
  initial?: Initializer,
  options?: VariableOptions & { readonly dtype?: undefined },
): Tensor<Mutable<S>, 'f32'>;
export function parameter(
  name: string,
  shape: readonly Dim[],
  initial?: Initializer,
  options?: ParameterOptions,
): AnyTensor;
export function parameter(
  name: string,
  shape: readonly Dim[],
  initial?: Initializer,
  options: ParameterOptions = {},
): AnyTensor {
  const core = activeLayer();
  if (core === undefined)
    throw fail(
      'BAD_ARGUMENT',
      `parameter('${name}') belongs into a layer: wrap the function with layer('kind', fn), or use variable(…)`,
    );
  const fallback: Initializer =
    shape.length >= 2
      ? { kind: 'varianceScaling', scale: 1, fan: 'average', distribution: 'uniform' }
      : { kind: 'constant', value: 0 };
  const { dtype = 'f32', ...rest } = options;
  const variable = core.variable(name, shape, dtype, initial ?? fallback, rest);
  return isFrozen() && variable.role === 'parameter' ? stopGradient(variable) : variable;
}

/** State of the layer being built that is not trained, such as running statistics. */
export function statistic(
  name: string,
  shape: readonly Dim[],
  initial: Initializer,
  dtype: DType,
  role: Variable['role'] = 'statistic',
): Variable {
  const core = activeLayer();
  if (core === undefined) throw fail('BAD_ARGUMENT', `statistic('${name}') belongs into a layer`);
  return core.variable(name, shape, dtype, initial, { role });
}
