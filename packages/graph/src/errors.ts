/**
 * One error class for the whole house. Every error carries a stable code, a sentence with the numbers,
 * and, where they are known, the shapes, the path of the layer and the line of the user's script.
 */

/** The stable codes and what each one means. */
export const errorCodes = {
  AXIS_OUT_OF_RANGE: 'an axis does not exist in the shape',
  BAD_ARGUMENT: 'an argument has a value that the function does not take',
  BAD_CHECKPOINT: 'a checkpoint is damaged, truncated or of another model',
  BAD_DATA: 'the data of a dataset or feed cannot be used',
  BAD_GRAPH: 'a graph violates a constraint of the language',
  BAD_JSON: 'a serialized graph or configuration is not valid',
  BATCH_TOO_SMALL: 'a layer or loader needs more examples than the batch has',
  CHECK_FAILED: 'a value does not hold what a program demands of it',
  DTYPE_MISMATCH: 'operands or feeds have the wrong dtype',
  DUPLICATE_NAME: 'two things share a name or path that must be unique',
  EMPTY_DATASET: 'a dataset has no examples',
  ENGINE_FAILED: 'an engine broke down while a program ran',
  ENGINE_LACKS: 'the engine lacks a dtype, a primitive or a lowering',
  EXTRA_INPUT: 'a feed names an input that the program does not have',
  INDEX_OUT_OF_RANGE: 'an index points outside its operand',
  IO_FAILED: 'reading or writing a file failed',
  LEAKED_TENSOR: 'a value inside the body of a loop or branch is used outside of it',
  MAX_STEPS: 'a loop has reached its largest number of steps',
  MISSING_INPUT: 'a program was called without one of its inputs',
  NOT_DIFFERENTIABLE: 'a derivative was asked for where there is none',
  NOT_FINITE: 'a number that must be finite is not',
  NOT_SCALAR: 'a gradient was asked of something that is not a scalar',
  OUT_OF_MEMORY: 'more memory is needed than there is',
  SHAPE_MISMATCH: 'shapes do not fit together',
  UNBOUND_DIMENSION: 'a named dimension has no size',
  UNKNOWN_VARIABLE: 'no variable has that path',
  UPDATE_CONFLICT: 'two updates of one variable contradict each other',
} as const;

export type ErrorCode = keyof typeof errorCodes;

export interface ErrorDetails {
  /** Shapes that took part, as they print. */
  readonly shapes?: readonly string[];
  /** Path of the layer that was being built. */
  readonly path?: string;
  /** Where the user wrote it: `file:line:column`. */
  readonly line?: string;
  /** The underlying error, if another one caused this. */
  readonly cause?: unknown;
}

/**
 * Every error that this library raises on purpose.
 *
 * @example
 * ```ts
 * try { input('x', ['batch', 3]).sum('time') } catch (error) {
 *   if (error instanceof CotangentError) console.log(error.code) // AXIS_OUT_OF_RANGE
 * }
 * ```
 */
export class CotangentError extends Error {
  override readonly name = 'CotangentError';
  readonly code: ErrorCode;
  readonly shapes: readonly string[];
  readonly path: string | undefined;
  readonly line: string | undefined;
  /** The bare sentence, without layer and line. */
  readonly sentence: string;

  constructor(code: ErrorCode, sentence: string, details: ErrorDetails = {}) {
    const place = formatPlace(details);
    super(place === '' ? sentence : `${sentence} (${place})`, { cause: details.cause });
    this.code = code;
    this.sentence = sentence;
    this.shapes = details.shapes ?? [];
    this.path = details.path;
    this.line = details.line;
  }

  /** The same error with the line of a call, as long as it has none. */
  calledAt(line: string | undefined): CotangentError {
    if (line === undefined || this.line !== undefined) return this;
    const { code, sentence, shapes, path } = this;
    return new CotangentError(code, sentence, {
      shapes,
      line,
      cause: this,
      ...(path === undefined ? {} : { path }),
    });
  }
}

/** The layer and the line of something, as far as they are known. */
export const formatPlace = ({ path, line }: Pick<ErrorDetails, 'path' | 'line'>): string =>
  [
    // An unnamed layer at the root has no path.
    path === undefined || path === '' ? [] : `in layer '${path}'`,
    line === undefined ? [] : `at ${line}`,
  ]
    .flat()
    .join(', ');

/** Shows a value of unknown origin in an error sentence, bounded in length. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 57)}...` : value}'`;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined)
    return String(value);
  if (Array.isArray(value)) {
    const shown = value.slice(0, 8).map(show).join(', ');
    return `[${shown}${value.length > 8 ? `, … ${value.length} entries` : ''}]`;
  }
  if (typeof value === 'function') return `a function`;
  if (typeof value === 'object' && 'dtype' in value && 'shape' in value && Array.isArray(value.shape))
    return `${'data' in value ? 'an array ' : ''}${value.dtype}[${value.shape.join(', ')}]`;
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    const keys = Object.keys(value);
    if (keys.length > 0) return `{ ${keys.slice(0, 8).join(', ')}${keys.length > 8 ? ', …' : ''} }`;
  }
  return `an object of type ${Object.prototype.toString.call(value).slice(8, -1)}`;
}
