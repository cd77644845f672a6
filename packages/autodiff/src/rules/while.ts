/** Derivatives of while: side by side with the values; or, with a bound, as a scan whose steps may do nothing. */
import { apply, assembleBody, fail, inline, isNodeOf, type LoopParts, loopParts } from '@cotangent/graph';
import { check, not, splat } from '@cotangent/graph/ops';
import { type Calculus, instantiate, isThere, type NodeOf, present, type Tangent, zero } from '../tangent.ts';
import { bodyOf, outputsOf, spread, tangentBody } from './bodies.ts';
import { scanApart } from './scan.ts';

/** Forward mode: one loop over values and tangents. */
export function whileTogether(
  tangents: readonly Tangent[],
  node: NodeOf<'while'>,
  calculus: Calculus,
): Tangent[] {
  const { consts, maxSteps, condition, body } = node.params;
  let mask = tangents.map(isThere);
  for (;;) {
    const { dots, tangents: results } = tangentBody('whileLoop', body, mask, calculus);
    const grown = mask.map((one, i) => one || (i >= consts && isThere(results[i - consts])));
    if (grown.some((one, i) => one !== mask[i])) {
      mask = grown;
      continue;
    }
    const parts = <T>(list: readonly T[]): LoopParts<T> => loopParts(list, { consts });
    const own = parts(body.inputs);
    const varies = parts(mask);
    const constDots = varies.consts.filter(Boolean).length;
    const dotParts = loopParts(dots, { consts: constDots });
    const inputs = [...own.consts, ...dotParts.consts, ...own.carries, ...dotParts.carries];
    const { consts: constants, carries } = parts(node.inputs);
    const holds = inline(condition, body.inputs);
    const given = parts(node.inputs.map((input, i) => (mask[i] ? instantiate(tangents[i], input) : zero)));
    const outputs = apply(
      'while',
      [...constants, ...present(given.consts), ...carries, ...present(given.carries)],
      {
        consts: consts + constDots,
        maxSteps,
        condition: bodyOf(inputs, holds),
        body: bodyOf(inputs, [
          ...outputsOf(body),
          ...carries.flatMap((carry, i) => (varies.carries[i] ? [instantiate(results[i], carry)] : [])),
        ]),
      },
    );
    return spread(varies.carries, outputs.slice(carries.length));
  }
}

/** Reverse mode: the values and tangents of a bounded loop apart. */
export const whileApart = (
  tangents: readonly Tangent[],
  node: NodeOf<'while'>,
  calculus: Calculus,
): Tangent[] =>
  scanApart(
    tangents,
    calculus.once(node.params.body, `scan ${node.id}`, () => asScan(node)),
    calculus,
  );

/** A bounded while as a scan: in every step the body if the condition still holds, nothing otherwise. */
function asScan(node: NodeOf<'while'>): NodeOf<'scan'> {
  const { consts, maxSteps, condition, body } = node.params;
  if (maxSteps === 0)
    throw fail(
      'NOT_DIFFERENTIABLE',
      `reverse mode has to keep every step of a loop, and this whileLoop has no bound: give it maxSteps, use scan, or take the derivative with jvp`,
    );
  const own = loopParts(node.inputs, { consts });
  const { carries } = loopParts(body.inputs, { consts });
  const holds = inline(condition, body.inputs)[0]!;
  const next = apply('cond', [holds, ...body.inputs], {
    onTrue: body,
    onFalse: bodyOf(body.inputs, carries),
  });
  // Whoever runs this scan has run the loop itself, which complains if it has not come to its end.
  const [end] = inline(condition, [...own.consts, ...node.outputs]);
  const bound = splat(maxSteps, [1], 'i32');
  const init = own.carries.map((carry) =>
    check(carry, not(end!), bound, 'the condition still holds after {0} steps'),
  );
  const [first] = apply('scan', [...own.consts, ...init], {
    consts,
    carries: carries.length,
    length: maxSteps,
    reverse: false,
    body: assembleBody(
      body.inputs,
      next.map((tensor, i) => ({ name: carries[i]!.name, tensor })),
    ),
  });
  const scan = first?.node;
  if (scan === undefined || !isNodeOf(scan, 'scan'))
    throw fail('BAD_ARGUMENT', 'a whileLoop that carries nothing has no derivative');
  return scan;
}
