/** Products that sum: matmul, dot products over chosen axes, and einsum. */
import type { Dim } from '../dim.ts';
import { type AnyTensor, apply1, fail } from '../node.ts';
import { broadcastShapes, formatShape, type Shape } from '../shape.ts';
import { mul } from './elementwise.ts';
import { diagonal, expandDims, reshape, transpose } from './movement.ts';
import { broadcastTo, sameDType } from './operands.ts';
import { sum } from './reduction.ts';

/**
 * Matrix product as in numpy: the last axis of `a` with the second-last of `b`; leading axes broadcast;
 * a vector loses its axis again.
 */
export function matmul(a: AnyTensor, b: AnyTensor): AnyTensor {
  sameDType(a, b);
  if (a.shape.length === 0 || b.shape.length === 0)
    throw fail(
      'SHAPE_MISMATCH',
      `cannot matmul ${formatShape(a.shape)} with ${formatShape(b.shape)}: a scalar multiplies with .mul`,
    );
  const [inner, other] = [a.shape.at(-1)!, b.shape.at(b.shape.length === 1 ? -1 : -2)!];
  if (inner !== other)
    throw fail(
      'SHAPE_MISMATCH',
      `cannot matmul ${formatShape(a.shape)} with ${formatShape(b.shape)}: ${inner} and ${other} differ`,
      [formatShape(a.shape), formatShape(b.shape)],
    );
  // The row that `a` became: the last axis, if `b` is a vector and loses its own.
  if (a.shape.length === 1) return dropAxis(matmul(expandDims(a, 0), b), b.shape.length === 1 ? -1 : -2);
  if (b.shape.length === 1) return dropAxis(matmul(a, expandDims(b, 1)), -1);
  const rank = a.shape.length;
  if (b.shape.length === 2)
    return apply1('dotGeneral', [a, b], {
      leftBatch: [],
      rightBatch: [],
      leftContract: [rank - 1],
      rightContract: [0],
    });
  const batch = batchOf(a, b);
  const left = broadcastTo(a, [...batch, ...a.shape.slice(-2)]);
  const right = broadcastTo(b, [...batch, ...b.shape.slice(-2)]);
  const axes = batch.map((_, axis) => axis);
  const count = axes.length;
  return apply1('dotGeneral', [left, right], {
    leftBatch: axes,
    rightBatch: axes,
    leftContract: [count + 1],
    rightContract: [count],
  });
}

/** Leading axes brought together. */
function batchOf(a: AnyTensor, b: AnyTensor): Shape {
  try {
    return broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  } catch (error) {
    const reason = (error as Error).message.replace(/^.*: /, '');
    throw fail(
      'SHAPE_MISMATCH',
      `cannot matmul ${formatShape(a.shape)} with ${formatShape(b.shape)}: ${reason}`,
      [formatShape(a.shape), formatShape(b.shape)],
    );
  }
}

const dropAxis = (x: AnyTensor, axis: -1 | -2): AnyTensor =>
  reshape(
    x,
    x.shape.filter((_, i) => i !== x.shape.length + axis),
  );

/**
 * Einstein summation: letters name axes, repeated letters multiply, letters missing on the right are summed.
 * Without `->` the result has the letters that occur once, in alphabetical order.
 *
 * @throws BAD_ARGUMENT for an equation that is none; SHAPE_MISMATCH if a letter stands for two sizes
 * @example
 * ```ts
 * const scores = einsum('bhqd,bhkd->bhqk', [q, k]);
 * ```
 */
