/** Checkpoints in files. */
import { readFile } from 'node:fs/promises';
import { CotangentError } from '@cotangent/graph';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../checkpoint/index.ts';
import { ioFailed, saveFileAtomically } from './atomic.ts';

/**
 * Saves a checkpoint; the file is the old or the new one at every moment.
 *
 * @throws IO_FAILED if it cannot be written (the old file survives); BAD_ARGUMENT if the meta is no plain data
 * @example
 * ```ts
 * await writeCheckpointFile('run.safetensors', { tensors: { w: fromNested([1, 2]) }, meta: { step: 7 } });
 * (await readCheckpointFile('run.safetensors')).meta // { step: 7 }
 * ```
 */
export async function writeCheckpointFile(path: string, checkpoint: Checkpoint): Promise<void> {
  await saveFileAtomically(path, encodeCheckpoint(checkpoint));
}

/**
 * Reads a checkpoint.
 *
 * @throws IO_FAILED if there is no such file or it cannot be read; BAD_CHECKPOINT if it is damaged, both with the path
 */
export async function readCheckpointFile(path: string): Promise<Checkpoint> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw ioFailed('read', path, error);
  });
  try {
    return decodeCheckpoint(bytes);
  } catch (error) {
    if (error instanceof CotangentError)
      throw new CotangentError(error.code, `'${path}': ${error.sentence}`, { cause: error });
    throw error;
  }
}
