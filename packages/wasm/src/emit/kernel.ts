/**
 * A kernel as a function (base, from, to, …variables of loops around): does the units from one up to another.
 *
 * Addresses are counted along: for every place that moves with a loop there is a register that holds its address and
 * grows at each turn. Places that differ by a constant share it, with an immediate offset.
 */
import { br_if, type Dependency, i32, if_, local, loop, type Local as MachineLocal } from 'wasmati';
import { type Access, invariantsOf, startsAtPlace, touchedBy } from '../loops/access.ts';
import type {
  Affine,
  Assignment,
  Buffer,
  For,
  Kernel,
  Local,
  Statement,
  Value,
  Variable,
} from '../loops/ir.ts';
import { assignedValues, valuesIn } from '../loops/walk.ts';
import { Code, type MachineType, parameter, type Register } from './code.ts';
import { FunctionLibrary } from './functions.ts';
import { elementBytes, type Layout } from './layout.ts';
import { machineType } from './machine.ts';
import { type Surroundings, storeInstruction, ValueWriter } from './values.ts';

export interface EmitOptions {
  readonly functions?: FunctionLibrary;
  /** The machine has fused multiplication and addition. */
  readonly relaxed: boolean;
}

export function emitKernel(kernel: Kernel, layout: Layout, options: EmitOptions): Dependency.Func {
  return new KernelWriter(layout, options).write(kernel);
}

/** An address without its constant part: where it starts and how it moves, in bytes. */
interface Pattern {
  readonly key: string;
  readonly root: Buffer | undefined;
  /** Bytes from the root on. Addresses must never go below 0, so places that run backwards start from their first one. */
  readonly shift: number;
  /** From the outermost variable to the innermost. */
  readonly moves: readonly { readonly variable: Variable; readonly bytes: number }[];
}

const base = parameter('i32', 0);

class KernelWriter implements Surroundings {
  readonly code = new Code();
  readonly relaxed: boolean;
  readonly functions: FunctionLibrary;
  private readonly layout: Layout;
  /** Loops around what is written that turn more than once. */
  private turning = 0;
  private readonly values = new ValueWriter(this);
  private readonly locals = new Map<Local, Register>();
  private readonly counters = new Map<Variable, Register>();
  /** Variables that are counted here, from the outermost loop to the innermost. */
  private readonly depths = new Map<Variable, number>();
  private readonly addresses = new Map<string, Register>();
  private readonly roots = new Map<Buffer, Register>();
  private readonly rootNumbers = new Map<Buffer, number>();

  constructor(layout: Layout, { relaxed, functions = new FunctionLibrary() }: EmitOptions) {
    this.layout = layout;
    this.relaxed = relaxed;
    this.functions = functions;
  }

  write(kernel: Kernel): Dependency.Func {
    for (const { buffer } of touchedBy(kernel.body).accesses) this.findRoot(buffer);
    kernel.around.forEach((variable, i) => {
      const counter = parameter('i32', 3 + i);
      this.counters.set(variable, counter);
      this.depths.set(variable, this.depths.size);
      // One after the other: a place that moves with two of them starts from where the first has moved it.
      this.startAddresses(kernel.body, variable, counter);
    });
    this.loop(
      { kind: 'for', variable: kernel.unit, from: 0, to: kernel.units, step: 1, body: kernel.body },
      parameter('i32', 1),
      parameter('i32', 2),
      kernel.units > 1,
    );
    const parameters: MachineType[] = ['i32', 'i32', 'i32', ...kernel.around.map((): MachineType => 'i32')];
    return this.code.finish(parameters, []);
  }

  get inLoop(): boolean {
    return this.turning > 0;
  }

  registerOf(own: Local): Register {
    let register = this.locals.get(own);
    if (register === undefined) this.locals.set(own, (register = this.code.take(machineType(own.type))));
    return register;
  }

  counterOf(variable: Variable): Register {
    const register = this.counters.get(variable);
    if (register === undefined) throw new Error(`the variable ${variable.name} is not counted here`);
    return register;
  }

  address({ buffer, at }: Access, write: (value: Value) => void): number {
    const { pattern, offset } = this.locate(buffer, at);
    this.pushAddress(pattern);
    for (const { value, step } of at.computed) {
      write(value);
      const bytes = step * elementBytes(buffer);
      this.code.emit(() => {
        if (bytes !== 1) {
          i32.const(bytes);
          i32.mul();
        }
        i32.add();
      });
    }
    return offset;
  }

