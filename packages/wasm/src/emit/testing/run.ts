/** What a kernel means: the slow engine of statements, over what `evaluate` says of values. */
import { evaluate, type Lane, type Surroundings } from '../../loops/evaluate.ts';
import type { Affine, Assignment, Kernel, Local, Statement, Value, Variable } from '../../loops/ir.ts';
import type { Memory } from './memory.ts';

export function runKernel(kernel: Kernel, memory: Memory, around: readonly number[]): void {
  const runner = new Runner(memory);
  kernel.around.forEach((variable, i) => {
    runner.variables.set(variable, around[i]!);
  });
  for (let unit = 0; unit < kernel.units; unit++) {
    runner.variables.set(kernel.unit, unit);
    runner.statements(kernel.body);
  }
}

class Runner {
  readonly variables = new Map<Variable, number>();
  private readonly locals = new Map<Local, readonly Lane[]>();
  private readonly memory: Memory;
  private readonly surroundings: Surroundings;

  constructor(memory: Memory) {
    this.memory = memory;
    this.surroundings = {
      local: (local) => this.locals.get(local)!,
      variable: (variable) => this.variables.get(variable)!,
      element: (buffer, place) => memory.element(buffer, place),
    };
  }

  statements(list: readonly Statement[]): void {
    for (const statement of list) this.statement(statement);
  }

  private statement(statement: Statement): void {
    switch (statement.kind) {
      case 'assign':
        return this.assign(statement.assignments);
      case 'for': {
        const end = this.bound(statement.to);
        for (let at = this.bound(statement.from); at < end; at += statement.step) {
          this.variables.set(statement.variable, at);
          this.statements(statement.body);
        }
        return;
      }
      case 'if':
        return this.statements(this.holds(statement.condition) ? statement.onTrue : statement.onFalse);
      case 'while':
        while (this.holds(statement.condition)) this.statements(statement.body);
    }
  }

  /** All read what was before. */
  private assign(assignments: readonly Assignment[]): void {
    const made = assignments.map((one) => ({
      one,
      lanes: this.value(one.value),
      at: one.kind === 'store' ? this.place(one.at) : 0,
    }));
    for (const { one, lanes, at } of made)
      if (one.kind === 'set') this.locals.set(one.local, lanes);
      else lanes.forEach((lane, i) => void this.memory.store(one.buffer, at + i, lane));
  }

  private value(value: Value): readonly Lane[] {
    return evaluate(value, this.surroundings);
  }
  private holds(condition: Value): boolean {
    return this.value(condition)[0] !== 0;
  }
  private bound(end: number | Value): number {
    return typeof end === 'number' ? end : Number(this.value(end)[0]);
  }
  private place({ constant, terms, computed }: Affine): number {
    let place = constant;
    for (const { variable, step } of terms) place += step * this.variables.get(variable)!;
    for (const { value, step } of computed) place += step * Number(this.value(value)[0]);
    return place;
  }
}
