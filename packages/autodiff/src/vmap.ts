/** vmap: a function of one example for all examples at once. The function is built once, and its nodes are batched. */
import {
  type AnyTensor,
  BodyInput,
  checkFunction,
  checkKeys,
  type Dim,
  fail,
  formatShape,
  namedLeaves,
  type OptionKeys,
  outermost,
  refill,
  show,
  type Tree,
  type VmapCall,
} from '@cotangent/graph';
import { axisOf, insideLoop, iota, moveAxis } from '@cotangent/graph/ops';
import { batchOver } from '@cotangent/rewrite';

interface Options {
  readonly xs: Tree;
  readonly axis?: number | string;
  readonly randomness?: 'same' | 'different';
}
const optionKeys: OptionKeys<Options> = { xs: true, axis: true, randomness: true };

/**
 * A function of one example, for all examples along an axis at once. What the function takes from outside is the same for
 * all. It may take derivatives, and be derived; it may hold loops and branches.
 *
 * @param options  `xs`: a tensor, or a nest of tensors, with one number of entries along the axis; `axis`: the axis that
 *   leaves the xs and returns in the results at the same place, by position or name (the first by default);
 *   `randomness`: whether random layers draw the `'same'` numbers for all examples or `'different'` ones; it has to be
 *   said if the function has some
 * @param f        from one entry of `xs` to a tensor, or a nest of tensors
 * @throws SHAPE_MISMATCH if the xs differ in length; UPDATE_CONFLICT if an update of a variable depends on the example;
 *   BAD_ARGUMENT for random layers without `randomness`
 * @example
 * ```ts
 * const w = variable('w', [3], [1, 2, 3]);
 * const x = input('x', ['batch', 3]);
 * const each = vmap({ xs: x, axis: 'batch' }, (row) => grad(row.mul(w).sum().square(), w));
 * each.shape; // ['batch', 3]
 * ```
 */
export const vmap: VmapCall = ((options: Options, f: (x: never) => Tree) =>
  // The types say of the nest that comes back what is done here.
  outermost(vmap as (...args: never[]) => unknown, () => forAll(options, f))) as unknown as VmapCall;

function checkArguments(options: Options, f: unknown): void {
  if (typeof options === 'function')
    throw fail('BAD_ARGUMENT', 'vmap takes its options before the function: write vmap({ xs }, f)');
  checkKeys('vmap', options, optionKeys);
  checkFunction('what vmap applies to each example', f, 'vmap({ xs }, (x) => …)');
  const { randomness } = options;
  if (randomness !== undefined && randomness !== 'same' && randomness !== 'different')
    throw fail('BAD_ARGUMENT', `randomness of vmap is 'same' or 'different', not ${show(randomness)}`);
}

function forAll(options: Options, f: (x: never) => Tree): Tree {
  checkArguments(options, f);
  const { xs, axis = 0, randomness } = options;
  const named = namedLeaves(xs);
  const positions = named.map(({ tensor }) => axisOf(tensor, axis));
  const all = named.map(({ tensor }, i) => moveAxis(tensor, positions[i]!, 0));
  const size = sizeOf(all);
  const examples = all.map(
    ({ shape, dtype }, i) => new BodyInput(named[i]!.name || 'x', shape.slice(1), dtype, 'vmap'),
  );
  const given = new Map<AnyTensor, AnyTensor>(examples.map((example, i) => [example, all[i]!]));
  const counter = (): AnyTensor | undefined => {
    if (randomness === 'same') return undefined;
    if (randomness === undefined)
      throw fail(
        'BAD_ARGUMENT',
        `the function of vmap draws random numbers: say randomness: 'same' or 'different' for the examples`,
      );
    const number = new BodyInput('example', [], 'u32', 'vmap');
    given.set(number, iota([size], 0, 'u32'));
    return number;
  };
  const results = insideLoop({ of: 'vmap', counter }, () => f(refill(xs, examples) as never));
  const leaves = namedLeaves(results).map(({ tensor }) => tensor);
  const place = positions[0]!;
  return refill(
    results,
    batchOver(leaves, given, size).map((result) =>
      moveAxis(result, 0, Math.min(place, result.shape.length - 1)),
    ),
  ) as Tree;
}

/** How many examples there are. */
function sizeOf(all: readonly AnyTensor[]): Dim {
  const size = all[0]?.shape[0];
  if (size === undefined) throw fail('BAD_ARGUMENT', `vmap needs xs: the examples that its function is for`);
  const other = all.find(({ shape }) => shape[0] !== size);
  if (other !== undefined)
    throw fail(
      'SHAPE_MISMATCH',
      `vmap runs over ${formatShape(all[0]!.shape)} and ${formatShape(other.shape)} at once: ${size} and ${other.shape[0]} examples differ`,
    );
  return size;
}
