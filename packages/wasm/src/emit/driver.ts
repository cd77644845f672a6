/**
 * The driver: one function (base, thread, threads) that every thread runs. Kernels with enough work are shared: whoever
 * comes takes the next units. The others are done by thread 0 while the rest wait at the next meeting, so every thread
 * sees what was written before it goes on. Who computes a unit never changes what is computed.
 */
import { block, br, br_if, call, type Dependency, i32, if_, importFunc, local, loop, select } from 'wasmati';
import type { Kernel, Variable } from '../loops/ir.ts';
import type { Step } from '../plan/steps.ts';
import { Code, type MachineType, parameter, type Register } from './code.ts';
import { controlBlock } from './control-block.ts';
import { hostNames } from './host-names.ts';
import type { Layout } from './layout.ts';
import { emitMeeting } from './meeting.ts';
import { grainOf, hasShared } from './sharing.ts';

const [base, thread, threads] = [0, 1, 2].map((place) => parameter('i32', place)) as [
  Register,
  Register,
  Register,
];

/** Steps in one function; more are cut into several. */
const mostSteps = 150;
export interface DriverParts {
  readonly layout: Layout;
  readonly statusOffset: number;
  readonly kernels: ReadonlyMap<Kernel, Dependency.AnyFunc>;
  readonly ticks?: (kernel: Kernel) => number;
}

export function emitDriver(steps: readonly Step[], parts: DriverParts): Dependency.Func {
  return new Driver(parts).write(steps, []);
}

class Driver {
  private readonly parts: DriverParts;
  private readonly meeting = emitMeeting();
  private readonly ticker = Object.assign(
    importFunc({ in: [i32], out: [] }, () => {}),
    hostNames.tick,
  );
  readonly reporter = Object.assign(
    importFunc({ in: [i32, i32], out: [] }, () => {}),
    hostNames.report,
  );
  constructor(parts: DriverParts) {
    this.parts = parts;
  }

  write(steps: readonly Step[], around: readonly Variable[], alone = false): Dependency.Func {
    const writer = new StepWriter(this, around, alone);
    if (steps.length <= mostSteps) writer.steps(steps);
    else
      for (let from = 0; from < steps.length; from += mostSteps)
        writer.call(this.write(steps.slice(from, from + mostSteps), around, alone));
    return writer.finish();
  }

  get layout(): Layout {
    return this.parts.layout;
  }
  get statusOffset(): number {
    return this.parts.statusOffset;
  }
  /** Calls a kernel whose arguments lie on the stack. */
  callKernel(kernel: Kernel): void {
    call(this.kernel(kernel) as never);
    if (this.parts.ticks === undefined) return;
    i32.const(this.parts.ticks(kernel));
    call(this.ticker as never);
  }
  private kernel(kernel: Kernel): Dependency.AnyFunc {
    return this.parts.kernels.get(kernel)!;
  }
  meet(): Dependency.AnyFunc {
    return this.meeting;
  }
}

class StepWriter {
  private readonly code = new Code();
  private readonly driver: Driver;
  private readonly around: readonly Variable[];
  private readonly counters = new Map<Variable, Register>();
  /** One thread does everything in here. */
  private alone: boolean;
  /** Something was written that others have not met since. */
  private unmet = false;

  constructor(driver: Driver, around: readonly Variable[], alone: boolean) {
    this.driver = driver;
    this.around = around;
    this.alone = alone;
    around.forEach((variable, i) => {
      this.counters.set(variable, parameter('i32', 3 + i));
    });
  }

  finish(): Dependency.Func {
    this.meet();
    return this.code.finish(['i32', 'i32', 'i32', ...this.around.map((): MachineType => 'i32')], []);
  }

  /** Calls a function of steps that takes the variables counted here. */
  call(part: Dependency.AnyFunc): void {
    const { code } = this;
    const counters = [...this.counters.values()];
    code.emit((locals) => {
      for (const register of [base, thread, threads, ...counters]) local.get(locals(register));
      call(part as never);
    });
  }

  steps(list: readonly Step[]): void {
    for (let i = 0; i < list.length; ) {
      let end = i;
      if (!this.alone) while (end < list.length && !hasShared([list[end]!])) end++;
      if (end > i) this.byOne(list.slice(i, end));
      else this.step(list[end++]!);
      i = end;
    }
  }

  /** Steps that thread 0 does. */
  private byOne(list: readonly Step[]): void {
    const inner = this.code.inside(() => {
      this.alone = true;
      for (const step of list) this.step(step);
      this.alone = false;
    });
    this.code.emit((locals) => {
      local.get(locals(thread));
      i32.eqz();
      if_(null, () => inner(locals));
    });
    this.unmet = true;
  }

  /** Everybody sees what was written before anybody goes on. */
  private meet(): void {
    if (!this.unmet || this.alone) return;
    this.unmet = false;
    this.always();
  }

  private always(): void {
    this.code.emit((locals) => {
      local.get(locals(threads));
      i32.const(1);
      i32.gt_u();
      if_(null, () => {
        local.get(locals(threads));
        call(this.driver.meet() as never);
      });
    });
  }

  private step(step: Step): void {
    switch (step.kind) {
      case 'kernel':
        return this.alone ? this.runAll(step.kernel) : this.share(step.kernel);
      case 'loop':
        return this.loop(step);
      case 'while':
        return this.while(step);
      case 'branch':
        return this.branch(step);
      case 'report':
        return this.code.emit((locals) => {
          i32.const(step.number);
          local.get(locals(base));
          call(this.driver.reporter as never);
        });
    }
  }

