/** Nothing is skipped silently: every group has a test, and what is not there yet is listed by name and counted. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type GroupName, index, readGroup } from './fixtures.ts';

/** Which file runs a group. Each ends with a test that counts its cases. */
const files: Readonly<Partial<Record<GroupName, string>>> = {
  linear: 'linear.test.ts',
  conv: 'convolution.test.ts',
  'conv-transpose': 'convolution.test.ts',
  norm: 'norm.test.ts',
  pool: 'pool.test.ts',
  dropout: 'dropout.test.ts',
  embedding: 'embedding.test.ts',
  activation: 'activation.test.ts',
  loss: 'loss.test.ts',
  primitive: 'primitive.test.ts',
  optimizer: 'optimizer.test.ts',
  'second-order': 'second-order.test.ts',
  training: 'training.test.ts',
};

/** Groups that need recurrent layers, which are not there yet. */
const notYet: readonly GroupName[] = ['recurrent'];

const groups = Object.keys(index.groups) as GroupName[];
const countOf = (names: readonly GroupName[]): number =>
  names.reduce((total, name) => total + readGroup(name).length, 0);

test('every group has a test or is listed as not yet there', () => {
  for (const group of groups) expect(files[group] !== undefined, group).toBe(!notYet.includes(group));
  for (const file of Object.values(files))
    expect(existsSync(new URL(file, import.meta.url)), file).toBe(true);
});

for (const group of notYet) for (const { name } of readGroup(group)) test.todo(name);

test('groups with a test and groups without add up to the index', () => {
  expect(countOf(Object.keys(files) as GroupName[]) + countOf(notYet)).toBe(index.count);
  expect(countOf(notYet)).toBe(16);
});
