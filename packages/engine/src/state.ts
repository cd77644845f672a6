/**
 * The state: values of variables by path, in the memory of one engine. Training, evaluation and every batch size share
 * values by sharing the state; programs own only temporaries.
 */
import {
  bytesOf,
  CotangentError,
  convertHost,
  countOf,
  type DType,
  formatType,
  fromNested,
  HostArray,
  isFloat,
  megabytes,
  type Nested,
  sameShape,
  sizesOf,
  type Variable,
} from '@cotangent/graph';
import type { Engine, Eventually, Mode, Stored } from './contract.ts';
import { initialValue } from './initialize.ts';

/** What a state knows a variable by. A program asks a variable for its path once, and not in every call. */
export type Bound = Pick<Variable, 'path' | 'dtype' | 'shape' | 'role' | 'initializer'>;

export const boundOf = ({ path, dtype, shape, role, initializer }: Variable): Bound => ({
  path,
  dtype,
  shape,
  role,
  initializer,
});

interface Entry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly role: Variable['role'];
  stored: Stored;
}

const entryOf = ({ dtype, role }: Bound, shape: readonly number[], stored: Stored): Entry => ({
  dtype,
  shape,
  role,
  stored,
});

/** Values of variables for one run, and those among them that the state does not hold. */
export interface Loan {
  readonly handles: readonly Stored[];
  readonly own: readonly Stored[];
}

export interface StateOptions<M extends Mode> {
  readonly engine: Engine<M>;
  /** Initial values depend on it and on the path of each variable. */
  readonly seed?: number | string;
}

export class State<M extends Mode = Mode> {
  readonly engine: Engine<M>;
  readonly seed: number | string;
  private readonly entries = new Map<string, Entry>();
  private changes = 0;
  private isDisposed = false;

  constructor({ engine, seed = 0 }: StateOptions<M>) {
    this.engine = engine;
    this.seed = seed;
  }

  /** Counts changes: as long as it is the same, no variable has another value. */
  get version(): number {
    return this.changes;
  }

  /** Paths of all variables that a program has bound so far. */
  get paths(): string[] {
    return [...this.entries.keys()];
  }

  has(path: string): boolean {
    return this.entries.has(path);
  }

  /** Dtype and shape of a variable. */
  typeOf(path: string): { readonly dtype: DType; readonly shape: readonly number[] } {
    const { dtype, shape } = this.entry(path);
    return { dtype, shape };
  }

  /** What a variable is: a parameter, a running statistic, a slot of an optimizer, … */
  roleOf(path: string): Variable['role'] {
    return this.entry(path).role;
  }

  /**
   * The value of a variable.
   * @throws UNKNOWN_VARIABLE with similar paths
   */
  get(path: string): Eventually<M, HostArray> {
    return this.engine.read(this.entry(path).stored);
  }

  /**
   * Writes a value between calls.
   * @throws UNKNOWN_VARIABLE, SHAPE_MISMATCH, DTYPE_MISMATCH; then nothing is written
   */
  set(path: string, value: Nested | HostArray): void {
    const entry = this.entry(path);
    const array = value instanceof HostArray ? value : fromNested(value, entry.dtype);
    const converts = array.dtype === entry.dtype || (isFloat(array.dtype) && isFloat(entry.dtype));
    if (!converts || !sameShape(array.shape, entry.shape))
      throw new CotangentError(
        converts ? 'SHAPE_MISMATCH' : 'DTYPE_MISMATCH',
        `the variable '${path}' is ${formatType(entry)} and cannot hold ${formatType(array)}`,
      );
    const stored = this.engine.store(array.dtype === entry.dtype ? array : convertHost(array, entry.dtype));
    this.changes++;
    const old = entry.stored;
    entry.stored = stored;
    this.engine.release(old);
  }

  /** Gives a variable its initial value, unless it has one. */
  ensure(variable: Bound, shape: readonly number[]): void {
    if (this.known(variable, shape) !== undefined) return;
    this.changes++;
    this.entries.set(variable.path, entryOf(variable, shape, this.initial(variable, shape)));
  }

