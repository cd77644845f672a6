/** Options by name: a misspelt one would otherwise be one that is silently not used. */
import { show } from './errors.ts';
import { fail, isTensor } from './node.ts';

/** The names of the options of a type, complete by the compiler. */
export type OptionKeys<O> = Readonly<Record<keyof Required<O> & string, true>>;

/**
 * Checks that an argument is a function.
 *
 * @param call  how it is written
 * @throws BAD_ARGUMENT
 */
export function checkFunction(what: string, given: unknown, call: string): void {
  if (typeof given !== 'function')
    throw fail('BAD_ARGUMENT', `${what} is a function, not ${show(given)}: write ${call}`);
}

/**
 * Checks that options are a record, and that each of them is known.
 *
 * @param noun  what its entries are called
 * @throws BAD_ARGUMENT with the names that there are
 * @example
 * ```ts
 * checkKeys('scan', { init: x, axis: 'batch' }, { init: true, axis: true, reverse: true });
 * ```
 */
export function checkKeys(
  what: string,
  given: unknown,
  known: Readonly<Record<string, true>>,
  noun = 'option',
): void {
  const names = Object.keys(known);
  if (typeof given !== 'object' || given === null || Array.isArray(given) || isTensor(given))
    throw fail(
      'BAD_ARGUMENT',
      `${what} takes a record of ${noun}s, not ${show(given)}: write { ${names[0]}: … }`,
    );
  // What is undefined is left out.
  const [unknown] =
    Object.entries(given).find(([key, value]) => value !== undefined && !Object.hasOwn(known, key)) ?? [];
  if (unknown !== undefined)
    throw fail('BAD_ARGUMENT', `${what} has no ${noun} '${unknown}': there is ${names.join(', ')}`);
}
