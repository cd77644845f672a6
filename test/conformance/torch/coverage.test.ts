/** Nothing is skipped silently: every group has a test, and together they are the index. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type GroupName, index, readGroup } from './fixtures.ts';

/** Which file runs a group. Each ends with a test that counts its cases. */
const files: Readonly<Record<GroupName, string>> = {
  linear: 'linear.test.ts',
  conv: 'convolution.test.ts',
  'conv-transpose': 'convolution.test.ts',
  norm: 'norm.test.ts',
  pool: 'pool.test.ts',
  dropout: 'dropout.test.ts',
  embedding: 'embedding.test.ts',
  recurrent: 'recurrent.test.ts',
  activation: 'activation.test.ts',
  loss: 'loss.test.ts',
  primitive: 'primitive.test.ts',
  optimizer: 'optimizer.test.ts',
  'second-order': 'second-order.test.ts',
  training: 'training.test.ts',
};

const groups = Object.keys(index.groups) as GroupName[];

test('every group has a test', () => {
  for (const group of groups) expect(files[group], group).toBeDefined();
  for (const file of Object.values(files))
    expect(existsSync(new URL(file, import.meta.url)), file).toBe(true);
});

test('the groups add up to the index', () => {
  const counts = Object.keys(files).map((group) => readGroup(group as GroupName).length);
  expect(counts.reduce((total, count) => total + count, 0)).toBe(index.count);
});
