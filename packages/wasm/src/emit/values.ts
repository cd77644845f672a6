/** Values as instructions: operands first, then the operation; what is used twice goes into a register. */
import {
  call,
  f32,
  f32x4,
  f64,
  f64x2,
  i8x16,
  i16x8,
  i32,
  i32x4,
  i64,
  i64x2,
  local,
  select as selectOne,
  v128,
} from 'wasmati';
import type { Access } from '../loops/access.ts';
import {
  type FunctionName,
  isFunctionName,
  type Local,
  type Type,
  type Value,
  type Variable,
} from '../loops/ir.ts';
import { partsOf } from '../loops/walk.ts';
import type { Code, Register } from './code.ts';
import type { FunctionLibrary } from './functions.ts';
import { formOf, instructionFor, machineType } from './machine.ts';

/** What values ask of the function around them. */
export interface Surroundings {
  readonly code: Code;
  readonly relaxed: boolean;
  readonly functions: FunctionLibrary;
  /** What is written is done again and again. */
  readonly inLoop: boolean;
  registerOf(local: Local): Register;
  counterOf(variable: Variable): Register;
  /** Puts the address of a place on the stack, but for an immediate offset in bytes. */
  address(access: Access, write: (value: Value) => void): number;
}

export class ValueWriter {
  private readonly around: Surroundings;
  /** Values that lie in registers. */
  private readonly kept = new Map<Value, Register>();
  private uses = new Map<Value, number>();
  private readonly numbers = new Map<string, Register>();
  constructor(around: Surroundings) {
    this.around = around;
  }

  /** Computes a value into a register that holds it until it is dropped. */
  keep(value: Value): void {
    const { code } = this.around;
    this.uses.delete(value);
    this.write(value);
    const register = code.take(machineType(value.type));
    code.emit((locals) => local.set(locals(register)));
    this.kept.set(value, register);
  }
  drop(value: Value): void {
    const register = this.kept.get(value);
    if (register !== undefined) this.around.code.give(register);
    this.kept.delete(value);
  }

  /** Counts how often values are used by some others, which are then written, each once. */
  together(values: readonly Value[], write: () => void): void {
    const outer = this.uses;
    const uses = new Map<Value, number>();
    const count = (value: Value): void => {
      if (this.kept.has(value) || isSimple(value)) return;
      const before = uses.get(value) ?? 0;
      uses.set(value, before + 1);
      if (before === 0) for (const part of partsOf(value)) count(part);
    };
    for (const value of values) count(value);
    this.uses = uses;
    write();
    this.uses = outer;
  }

  /** Puts a value on the stack. */
  readonly write = (value: Value): void => {
    const { code } = this.around;
    const register = this.kept.get(value);
    const left = this.uses.get(value);
    if (register !== undefined) {
      code.emit((locals) => local.get(locals(register)));
      if (left !== undefined) this.count(value, left - 1);
      return;
    }
    this.compute(value);
    if (left === undefined || left <= 1) return;
    const own = code.take(machineType(value.type));
    code.emit((locals) => local.tee(locals(own)));
    this.kept.set(value, own);
    this.uses.set(value, left - 1);
  };

  private count(value: Value, left: number): void {
    this.uses.set(value, left);
    if (left === 0) this.drop(value);
  }

  private compute(value: Value): void {
    const { code } = this.around;
    switch (value.kind) {
      case 'number':
        return this.number(value.type, value.value);
      case 'bits':
        return code.emit(() =>
          value.type.lanes === 1 ? i64.const(value.value) : v128.const('i64x2', pair(value.value)),
        );
      case 'ramp':
        return code.emit(() => v128.const('i32x4', [0, 1, 2, 3]));
      case 'variable':
        return this.get(this.around.counterOf(value.variable));
      case 'local':
        return this.get(this.around.registerOf(value.local));
      case 'load':
        return this.load(value, value.type);
      case 'apply':
        return this.apply(value);
    }
  }

  /** Vectors of one number lie in registers while loops run: V8 makes a constant anew at every turn. */
  private number(type: Type, value: number): void {
    const { code, inLoop } = this.around;
    if (type.lanes === 1 || !inLoop || Object.is(value, 0)) return code.emit(() => writeNumber(type, value));
    const key = `${type.scalar} ${type.lanes} ${Object.is(value, -0) ? '-0' : value}`;
    let register = this.numbers.get(key);
    if (register === undefined) {
      const own = code.reserve('v128');
      this.numbers.set(key, (register = own));
      code.begin((locals) => {
        writeNumber(type, value);
        local.set(locals(own));
      });
    }
    this.get(register);
  }

