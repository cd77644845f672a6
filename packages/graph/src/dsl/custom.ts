/** Derivatives by decree: a value with a rule of its own, forwards or backwards. */
import { Region } from '../body.ts';
import { checkDifferentiable } from '../differentiable.ts';
import { type AnyTensor, applyForUser, fail } from '../node.ts';
import { checkFunction } from '../option-keys.ts';
import { userCode } from '../origin.ts';
import { formatType, sameType } from '../shape.ts';
import { namedLeaves, refill, type Tree } from '../tree.ts';

type Rule = (derivatives: never) => Tree;
type Leaves = ReturnType<typeof namedLeaves>;

/** The value, whose tangent is `rule` of the tangents of `primals`. */
export const customJvp = (value: Tree, primals: Tree, rule: Rule): Tree =>
  custom('customJvp', value, primals, rule);

/** The value, whose cotangent passes to `primals` as `rule` says. */
export const customVjp = (value: Tree, primals: Tree, rule: Rule): Tree =>
  custom('customVjp', value, primals, rule);

function custom(op: 'customJvp' | 'customVjp', value: Tree, primals: Tree, rule: Rule): Tree {
  const [values, wrt] = [namedLeaves(value), namedLeaves(primals)];
  for (const { tensor } of [...values, ...wrt]) checkDifferentiable(tensor);
  const forward = op === 'customJvp';
  checkFunction(`the rule of ${op}`, rule, `${op}(value, wrt, (${forward ? 'dx' : 'dy'}) => …)`);
  const [taken, wanted] = forward ? [wrt, values] : [values, wrt];
  const region = new Region(op);
  const parameters = taken.map(({ name, tensor }) =>
    region.parameter(name === '' ? (forward ? 'tangent' : 'cotangent') : name, tensor),
  );
  const pattern = forward ? primals : value;
  const given = namedLeaves(userCode(() => rule(refill(pattern, parameters) as never)));
  checkAnswer(op, given, wanted);
  const closed = region.close(
    parameters,
    wanted.map(({ name }) => tensorOf(given, name)),
  );
  const tensors = (leaves: Leaves): AnyTensor[] => leaves.map(({ tensor }) => tensor);
  const outputs = applyForUser(op, [...tensors(values), ...tensors(wrt), ...region.captured], {
    values: values.length,
    primals: wrt.length,
    body: region.body(
      parameters,
      closed,
      wanted.map(({ name }) => name),
    ),
  });
  return refill(value, outputs) as Tree;
}

const tensorOf = (leaves: Leaves, name: string): AnyTensor =>
  leaves.find((leaf) => leaf.name === name)!.tensor;

function checkAnswer(op: string, given: Leaves, wanted: Leaves): void {
  const show = (leaves: Leaves): string =>
    leaves.map(({ name, tensor }) => `${name === '' ? '' : `${name}: `}${formatType(tensor)}`).join(', ');
  const fits =
    given.length === wanted.length &&
    wanted.every(({ name, tensor }) =>
      given.some((leaf) => leaf.name === name && sameType(leaf.tensor, tensor)),
    );
  if (!fits)
    throw fail('SHAPE_MISMATCH', `the rule of ${op} gives ${show(given)} where ${show(wanted)} is needed`);
}
