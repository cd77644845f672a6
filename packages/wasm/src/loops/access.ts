/** What statements touch: places in buffers, registers they assign, variables they count with. Found once for each statement. */
import {
  type Affine,
  type Buffer,
  type FunctionName,
  isFunctionName,
  type Local,
  type Statement,
  type Value,
  type Variable,
} from './ir.ts';

export interface Access {
  readonly buffer: Buffer;
  readonly at: Affine;
}

export interface Touched {
  /** One of each kind: places that differ by a constant alone move alike. */
  readonly accesses: Iterable<Access>;
  readonly loaded: ReadonlySet<Buffer>;
  readonly stored: ReadonlySet<Buffer>;
  readonly assigned: ReadonlySet<Local>;
  readonly counted: ReadonlySet<Variable>;
  /** Functions that are asked for, each value once. */
  readonly functions: ReadonlySet<FunctionCall>;
}

export type FunctionCall = Extract<Value, { kind: 'apply' }> & { readonly operation: FunctionName };

interface Collected {
  readonly kinds: Map<string, Access>;
  readonly accesses: Iterable<Access>;
  readonly loaded: Set<Buffer>;
  readonly stored: Set<Buffer>;
  readonly assigned: Set<Local>;
  readonly counted: Set<Variable>;
  readonly functions: Set<FunctionCall>;
  readonly seen: Set<Value>;
}

const known = new WeakMap<readonly Statement[], Touched>();

/** Of a list of statements and all that is inside of them. */
export function touchedBy(statements: readonly Statement[]): Touched {
  let found = known.get(statements);
  if (found === undefined) {
    const kinds = new Map<string, Access>();
    const collected: Collected = {
      kinds,
      accesses: { [Symbol.iterator]: () => kinds.values() },
      loaded: new Set(),
      stored: new Set(),
      assigned: new Set(),
      counted: new Set(),
      functions: new Set(),
      seen: new Set(),
    };
    collect(statements, collected);
    known.set(statements, (found = collected));
  }
  return found;
}

function collect(statements: readonly Statement[], into: Collected): void {
  for (const statement of statements) {
    switch (statement.kind) {
      case 'assign':
        for (const assignment of statement.assignments) {
          collectValue(assignment.value, into);
          if (assignment.kind === 'set') into.assigned.add(assignment.local);
          else {
            into.stored.add(assignment.buffer);
            collectPlace(assignment, into);
          }
        }
        break;
      case 'for':
        into.counted.add(statement.variable);
        for (const end of [statement.from, statement.to])
          if (typeof end !== 'number') collectValue(end, into);
        merge(statement.body, into);
        break;
      case 'if':
        collectValue(statement.condition, into);
        merge(statement.onTrue, into);
        merge(statement.onFalse, into);
        break;
      case 'while':
        collectValue(statement.condition, into);
        merge(statement.body, into);
        break;
    }
  }
}

function merge(statements: readonly Statement[], into: Collected): void {
  const { accesses, loaded, stored, assigned, counted, functions } = touchedBy(statements);
  for (const one of functions) into.functions.add(one);
  for (const buffer of loaded) into.loaded.add(buffer);
  for (const access of accesses) into.kinds.set(kindOf(access), access);
  for (const buffer of stored) into.stored.add(buffer);
  for (const local of assigned) into.assigned.add(local);
  for (const variable of counted) into.counted.add(variable);
}

/** Whether addresses have to start from the first place, because they run backwards or on by what is computed. */
export const startsAtPlace = ({ constant, terms, computed }: Affine): boolean =>
  computed.length > 0 || constant < 0 || terms.some(({ step }) => step < 0);

const kinds = new WeakMap<Affine, string>();
function kindOf({ buffer, at }: Access): string {
  let kind = kinds.get(at);
  if (kind === undefined) {
    kind = at.terms.map(({ variable, step }) => `${variable.id}*${step}`).join(' ');
    if (startsAtPlace(at)) kind += ` ${at.constant}`;
    kinds.set(at, kind);
  }
  return `${buffer.id} ${kind}`;
}

function collectPlace(access: Access, into: Collected): void {
  into.kinds.set(kindOf(access), access);
  for (const { value } of access.at.computed) collectValue(value, into);
}

function collectValue(value: Value, into: Collected): void {
  if (into.seen.has(value)) return;
  into.seen.add(value);
  if (value.kind === 'load') {
    into.loaded.add(value.buffer);
    collectPlace(value, into);
  }
  if (value.kind === 'apply') {
    if (isFunctionName(value.operation)) into.functions.add(value as FunctionCall);
    for (const operand of value.operands) collectValue(operand, into);
  }
}

/**
 * The largest values in the body of a loop that are the same at every turn: they are computed before it. Loads in
 * branches stay, because a branch may guard against places outside of a buffer.
 */
export function invariantsOf(body: readonly Statement[], variable: Variable): Value[] {
  const { stored, assigned, counted } = touchedBy(body);
  const varies = new Map<Value, boolean>();
  const moves = (value: Value): boolean => {
    let answer = varies.get(value);
    if (answer === undefined) varies.set(value, (answer = computed(value)));
    return answer;
  };
  const computed = (value: Value): boolean => {
    switch (value.kind) {
      case 'number':
      case 'bits':
      case 'ramp':
        return false;
      case 'variable':
        return value.variable === variable || counted.has(value.variable);
      case 'local':
        return assigned.has(value.local);
      case 'load':
        return (
          stored.has(value.buffer) ||
          value.at.terms.some((term) => term.variable === variable || counted.has(term.variable)) ||
          value.at.computed.some((term) => moves(term.value))
        );
      case 'apply':
        return value.operands.some(moves);
    }
  };
  const found = new Set<Value>();
  const seen = new Set<Value>();
  const visit = (value: Value): void => {
    if (seen.has(value)) return;
    seen.add(value);
    if (value.kind !== 'load' && value.kind !== 'apply') return;
    if (!moves(value)) {
      found.add(value);
      return;
    }
    const parts = value.kind === 'apply' ? value.operands : value.at.computed.map((term) => term.value);
    for (const part of parts) visit(part);
  };
  const walk = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      if (statement.kind === 'assign')
        for (const assignment of statement.assignments) {
          visit(assignment.value);
          if (assignment.kind === 'store') for (const term of assignment.at.computed) visit(term.value);
        }
      else if (statement.kind === 'for') {
        for (const end of [statement.from, statement.to]) if (typeof end !== 'number') visit(end);
        walk(statement.body);
      }
    }
  };
  walk(body);
  return [...found];
}