  /** The pointer behind which a buffer lies that is not in the arena. */
  private findRoot(buffer: Buffer): void {
    if (this.roots.has(buffer) || this.layout.offsetOf(buffer) !== undefined) return;
    const register = this.code.take('i32');
    const offset = this.layout.pointerAt(buffer);
    this.code.emit((locals) => {
      local.get(locals(base));
      i32.load({ offset });
      local.set(locals(register));
    });
    this.roots.set(buffer, register);
    this.rootNumbers.set(buffer, this.rootNumbers.size);
  }

  /** The pattern of a place among the variables counted so far, and the constant rest in bytes. */
  private locate(buffer: Buffer, at: Affine): { readonly pattern: Pattern; readonly offset: number } {
    const bytes = elementBytes(buffer);
    const start = this.layout.offsetOf(buffer);
    const root = start === undefined ? buffer : undefined;
    const moves = at.terms
      .filter(({ variable }) => this.depths.has(variable))
      .map(({ variable, step }) => ({ variable, bytes: step * bytes }))
      .sort((a, b) => this.depths.get(a.variable)! - this.depths.get(b.variable)!);
    const offset = (start ?? 0) + at.constant * bytes;
    return offset < 0 || startsAtPlace(at)
      ? { pattern: this.patternOf(root, offset, moves), offset: 0 }
      : { pattern: this.patternOf(root, 0, moves), offset };
  }

  private patternOf(root: Buffer | undefined, shift: number, moves: Pattern['moves']): Pattern {
    const from = root === undefined ? 'base' : String(this.rootNumbers.get(root));
    const key = `${from}+${shift} ${moves.map(({ variable, bytes }) => `${this.depths.get(variable)}:${bytes}`).join(' ')}`;
    return { key, root, shift, moves };
  }

  private pushAddress({ key, root, shift, moves }: Pattern): void {
    if (moves.length === 0) {
      this.code.emit(get(root === undefined ? base : this.roots.get(root)!));
      if (shift !== 0)
        this.code.emit(() => {
          i32.const(shift);
          i32.add();
        });
      return;
    }
    const register = this.addresses.get(key);
    if (register === undefined) throw new Error(`no address is counted for ${key}`);
    this.code.emit(get(register));
  }

  /** Registers for the addresses in some statements whose innermost counted variable is this one, at their first values. */
  private startAddresses(
    body: readonly Statement[],
    variable: Variable,
    counter: Register | number,
  ): Pattern[] {
    const started: Pattern[] = [];
    for (const { buffer, at } of touchedBy(body).accesses) {
      const { pattern } = this.locate(buffer, at);
      if (pattern.moves.at(-1)?.variable !== variable || this.addresses.has(pattern.key)) continue;
      this.pushAddress(this.patternOf(pattern.root, pattern.shift, pattern.moves.slice(0, -1)));
      const { bytes } = pattern.moves.at(-1)!;
      const register = this.code.take('i32');
      this.code.emit((locals) => {
        if (typeof counter === 'number') i32.const(counter * bytes);
        else {
          local.get(locals(counter));
          i32.const(bytes);
          i32.mul();
        }
        i32.add();
        local.set(locals(register));
      });
      this.addresses.set(pattern.key, register);
      started.push(pattern);
    }
    return started;
  }

  private statements(list: readonly Statement[]): void {
    for (const statement of list) this.statement(statement);
  }

  private statement(statement: Statement): void {
    switch (statement.kind) {
      case 'assign':
        return this.assign(statement.assignments);
      case 'for':
        return this.for(statement);
      case 'if': {
        this.single(statement.condition);
        const onTrue = this.code.inside(() => this.statements(statement.onTrue));
        const onFalse = this.code.inside(() => this.statements(statement.onFalse));
        return this.code.emit((locals) => {
          if (statement.onFalse.length === 0) if_(null, () => onTrue(locals));
          else
            if_(
              null,
              () => onTrue(locals),
              () => onFalse(locals),
            );
        });
      }
      case 'while': {
        const test = () => this.single(statement.condition);
        test();
        const body = this.code.inside(() => {
          this.statements(statement.body);
          test();
        });
        return this.code.emit((locals) => {
          if_(null, () => {
            loop(null, () => {
              body(locals);
              br_if(0);
            });
          });
        });
      }
    }
  }

  private single(value: Value): void {
    this.values.together([value], () => this.values.write(value));
  }

