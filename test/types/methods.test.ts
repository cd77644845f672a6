/** Methods at run time: whose line nodes and errors have, the gate `as`, leaves as tensors. */
import { CotangentError, formatOrigin, input, type Tensor, variable, where, zeros } from 'cotangent';
import { describe, expect, test } from 'vitest';

const raisedBy = (body: () => unknown): CotangentError => {
  try {
    body();
  } catch (error) {
    if (error instanceof CotangentError) return error;
    throw error;
  }
  throw new Error('nothing was raised');
};

/** The line of the caller, from the stack. */
const lineHere = (): number => Number(/methods\.test\.ts:(\d+)/.exec(new Error().stack!.split('\n')[2]!)![1]);

describe('the origin', () => {
  const x = input('x', ['batch', 3]);

  test('of a node is the line that called the method', () => {
    const [y, line] = [x.softmax(), lineHere()];
    expect(formatOrigin(y.node.origin)).toMatch(new RegExp(`methods\\.test\\.ts:${line}:\\d+$`));
  });

  test('of all nodes of a method is the same', () => {
    const y = x.square().mean();
    const z = y.node.inputs[0]!;
    expect(formatOrigin(z.node.origin)).toBe(formatOrigin(y.node.origin));
  });

  test('of an error is the line that called the method', () => {
    let line = 0;
    // @ts-expect-error cannot broadcast
    const error = raisedBy(() => [(line = lineHere()), x.add(variable('b', [4]))]);
    expect(error.line).toMatch(new RegExp(`methods\\.test\\.ts:${line}:\\d+$`));
    expect(error.sentence).toBe('cannot broadcast [batch, 3] with [4]: 3 and 4 differ');
  });

  test('of a typed function is the line that called it', () => {
    const [y, line] = [where(x.greater(0), x, 0), lineHere()];
    expect(formatOrigin(y.node.origin)).toMatch(new RegExp(`methods\\.test\\.ts:${line}:\\d+$`));
  });
});

describe('as', () => {
  const x = input('x', ['batch', 'time', 3]);

  test('gives the very tensor if the shape is its own', () => {
    expect(x.as(['batch', 'time', 3])).toBe(x);
    const merged = x.reshape([-1, 3]);
    const named: Tensor = merged;
    expect(named.as(['time*batch', 3])).toBe(merged);
  });

  test('refuses every other shape', () => {
    const open: Tensor = x;
    const error = raisedBy(() => open.as(['batch', 'time', 4]));
    expect(error.code).toBe('SHAPE_MISMATCH');
    expect(error.sentence).toBe('the tensor is [batch, time, 3], not [batch, time, 4]');
  });
});

test('leaves have the methods of tensors', () => {
  const w = variable('w', [3, 4]);
  expect(w.sum(0).shape).toEqual([4]);
  expect(input('x', ['batch', 3], 'f64').matmul(variable('v', [3], zeros(), { dtype: 'f64' })).shape).toEqual(
    ['batch'],
  );
});

test('dim and size speak of one axis', () => {
  const x = input('x', ['batch', 3]);
  expect(x.dim('batch')).toBe('batch');
  expect(x.dim(-1)).toBe(3);
  expect(x.size('batch').node.op).toBe('dimensionSize');
  expect(x.size(1).node.op).toBe('constant');
});

test('pipe applies functions in turn', () => {
  const x = input('x', ['batch', 3]);
  const y = x.pipe(
    (a) => a.exp(),
    (a) => a.sum(1),
  );
  expect(y.shape).toEqual(['batch']);
});