  /**
   * Forgets what recurrent layers have kept from batch to batch (variables of the role `state`): the next call starts
   * from initial values, with sequences of any number.
   *
   * @param paths  some of them; all by default
   */
  reset(paths: readonly string[] = this.paths): void {
    for (const path of paths) {
      const entry = this.entry(path);
      if (entry.role !== 'state') continue;
      this.changes++;
      this.engine.release(entry.stored);
      this.entries.delete(path);
    }
  }

  /**
   * Values for one run of variables whose sizes are known, in order. What belongs to sequences and has no value yet lends
   * its initial value, which the state does not hold: a run that fails leaves nothing behind.
   */
  lend(variables: readonly Bound[]): Loan {
    const known = variables.map((variable) => {
      const entry = this.known(variable, sizesOf(variable));
      return entry === undefined && variable.role !== 'state' ? this.entry(variable.path) : entry;
    });
    const own: Stored[] = [];
    const handles = variables.map((variable, i) => {
      const entry = known[i];
      if (entry !== undefined) return entry.stored;
      const stored = this.initial(variable, sizesOf(variable));
      own.push(stored);
      return stored;
    });
    return { handles, own };
  }

  /** Takes over new values after a run, and releases the old ones. */
  commit(variables: readonly Bound[], values: readonly Stored[]): void {
    if (variables.length > 0) this.changes++;
    variables.forEach((variable, i) => {
      const value = values[i]!;
      const entry = this.entries.get(variable.path);
      if (entry === undefined) {
        this.entries.set(variable.path, entryOf(variable, sizesOf(variable), value));
        return;
      }
      const old = entry.stored;
      entry.stored = value;
      if (old !== value) this.engine.release(old);
    });
  }

  /** Gives back what a run has made, unless the state has taken it over. */
  settle(made: readonly Stored[]): void {
    const held = new Set([...this.entries.values()].map(({ stored }) => stored));
    for (const stored of made) if (!held.has(stored)) this.engine.release(stored);
  }

  /** Releases all values. Programs on this state cannot run any more. */
  dispose(): void {
    this.changes++;
    this.isDisposed = true;
    for (const { stored } of this.entries.values()) this.engine.release(stored);
    this.entries.clear();
  }

  private checkUsable(): void {
    if (this.isDisposed)
      throw new CotangentError(
        'BAD_ARGUMENT',
        'the state was disposed of: compile the program again, without the option state, to go on with new values',
      );
  }

  private initial({ initializer, dtype, path }: Bound, shape: readonly number[]): Stored {
    const bytes = countOf(shape) * bytesOf(dtype);
    const { name, maximumBytes = Infinity } = this.engine;
    if (bytes > maximumBytes)
      throw new CotangentError(
        'OUT_OF_MEMORY',
        `the variable '${path}' is ${formatType({ dtype, shape })}, ${megabytes(bytes)}, and the engine '${name}' cannot have more than ${megabytes(maximumBytes)}: make the layer smaller`,
      );
    return this.engine.store(initialValue(initializer, shape, dtype, this.seed, path));
  }

  /** The value of a variable, if it has one; it has to be of the variable's type. */
  private known({ path, dtype, role }: Bound, shape: readonly number[]): Entry | undefined {
    this.checkUsable();
    const known = this.entries.get(path);
    if (known !== undefined && (known.dtype !== dtype || !sameShape(known.shape, shape)))
      throw new CotangentError(
        'SHAPE_MISMATCH',
        role === 'state'
          ? `the state '${path}' was left as ${formatType(known)} by the batch before and is needed as ${formatType({ dtype, shape })}: call state.reset() where new sequences begin`
          : `the variable '${path}' is ${formatType({ dtype, shape })} in this program, but the state holds ${formatType(known)} under that path`,
      );
    return known;
  }

  private entry(path: string): Entry {
    this.checkUsable();
    const entry = this.entries.get(path);
    if (entry !== undefined) return entry;
    const known = this.paths;
    const similar = known.filter((other) => other.split('/').at(-1) === path.split('/').at(-1)).slice(0, 5);
    const hint =
      known.length === 0
        ? 'the state is empty until a program has bound its variables'
        : `there is ${(similar.length > 0 ? similar : known.slice(0, 5)).map((other) => `'${other}'`).join(', ')}${known.length > 5 ? ', …' : ''}`;
    throw new CotangentError('UNKNOWN_VARIABLE', `no variable has the path '${path}': ${hint}`);
  }
}
