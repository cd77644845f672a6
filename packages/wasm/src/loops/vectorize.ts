/**
 * A loop over neighbours in steps of a vector, and what is left one by one. Possible where everything moves with the loop
 * by one element or not at all, and every operation has an instruction on vectors.
 */
import { add, and, integer, splat, stepAlong, sub, typeOf } from './build.ts';
import type {
  Affine,
  Assignment,
  For,
  FunctionName,
  Lanes,
  Operation,
  Statement,
  Type,
  Value,
  Variable,
} from './ir.ts';
import { valuesIn } from './walk.ts';

/** Whether a machine has an operation on operands of some types. */
export type Supports = (
  operation: Operation | FunctionName,
  type: Type,
  operands: readonly Value[],
) => boolean;

/** The loop in vectors with its rest, or the loop as it is. */
export function vectorize(loop: For, supports: Supports): Statement[] {
  const lanes = lanesIn(loop.body);
  const count =
    typeof loop.to === 'number' && typeof loop.from === 'number' ? loop.to - loop.from : undefined;
  if (lanes === 1 || loop.step !== 1 || (count !== undefined && count < lanes)) return [loop];
  const body = vectorized(loop.body, loop.variable, lanes, supports);
  if (body === undefined) return [loop];
  if (count !== undefined) {
    const middle = (loop.from as number) + count - (count % lanes);
    const vectors: For = { ...loop, to: middle, step: lanes, body };
    return middle === loop.to ? [vectors] : [vectors, { ...loop, from: middle }];
  }
  const [from, to] = [bound(loop.from), bound(loop.to)];
  const middle = add(from, and(sub(to, from), integer(-lanes)));
  return [
    { ...loop, to: middle, step: lanes, body },
    { ...loop, from: middle },
  ];
}

const bound = (end: number | Value): Value => (typeof end === 'number' ? integer(end) : end);

/** Lanes of the vectors that the values of statements would be. */
function lanesIn(body: readonly Statement[]): Lanes {
  const values = valuesIn(
    body.flatMap((statement) =>
      statement.kind === 'assign' ? statement.assignments.map(({ value }) => value) : [],
    ),
  );
  for (const { type } of values) if (type.scalar === 'f64') return 2;
  return values.length > 0 ? 4 : 1;
}

function vectorized(
  body: readonly Statement[],
  variable: Variable,
  lanes: Lanes,
  supports: Supports,
): Statement[] | undefined {
  const rewriter = new Rewriter(variable, lanes, supports);
  const result: Statement[] = [];
  for (const statement of body) {
    if (statement.kind !== 'assign') return undefined;
    const assignments: Assignment[] = [];
    for (const assignment of statement.assignments) {
      if (assignment.kind === 'set') return undefined;
      if (stepAlong(assignment.at, variable) !== 1 || movesInside(assignment.at, variable)) return undefined;
      const value = rewriter.vector(assignment.value);
      if (value === undefined) return undefined;
      assignments.push({ ...assignment, value });
    }
    result.push({ kind: 'assign', assignments });
  }
  return result;
}

/** Whether a computed part of a place depends on a variable. */
export const movesInside = (at: Affine, variable: Variable): boolean =>
  at.computed.some(({ value }) => dependsOn(value, variable));

export function dependsOn(value: Value, variable: Variable): boolean {
  switch (value.kind) {
    case 'variable':
      return value.variable === variable;
    case 'load':
      return stepAlong(value.at, variable) !== 0 || movesInside(value.at, variable);
    case 'apply':
      return value.operands.some((operand) => dependsOn(operand, variable));
    default:
      return false;
  }
}

/** Values with neighbours in the lanes. */
export class Rewriter {
  private readonly done = new Map<Value, Value | undefined>();
  private readonly varying = new Map<Value, boolean>();
  private readonly variable: Variable;
  private readonly lanes: Lanes;
  private readonly supports: Supports;
  /** @param given  vectors for some values, of this many lanes */
  constructor(
    variable: Variable,
    lanes: Lanes,
    supports: Supports,
    given: ReadonlyMap<Value, Value> = new Map(),
  ) {
    this.variable = variable;
    this.lanes = lanes;
    this.supports = supports;
    for (const [value, vector] of given) this.done.set(value, vector);
  }

  vector(value: Value): Value | undefined {
    if (this.done.has(value)) return this.done.get(value);
    const result = this.make(value);
    this.done.set(value, result);
    return result;
  }

  /** Whether lanes differ: along the variable, or because a vector was given. */
  private varies(value: Value): boolean {
    let answer = this.varying.get(value);
    if (answer === undefined) {
      answer =
        this.done.get(value)?.kind === 'local' ||
        (value.kind === 'apply'
          ? value.operands.some((operand) => this.varies(operand))
          : dependsOn(value, this.variable));
      this.varying.set(value, answer);
    }
    return answer;
  }

  private fits({ scalar }: Type): boolean {
    return scalar === 'bool' || (this.lanes === 2) === (scalar === 'f64' || scalar === 'i64');
  }

  private make(value: Value): Value | undefined {
    const type = typeOf(value.type.scalar, this.lanes);
    if (!this.fits(value.type)) return undefined;
    switch (value.kind) {
      case 'number':
      case 'bits':
        return { ...value, type };
      case 'ramp':
        return undefined;
      case 'local':
        return this.splat(value);
      case 'variable':
        if (value.variable !== this.variable) return this.splat(value);
        return add(splat(value, this.lanes), { kind: 'ramp', type });
      case 'load': {
        if (movesInside(value.at, this.variable)) return undefined;
        const step = stepAlong(value.at, this.variable);
        if (step === 0) return this.splat(value);
        return step === 1 ? { ...value, type } : undefined;
      }
      case 'apply': {
        if (!this.varies(value)) return this.splat(value);
        const operands: Value[] = [];
        const shifts = value.operation.startsWith('shift');
        for (const [i, operand] of value.operands.entries()) {
          const vector = shifts && i === 1 && operand.kind === 'number' ? operand : this.vector(operand);
          if (vector === undefined) return undefined;
          operands.push(vector);
        }
        const { kind, operation } = value;
        return this.supports(operation, type, operands) ? { kind, type, operation, operands } : undefined;
      }
    }
  }

  private splat(value: Value): Value | undefined {
    const vector = splat(value, this.lanes);
    return vector.kind !== 'apply' || this.supports('splat', vector.type, vector.operands)
      ? vector
      : undefined;
  }
}
