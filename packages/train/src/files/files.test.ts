/** Claims about files: a save that fails, for whatever reason, leaves the old checkpoint and nothing else. */
import { execFile } from 'node:child_process';
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CotangentError, fromNested } from '@cotangent/graph';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeCheckpoint } from '../checkpoint/index.ts';
import { type Disk, saveThrough } from './atomic.ts';
import { readCheckpointFile, saveFileAtomically, writeCheckpointFile } from './index.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cotangent-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function failure(action: () => Promise<unknown>): Promise<CotangentError> {
  const error: unknown = await action().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CotangentError) return error;
  throw error ?? new Error('nothing was thrown');
}

const old = { tensors: { w: fromNested([1, 2, 3]) }, meta: { step: 1 } };

describe('saving', () => {
  it('writes a checkpoint that is read again, over an older one too', async () => {
    const path = join(folder, 'run.safetensors');
    await writeCheckpointFile(path, old);
    await writeCheckpointFile(path, { tensors: { w: fromNested([4, 5]) }, meta: { step: 2 } });
    const read = await readCheckpointFile(path);
    expect([read.tensors.w!.toNested(), read.meta]).toEqual([[4, 5], { step: 2 }]);
    expect(await readdir(folder)).toEqual(['run.safetensors']);
  });

  it.skipIf(process.platform === 'win32')('keeps permissions, and follows a link', async () => {
    const path = join(folder, 'run.safetensors');
    const link = join(folder, 'latest');
    await writeFile(path, 'old', { mode: 0o600 });
    await symlink(path, link);
    await saveFileAtomically(link, Uint8Array.of(1, 2));
    expect([...(await readFile(path))]).toEqual([1, 2]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).sort()).toEqual(['latest', 'run.safetensors']);
  });

  it('removes what killed saves of the same file left an hour ago, and nothing else', async () => {
    const path = join(folder, 'run.bin');
    const uuid = '0b8f6f2e-9c1d-4e5a-8f3b-2d7c6a5e4f10';
    const hoursAgo = new Date(Date.now() - 2 * 3_600_000);
    const [left, under] = [`.run.bin.${uuid}.tmp`, `.run.bin.${uuid.replace('0', '1')}.tmp`];
    const others = [
      `.other.bin.${uuid}.tmp`,
      '.run.bin.backup.tmp',
      `.run.bin.old.${uuid}.tmp`,
      'run.bin.tmp',
    ];
    for (const name of [left, ...others]) {
      await writeFile(join(folder, name), 'a part');
      await utimes(join(folder, name), hoursAgo, hoursAgo);
    }
    // A save under way, perhaps of another process.
    await writeFile(join(folder, under), 'a part');
    await saveFileAtomically(path, Uint8Array.of(1));
    expect((await readdir(folder)).sort()).toEqual(['run.bin', under, ...others].sort());
  });

  it('of many at once leaves one of them, whole', async () => {
    const path = join(folder, 'run.bin');
    const size = 100_000;
    await Promise.all(
      Array.from({ length: 8 }, (_, i) => saveFileAtomically(path, new Uint8Array(size).fill(i))),
    );
    const bytes = await readFile(path);
    expect(bytes).toHaveLength(size);
    expect(new Set(bytes).size).toBe(1);
    expect(await readdir(folder)).toEqual(['run.bin']);
  });
});

/** A disk on which one call fails; a failing write has written a part before. */
function failingDisk(call: 'open' | 'write' | 'sync' | 'close' | 'rename', code: string): Disk {
  const fail = (): Promise<never> =>
    Promise.reject(Object.assign(new Error(`${code}: made to fail`), { code }));
  return {
    rename: call === 'rename' ? fail : rename,
    async open(path, flags, mode) {
      if (call === 'open') return fail();
      const file = await open(path, flags, mode);
      if (call === 'sync') file.sync = fail;
      if (call === 'write')
        file.writeFile = async (data) => {
          if (data instanceof Uint8Array) await file.write(data, 0, data.length >> 1);
          return fail();
        };
      if (call === 'close') {
        const close = file.close.bind(file);
        file.close = async () => {
          await close();
          return fail();
        };
      }
      return file;
    },
  };
}

