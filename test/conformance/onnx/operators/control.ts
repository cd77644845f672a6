/** Branches and loops, whose bodies are graphs of the model. */
import { vmap } from '@cotangent/autodiff';
import type { AnyTensor } from '@cotangent/graph';
import * as ops from '@cotangent/graph/ops';
import type { Call, Operators } from './operator.ts';

/** Both branches give the same types. */
function branch(call: Call, condition: AnyTensor): readonly AnyTensor[] {
  const [onTrue, onFalse] = [call.body('then_branch'), call.body('else_branch')];
  const chosen = ops.cond(
    condition,
    () => onTrue(),
    () => onFalse(),
  );
  // The branches give lists.
  return chosen as readonly AnyTensor[];
}

type Loop = readonly [last: readonly AnyTensor[], stacked: readonly AnyTensor[]];

/** A loop over the first axis of some tensors. */
function loop(call: Call, init: readonly AnyTensor[], xs: readonly AnyTensor[]): Loop {
  const body = call.body('body');
  const result = ops.scan({ init, xs }, (carry: readonly AnyTensor[], x: readonly AnyTensor[]) => {
    const results = body(...carry, ...x);
    return [results.slice(0, init.length), results.slice(init.length)];
  });
  // Carries and stacked values are lists, as the body gives them.
  return result as unknown as Loop;
}

/** Version 8: all tensors have an axis for the batch in front, and lengths of the sequences come first. */
function scanOfBatch(call: Call, lengths: AnyTensor | undefined, ...operands: readonly AnyTensor[]) {
  if (lengths !== undefined) throw new Error('sequences of different lengths are not written here');
  const states = operands.length - call.number('num_scan_inputs')!;
  const [last, stacked] = vmap({ xs: operands }, (one: readonly AnyTensor[]) =>
    loop(call, one.slice(0, states), one.slice(states)),
  ) as unknown as Loop;
  return [...last, ...stacked];
}

export const control: Operators = { If: branch, Scan: scanOfBatch };
