/**
 * Options of layers as tables: what may be said, of which kind, with which default. Checks scripts and untrusted
 * configurations alike; a misspelt option is an error.
 */
import {
  CotangentError,
  fail,
  type Initializer,
  initializerFromJson,
  isTensor,
  type Regularizer,
  show,
} from '@cotangent/graph';

export interface OptionKind<T> {
  /** What is wrong with a value, or undefined. */
  problem(value: unknown): string | undefined;
  readonly fallback: T | undefined;
  readonly required: boolean;
}

const kind = <T>(
  problem: (value: unknown) => string | undefined,
  fallback?: T,
  required = false,
): OptionKind<T> => ({ problem, fallback, required });

const whole = (least: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= least
    ? undefined
    : `is ${show(value)}, not a whole number of ${least} or more`;

export const required = <T>(option: OptionKind<T>): OptionKind<T> => ({ ...option, required: true });
export const count = (fallback?: number): OptionKind<number> => kind(whole(1), fallback);
/** A position, from 0. */
export const index = (fallback?: number): OptionKind<number> => kind(whole(0), fallback);
export const flag = (fallback: boolean): OptionKind<boolean> =>
  kind(
    (value) => (typeof value === 'boolean' ? undefined : `is ${show(value)}, not true or false`),
    fallback,
  );
export const amount = (fallback?: number, least = -Infinity, most = Infinity): OptionKind<number> =>
  kind(
    (value) =>
      typeof value === 'number' && value >= least && value <= most
        ? undefined
        : `is ${show(value)}, not a number${least === -Infinity ? '' : ` from ${least}`}${most === Infinity ? '' : ` to ${most}`}`,
    fallback,
  );
export const positive = (fallback: number): OptionKind<number> =>
  kind(
    (value) =>
      typeof value === 'number' && value > 0 ? undefined : `is ${show(value)}, not a number above 0`,
    fallback,
  );
export const choice = <const W extends readonly (string | null | false)[]>(
  words: W,
  fallback?: W[number],
): OptionKind<W[number]> =>
  kind(
    (value) =>
      words.includes(value as string) ? undefined : `is ${show(value)}, not one of ${words.join(', ')}`,
    fallback,
  );
export const nullable = <T>(option: OptionKind<T>): OptionKind<T | null> => ({
  ...option,
  problem: (value) => (value === null ? undefined : option.problem(value)),
});

/** How much of a loop is computed again for its derivative. */
export const rematOption = (): OptionKind<number | 'sqrt'> =>
  kind((value) =>
    value === 'sqrt' || whole(1)(value) === undefined
      ? undefined
      : `is ${show(value)}, not a whole number of 1 or more, or 'sqrt'`,
  );

/** One number for all spatial axes, or one for each. */
export const perAxis = (fallback?: number, least = 1): OptionKind<number | readonly number[]> =>
  kind(
    (value) =>
      Array.isArray(value)
        ? value.map(whole(least)).find((problem) => problem !== undefined)
        : whole(least)(value),
    fallback,
  );

export const sizes = (): OptionKind<readonly number[]> =>
  kind((value) =>
    Array.isArray(value) &&
    value.length <= 32 &&
    value.every((size) => Number.isSafeInteger(size) && size >= -1)
      ? undefined
      : `is ${show(value)}, not a list of sizes`,
  );

export type PaddingOption =
  | 'valid'
  | 'same'
  | number
  | readonly number[]
  | readonly (readonly [number, number])[];
export const padding = (): OptionKind<PaddingOption> =>
  kind((value) => {
    if (value === 'valid' || value === 'same') return undefined;
    const ok = (entry: unknown): boolean => Number.isSafeInteger(entry) && (entry as number) >= 0;
    const pair = (entry: unknown): boolean =>
      ok(entry) || (Array.isArray(entry) && entry.length === 2 && entry.every(ok));
    return ok(value) || (Array.isArray(value) && value.length <= 8 && value.every(pair))
      ? undefined
      : `is ${show(value)}, not 'valid', 'same', a number or [before, after] pairs`;
  }, 'valid');

export const initializer = (fallback: Initializer): OptionKind<Initializer> =>
  kind((value) => {
    try {
      if (typeof value === 'object' && value !== null && (value as Initializer).kind === 'array')
        return undefined;
      initializerFromJson(value, 'an option');
      return undefined;
    } catch (error) {
      return `is not an initializer: ${(error as Error).message}`;
    }
  }, fallback);

export const regularizer = (): OptionKind<Regularizer> =>
  kind((value) => {
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [['', value]];
    const ok = entries.every(
      ([name, size]) => (name === 'l1' || name === 'l2') && typeof size === 'number' && size >= 0,
    );
    return ok ? undefined : `is ${show(value)}, not { l1, l2 } with numbers of 0 or more`;
  });

export const layerName = (): OptionKind<string> =>
  kind((value) =>
    typeof value === 'string' && /^[\w.-]{1,100}$/.test(value)
      ? undefined
      : `is ${show(value)}, not a short name of letters, digits, _ . -`,
  );

export type OptionTable = Readonly<Record<string, OptionKind<unknown>>>;

/** Checked options with their defaults filled in. */
export function readOptions(
  kindName: string,
  table: OptionTable,
  given: unknown,
): Readonly<Record<string, unknown>> {
  if (isTensor(given))
    throw fail(
      'BAD_ARGUMENT',
      `${kindName} was given a tensor in the place of its options: it makes a layer, so write ${kindName}(), and call that`,
    );
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new CotangentError('BAD_ARGUMENT', `${kindName} takes a record of options, not ${show(given)}`);
  const complete: OptionTable = { ...table, name: layerName() };
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(complete, name));
  if (unknown !== undefined)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `${kindName} has no option '${unknown}': there is ${Object.keys(complete).join(', ')}`,
    );
  const result: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(complete)) {
    const value = (given as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) {
      if (option.required) throw new CotangentError('BAD_ARGUMENT', `${kindName} needs the option '${name}'`);
      if (option.fallback !== undefined) result[name] = option.fallback;
      continue;
    }
    const problem = option.problem(value);
    if (problem !== undefined)
      throw new CotangentError('BAD_ARGUMENT', `${kindName}: the option '${name}' ${problem}`);
    result[name] = value;
  }
  return result;
}
