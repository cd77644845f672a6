/**
 * A checkpoint: tensors by name, and plain data beside them, in one safetensors file. One file, so that replacing it is
 * atomic; the plain data is a text in the file's metadata, and other tools read the tensors.
 */
import { CotangentError, type HostArray, show } from '@cotangent/graph';
import { decodeMeta, encodeMeta } from './meta.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';

const format = 'cotangent-checkpoint';
const version = 1;

export interface Checkpoint<Meta = unknown> {
  readonly tensors: Readonly<Record<string, HostArray>>;
  /** Null, booleans, numbers (NaN, infinities and -0 too), texts, and lists and plain objects of them. */
  readonly meta: Meta;
}

/**
 * A checkpoint as bytes; the same checkpoint gives the same bytes.
 *
 * @throws BAD_ARGUMENT if the meta is no plain data, or a name cannot be kept
 * @example
 * ```ts
 * const bytes = encodeCheckpoint({ tensors: { w: fromNested([1, 2]) }, meta: { step: 7 } });
 * decodeCheckpoint(bytes).meta // { step: 7 }
 * ```
 */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { tensors, meta } = checkpoint;
  return encodeSafetensors({
    tensors,
    metadata: { format, version: String(version), meta: encodeMeta(meta) },
  });
}

/**
 * Reads a checkpoint from bytes that nobody vouches for; no code in them runs. The meta has no type yet: check it.
 *
 * @throws BAD_CHECKPOINT, with a sentence that says what is wrong
 */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(bytes);
  if (metadata.format !== format || metadata.meta === undefined)
    throw new CotangentError(
      'BAD_CHECKPOINT',
      `this is a safetensors file (format ${show(metadata.format)}), but not a checkpoint of Cotangent: read its tensors with decodeSafetensors`,
    );
  if (metadata.version !== String(version))
    throw new CotangentError(
      'BAD_CHECKPOINT',
      `the checkpoint has version ${show(metadata.version)}, and this library reads version ${version}`,
    );
  return { tensors, meta: decodeMeta(metadata.meta) };
}