  private get(register: Register): void {
    this.around.code.emit((locals) => local.get(locals(register)));
  }

  private load(access: Access, { scalar, lanes }: Type): void {
    const offset = this.around.address(access, this.write);
    this.around.code.emit(() => loadInstruction(scalar, lanes, offset));
  }

  private apply(value: Extract<Value, { kind: 'apply' }>): void {
    const { operation, operands, type } = value;
    const { code } = this.around;
    const [first, second, third] = operands as [Value, Value, Value];
    if (isFunctionName(operation)) return this.function(operation, type, operands);
    if (operation === 'splat' && first.kind === 'load' && !this.kept.has(first) && type.scalar !== 'bool') {
      const offset = this.around.address(first, this.write);
      return code.emit(
        () => void (type.lanes === 4 ? v128.load32_splat({ offset }) : v128.load64_splat({ offset })),
      );
    }
    if (operation === 'lane') {
      this.write(first);
      const place = second.kind === 'number' ? second.value : 0;
      return code.emit(() => writeLane(first.type, place));
    }
    if (operation === 'multiplyAdd') {
      this.write(first);
      this.write(second);
      const vector = type.scalar === 'f32' ? f32x4 : f64x2;
      if (this.around.relaxed && type.lanes > 1) {
        this.write(third);
        return code.emit(() => void vector.relaxed_madd());
      }
      code.emit(instructionFor('mul', type, [type, type])!);
      this.write(third);
      return code.emit(instructionFor('add', type, [type, type])!);
    }
    if (operation === 'narrow') {
      for (const half of [first, second]) {
        this.write(half);
        code.emit(() => void f32x4.demote_f64x2_zero());
      }
      return code.emit(() => void i8x16.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]));
    }
    const bound = operation === 'select' && type.lanes > 1 ? this.boundOf(value) : undefined;
    if (bound !== undefined) {
      this.write(third);
      this.write(second);
      return code.emit(bound);
    }
    if (operation === 'select') {
      this.write(second);
      this.write(third);
      this.write(first);
      return code.emit(() => void (type.lanes > 1 ? v128.bitselect() : selectOne()));
    }
    if (operation.startsWith('shift')) {
      this.write(first);
      if (second.kind === 'number' && first.type.scalar === 'i64' && first.type.lanes === 1)
        code.emit(() => i64.const(BigInt(second.value)));
      else this.write(second);
      return code.emit(instructionFor(operation, type, [first.type])!);
    }
    if ((operation === 'neg' || operation === 'abs') && type.lanes === 1 && type.scalar === 'i32')
      return this.signOfInteger(operation, first);
    for (const operand of operands) this.write(operand);
    const instruction = instructionFor(
      operation,
      type,
      operands.map((operand) => operand.type),
    );
    if (instruction === undefined)
      throw new Error(`no instruction for ${operation} of ${formOf(first.type)} to ${formOf(type)}`);
    code.emit(instruction);
  }

  /** A call, or the definition in place. */
  private function(name: FunctionName, type: Type, operands: readonly Value[]): void {
    const { code, functions } = this.around;
    for (const operand of operands) this.write(operand);
    const called = functions.called(name, type);
    if (called !== undefined) return code.emit(() => void call(called as never));
    const { parameters, body } = functions.definition(name, type);
    for (const parameter of [...parameters].reverse().slice(parameters.length - operands.length)) {
      const register = this.around.registerOf(parameter);
      code.emit((locals) => local.set(locals(register)));
    }
    this.together([body], () => this.write(body));
  }

  /** b < a ? b : a and a < b ? b : a are one instruction each, if nobody else asks for the comparison. */
  private boundOf({ operands, type }: Extract<Value, { kind: 'apply' }>): (() => void) | undefined {
    const [condition, b, a] = operands as [Value, Value, Value];
    if (condition.kind !== 'apply' || condition.operation !== 'lt') return undefined;
    if (type.scalar !== 'f32' && type.scalar !== 'f64') return undefined;
    if ((this.uses.get(condition) ?? 1) > 1 || this.kept.has(condition)) return undefined;
    const vector = type.scalar === 'f32' ? f32x4 : f64x2;
    const [x, y] = condition.operands;
    if (x === b && y === a) return () => void vector.pmin();
    return x === a && y === b ? () => void vector.pmax() : undefined;
  }

  /** Scalar integers have neither negation nor magnitude: 0 − x, and (x ^ s) − s with s = x >> 31. */
  private signOfInteger(operation: 'neg' | 'abs', x: Value): void {
    const { code } = this.around;
    if (operation === 'neg') {
      code.emit(() => i32.const(0));
      this.write(x);
      return code.emit(() => void i32.sub());
    }
    this.write(x);
    const register = code.take('i32');
    code.emit((locals) => {
      const own = locals(register);
      local.tee(own);
      local.get(own);
      i32.const(31);
      i32.shr_s();
      i32.xor();
      local.get(own);
      i32.const(31);
      i32.shr_s();
      i32.sub();
    });
    code.give(register);
  }
}

