/** Reads the tables of `test/fixtures/stability`: points, and exact results rounded once to the dtype. */
import { readdirSync, readFileSync } from 'node:fs';
import type { FloatDType } from '@cotangent/graph';

const folder = new URL('../../fixtures/stability/', import.meta.url);

export interface Case {
  readonly at: readonly number[];
  readonly value: readonly number[];
  /** Row i: the derivative of value i by every entry of `at`. */
  readonly derivative: readonly (readonly number[])[];
  /** The reason, where something had to be decided: a key of `Table.reasons`. */
  readonly why?: string;
}

export interface Table {
  readonly function: string;
  /** Functions of one number, of two, of a vector. */
  readonly kind: 'scalar' | 'pair' | 'vector';
  readonly reasons: Readonly<Record<string, string>>;
  /** What the table leaves out, and why. */
  readonly leftOut?: string;
  readonly f32: readonly Case[];
  readonly f64: readonly Case[];
}

export const tableNames: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -'.json'.length));

// The files are part of this project; their README describes them.
export const tableOf = (name: string): Table =>
  JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'), special) as Table;

const texts = new Map([
  ['inf', Infinity],
  ['-inf', -Infinity],
  ['nan', Number.NaN],
]);
/** JSON has no infinities and no NaN: they are texts in lists of numbers. */
const special = (_: string, entry: unknown): unknown =>
  Array.isArray(entry) ? entry.map((one: unknown) => texts.get(one as string) ?? one) : entry;

export const casesOf = (table: Table, dtype: FloatDType): readonly Case[] => table[dtype];
