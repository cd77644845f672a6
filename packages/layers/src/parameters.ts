/** The variables of a model: all of them, those to be trained, those under a path. */
import { CotangentError, isVariable, type Variable } from '@cotangent/graph';
import { isLayer } from './core.ts';

/** Variables by path. */
export type Variables = Readonly<Record<string, Variable>>;

/** A layer, or a record or list of layers and variables. */
export type Model = object;

function* variablesIn(model: unknown, seen: Set<unknown>): Generator<Variable> {
  if (seen.has(model)) return;
  seen.add(model);
  if (isVariable(model)) yield model;
  else if (isLayer(model)) {
    yield* model.core.variables.values();
    for (const [, child] of model.core.children) yield* variablesIn(child, seen);
  } else if (typeof model === 'object' && model !== null)
    for (const part of Object.values(model)) yield* variablesIn(part, seen);
}

/** Whether a model holds variables: not before it was called, and never those of layers that a function in it calls. */
export const hasVariables = (model: Model): boolean => variablesIn(model, new Set()).next().done !== true;

/** All variables of a model by path, running statistics and random keys included. The model must have been called. */
export function variablesOf(model: Model): Variables {
  const found = [...variablesIn(model, new Set())];
  if (found.length === 0)
    throw new CotangentError(
      'UNKNOWN_VARIABLE',
      'the model has no variables yet: they are made when it is called, so call it before, as in model(x); layers that a function in it calls are no part of it, so name them, as in parametersOf({ encoder, head })',
    );
  const result: Record<string, Variable> = {};
  for (const variable of found) {
    const other = result[variable.path];
    if (other !== undefined && other !== variable)
      throw new CotangentError(
        'DUPLICATE_NAME',
        `two variables have the path '${variable.path}': give their layers a name, as in linear({ units: 10, name: 'head' })`,
      );
    result[variable.path] = variable;
  }
  return result;
}

const filtered = (variables: Variables, keep: (variable: Variable) => boolean): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([, variable]) => keep(variable)));

/** The trainable parameters of a model by path: what optimizers move. */
export const parametersOf = (model: Model): Variables =>
  filtered(variablesOf(model), ({ trainable }) => trainable);

/**
 * The variables whose paths match a pattern: `*` stands for anything but a slash, `**` for anything.
 *
 * @throws UNKNOWN_VARIABLE if none does
 * @example
 * ```ts
 * const loss = crossEntropy(training(model)(x), labels);
 * adam().minimize(loss, select(parametersOf(model), 'model/head/**'));
 * ```
 */
export function select(variables: Variables, ...patterns: readonly string[]): Variables {
  const result = filtered(variables, ({ path }) => patterns.some((pattern) => matchesPath(path, pattern)));
  if (Object.keys(result).length === 0)
    throw new CotangentError(
      'UNKNOWN_VARIABLE',
      `no path matches ${patterns.map((pattern) => `'${pattern}'`).join(' or ')}: there is ${Object.keys(
        variables,
      )
        .slice(0, 8)
        .map((path) => `'${path}'`)
        .join(', ')}`,
    );
  return result;
}

/** The variables whose paths match none of the patterns. */
export const except = (variables: Variables, ...patterns: readonly string[]): Variables =>
  filtered(variables, ({ path }) => !patterns.some((pattern) => matchesPath(path, pattern)));

/** Whether a path matches a pattern of `select`. */
export function matchesPath(path: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*|\*/g, (stars) => (stars === '**' ? '.*' : '[^/]*'));
  return new RegExp(`^${source}$`).test(path);
}

/** Whether the paths of a model are stable: all of its layers are named or inside of named ones. */
export const isNamed = (model: Model): boolean => isLayer(model) && model.core.isNamed;