describe('a save that fails', () => {
  it.each([
    ['write', 'ENOSPC', /the disk is full \(ENOSPC\)/],
    ['open', 'EACCES', /permission denied \(EACCES\)/],
    ['sync', 'EIO', /EIO: made to fail/],
    ['close', 'EDQUOT', /quota/],
    ['rename', 'EPERM', /not permitted/],
  ] as const)('in %s by %s leaves the old checkpoint and no other file', async (call, code, reason) => {
    const path = join(folder, 'run.safetensors');
    await writeCheckpointFile(path, old);
    const error = await failure(() => saveThrough(failingDisk(call, code), path, new Uint8Array(5000)));
    expect(error.code).toBe('IO_FAILED');
    expect(error.message).toContain(`cannot save '${path}'`);
    expect(error.message).toMatch(reason);
    expect(error.message).toMatch(/as it was before/);
    expect(error.cause).toMatchObject({ code });
    expect(Buffer.compare(await readFile(path), encodeCheckpoint(old))).toBe(0);
    expect(await readdir(folder)).toEqual(['run.safetensors']);
  });

  it.skipIf(process.platform !== 'linux')(
    'because the system really writes no more leaves the old checkpoint and no other file',
    async () => {
      const path = join(folder, 'run.bin');
      await writeFile(path, 'the old one');
      const script = `
        const { saveFileAtomically } = await import(${JSON.stringify(new URL('./atomic.ts', import.meta.url).href)});
        await saveFileAtomically(process.argv[1], new Uint8Array(1 << 20)).catch((error) => console.log(error.code, error.message));`;
      // A limit on the size of files stands for the full disk: the system writes a part, then refuses.
      const { stdout } = await promisify(execFile)('sh', [
        '-c',
        `trap '' XFSZ; ulimit -f 64; exec "$0" --conditions=source --import tsx --input-type=module --eval "$1" "$2"`,
        process.execPath,
        script,
        path,
      ]);
      expect(stdout).toMatch(/IO_FAILED cannot save .*larger than is allowed \(EFBIG\)/);
      expect(await readFile(path, 'utf8')).toBe('the old one');
      expect(await readdir(folder)).toEqual(['run.bin']);
    },
  );

  it('into a folder that is not there, or over a folder, says so', async () => {
    const missing = await failure(() => saveFileAtomically(join(folder, 'no', 'run.bin'), new Uint8Array(1)));
    expect([missing.code, missing.message]).toEqual([
      'IO_FAILED',
      expect.stringMatching(/no such file or folder/),
    ]);
    await mkdir(join(folder, 'taken'));
    const over = await failure(() => saveFileAtomically(join(folder, 'taken'), new Uint8Array(1)));
    expect(over.code).toBe('IO_FAILED');
    expect(await readdir(folder)).toEqual(['taken']);
  });
});

describe('reading', () => {
  it('a missing file is IO_FAILED with the path', async () => {
    const error = await failure(() => readCheckpointFile(join(folder, 'none.safetensors')));
    expect([error.code, error.message]).toEqual([
      'IO_FAILED',
      expect.stringMatching(/cannot read '.*none.safetensors': no such file/),
    ]);
  });

  it('a truncated file is BAD_CHECKPOINT with the path, wherever it is cut', async () => {
    const bytes = encodeCheckpoint(old);
    const path = join(folder, 'cut.safetensors');
    for (const length of [0, 5, 8, 60, bytes.length - 1]) {
      await writeFile(path, bytes.subarray(0, length));
      const error = await failure(() => readCheckpointFile(path));
      expect([error.code, error.message]).toEqual([
        'BAD_CHECKPOINT',
        expect.stringMatching(/cut\.safetensors': .*truncated/),
      ]);
    }
  });
});
