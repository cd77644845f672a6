/** Statements with other places and other variables. Values that are shared stay shared. */
import { addAffine, affineValue, along, scaleAffine } from './build.ts';
import type { Affine, Assignment, Local, Statement, Value, Variable } from './ir.ts';

/** A variable becomes something affine in others; what is not mentioned stays. */
export type Substitution = ReadonlyMap<Variable, Affine>;

export class Substituter {
  private readonly by: Substitution;
  private readonly locals: ReadonlyMap<Local, Local>;
  private readonly done = new Map<Value, Value>();
  constructor(by: Substitution, locals: ReadonlyMap<Local, Local> = new Map()) {
    this.by = by;
    this.locals = locals;
  }

  affine(at: Affine): Affine {
    let result: Affine = {
      constant: at.constant,
      terms: [],
      computed: at.computed.map(({ value, step }) => ({ value: this.value(value), step })),
    };
    for (const { variable, step } of at.terms)
      result = addAffine(result, scaleAffine(this.by.get(variable) ?? along(variable), step));
    return result;
  }

  value(value: Value): Value {
    let result = this.done.get(value);
    if (result === undefined) this.done.set(value, (result = this.make(value)));
    return result;
  }

  statements(list: readonly Statement[]): Statement[] {
    return list.map((statement): Statement => {
      switch (statement.kind) {
        case 'assign':
          return { kind: 'assign', assignments: statement.assignments.map((one) => this.assignment(one)) };
        case 'for':
          return {
            ...statement,
            from: this.bound(statement.from),
            to: this.bound(statement.to),
            body: this.statements(statement.body),
          };
        case 'if':
          return {
            ...statement,
            condition: this.value(statement.condition),
            onTrue: this.statements(statement.onTrue),
            onFalse: this.statements(statement.onFalse),
          };
        case 'while':
          return {
            ...statement,
            condition: this.value(statement.condition),
            body: this.statements(statement.body),
          };
      }
    });
  }

  private bound(end: number | Value): number | Value {
    return typeof end === 'number' ? end : this.value(end);
  }

  private assignment(assignment: Assignment): Assignment {
    const value = this.value(assignment.value);
    return assignment.kind === 'set'
      ? { ...assignment, value, local: this.locals.get(assignment.local) ?? assignment.local }
      : { ...assignment, value, at: this.affine(assignment.at) };
  }

  private make(value: Value): Value {
    switch (value.kind) {
      case 'variable': {
        const place = this.by.get(value.variable);
        return place === undefined ? value : affineValue(place);
      }
      case 'local': {
        const local = this.locals.get(value.local);
        return local === undefined ? value : { ...value, local };
      }
      case 'load':
        return { ...value, at: this.affine(value.at) };
      case 'apply':
        return { ...value, operands: value.operands.map((operand) => this.value(operand)) };
      default:
        return value;
    }
  }
}

/** Every place and every variable that is read as a number, in some statements. */
export function placesIn(list: readonly Statement[]): {
  readonly places: Affine[];
  readonly numbers: Set<Variable>;
} {
  const places: Affine[] = [];
  const numbers = new Set<Variable>();
  const seen = new Set<Value>();
  const place = (at: Affine): void => {
    places.push(at);
    for (const { value } of at.computed) visit(value);
  };
  const visit = (value: Value): void => {
    if (seen.has(value)) return;
    seen.add(value);
    if (value.kind === 'variable') numbers.add(value.variable);
    else if (value.kind === 'load') place(value.at);
    else if (value.kind === 'apply') value.operands.forEach(visit);
  };
  const walk = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      if (statement.kind === 'assign')
        for (const assignment of statement.assignments) {
          visit(assignment.value);
          if (assignment.kind === 'store') place(assignment.at);
        }
      else if (statement.kind === 'if') {
        visit(statement.condition);
        walk(statement.onTrue);
        walk(statement.onFalse);
      } else {
        if (statement.kind === 'while') visit(statement.condition);
        else for (const end of [statement.from, statement.to]) if (typeof end !== 'number') visit(end);
        walk(statement.body);
      }
    }
  };
  walk(list);
  return { places, numbers };
}
