/** Which instruction of WebAssembly an operation is, by the type it works on. One row per operation. */

import { f32, f32x4, f64, f64x2, i8x16, i32, i32x4, i64, i64x2, v128 } from 'wasmati';
import type { Operation, Type } from '../loops/ir.ts';
import type { MachineType } from './code.ts';

/** How values of a type lie in registers. */
export type Form =
  | 'i32'
  | 'u32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'i32x4'
  | 'u32x4'
  | 'i64x2'
  | 'f32x4'
  | 'f64x2'
  | 'flag'
  | 'mask';

export function formOf({ scalar, lanes }: Type): Form | undefined {
  if (scalar === 'bool') return lanes === 1 ? 'flag' : 'mask';
  if (lanes === 1) return scalar;
  if (lanes === (scalar === 'f64' || scalar === 'i64' ? 2 : 4)) return `${scalar}x${lanes}` as Form;
  return undefined;
}

export const machineType = ({ scalar, lanes }: Type): MachineType =>
  lanes > 1 ? 'v128' : scalar === 'bool' || scalar === 'u32' ? 'i32' : scalar;

type Emit = () => void;
type Row = Partial<Record<Form, Emit>>;

/** wasmati's instructions take operands, or, called with none, what lies on the stack. */
const op =
  (instruction: unknown): Emit =>
  () =>
    (instruction as Emit)();

const floats = (
  name:
    | 'add'
    | 'sub'
    | 'mul'
    | 'div'
    | 'min'
    | 'max'
    | 'sqrt'
    | 'abs'
    | 'neg'
    | 'floor'
    | 'ceil'
    | 'trunc'
    | 'nearest',
): Row => ({
  f32: op(f32[name]),
  f64: op(f64[name]),
  f32x4: op(f32x4[name]),
  f64x2: op(f64x2[name]),
});
const integers = (name: 'add' | 'sub' | 'mul' | 'shl' | 'shr_s' | 'shr_u'): Row => ({
  i32: op(i32[name]),
  u32: op(i32[name]),
  i64: op(i64[name]),
  i32x4: op(i32x4[name]),
  u32x4: op(i32x4[name]),
  i64x2: op(i64x2[name]),
});
const bits = (name: 'and' | 'or' | 'xor'): Row => ({
  flag: op(i32[name]),
  i32: op(i32[name]),
  u32: op(i32[name]),
  i64: op(i64[name]),
  mask: op(v128[name]),
  i32x4: op(v128[name]),
  u32x4: op(v128[name]),
  i64x2: op(v128[name]),
});
const equality = (name: 'eq' | 'ne'): Row => ({
  flag: op(i32[name]),
  i32: op(i32[name]),
  u32: op(i32[name]),
  i64: op(i64[name]),
  f32: op(f32[name]),
  f64: op(f64[name]),
  i32x4: op(i32x4[name]),
  u32x4: op(i32x4[name]),
  i64x2: op(i64x2[name]),
  f32x4: op(f32x4[name]),
  f64x2: op(f64x2[name]),
  // Lanes of a mask are all ones or all zeros, however wide they are.
  mask:
    name === 'eq'
      ? () => {
          v128.xor();
          v128.not();
        }
      : op(v128.xor),
});
const order = (name: 'lt' | 'le' | 'gt' | 'ge'): Row => ({
  flag: op(i32[`${name}_u`]),
  // wasmati 0.2.4 writes the unsigned instruction for gt_s of i32 and i64.
  i32:
    name === 'gt'
      ? () => {
          i32.le_s();
          i32.eqz();
        }
      : op(i32[`${name}_s`]),
  u32: op(i32[`${name}_u`]),
  i64:
    name === 'gt'
      ? () => {
          i64.le_s();
          i32.eqz();
        }
      : op(i64[`${name}_s`]),
  f32: op(f32[name]),
  f64: op(f64[name]),
  i32x4: op(i32x4[`${name}_s`]),
  u32x4: op(i32x4[`${name}_u`]),
  i64x2: op(i64x2[`${name}_s`]),
  f32x4: op(f32x4[name]),
  f64x2: op(f64x2[name]),
});

/** Operations whose operands lie on the stack and whose form is that of their first operand. */
const table: Partial<Record<Operation, Row>> = {
  add: { ...floats('add'), ...integers('add') },
  sub: { ...floats('sub'), ...integers('sub') },
  mul: { ...floats('mul'), ...integers('mul') },
  div: { ...floats('div'), i32: op(i32.div_s), u32: op(i32.div_u) },
  rem: { i32: op(i32.rem_s), u32: op(i32.rem_u) },
  neg: { ...floats('neg'), i32x4: op(i32x4.neg), i64x2: op(i64x2.neg) },
  abs: { ...floats('abs'), i32x4: op(i32x4.abs), i64x2: op(i64x2.abs) },
  sqrt: floats('sqrt'),
  min: {
    ...floats('min'),
    i32x4: op(i32x4.min_s),
    u32x4: op(i32x4.min_u),
    flag: op(i32.and),
    mask: op(v128.and),
  },
  max: {
    ...floats('max'),
    i32x4: op(i32x4.max_s),
    u32x4: op(i32x4.max_u),
    flag: op(i32.or),
    mask: op(v128.or),
  },
  floor: floats('floor'),
  ceil: floats('ceil'),
  trunc: floats('trunc'),
  nearest: floats('nearest'),
  eq: equality('eq'),
  ne: equality('ne'),
  lt: order('lt'),
  le: order('le'),
  gt: order('gt'),
  ge: order('ge'),
  and: bits('and'),
  or: bits('or'),
  xor: bits('xor'),
  not: {
    flag: op(i32.eqz),
    i32: () => {
      i32.const(-1);
      i32.xor();
    },
    u32: () => {
      i32.const(-1);
      i32.xor();
    },
    mask: op(v128.not),
    i32x4: op(v128.not),
    u32x4: op(v128.not),
    i64x2: op(v128.not),
  },
  shiftLeft: integers('shl'),
  shiftRight: integers('shr_s'),
  shiftRightUnsigned: integers('shr_u'),
};

