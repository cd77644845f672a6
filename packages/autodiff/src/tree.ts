/** Records and lists of tensors: what derivatives are taken with respect to, and the shape the answers come back in. */
import { type AnyTensor, fail, isTensor, show, type Tensor } from '@cotangent/graph';

/** A tensor, or lists and records of them to any depth. */
export type Tree = AnyTensor | readonly Tree[] | { readonly [name: string]: Tree };

/** The same nest with plain tensors of the same types. Stops at `Tree` itself, which says nothing. */
export type Like<T> = [Tree] extends [T]
  ? Tree
  : T extends AnyTensor
    ? Tensor<T['shape'], T['dtype']>
    : { -readonly [K in keyof T]: Like<T[K]> };

/** All tensors of a tree, in order. */
export function leavesOf(tree: Tree, path = ''): AnyTensor[] {
  if (isTensor(tree)) return [tree];
  if (Array.isArray(tree)) return tree.flatMap((entry, i) => leavesOf(entry, `${path}[${i}]`));
  if (typeof tree !== 'object' || tree === null)
    throw fail('BAD_ARGUMENT', `expected a tensor, or a list or record of tensors${path === '' ? '' : ` at ${path}`}, not ${show(tree)}`);
  return Object.entries(tree).flatMap(([name, entry]) => leavesOf(entry, `${path}.${name}`));
}

/** A tree of the same shape with other leaves, taken in order. */
export function rebuild<T extends Tree>(tree: T, leaves: readonly AnyTensor[]): Like<T> {
  let next = 0;
  const build = (part: Tree): unknown => {
    if (isTensor(part)) return leaves[next++];
    if (Array.isArray(part)) return part.map(build);
    return Object.fromEntries(Object.entries(part).map(([name, entry]) => [name, build(entry)]));
  };
  // Built leaf by leaf after the pattern of `tree`, so it has its shape.
  return build(tree) as Like<T>;
}
