/**
 * Replacing a file so that at every moment it is the old one or the new one, whole.
 *
 * Why our own code: write-file-atomic 6, the package for this that runs on Node 20, issues a single write() and does not
 * look at how much was written. On a full disk (tried on a tmpfs of 300 KB) it reports success and leaves the new file
 * truncated in place of the old one. It does not fsync the folder either. `FileHandle.writeFile` repeats short writes.
 */
import { randomUUID } from 'node:crypto';
import { open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CotangentError } from '@cotangent/graph';

/** The calls that a save makes, so that tests can let each of them fail. */
export interface Disk {
  readonly open: typeof open;
  readonly rename: typeof rename;
}

/**
 * Writes to a new file in the same folder, flushes it to the disk, renames it over the old one and flushes the folder.
 * If anything fails, the old file stays as it is and the new one is removed. A link is followed; permissions are kept.
 * A process that is killed leaves its new file; saves of the same file remove it an hour later.
 *
 * @throws IO_FAILED with path and cause: disk full, no permission, no such folder
 * @example
 * ```ts
 * await saveFileAtomically('best.safetensors', encodeCheckpoint({ tensors: {}, meta: null }));
 * ```
 */
export const saveFileAtomically = (path: string, bytes: Uint8Array): Promise<void> =>
  saveThrough({ open, rename }, path, bytes);

/** `saveFileAtomically`, through the given calls. */
export async function saveThrough(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const target = await realpath(path).catch(() => path); // there may be no file yet
  const temporary = join(dirname(target), `${leftoverPrefix(target)}${randomUUID()}${leftoverSuffix}`);
  try {
    const mode = await stat(target).then(
      (old) => old.mode & 0o777,
      () => undefined,
    );
    const file = await disk.open(temporary, 'wx', mode);
    try {
      await file.writeFile(bytes);
      if (mode !== undefined) await file.chmod(mode); // the umask does not apply to a file that was there
      await file.sync();
    } finally {
      await file.close();
    }
    await disk.rename(temporary, target);
    await sweep(target).catch(() => {}); // the save has succeeded
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}); // the first error is the one to report
    throw ioFailed('save', path, error, ' (the file is as it was before)');
  }
  await flushFolder(dirname(target), disk).catch((error: unknown) => {
    throw ioFailed('flush the folder of', path, error, ' (the new file is in place)');
  });
}

const leftoverPrefix = (target: string): string => `.${basename(target).slice(0, 100)}.`;
const leftoverSuffix = '.tmp';
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
/** Milliseconds. A file that is still being written changes more often; clocks of other machines may be minutes apart. */
const longestSave = 3_600_000;

/** Removes what saves of the same file left behind when their process was killed: new files of an hour ago or more. */
async function sweep(target: string): Promise<void> {
  const [folder, prefix] = [dirname(target), leftoverPrefix(target)];
  for (const name of await readdir(folder)) {
    const own = name.startsWith(prefix) && name.endsWith(leftoverSuffix);
    if (!own || !uuid.test(name.slice(prefix.length, -leftoverSuffix.length))) continue;
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > longestSave) await rm(path, { force: true });
  }
}

/** Makes the renaming last through a power failure, where the system can do that. */
async function flushFolder(folder: string, disk: Disk): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there
  const handle = await disk.open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'ENOSYS'].includes(codeOf(error) ?? '')) throw error; // file systems without it
  } finally {
    await handle.close();
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than is allowed',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
};

/** An IO_FAILED that says what was tried, on which path, and why it failed. */
export function ioFailed(what: string, path: string, cause: unknown, after = ''): CotangentError {
  const code = codeOf(cause);
  const known = code === undefined ? undefined : reasons[code];
  const reason =
    known === undefined ? (cause instanceof Error ? cause.message : String(cause)) : `${known} (${code})`;
  return new CotangentError('IO_FAILED', `cannot ${what} '${path}': ${reason}${after}`, { cause });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