  private passVariables(kernel: Kernel): (locals: Parameters<Parameters<Code['emit']>[0]>[0]) => void {
    const registers = kernel.around.map((variable) => this.counters.get(variable)!);
    return (locals) => {
      for (const register of registers) local.get(locals(register));
    };
  }

  private runAll(kernel: Kernel): void {
    const pass = this.passVariables(kernel);
    this.code.emit((locals) => {
      local.get(locals(base));
      i32.const(0);
      i32.const(kernel.units);
      pass(locals);
      this.driver.callKernel(kernel);
    });
  }

  private share(kernel: Kernel): void {
    this.meet();
    const pass = this.passVariables(kernel);
    const { code } = this;
    const first = code.take('i32');
    const grain = grainOf(kernel);
    code.emit((locals) => {
      local.get(locals(threads));
      i32.const(1);
      i32.eq();
      if_(
        null,
        () => {
          local.get(locals(base));
          i32.const(0);
          i32.const(kernel.units);
          pass(locals);
          this.driver.callKernel(kernel);
        },
        () => {
          block(null, (out) => {
            loop(null, (again) => {
              i32.const(0);
              i32.const(grain);
              i32.atomic.rmw.add({ offset: controlBlock.ticket });
              local.tee(locals(first));
              i32.const(kernel.units);
              i32.ge_s();
              br_if(out);
              local.get(locals(base));
              local.get(locals(first));
              local.get(locals(first));
              i32.const(grain);
              i32.add();
              i32.const(kernel.units);
              local.get(locals(first));
              i32.const(grain);
              i32.add();
              i32.const(kernel.units);
              i32.lt_s();
              select();
              pass(locals);
              this.driver.callKernel(kernel);
              br(again);
            });
          });
          local.get(locals(threads));
          call(this.driver.meet() as never);
        },
      );
    });
    code.give(first);
  }

  private loop({ variable, count, reverse, body }: Extract<Step, { kind: 'loop' }>): void {
    if (count === 0) return;
    this.meet();
    const { code } = this;
    const place = code.take('i32');
    this.counters.set(variable, place);
    const [first, end, step] = reverse ? [count - 1, -1, -1] : [0, count, 1];
    const inner = code.inside(() => this.portion(body));
    code.emit((locals) => {
      i32.const(first);
      local.set(locals(place));
      loop(null, (again) => {
        inner(locals);
        local.get(locals(place));
        i32.const(step);
        i32.add();
        local.tee(locals(place));
        i32.const(end);
        i32.ne();
        br_if(again);
      });
    });
    this.counters.delete(variable);
    code.give(place);
  }

  /** Steps inside of a loop or branch, which all threads end together: here, or as a function if they are many. */
  private portion(list: readonly Step[]): void {
    if (list.length <= mostSteps) this.steps(list);
    else this.call(this.driver.write(list, [...this.counters.keys()], this.alone));
    this.meet();
  }

  private while(step: Extract<Step, { kind: 'while' }>): void {
    this.meet();
    const { code } = this;
    const turns = code.take('i32');
    const goesOn = code.take('i32');
    const holdsAt = this.driver.layout.offsetOf(step.holds)!;
    const status = this.driver.statusOffset;
    const test = code.inside(() => this.portion(step.condition));
    const body = code.inside(() => this.portion(step.body));
    const meetAgain = code.inside(() => {
      if (!this.alone) this.always();
    });
    code.emit((locals) => {
      i32.const(0);
      local.set(locals(turns));
      block(null, (out) => {
        loop(null, (again) => {
          test(locals);
          local.get(locals(base));
          i32.load8_u({ offset: holdsAt });
          // After a failure nothing goes on.
          local.get(locals(base));
          i32.load({ offset: status });
          i32.eqz();
          i32.and();
          local.set(locals(goesOn));
          meetAgain(locals);
          local.get(locals(goesOn));
          i32.eqz();
          br_if(out);
          if (step.maxSteps > 0) {
            local.get(locals(turns));
            i32.const(step.maxSteps);
            i32.eq();
            if_(null, () => {
              local.get(locals(thread));
              i32.eqz();
              if_(null, () => {
                local.get(locals(base));
                i32.const(step.exhausted);
                i32.store({ offset: status });
              });
              br(out);
            });
          }
          body(locals);
          local.get(locals(turns));
          i32.const(1);
          i32.add();
          local.set(locals(turns));
          br(again);
        });
      });
    });
    this.unmet = true;
    code.give(turns);
    code.give(goesOn);
  }

  private branch({ predicate, onTrue, onFalse }: Extract<Step, { kind: 'branch' }>): void {
    this.meet();
    const { code } = this;
    const chosen = code.take('i32');
    const offset = this.driver.layout.offsetOf(predicate)!;
    const whenTrue = code.inside(() => this.portion(onTrue));
    const whenFalse = code.inside(() => this.portion(onFalse));
    const meetAgain = code.inside(() => {
      if (!this.alone) this.always();
    });
    code.emit((locals) => {
      local.get(locals(base));
      i32.load8_u({ offset });
      local.set(locals(chosen));
      meetAgain(locals);
      local.get(locals(chosen));
      if_(
        null,
        () => whenTrue(locals),
        () => whenFalse(locals),
      );
    });
    code.give(chosen);
  }
}
