/** What loops share: parameters for the carries, a counter for those who ask, the check that carries keep their types. */
import { Region } from '../body.ts';
import { show } from '../errors.ts';
import type { BodyInput } from '../leaves.ts';
import { type AnyTensor, fail, isTensor } from '../node.ts';
import { userCode } from '../origin.ts';
import { carryChanges } from '../primitives/control.ts';
import { formatType, sameType } from '../shape.ts';
import { namedLeaves, type Tree } from '../tree.ts';
import { add } from './elementwise.ts';
import { splat } from './operands.ts';

/** A loop that is being traced: it counts for those who ask, unless its steps are to be alike. */
export interface Counting {
  /** What runs it. */
  readonly of: string;
  counter(): AnyTensor | undefined;
}

/** The loops that are being traced, the outermost first. */
const loops: Counting[] = [];

/** Counters (u32 scalars) of all loops around the place that is being built: what tells draws of random numbers apart. */
export const loopCounters = (): AnyTensor[] => loops.flatMap((loop) => loop.counter() ?? []);

/** Whether a function is being traced for `vmap`, say, at any depth. */
export const isInside = (of: string): boolean => loops.some((loop) => loop.of === of);

/** Runs a part of the user's function inside a loop. */
export function insideLoop<R>(loop: Counting, body: () => R): R {
  loops.push(loop);
  try {
    return userCode(body);
  } finally {
    loops.pop();
  }
}

/** A loop while its functions are traced. The number of the step is carried only if somebody asks for it. */
export class LoopTrace {
  readonly of: string;
  readonly region: Region;
  readonly named: ReturnType<typeof namedLeaves>;
  readonly parameters: readonly BodyInput[];
  private count: BodyInput | undefined;

  constructor(of: string, init: Tree) {
    this.of = of;
    this.region = new Region(of);
    this.named = namedLeaves(init);
    this.parameters = this.named.map(({ name, tensor }) =>
      this.region.parameter(name === '' ? 'carry' : name, tensor),
    );
  }

  counter(): AnyTensor {
    this.count ??= this.region.parameter('step', { dtype: 'u32', shape: [] });
    return this.count;
  }

  trace<R>(body: () => R): R {
    return insideLoop(this, body);
  }

  counters(): BodyInput[] {
    return this.count === undefined ? [] : [this.count];
  }
  /** The counters after a step. */
  counted(): AnyTensor[] {
    return this.counters().map((count) => add(count, 1));
  }
  /** The counters before the first step. */
  zeros(): AnyTensor[] {
    return this.counters().map(() => splat(0, [], 'u32'));
  }
}

/**
 * What a body gives for the carries, checked to be of their names and types.
 *
 * @param returned  what the body returns for a carry as it is written, such as `[carry, y]`
 */
export function nextCarries(
  of: string,
  init: Tree,
  next: Tree,
  returned: (carry: string) => string,
): AnyTensor[] {
  const before = namedLeaves(init);
  const after = new Map(namedLeaves(next).map(({ name, tensor }) => [name, tensor]));
  const missing = before.find(({ name }) => !after.has(name));
  if (missing !== undefined || after.size !== before.length) {
    const list = (names: Iterable<string>): string => [...names].map((name) => `'${name}'`).join(', ');
    throw fail(
      'BAD_ARGUMENT',
      isRecord(init) && isRecord(next)
        ? `${of} starts with the carries ${list(before.map(({ name }) => name))} and its body gives ${list(after.keys())}: a step gives every carry, and no other`
        : `init of ${of} is ${described(init)} and its body gives ${described(next)}: return ${returned(written(init))}`,
    );
  }
  return before.map(({ name, tensor }) => {
    const value = after.get(name)!;
    if (!sameType(tensor, value))
      throw fail(
        tensor.dtype === value.dtype ? 'SHAPE_MISMATCH' : 'DTYPE_MISMATCH',
        carryChanges(name === '' ? 'carry' : name, tensor, value),
        [formatType(tensor), formatType(value)],
      );
    return value;
  });
}

const isRecord = (tree: Tree): boolean => !isTensor(tree) && !Array.isArray(tree);

const described = (tree: Tree): string =>
  isTensor(tree) ? formatType(tree) : Array.isArray(tree) ? `a list of ${tree.length}` : show(tree);

/** A carry as a script would write it. */
const written = (init: Tree): string => {
  if (isTensor(init)) return 'carry';
  if (!Array.isArray(init)) return show(init);
  const names = init.slice(0, 4).map((_, i) => 'abcd'[i]);
  return `[${names.join(', ')}${init.length > 4 ? ', …' : ''}]`;
};
