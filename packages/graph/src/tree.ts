/** Records and lists of tensors: what programs compute and derivatives are taken of; answers come back in their shape. */
import { show } from './errors.ts';
import { HostArray } from './host-array.ts';
import { type AnyTensor, fail, isTensor, type Tensor } from './node.ts';

/** A tensor, or lists and records of them to any depth. */
export type Tree = AnyTensor | readonly Tree[] | { readonly [name: string]: Tree };

/** The same nest with plain tensors of the same types. Stops at `Tree` itself, which says nothing. */
export type Like<T> = [Tree] extends [T]
  ? Tree
  : T extends AnyTensor
    ? Tensor<T['shape'], T['dtype']>
    : { -readonly [K in keyof T]: Like<T[K]> };

/** All tensors of a tree with their paths, such as `encoder.0.kernel`, in order; the path of a bare tensor is empty. */
export function namedLeaves(tree: Tree, path = ''): { readonly name: string; readonly tensor: AnyTensor }[] {
  if (isTensor(tree)) return [{ name: path, tensor: tree }];
  if (typeof tree !== 'object' || tree === null)
    throw fail(
      'BAD_ARGUMENT',
      `expected a tensor, or a list or record of tensors${path === '' ? '' : ` at ${path}`}, not ${show(tree)}${instead(tree)}`,
    );
  if (tree instanceof HostArray)
    throw fail(
      'BAD_ARGUMENT',
      `expected a tensor${path === '' ? '' : ` at ${path}`}, not ${show(tree)}: declare an input and feed it, or write constant(array)`,
    );
  if (isInitializer(tree))
    throw fail(
      'BAD_ARGUMENT',
      `expected a tensor${path === '' ? '' : ` at ${path}`}: zeros() and the like are initializers of variables; write fill(0, ['batch', 2]), with the shape that is needed`,
    );
  return Object.entries(tree).flatMap(([name, entry]) =>
    namedLeaves(entry, path === '' ? name : `${path}.${name}`),
  );
}

/** What to write in the place of something that is no tensor. */
function instead(value: unknown): string {
  if (typeof value === 'number') return `: write fill(${value}, [])`;
  return typeof value === 'function' ? ': give the value itself, as in f(x) or fill(0, [])' : '';
}

/** A record with a `kind` that is a text is no record of tensors. */
const isInitializer = (tree: object): boolean => 'kind' in tree && typeof tree.kind === 'string';

/** All tensors of a tree, in order. */
export const leavesOf = (tree: Tree): AnyTensor[] => namedLeaves(tree).map(({ tensor }) => tensor);

/** The pattern of a tree with other things at its leaves, taken in order. */
export function refill(tree: Tree, leaves: readonly unknown[]): unknown {
  let next = 0;
  const build = (part: Tree): unknown => {
    if (isTensor(part)) return leaves[next++];
    if (Array.isArray(part)) return part.map(build);
    return Object.fromEntries(Object.entries(part).map(([name, entry]) => [name, build(entry)]));
  };
  return build(tree);
}

/** A tree of the same shape with other tensors, taken in order; of the same types, says the caller. */
export const rebuild = <T extends Tree>(tree: T, leaves: readonly AnyTensor[]): Like<T> =>
  refill(tree, leaves) as Like<T>;
