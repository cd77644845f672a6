/**
 * Instructions of one function in the order in which they come. They are written down first and given to wasmati at the
 * end, because a function has to declare its registers before its body, and how many it needs is known when it is done.
 * Registers that are free again are used again: many of them make V8 slow.
 */
import { type Dependency, f32, f64, func, i32, i64, type Local as MachineLocal, v128 } from 'wasmati';

export type MachineType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
const machineTypes = { i32, i64, f32, f64, v128 } as const;

/** A local variable of the function. */
export interface Register {
  readonly type: MachineType;
  readonly parameter: boolean;
  readonly place: number;
}

/** What an instruction may ask for when it is written. */
export type Locals = (register: Register) => MachineLocal;
type Instruction = (local: Locals) => void;

export class Code {
  private body: Instruction[] = [];
  /** What is done before everything else. */
  private readonly beginning: Instruction[] = [];
  private readonly free: Record<MachineType, Register[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  private readonly counts: Record<MachineType, number> = { i32: 0, i64: 0, f32: 0, f64: 0, v128: 0 };

  emit(instruction: Instruction): void {
    this.body.push(instruction);
  }

  /** Writes an instruction before all others. */
  begin(instruction: Instruction): void {
    this.beginning.push(instruction);
  }

  /** A register that nobody uses, until it is given back. */
  take(type: MachineType): Register {
    return this.free[type].pop() ?? { type, parameter: false, place: this.counts[type]++ };
  }

  /** A register that nobody else ever uses. */
  reserve(type: MachineType): Register {
    return { type, parameter: false, place: this.counts[type]++ };
  }

  give(register: Register): void {
    if (!register.parameter) this.free[register.type].push(register);
  }

  /** Instructions that are written into a block of their own. */
  inside(write: () => void): (local: Locals) => void {
    const outer = this.body;
    const own: Instruction[] = [];
    this.body = own;
    try {
      write();
    } finally {
      this.body = outer;
    }
    return (local) => {
      for (const instruction of own) instruction(local);
    };
  }

  /** The function, of parameters and results of these types. */
  finish(parameters: readonly MachineType[], results: readonly MachineType[]): Dependency.Func {
    const types = Object.keys(this.counts) as MachineType[];
    const declared = types.flatMap((type) => Array.from({ length: this.counts[type] }, () => type));
    const starts = new Map<MachineType, number>();
    let start = 0;
    for (const type of types) {
      starts.set(type, start);
      start += this.counts[type];
    }
    // wasmati types functions by the tuples of their parameters, which are known here only when it runs.
    const signature = {
      in: parameters.map((type) => machineTypes[type]),
      locals: declared.map((type) => machineTypes[type]),
      out: results.map((type) => machineTypes[type]),
    } as { in: []; locals: []; out: [] };
    return func(signature, (given: readonly MachineLocal[], own: readonly MachineLocal[]) => {
      const local: Locals = ({ type, parameter, place }) =>
        parameter ? given[place]! : own[starts.get(type)! + place]!;
      for (const instruction of [...this.beginning, ...this.body]) instruction(local);
    }) as Dependency.Func;
  }
}

export const parameter = (type: MachineType, place: number): Register => ({ type, parameter: true, place });
