/** Leaves of a graph: inputs, which are fed at the call, and variables, which the state holds between calls. */

import { checkedShape } from './checked-shape.ts';
import type { Dim } from './dim.ts';
import { type DType, isFloat } from './dtype.ts';
import { HostArray, type Nested } from './host-array.ts';
import { type Initializer, valuesOf, zeros } from './initializers.ts';
import { type AnyTensor, fail, Node, Tensor } from './node.ts';
import { outermost } from './origin.ts';
import { formatShape, formatType, type Shape, sameType } from './shape.ts';

const checkedName = (kind: string, name: unknown): string => {
  if (typeof name !== 'string' || name === '' || name.length > 200 || /[\s'"\\]/.test(name))
    throw fail('BAD_ARGUMENT', `${kind} needs a name: a short text without blanks and quotes`);
  return name;
};

/** A named input. `N` is the name as a type, so that calls of a program can be checked. */
export class Input<
  N extends string = string,
  S extends Shape = Shape,
  D extends DType = DType,
> extends Tensor<S, D> {
  readonly name: N;
  constructor(name: N, shape: S, dtype: D) {
    const node = new Node('input', [], { name }, [{ shape, dtype }]);
    super(node, 0, shape, dtype);
    this.name = name;
    // The leaf itself is the node's result, so that walking the graph finds the input with its name.
    (node as { outputs: readonly AnyTensor[] }).outputs = [this];
  }
}

/**
 * Declares an input of a program.
 *
 * @param name   how calls feed it
 * @param shape  sizes and names; a name is bound at each call
 * @example
 * ```ts
 * const x = input('x', ['batch', 784]); // Tensor<['batch', 784]>
 * const labels = input('labels', ['batch'], 'i32');
 * ```
 */
export function input<const N extends string, const S extends readonly Dim[]>(
  name: N,
  shape: S,
): Input<N, Mutable<S>, 'f32'>;
export function input<const N extends string, const S extends readonly Dim[], D extends DType>(
  name: N,
  shape: S,
  dtype: D,
): Input<N, Mutable<S>, D>;
export function input(name: string, shape: readonly Dim[], dtype: DType = 'f32'): Input {
  return outermost(input, () => new Input(checkedName('an input', name), checkedShape(shape), dtype));
}

/** A tuple without `readonly`: how shapes are written in types. */
export type Mutable<S extends readonly Dim[]> = { -readonly [K in keyof S]: S[K] };

/** A penalty on the size of a variable: l1·Σ|w| + l2·Σw². */
export interface Regularizer {
  readonly l1?: number;
  readonly l2?: number;
}

export interface VariableOptions {
  /** Frozen variables are left out by `parametersOf` unless asked for. */
  readonly trainable?: boolean;
  /** A penalty that `minimize` adds to the loss. */
  readonly regularizer?: Regularizer;
  /** Whose variable it is: the path is the owner's path and the name. */
  readonly owner?: VariableOwner;
  /**
   * State such as running statistics and counters, not to be trained. A `state` belongs to the sequences at hand: it may
   * have named dims, is allocated by the first batch, and forgotten by `reset()` of the `State`.
   */
  readonly role?: 'parameter' | 'statistic' | 'slot' | 'counter' | 'key' | 'state';
}

/** Something with a path, which may become known only when a container names it. */
export interface VariableOwner {
  readonly path: string;
}

/** The change of a variable after a call: `variable.becomes(value)`. */
export interface Update {
  readonly variable: Variable;
  readonly value: AnyTensor;
}

/** A named leaf with state. Its value lives in a `State`, under its path. */
export class Variable<S extends Shape = Shape, D extends DType = DType> extends Tensor<S, D> {
  readonly initializer: Initializer;
  readonly trainable: boolean;
  readonly regularizer: Regularizer | undefined;
  readonly role: NonNullable<VariableOptions['role']>;
  /** Whose variable it is, such as a layer; unknown in graphs that were read from JSON. */
  readonly owner: VariableOwner | undefined;
  /** Its name within what its owner has. */
  readonly localName: string;

  constructor(name: string, shape: S, dtype: D, initializer: Initializer, options: VariableOptions) {
    const node = new Node('variable', [], {}, [{ shape, dtype }]);
    super(node, 0, shape, dtype);
    (node as { outputs: readonly AnyTensor[] }).outputs = [this];
    this.localName = name;
    this.initializer = initializer;
    this.owner = options.owner;
    this.role = options.role ?? 'parameter';
    this.trainable = options.trainable ?? (this.role === 'parameter' && isFloat(dtype));
    this.regularizer = options.regularizer;
  }

  /** Where the state keeps it, such as `encoder/0/kernel`. */
  get path(): string {
    return this.owner === undefined || this.owner.path === ''
      ? this.localName
      : `${this.owner.path}/${this.localName}`;
  }

  /**
   * The update that gives this variable a new value after the call.
   * @throws SHAPE_MISMATCH or DTYPE_MISMATCH if the value has another type
   */
  becomes(value: AnyTensor): Update {
    return outermost(this.becomes, () => {
      if (!sameType(this, value))
        throw fail(
          this.dtype === value.dtype ? 'SHAPE_MISMATCH' : 'DTYPE_MISMATCH',
          `the variable '${this.path}' is ${formatType(this)} and cannot become ${formatType(value)}`,
          [formatType(this), formatType(value)],
        );
      // An update does not carry the shape as a type: the check above has compared it.
      return { variable: this as unknown as Variable, value };
    });
  }
}

/**
 * Declares a variable.
 *
 * @param initial  an initializer, or the numbers themselves (default: zeros)
 * @example
 * ```ts
 * const w = variable('w', [784, 10], glorotUniform());
 * const b = variable('b', [10]);
 * ```
 */
export function variable<const S extends readonly Dim[]>(
  name: string,
  shape: S,
  initial?: Initializer | Nested | HostArray,
  options?: VariableOptions & { readonly dtype?: undefined },
): Variable<Mutable<S>, 'f32'>;
export function variable<const S extends readonly Dim[], D extends DType>(
  name: string,
  shape: S,
  initial: Initializer | Nested | HostArray,
  options: VariableOptions & { readonly dtype: D },
): Variable<Mutable<S>, D>;
export function variable(
  name: string,
  shape: readonly Dim[],
  initial: Initializer | Nested | HostArray = zeros(),
  options: VariableOptions & { readonly dtype?: DType | undefined } = {},
): Variable {
  return outermost(variable, () => {
    const initializer = isInitializer(initial) ? initial : valuesOf(initial);
    return new Variable(
      checkedName('a variable', name),
      checkedShape(shape),
      options.dtype ?? 'f32',
      initializer,
      options,
    );
  });
}

const isInitializer = (value: unknown): value is Initializer =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof HostArray);

export const isVariable = (value: unknown): value is Variable => value instanceof Variable;
export const isInput = (value: unknown): value is Input => value instanceof Input;

export const describeLeaf = (leaf: Input | Variable): string =>
  isInput(leaf)
    ? `input '${leaf.name}' ${formatShape(leaf.shape)}`
    : `variable '${leaf.path}' ${formatShape(leaf.shape)}`;

/** A parameter of a body: lives only inside of the loop or branch that it belongs to. */
export class BodyInput extends Input {
  /** The primitive whose body it is. */
  readonly of: string;
  constructor(name: string, shape: Shape, dtype: DType, of: string) {
    super(name, shape, dtype);
    this.of = of;
  }
}

/** The same input seen with another shape or dtype. */
export const inputAs = (leaf: Input, shape: Shape, dtype: DType): Input =>
  leaf instanceof BodyInput
    ? new BodyInput(leaf.name, shape, dtype, leaf.of)
    : new Input(leaf.name, shape, dtype);

/** The same variable seen with another shape or dtype, for graphs that were specialized or retyped. */
export function variableAs(variable: Variable, shape: Shape, dtype: DType): Variable {
  const { localName, owner, initializer, trainable, role, regularizer } = variable;
  return new Variable(localName, shape, dtype, initializer, {
    trainable,
    role,
    ...(owner === undefined ? {} : { owner }),
    ...(regularizer === undefined ? {} : { regularizer }),
  });
}
