/**
 * What a kernel must keep to: operands of one type, vectors no longer than machines have, variables and registers that
 * exist where they are read, and places inside of their buffers, as far as loops say where they run.
 */
import type { Affine, Buffer, Kernel, Local, Statement, Value, Variable } from './ir.ts';
import { printAffine, printType, printValue } from './print.ts';

/** Smallest and largest value. */
type Range = readonly [number, number];

/** @throws with the kernel's name, the statement and what is wrong with it */
export function verifyKernel(kernel: Kernel): void {
  new Verifier(kernel).check();
}

class Verifier {
  private readonly kernel: Kernel;
  /** Undefined: how far it runs is computed. */
  private readonly ranges = new Map<Variable, Range | undefined>();
  private readonly assigned = new Set<Local>();
  /** Values that were looked at in this run of statements. */
  private seen = new Set<Value>();
  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  check(): void {
    for (const variable of this.kernel.around) this.ranges.set(variable, undefined);
    this.ranges.set(this.kernel.unit, [0, this.kernel.units - 1]);
    this.statements(this.kernel.body);
  }

  private fail(what: string): never {
    throw new Error(`the kernel ${this.kernel.name}: ${what}`);
  }

  private statements(list: readonly Statement[]): void {
    for (const statement of list) {
      this.seen = new Set();
      switch (statement.kind) {
        case 'assign':
          for (const one of statement.assignments) {
            this.value(one.value);
            if (one.kind === 'store') {
              if (one.value.type.scalar !== one.buffer.dtype)
                this.fail(
                  `${printType(one.value.type)} is stored into ${one.buffer.name}, which is ${one.buffer.dtype}`,
                );
              this.place(one.buffer, one.at, one.value.type.lanes);
            } else if (printType(one.value.type) !== printType(one.local.type))
              this.fail(
                `${printType(one.value.type)} is assigned to ${one.local.name}, which is ${printType(one.local.type)}`,
              );
          }
          for (const one of statement.assignments) if (one.kind === 'set') this.assigned.add(one.local);
          break;
        case 'for': {
          const { from, to, step, variable, body } = statement;
          for (const end of [from, to]) if (typeof end !== 'number') this.value(end);
          const fixed = typeof from === 'number' && typeof to === 'number';
          if (fixed && from >= to) break;
          this.ranges.set(
            variable,
            fixed ? [from, from + Math.floor((to - 1 - from) / step) * step] : undefined,
          );
          this.statements(body);
          this.ranges.delete(variable);
          break;
        }
        case 'if':
          this.value(statement.condition);
          // A branch may guard what would be outside.
          this.guarded(() => this.statements(statement.onTrue));
          this.guarded(() => this.statements(statement.onFalse));
          break;
        case 'while':
          this.value(statement.condition);
          this.statements(statement.body);
      }
    }
  }

  private guarded(check: () => void): void {
    const before = new Map(this.ranges);
    for (const variable of this.ranges.keys()) this.ranges.set(variable, undefined);
    check();
    for (const [variable, range] of before) this.ranges.set(variable, range);
  }

  private value(value: Value): void {
    if (this.seen.has(value)) return;
    this.seen.add(value);
    switch (value.kind) {
      case 'variable':
        if (!this.ranges.has(value.variable)) this.fail(`${value.variable.name} is read outside of its loop`);
        break;
      case 'local':
        if (!this.assigned.has(value.local)) this.fail(`${value.local.name} is read before it is assigned`);
        break;
      case 'load':
        this.place(value.buffer, value.at, value.type.lanes);
        break;
      case 'apply': {
        for (const operand of value.operands) this.value(operand);
        const { operation, operands } = value;
        if (['convert', 'bitcast', 'splat', 'lane'].includes(operation) || operation.startsWith('shift'))
          break;
        const own = operation === 'select' ? operands.slice(1) : operands;
        if (own.some((operand) => printType(operand.type) !== printType(own[0]!.type)))
          this.fail(
            `${operation} of ${operands.map((operand) => printType(operand.type)).join(', ')} in ${printValue(value)}`,
          );
      }
    }
  }

  private place(buffer: Buffer, at: Affine, lanes: number): void {
    for (const { value } of at.computed) this.value(value);
    let [least, most] = [at.constant, at.constant];
    for (const { variable, step } of at.terms) {
      if (!this.ranges.has(variable))
        this.fail(`${buffer.name}[${printAffine(at)}] lies outside of the loop over ${variable.name}`);
      const range = this.ranges.get(variable);
      if (range === undefined) return;
      const ends = [range[0] * step, range[1] * step];
      least += Math.min(...ends);
      most += Math.max(...ends);
    }
    if (at.computed.length > 0) return;
    if (least < 0 || most + lanes > buffer.size)
      this.fail(
        `${buffer.name}[${printAffine(at)}] runs from ${least} to ${most + lanes - 1}, of ${buffer.size}`,
      );
  }
}