  /** All at once: what a later value still reads is put down at the end. */
  private assign(assignments: readonly Assignment[]): void {
    const needed = neededLater(assignments);
    this.values.together(assignments.flatMap(assignedValues), () => {
      const later: (() => void)[] = [];
      assignments.forEach((assignment, i) => {
        const waits = needed[i]!.has(assignment.kind === 'set' ? assignment.local : assignment.buffer);
        if (!waits && assignment.kind === 'store') return this.store(assignment);
        // Places, too, are those of before.
        const offset = assignment.kind === 'store' ? this.address(assignment, this.values.write) : 0;
        const address = assignment.kind === 'store' ? this.code.take('i32') : undefined;
        if (address !== undefined) this.code.emit(setTo(address));
        this.values.write(assignment.value);
        if (!waits && assignment.kind === 'set')
          return this.code.emit(setTo(this.registerOf(assignment.local)));
        const waiting = this.code.take(machineType(assignment.value.type));
        this.code.emit(setTo(waiting));
        later.push(() => {
          if (address !== undefined) this.code.emit(get(address));
          this.code.emit(get(waiting));
          if (assignment.kind === 'set') this.code.emit(setTo(this.registerOf(assignment.local)));
          else this.code.emit(() => storeInstruction(assignment.value.type, offset));
          if (address !== undefined) this.code.give(address);
          this.code.give(waiting);
        });
      });
      for (const finish of later) finish();
    });
  }

  private store(assignment: Extract<Assignment, { kind: 'store' }>): void {
    const offset = this.address(assignment, this.values.write);
    this.values.write(assignment.value);
    this.code.emit(() => storeInstruction(assignment.value.type, offset));
  }

  private for(statement: For): void {
    const { from, to } = statement;
    const end = typeof to === 'number' ? to : this.heldIn(to);
    const start = typeof from === 'number' ? from : this.heldIn(from);
    this.loop(statement, start, end);
    for (const bound of [start, end]) if (typeof bound !== 'number') this.code.give(bound);
  }

  private heldIn(value: Value): Register {
    this.single(value);
    const register = this.code.take('i32');
    this.code.emit(setTo(register));
    return register;
  }

  private loop(
    { variable, step, body }: For,
    from: number | Register,
    to: number | Register,
    turns = typeof from !== 'number' || typeof to !== 'number' || to - from > step,
  ): void {
    if (typeof from === 'number' && typeof to === 'number' && from >= to) return;
    const { code } = this;
    const counter = code.take('i32');
    code.emit((locals) => {
      writeBound(locals, from);
      local.set(locals(counter));
    });
    this.counters.set(variable, counter);
    const write = () => {
      const invariant = invariantsOf(body, variable);
      this.values.together(invariant, () => {
        for (const value of invariant) this.values.keep(value);
      });
      this.depths.set(variable, this.depths.size);
      const moving = this.startAddresses(body, variable, from);
      const inner = code.inside(() => {
        if (turns) this.turning++;
        this.statements(body);
        if (turns) this.turning--;
        for (const { key, moves } of moving)
          code.emit(increase(this.addresses.get(key)!, step * moves.at(-1)!.bytes));
      });
      code.emit((locals) => {
        loop(null, () => {
          inner(locals);
          local.get(locals(counter));
          i32.const(step);
          i32.add();
          local.tee(locals(counter));
          writeBound(locals, to);
          i32.lt_s();
          br_if(0);
        });
      });
      for (const { key } of moving) {
        code.give(this.addresses.get(key)!);
        this.addresses.delete(key);
      }
      this.depths.delete(variable);
      for (const value of invariant) this.values.drop(value);
    };
    if (typeof from === 'number' && typeof to === 'number') write();
    else {
      const guarded = code.inside(write);
      code.emit((locals) => {
        local.get(locals(counter));
        writeBound(locals, to);
        i32.lt_s();
        if_(null, () => guarded(locals));
      });
    }
    code.give(counter);
  }
}

type Lookup = (register: Register) => MachineLocal;
const get = (register: Register) => (locals: Lookup) => void local.get(locals(register));
const setTo = (register: Register) => (locals: Lookup) => void local.set(locals(register));
const increase = (register: Register, bytes: number) => (locals: Lookup) => {
  local.get(locals(register));
  i32.const(bytes);
  i32.add();
  local.set(locals(register));
};
function writeBound(locals: Lookup, bound: number | Register): void {
  if (typeof bound === 'number') i32.const(bound);
  else local.get(locals(bound));
}

/** For each assignment the registers and buffers that the values of later ones read. */
function neededLater(assignments: readonly Assignment[]): ReadonlySet<Local | Buffer>[] {
  const needed: ReadonlySet<Local | Buffer>[] = [];
  const read = new Set<Local | Buffer>();
  const met = new Set<Value>();
  for (let i = assignments.length - 1; i >= 0; i--) {
    needed[i] = new Set(read);
    for (const value of valuesIn(assignedValues(assignments[i]!), met))
      if (value.kind === 'local') read.add(value.local);
      else if (value.kind === 'load') read.add(value.buffer);
  }
  return needed;
}