export function einsum(equation: string, operands: readonly AnyTensor[]): AnyTensor {
  const { terms, result } = parseEquation(equation, operands);
  const sizes = new Map<string, Dim>();
  terms.forEach((letters, i) => {
    [...letters].forEach((letter, axis) => {
      const size = operands[i]!.shape[axis]!;
      const known = sizes.get(letter);
      if (known !== undefined && known !== size)
        throw fail(
          'SHAPE_MISMATCH',
          `einsum '${equation}': '${letter}' is both ${known} and ${size}`,
          operands.map((x) => formatShape(x.shape)),
        );
      sizes.set(letter, size);
    });
  });
  let [letters, value] = withoutRepeats(terms[0]!, operands[0]!);
  for (let i = 1; i < operands.length; i++) {
    const [otherLetters, other] = withoutRepeats(terms[i]!, operands[i]!);
    const needed = result + terms.slice(i + 1).join('');
    [letters, value] = contract(letters, value, otherLetters, other, needed);
  }
  const summed = [...letters].filter((letter) => !result.includes(letter));
  if (summed.length > 0) {
    value = sum(
      value,
      summed.map((letter) => letters.indexOf(letter)),
    );
    letters = [...letters].filter((letter) => result.includes(letter)).join('');
  }
  return transpose(
    value,
    [...result].map((letter) => letters.indexOf(letter)),
  );
}

function parseEquation(
  equation: string,
  operands: readonly AnyTensor[],
): { terms: string[]; result: string } {
  const match = /^\s*([A-Za-z]*(?:\s*,\s*[A-Za-z]*)*)\s*(?:->\s*([A-Za-z]*)\s*)?$/.exec(equation);
  if (match === null)
    throw fail('BAD_ARGUMENT', `'${equation}' is not an einsum equation such as 'ij,jk->ik'`);
  const terms = match[1]!.split(',').map((term) => term.trim());
  if (terms.length !== operands.length)
    throw fail(
      'BAD_ARGUMENT',
      `einsum '${equation}' names ${terms.length} operands, but there are ${operands.length}`,
    );
  terms.forEach((letters, i) => {
    if (letters.length !== operands[i]!.shape.length)
      throw fail(
        'SHAPE_MISMATCH',
        `einsum '${equation}': '${letters}' has ${letters.length} ${letters.length === 1 ? 'letter' : 'letters'} for ${formatShape(operands[i]!.shape)}`,
      );
  });
  const all = terms.join('');
  const once = [...new Set(all)].filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter));
  const result = match[2] ?? once.sort().join('');
  const bad = [...result].find((letter, i) => !all.includes(letter) || result.indexOf(letter) !== i);
  if (bad !== undefined)
    throw fail(
      'BAD_ARGUMENT',
      `einsum '${equation}': the result letter '${bad}' is repeated or not among the operands`,
    );
  return { terms, result };
}

/** Takes diagonals until every letter stands once. */
function withoutRepeats(letters: string, x: AnyTensor): [string, AnyTensor] {
  const repeated = [...letters].find((letter, i) => letters.indexOf(letter) !== i);
  if (repeated === undefined) return [letters, x];
  const [first, second] = [
    letters.indexOf(repeated),
    letters.indexOf(repeated, letters.indexOf(repeated) + 1),
  ];
  const rest = [...letters].filter((_, axis) => axis !== first && axis !== second).join('');
  return withoutRepeats(rest + repeated, diagonal(x, first, second));
}

/** One pairwise product; letters no longer needed are summed. The result is batch, left, right letters in order. */
function contract(a: string, x: AnyTensor, b: string, y: AnyTensor, needed: string): [string, AnyTensor] {
  sameDType(x, y);
  const shared = [...a].filter((letter) => b.includes(letter));
  const summed = shared.filter((letter) => !needed.includes(letter));
  const batch = shared.filter((letter) => needed.includes(letter));
  const value = apply1('dotGeneral', [x, y], {
    leftBatch: batch.map((letter) => a.indexOf(letter)),
    rightBatch: batch.map((letter) => b.indexOf(letter)),
    leftContract: summed.map((letter) => a.indexOf(letter)),
    rightContract: summed.map((letter) => b.indexOf(letter)),
  });
  const free = (letters: string) => [...letters].filter((letter) => !shared.includes(letter));
  return [[...batch, ...free(a), ...free(b)].join(''), value];
}

/** Σ x·y over all elements: the inner product of two tensors of one shape. */
export const inner = (x: AnyTensor, y: AnyTensor): AnyTensor => sum(mul(x, y));
