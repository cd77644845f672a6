/**
 * The bytes of a module. wasmati 0.2.4 makes arrays of arrays of bytes on the way, which is slow, and passes the bytes of
 * a section as arguments of one call, which fails beyond some 100 kB. So it writes the module without functions, and
 * every instruction that occurs in them once; functions are put together from these.
 */
import type { Module } from 'wasmati';
import { ByteReader, ByteWriter } from './bytes.ts';

type Written = ReturnType<typeof Module>;
type Functions = Written['module']['funcs'];
type Instruction = Functions[number]['body'][number];

const functionSection = 3;
const codeSection = 10;
/** Sections are in this order: how much data there is stands before the code. */
const order = [1, 2, functionSection, 4, 5, 6, 7, 8, 9, 12, codeSection, 11];
const [end, otherwise] = [0x0b, 0x05];

export function assemble(written: Written): Uint8Array {
  const { funcs } = written.module;
  const sections = [
    ...sectionsOf(bytesWith(written, [])).filter(({ id }) => id !== functionSection && id !== codeSection),
    { id: functionSection, content: typesOf(funcs) },
    { id: codeSection, content: codeOf(funcs, new Dictionary(written)) },
  ].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  const module = new ByteWriter();
  module.all(Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0]));
  for (const { id, content } of sections) {
    module.byte(id);
    module.sized(content);
  }
  return module.written.slice();
}

/** What wasmati writes where a module has other functions. */
function bytesWith(written: Written, funcs: Functions): Uint8Array {
  const whole = written.module;
  // The writer looks at this field when it is asked for bytes.
  written.module = { ...whole, funcs };
  try {
    return written.toBytes();
  } finally {
    written.module = whole;
  }
}

function sectionsOf(module: Uint8Array): { readonly id: number; readonly content: Uint8Array }[] {
  const reader = new ByteReader(module, 8);
  const sections = [];
  while (!reader.isAtEnd) sections.push({ id: reader.byte(), content: reader.sized() });
  return sections;
}

function typesOf(funcs: Functions): Uint8Array {
  const types = new ByteWriter();
  types.leb(funcs.length);
  for (const { typeIdx } of funcs) types.leb(typeIdx);
  return types.written;
}

function codeOf(funcs: Functions, dictionary: Dictionary): Uint8Array {
  for (const { body } of funcs) dictionary.look(body);
  dictionary.complete();
  const code = new ByteWriter();
  code.leb(funcs.length);
  const one = new ByteWriter();
  for (const { locals, body } of funcs) {
    one.clear();
    writeLocals(locals, one);
    dictionary.write(body, one);
    one.byte(end);
    code.sized(one.written);
  }
  return code.written;
}

const typeBytes: Readonly<Record<string, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** Runs of registers of one type. */
function writeLocals(locals: readonly string[], into: ByteWriter): void {
  const runs: { readonly type: string; count: number }[] = [];
  for (const type of locals) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  into.leb(runs.length);
  for (const { type, count } of runs) {
    into.leb(count);
    into.byte(typeBytes[type]!);
  }
}

/** Instructions in the blocks of an instruction: none, one list, or those of both arms of an `if`. */
type Inside = readonly Instruction[] | { readonly if: readonly Instruction[]; readonly else: unknown };

const insideOf = ({ immediate }: Instruction): Inside | undefined =>
  typeof immediate === 'object' && immediate !== null && 'instructions' in immediate
    ? ((immediate as { readonly instructions: unknown }).instructions as Inside)
    : undefined;

const isList = (inside: Inside): inside is readonly Instruction[] => Array.isArray(inside);

/** Instructions that wasmati writes at a time. */
const mostAtOnce = 4000;
/** In the place of bytes that are still to be written. */
const notWritten = new Uint8Array();

/** The bytes of instructions by their names and immediates. */
class Dictionary {
  private readonly written: Written;
  private readonly known = new Map<string, Map<unknown, Uint8Array>>();
  private readonly asked: Instruction[] = [];
  constructor(written: Written) {
    this.written = written;
  }

  /** Looks for instructions that it does not know. */
  look(body: readonly Instruction[]): void {
    for (const instruction of body) {
      const inside = insideOf(instruction);
      if (inside !== undefined) for (const list of listsIn(inside)) this.look(list);
      const entries = this.entriesOf(instruction);
      const key = keyOf(instruction, inside);
      if (entries.has(key)) continue;
      entries.set(key, notWritten);
      this.asked.push(instruction);
    }
  }

  /** Has all of them written, each as the body of a function. */
  complete(): void {
    const [example] = this.written.module.funcs;
    if (example === undefined) return;
    for (let from = 0; from < this.asked.length; from += mostAtOnce) {
      const asked = this.asked.slice(from, from + mostAtOnce);
      const bodies = asked.map((instruction) => ({
        ...example,
        locals: [],
        body: [withoutInside(instruction)],
      }));
      const code = sectionsOf(bytesWith(this.written, bodies)).find(({ id }) => id === codeSection)!;
      const reader = new ByteReader(code.content);
      reader.leb();
      for (const instruction of asked) {
        const inside = insideOf(instruction);
        // No registers before it; behind it an end, and another one if it is a block.
        const own = reader.sized().slice(1, inside === undefined ? -1 : -2);
        this.entriesOf(instruction).set(keyOf(instruction, inside), own);
      }
    }
  }

  write(body: readonly Instruction[], into: ByteWriter): void {
    for (const instruction of body) {
      const inside = insideOf(instruction);
      into.all(this.entriesOf(instruction).get(keyOf(instruction, inside))!);
      if (inside === undefined) continue;
      listsIn(inside).forEach((list, i) => {
        if (i > 0) into.byte(otherwise);
        this.write(list, into);
      });
      into.byte(end);
    }
  }

  private entriesOf({ name }: Instruction): Map<unknown, Uint8Array> {
    let entries = this.known.get(name);
    if (entries === undefined) this.known.set(name, (entries = new Map()));
    return entries;
  }
}

const listsIn = (inside: Inside): readonly (readonly Instruction[])[] => {
  if (isList(inside)) return [inside];
  return inside.else === undefined ? [inside.if] : [inside.if, inside.else as readonly Instruction[]];
};

function withoutInside(instruction: Instruction): Instruction {
  const inside = insideOf(instruction);
  if (inside === undefined) return instruction;
  const empty = isList(inside) ? [] : { if: [], else: undefined };
  return { ...instruction, immediate: { ...(instruction.immediate as object), instructions: empty } };
}

/** Equal for equal immediates; of a block only its type counts. */
function keyOf({ immediate }: Instruction, inside: Inside | undefined): unknown {
  if (inside !== undefined) return (immediate as { readonly blockType: unknown }).blockType;
  if (typeof immediate === 'number') return Object.is(immediate, -0) ? '-0' : immediate;
  if (typeof immediate !== 'object' || immediate === null) return immediate;
  // Of a place in memory; with a lane they are one level deeper, and text.
  const { align, offset } = immediate as { readonly align?: number; readonly offset?: number };
  return align === undefined ? JSON.stringify(immediate) : align * 2 ** 32 + offset!;
}
