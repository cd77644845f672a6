/**
 * The bytes of a module. wasmati passes the bytes of a section as arguments of one call, which fails beyond some 100 kB;
 * so it writes functions in groups here, and their code is put together.
 */
import type { Module } from 'wasmati';

type Written = ReturnType<typeof Module>;
type Functions = Written['module']['funcs'];

/** Instructions of one group, at four bytes or so. */
const mostInstructions = 12_000;

const functionSection = 3;
const codeSection = 10;

export function assemble(written: Written): Uint8Array {
  const { funcs } = written.module;
  const groups = groupsOf(funcs);
  if (groups.length <= 1) return written.toBytes();
  const whole = written.module;
  const bodies: Uint8Array[] = [];
  let frame: Section[] = [];
  for (const group of groups) {
    // The writer looks at this field when it is asked for bytes.
    written.module = { ...whole, funcs: group };
    const sections = sectionsOf(written.toBytes());
    if (frame.length === 0) frame = sections;
    bodies.push(withoutCount(sections.find(({ id }) => id === codeSection)!.content));
  }
  written.module = whole;
  const types = funcs.flatMap(({ typeIdx }) => leb(typeIdx));
  const sections = frame.map(({ id, content }) => {
    if (id === functionSection) return section(id, [Uint8Array.from([...leb(funcs.length), ...types])]);
    return section(id, id === codeSection ? [Uint8Array.from(leb(funcs.length)), ...bodies] : [content]);
  });
  return joined([Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0]), ...sections]);
}

function groupsOf(functions: Functions): Functions[] {
  const groups: Functions[] = [];
  let left = 0;
  for (const one of functions) {
    const size = instructionsIn(one.body);
    if (groups.length === 0 || size > left) {
      groups.push([]);
      left = mostInstructions;
    }
    groups.at(-1)!.push(one);
    left -= size;
  }
  return groups;
}

/** Instructions of a body, those in blocks included. */
function instructionsIn(body: readonly { readonly immediate: unknown }[]): number {
  let count = body.length;
  for (const { immediate } of body) {
    if (typeof immediate !== 'object' || immediate === null || !('instructions' in immediate)) continue;
    // Of a block a list, of `if` one or two.
    const { instructions } = immediate as { readonly instructions: unknown };
    const lists = Array.isArray(instructions) ? [instructions] : Object.values(instructions as object);
    for (const list of lists) if (Array.isArray(list)) count += instructionsIn(list);
  }
  return count;
}

interface Section {
  readonly id: number;
  readonly content: Uint8Array;
}

function sectionsOf(bytes: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let at = 8; at < bytes.length; ) {
    const id = bytes[at]!;
    const { value: size, end } = readLeb(bytes, at + 1);
    sections.push({ id, content: bytes.subarray(end, end + size) });
    at = end + size;
  }
  return sections;
}

const withoutCount = (content: Uint8Array): Uint8Array => content.subarray(readLeb(content, 0).end);

function section(id: number, parts: readonly Uint8Array[]): Uint8Array {
  const content = joined(parts);
  return joined([Uint8Array.from([id, ...leb(content.length)]), content]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Unsigned numbers in groups of seven bits, the lowest first. */
function leb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
}

function readLeb(bytes: Uint8Array, from: number): { readonly value: number; readonly end: number } {
  let [value, shift, at] = [0, 0, from];
  for (; ; shift += 7) {
    const byte = bytes[at++]!;
    value |= (byte & 127) << shift;
    if (byte < 128) return { value: value >>> 0, end: at };
  }
}
