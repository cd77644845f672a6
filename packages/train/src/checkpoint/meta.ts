/**
 * Plain data as JSON text without loss. JSON alone turns NaN and infinities into null and -0 into 0, silently;
 * here they become { "$number": "NaN" } and so on, and what cannot be kept is refused.
 */
import { CotangentError, show } from '@cotangent/graph';
import { suspiciousKey } from './json-keys.ts';

const deepest = 200;
const tag = '$number';
const special: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-0', -0],
]);

/**
 * Null, booleans, numbers, texts, and lists and plain objects of them, as JSON text. Fields that are undefined are left out.
 *
 * @throws BAD_ARGUMENT on anything else, with its place
 */
export function encodeMeta(value: unknown): string {
  return JSON.stringify(packed(value, 'meta', 0));
}

function packed(value: unknown, place: string, depth: number): unknown {
  if (depth > deepest)
    throw new CotangentError(
      'BAD_ARGUMENT',
      `the meta of a checkpoint is nested deeper than ${deepest}, or cyclic`,
    );
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (Number.isFinite(value) && !Object.is(value, -0)) return value;
    return { [tag]: Object.is(value, -0) ? '-0' : String(value) };
  }
  if (Array.isArray(value)) return value.map((entry, i) => packed(entry, `${place}[${i}]`, depth + 1));
  if (isPlain(value)) {
    const result: [string, unknown][] = [];
    for (const [key, entry] of Object.entries(value)) {
      if (key === tag || key === '__proto__')
        throw new CotangentError('BAD_ARGUMENT', `${place}: a checkpoint cannot keep a field named '${key}'`);
      if (entry !== undefined) result.push([key, packed(entry, `${place}.${key}`, depth + 1)]);
    }
    return Object.fromEntries(result);
  }
  throw new CotangentError(
    'BAD_ARGUMENT',
    `${place} is ${show(value)}: a checkpoint keeps plain data in its meta, and arrays of numbers as tensors`,
  );
}

/** The value of a text from `encodeMeta`. @throws BAD_CHECKPOINT if it is damaged */
export function decodeMeta(text: string): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new CotangentError('BAD_CHECKPOINT', 'the meta of the checkpoint is not JSON', { cause: error });
  }
  const suspicious = suspiciousKey(text);
  if (suspicious !== undefined)
    throw new CotangentError(
      'BAD_CHECKPOINT',
      `in the meta of the checkpoint, the name ${show(suspicious.key)} ${suspicious.why}`,
    );
  return unpacked(parsed, 0);
}

function unpacked(value: unknown, depth: number): unknown {
  if (depth > deepest + 1)
    // one more for the tag of a number
    throw new CotangentError('BAD_CHECKPOINT', `the meta of the checkpoint is nested deeper than ${deepest}`);
  if (Array.isArray(value)) return value.map((entry) => unpacked(entry, depth + 1));
  if (!isPlain(value)) return value;
  if (Object.hasOwn(value, tag)) {
    const number = special.get(value[tag]);
    if (number === undefined || Object.keys(value).length !== 1)
      throw new CotangentError(
        'BAD_CHECKPOINT',
        `the meta of the checkpoint has the number ${show(value[tag])}`,
      );
    return number;
  }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, unpacked(entry, depth + 1)]));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
