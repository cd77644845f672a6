/**
 * Batching of control flow. Values that are the same for all examples stay so, such as the counter of a loop. A condition
 * that differs by example becomes a choice: both branches run for all, and a loop runs until no example goes on.
 */
import {
  type AnyTensor,
  apply,
  assembleBody,
  type Graph,
  type Input,
  loopParts,
  type NamesOf,
} from '@cotangent/graph';
import { and, any, moveAxis, not, where } from '@cotangent/graph/ops';
import {
  type BatchedBody,
  type Batching,
  type BatchTable,
  isMapped,
  mapped,
  shared,
  type Value,
} from '../value.ts';
import { along } from './forms.ts';

export const controlBatching: BatchTable<NamesOf<'control'>> = {
  call: (operands, node, batch) => {
    const { body, remat } = node.params;
    const inside = batch.body(body, operands.map(isMapped), 'call');
    const outputs = apply('call', [...told(inside, batch), ...tensorsOf(operands)], {
      remat,
      body: bodyOf(body, inside, tensorsOf(inside.results)),
    });
    return outputs.map((tensor, i) => ({ tensor, mapped: inside.results[i]!.mapped }));
  },
  cond: ([predicate, ...operands], node, batch) => {
    const { onTrue, onFalse } = node.params;
    if (predicate!.mapped) {
      const holds = predicate!.tensor;
      const among = (one: AnyTensor) => (batch.active === undefined ? one : and(batch.active, one));
      const left = batch.inline(onTrue, operands, among(holds));
      const right = batch.inline(onFalse, operands, among(not(holds)));
      return left.map((value, i) => mapped(chosen(holds, batch.spread(value), batch.spread(right[i]!))));
    }
    const branches = [onTrue, onFalse].map((body) => batch.body(body, operands.map(isMapped), 'cond'));
    const differ = node.outputs.map((_, i) => branches.some(({ results }) => results[i]!.mapped));
    const [bodyTrue, bodyFalse] = [onTrue, onFalse].map((body, i) =>
      bodyOf(body, branches[i]!, agreed(branches[i]!.results, differ, batch)),
    );
    const given = [...told(branches[0]!, batch), ...tensorsOf(operands)];
    const outputs = apply('cond', [predicate!.tensor, ...given], { onTrue: bodyTrue!, onFalse: bodyFalse! });
    return outputs.map((tensor, i) => ({ tensor, mapped: differ[i]! }));
  },
  while: (operands, node, batch) => {
    const { consts, maxSteps, condition, body } = node.params;
    const parts = loopParts(operands, { consts });
    const fixed = parts.consts.map(isMapped);
    const settle = (carries: readonly boolean[]): readonly Value[] => {
      const mask = [...fixed, ...carries];
      const asks = batch.body(condition, mask, 'whileLoop');
      const steps = batch.body(body, mask, 'whileLoop');
      // Where nobody is at work the loop does not wait, whatever its condition says.
      const each = asks.results[0]!.mapped || batch.active !== undefined;
      const grown = carries.map((one, i) => one || each || steps.results[i]!.mapped);
      if (grown.some((one, i) => one !== carries[i])) return settle(grown);
      const next = each
        ? eachUntilDone(body, condition, mask, batch)
        : {
            told: told(steps, batch),
            condition: bodyOf(condition, asks, tensorsOf(asks.results)),
            body: bodyOf(body, steps, agreed(steps.results, carries, batch)),
          };
      const given = [...tensorsOf(parts.consts), ...agreed(parts.carries, carries, batch)];
      const outputs = apply('while', [...next.told, ...given], {
        consts: next.told.length + consts,
        maxSteps,
        condition: next.condition,
        body: next.body,
      });
      return outputs.map((tensor, i) => ({ tensor, mapped: carries[i]! }));
    };
    return settle(parts.carries.map(isMapped));
  },
  scan: (operands, node, batch) => {
    const { consts, carries: count, length, reverse, body } = node.params;
    const parts = loopParts(operands, node.params);
    const settle = (carries: readonly boolean[]): readonly Value[] => {
      const mask = [...parts.consts.map(isMapped), ...carries, ...parts.xs.map(isMapped)];
      const inside = batch.body(body, mask, 'scan');
      const grown = carries.map((one, i) => one || inside.results[i]!.mapped);
      if (grown.some((one, i) => one !== carries[i])) return settle(grown);
      const front = told(inside, batch);
      const outputs = apply(
        'scan',
        [
          ...front,
          ...tensorsOf(parts.consts),
          ...agreed(parts.carries, carries, batch),
          // Slices are taken along the first axis, so the examples stand behind it.
          ...parts.xs.map((x) => (x.mapped ? moveAxis(x.tensor, 0, 1) : x.tensor)),
        ],
        {
          consts: front.length + consts,
          carries: count,
          length,
          reverse,
          body: bodyOf(body, inside, [
            ...agreed(inside.results.slice(0, count), carries, batch),
            ...tensorsOf(inside.results.slice(count)),
          ]),
        },
      );
      return outputs.map((tensor, i) => {
        if (i < count) return { tensor, mapped: carries[i]! };
        return inside.results[i]!.mapped ? mapped(moveAxis(tensor, 1, 0)) : shared(tensor);
      });
    };
    return settle(parts.carries.map(isMapped));
  },
};

/** A loop whose condition differs by example: it runs while it holds for one, and changes those for which it holds. */
function eachUntilDone(body: Graph, condition: Graph, mask: readonly boolean[], batch: Batching) {
  const asks = batch.body(condition, mask, 'whileLoop');
  const active = (own: Input | undefined, holds: AnyTensor) => (own === undefined ? holds : and(own, holds));
  const goesOn = (inside: BatchedBody, holds: Value) => active(inside.active, batch.spread(holds));
  const { inputs } = asks;
  const values = inputs.map((tensor, i) => ({ tensor, mapped: mask[i]! }));
  const going = goesOn(asks, asks.results[0]!);
  const next = batch.inline(body, values, going);
  const carries = values.slice(mask.length - next.length);
  const changed = next.map((value, i) => chosen(going, batch.spread(value), carries[i]!.tensor));
  return {
    told: told(asks, batch),
    condition: bodyOf(condition, asks, [any(going)]),
    body: bodyOf(body, asks, changed),
  };
}

const tensorsOf = (values: readonly Value[]): AnyTensor[] => values.map(({ tensor }) => tensor);

/** One value or the other for each example. */
const chosen = (holds: AnyTensor, a: AnyTensor, b: AnyTensor): AnyTensor =>
  where(along(holds, a.shape), a, b);

/** Values of which some have to differ by example, because others in their place do. */
const agreed = (values: readonly Value[], differ: readonly boolean[], batch: Batching): AnyTensor[] =>
  values.map((value, i) => (differ[i] ? batch.spread(value) : value.tensor));

/** The operand for bodies that are told which examples are at work. */
const told = ({ active }: BatchedBody, batch: Batching): AnyTensor[] =>
  active === undefined ? [] : [batch.active!];

const bodyOf = (body: Graph, { active, inputs }: BatchedBody, results: readonly AnyTensor[]): Graph =>
  assembleBody(
    active === undefined ? inputs : [active, ...inputs],
    results.map((tensor, i) => ({ name: body.outputs[i]!.name, tensor })),
  );