const isSimple = (value: Value): boolean => value.kind !== 'load' && value.kind !== 'apply';

/** wasmati takes the bits of vectors as unsigned. */
const pair = (value: bigint): [bigint, bigint] => [BigInt.asUintN(64, value), BigInt.asUintN(64, value)];

/** A number, in every lane of a vector. */
export function writeNumber({ scalar, lanes }: Type, value: number): void {
  if (lanes === 1) {
    if (scalar === 'f32') f32.const(value);
    else if (scalar === 'f64') f64.const(value);
    else if (scalar === 'i64') i64.const(BigInt(value));
    else i32.const(scalar === 'bool' ? Number(value !== 0) : value | 0);
  } else if (scalar === 'f64') v128.const('f64x2', [value, value]);
  else if (scalar === 'i64') v128.const('i64x2', pair(BigInt(value)));
  else if (scalar === 'f32') v128.const('f32x4', [value, value, value, value]);
  else {
    const bits = scalar === 'bool' ? (value !== 0 ? -1 : 0) : value;
    // wasmati cannot write words with the highest bit: halves of words it can.
    const [low, high] = [bits & 0xffff, bits >>> 16];
    v128.const('i16x8', [low, high, low, high, low, high, low, high]);
  }
}

function writeLane({ scalar, lanes }: Type, place: number): void {
  if (scalar === 'f32') f32x4.extract_lane(place);
  else if (scalar === 'f64') f64x2.extract_lane(place);
  else if (scalar === 'i64') i64x2.extract_lane(place);
  else i32x4.extract_lane(scalar === 'bool' && lanes === 2 ? 2 * place : place);
  if (scalar === 'bool') {
    i32.const(1);
    i32.and();
  }
}

function loadInstruction(scalar: Type['scalar'], lanes: number, offset: number): void {
  if (scalar !== 'bool') {
    if (lanes > 1) v128.load({ offset });
    else if (scalar === 'f32') f32.load({ offset });
    else if (scalar === 'f64') f64.load({ offset });
    else i32.load({ offset });
  } else if (lanes === 1) i32.load8_u({ offset });
  else if (lanes === 4) {
    v128.load32_zero({ offset });
    i16x8.extend_low_i8x16_u();
    i32x4.extend_low_i16x8_u();
    i32x4.neg();
  } else {
    // Two bytes, each in all bits of a lane of 64.
    i32.load16_u({ offset });
    i32x4.splat();
    i16x8.extend_low_i8x16_u();
    i32x4.extend_low_i16x8_u();
    i64x2.extend_low_i32x4_u();
    i64x2.neg();
  }
}

/** Stores what lies on the stack behind its address. */
export function storeInstruction({ scalar, lanes }: Type, offset: number): void {
  if (scalar !== 'bool') {
    if (lanes > 1) v128.store({ offset });
    else if (scalar === 'f32') f32.store({ offset });
    else if (scalar === 'f64') f64.store({ offset });
    else i32.store({ offset });
  } else if (lanes === 1) i32.store8({ offset });
  else {
    const ones = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] as const;
    if (lanes === 4) {
      v128.const('i16x8', [0, 0, 0, 0, 0, 0, 0, 0]);
      i16x8.narrow_i32x4_s();
      v128.const('i16x8', [0, 0, 0, 0, 0, 0, 0, 0]);
      i8x16.narrow_i16x8_s();
      v128.const('i8x16', [...ones]);
      v128.and();
      v128.store32_lane({ offset }, 0);
    } else {
      // Halves of a lane are alike: two lanes of 64 are four of 32, and each byte stands twice.
      v128.const('i8x16', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
      i8x16.shuffle([0, 8, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16]);
      v128.const('i8x16', [...ones]);
      v128.and();
      v128.store16_lane({ offset }, 0);
    }
  }
}
