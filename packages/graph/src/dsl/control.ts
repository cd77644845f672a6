/** Control flow as functions of functions: a body is traced once; what it takes from outside becomes operands. */
import { Region } from '../body.ts';
import { show } from '../errors.ts';
import { type AnyTensor, applyForUser, fail, isTensor } from '../node.ts';
import { checkKeys, type OptionKeys } from '../option-keys.ts';
import { userCode } from '../origin.ts';
import { branchesDiffer } from '../primitives/control.ts';
import { formatType, sameType } from '../shape.ts';
import { namedLeaves, refill, type Tree } from '../tree.ts';
import { carried, effectsOf, withEffects } from './effects.ts';
import { LoopTrace, nextCarries } from './loop.ts';

/**
 * A function as one node: its body is there once however large it is, and may be shared.
 * With `remat` the derivative computes what it needs of it again instead of keeping it.
 */
export function call(f: (...args: never[]) => Tree, args: readonly Tree[], remat = false): Tree {
  const region = new Region(remat ? 'remat' : 'call');
  const leaves = args.map((arg) => namedLeaves(arg));
  const parameters = leaves.map((list, i) =>
    list.map(({ name, tensor }) => region.parameter(name === '' ? `argument${i}` : name, tensor)),
  );
  const results = userCode(() =>
    f(...(args.map((arg, i) => refill(arg, parameters[i]!)) as readonly unknown[] as never[])),
  );
  const named = namedLeaves(results);
  const effects = effectsOf(
    named.map(({ tensor }) => tensor),
    region.first,
  );
  const state = carried(region, effects);
  const all = [...parameters.flat(), ...state.parameters];
  const closed = region.close(all, state.settled([...named.map(({ tensor }) => tensor), ...state.next]));
  const operands = [...region.captured, ...leaves.flat().map(({ tensor }) => tensor), ...state.init];
  const outputs = applyForUser('call', operands, {
    remat,
    body: region.body(
      all,
      closed,
      named.map(({ name }) => name),
    ),
  });
  const count = named.length;
  const values = withEffects(outputs.slice(0, count), effects, state.init, outputs.slice(count));
  return refill(results, values) as Tree;
}

/** One of two values, of which only the chosen one is computed. */
export function cond(predicate: AnyTensor, onTrue: () => Tree, onFalse: () => Tree): Tree {
  if (!isTensor(predicate))
    throw fail(
      'BAD_ARGUMENT',
      `a condition is a bool tensor, not ${show(predicate)}: for what is known while the graph is built, use if`,
    );
  if (predicate.dtype !== 'bool')
    throw fail(
      'DTYPE_MISMATCH',
      `a condition is one bool, not ${formatType(predicate)}: compare, as in x.greater(0)`,
    );
  if (predicate.shape.length > 0)
    throw fail(
      'SHAPE_MISMATCH',
      `a condition is one bool, not ${formatType(predicate)}: where(condition, a, b) chooses element by element, and .all() or .any() make one bool of many`,
    );
  const region = new Region('cond');
  const results = [onTrue, onFalse].map((branch) => {
    if (typeof branch !== 'function')
      throw fail(
        'BAD_ARGUMENT',
        `cond takes two branches, each a function, as in () => a, not ${show(branch)}`,
      );
    return userCode(branch);
  }) as [Tree, Tree];
  const [left, given] = results.map((tree) => namedLeaves(tree)) as [Named, Named];
  // Results belong together by their names.
  const right = left.flatMap(({ name }) => given.find((other) => other.name === name) ?? []);
  if (right.length !== left.length || given.length !== left.length)
    throw fail(
      'BAD_ARGUMENT',
      `one branch gives ${namesOf(left)} and the other ${namesOf(given)}: both give the same values`,
    );
  left.forEach(({ name, tensor }, i) => {
    const other = right[i]!.tensor;
    if (!sameType(tensor, other))
      throw fail(
        tensor.dtype === other.dtype ? 'SHAPE_MISMATCH' : 'DTYPE_MISMATCH',
        branchesDiffer(name === '' ? 'the value' : name, tensor, other),
        [formatType(tensor), formatType(other)],
      );
  });
  const tensors = [left, right].map((list) => list.map(({ tensor }) => tensor)) as [AnyTensor[], AnyTensor[]];
  const effects = effectsOf(tensors.flat(), region.first);
  const [variable] = effects.updates.keys();
  if (variable !== undefined)
    throw fail(
      'UPDATE_CONFLICT',
      `a branch updates the variable '${variable.path}': compute what it becomes as a value of cond, and update it outside`,
    );
  const closed = tensors.map((list) => region.close([], list)) as [AnyTensor[], AnyTensor[]];
  const names = left.map(({ name }) => name);
  const [bodyTrue, bodyFalse] = closed.map((list) => region.body([], list, names));
  const outputs = applyForUser('cond', [predicate, ...region.captured], {
    onTrue: bodyTrue!,
    onFalse: bodyFalse!,
  });
  return refill(results[0], withEffects(outputs, effects)) as Tree;
}

type Named = ReturnType<typeof namedLeaves>;
const namesOf = (leaves: Named): string =>
  leaves.length === 0
    ? 'nothing'
    : leaves.map(({ name }) => (name === '' ? 'one tensor' : `'${name}'`)).join(', ');

export interface WhileOptions {
  /** Values before the first step: a tensor, or a list or record of them. */
  readonly init: Tree;
  /** The most steps; reaching it with the condition still true is an error. Gradients need it. */
  readonly maxSteps?: number;
}

const whileKeys: OptionKeys<WhileOptions> = { init: true, maxSteps: true };

/** Steps while a condition holds. */
export function whileLoop(
  options: WhileOptions,
  condition: (carry: never) => AnyTensor,
  body: (carry: never) => Tree,
): Tree {
  checkKeys('whileLoop', options, whileKeys);
  const { init, maxSteps } = options;
  if (maxSteps !== undefined && (!Number.isSafeInteger(maxSteps) || maxSteps < 1))
    throw fail('BAD_ARGUMENT', `maxSteps is ${show(maxSteps)}, not a whole number of 1 or more`);
  const loop = new LoopTrace('whileLoop', init);
  const { region, parameters } = loop;
  const carry = refill(init, parameters) as never;
  const holds = loop.trace(() => condition(carry));
  if (!isTensor(holds) || !sameType(holds, { dtype: 'bool', shape: [] }))
    throw fail(
      'BAD_ARGUMENT',
      `the condition of whileLoop gives one bool, not ${isTensor(holds) ? formatType(holds) : show(holds)}: compare, and reduce with .all() or .any()`,
    );
  const next = nextCarries(
    'whileLoop',
    init,
    loop.trace(() => body(carry)),
    (written) => written,
  );
  const effects = effectsOf([holds, ...next], region.first);
  const state = carried(region, effects);
  const all = [...parameters, ...loop.counters(), ...state.parameters];
  const closedCondition = region.close(all, state.settled([holds]));
  const closed = region.close(all, state.settled([...next, ...loop.counted(), ...state.next]));
  const names = loop.named.map(({ name }) => name);
  const outputs = applyForUser(
    'while',
    [...region.captured, ...loop.named.map(({ tensor }) => tensor), ...loop.zeros(), ...state.init],
    {
      consts: region.captured.length,
      maxSteps: maxSteps ?? 0,
      condition: region.body(all, closedCondition, ['holds']),
      body: region.body(all, closed, names),
    },
  );
  const values = outputs.slice(0, next.length);
  const updated = outputs.slice(all.length - state.init.length);
  return refill(init, withEffects(values, effects, state.init, updated)) as Tree;
}