/** Conversions by value, from one form to another. */
const conversions: Partial<Record<Form, Row>> = {
  f32: {
    f64: op(f64.promote_f32),
    i32: op(i32.trunc_sat_f32_s),
    u32: op(i32.trunc_sat_f32_u),
    i64: op(i64.trunc_sat_f32_s),
    flag: () => {
      f32.const(0);
      f32.ne();
    },
  },
  f64: {
    f32: op(f32.demote_f64),
    i32: op(i32.trunc_sat_f64_s),
    u32: op(i32.trunc_sat_f64_u),
    i64: op(i64.trunc_sat_f64_s),
    flag: () => {
      f64.const(0);
      f64.ne();
    },
  },
  i32: {
    f32: op(f32.convert_i32_s),
    f64: op(f64.convert_i32_s),
    u32: () => {},
    i64: op(i64.extend_i32_s),
    flag: () => {
      i32.const(0);
      i32.ne();
    },
  },
  u32: {
    f32: op(f32.convert_i32_u),
    f64: op(f64.convert_i32_u),
    i32: () => {},
    i64: op(i64.extend_i32_u),
    flag: () => {
      i32.const(0);
      i32.ne();
    },
  },
  flag: {
    f32: op(f32.convert_i32_u),
    f64: op(f64.convert_i32_u),
    i32: () => {},
    u32: () => {},
    i64: op(i64.extend_i32_u),
  },
  i64: {
    i32: op(i32.wrap_i64),
    u32: op(i32.wrap_i64),
    f64: op(f64.convert_i64_s),
    f32: op(f32.convert_i64_s),
  },
  f32x4: {
    i32x4: op(i32x4.trunc_sat_f32x4_s),
    u32x4: op(i32x4.trunc_sat_f32x4_u),
    mask: () => {
      v128.const('i32x4', [0, 0, 0, 0]);
      f32x4.ne();
    },
  },
  i32x4: {
    f32x4: op(f32x4.convert_i32x4_s),
    u32x4: () => {},
    mask: () => {
      v128.const('i32x4', [0, 0, 0, 0]);
      i32x4.ne();
    },
  },
  u32x4: {
    f32x4: op(f32x4.convert_i32x4_u),
    i32x4: () => {},
    mask: () => {
      v128.const('i32x4', [0, 0, 0, 0]);
      i32x4.ne();
    },
  },
  f64x2: {
    mask: () => {
      v128.const('f64x2', [0, 0]);
      f64x2.ne();
    },
  },
  mask: {
    i32x4: op(i32x4.neg),
    u32x4: op(i32x4.neg),
    f32x4: () => {
      v128.const('f32x4', [1, 1, 1, 1]);
      v128.and();
    },
    f64x2: () => {
      v128.const('f64x2', [1, 1]);
      v128.and();
    },
  },
};

const bitcasts: Partial<Record<Form, Row>> = {
  f32: { i32: op(i32.reinterpret_f32), u32: op(i32.reinterpret_f32) },
  i32: { f32: op(f32.reinterpret_i32), u32: () => {} },
  u32: { f32: op(f32.reinterpret_i32), i32: () => {} },
  f64: { i64: op(i64.reinterpret_f64) },
  i64: { f64: op(f64.reinterpret_i64) },
};

const splats: Row = {
  f32x4: op(f32x4.splat),
  f64x2: op(f64x2.splat),
  i32x4: op(i32x4.splat),
  u32x4: op(i32x4.splat),
  i64x2: op(i64x2.splat),
};

/** The instruction for an operation on operands that lie on the stack; nothing if there is none. */
export function instructionFor(
  operation: Operation,
  type: Type,
  operands: readonly Type[],
): Emit | undefined {
  const form = formOf(type);
  const from = operands[0] === undefined ? undefined : formOf(operands[0]);
  if (form === undefined || from === undefined) return undefined;
  switch (operation) {
    case 'convert':
      return form === from ? () => {} : conversions[from]?.[form];
    case 'bitcast':
      return form === from || type.lanes > 1 ? () => {} : bitcasts[from]?.[form];
    case 'widenLow':
      return from === 'f32x4' ? op(f64x2.promote_low_f32x4) : undefined;
    case 'widenHigh':
      return from === 'f32x4' ? widenHigh : undefined;
    case 'narrow':
      // Written by hand: each half is demoted before the other is there.
      return from === 'f64x2' ? () => {} : undefined;
    case 'splat':
      if (form === 'mask')
        return type.lanes === 4
          ? () => {
              i32.const(0);
              i32.ne();
              maskOf(4);
            }
          : () => {
              i32.const(0);
              i32.ne();
              maskOf(2);
            };
      return splats[form];
    case 'select':
      return form === 'mask' || type.lanes > 1 ? op(v128.bitselect) : undefined;
    default:
      return table[operation]?.[from];
  }
}

function widenHigh(): void {
  v128.const('i32x4', [0, 0, 0, 0]);
  i8x16.shuffle([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]);
  f64x2.promote_low_f32x4();
}

/** 0 or 1 on the stack, in all bits of lanes. */
function maskOf(lanes: 2 | 4): void {
  i32.const(-1);
  // 1 → -1, 0 → 0.
  i32.mul();
  if (lanes === 4) i32x4.splat();
  else {
    i64.extend_i32_s();
    i64x2.splat();
  }
}
