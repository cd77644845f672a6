/**
 * The pages: `/open/` as any server sends it, `/isolated/` with the headers that isolate it from other origins, `/strict/`
 * isolated and with workers from its own address alone.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

export interface Bundle {
  readonly text: string;
  readonly metafile: Metafile;
}

/** A script and all that it imports, as bundlers make it for browsers; what only Node has would be an error. */
export async function bundle(name: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['source'],
    minify: true,
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  return { text: outputFiles[0]!.text, metafile };
}

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
const headers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  open: {},
  isolated: isolation,
  strict: { ...isolation, 'Content-Security-Policy': "worker-src 'self'" },
};
const page = '<!doctype html><title>Cotangent</title><script type="module" src="guest.js"></script>';

export interface Served {
  readonly address: string;
  close(): Promise<void>;
}

export async function serve(script: string): Promise<Served> {
  const server = createServer(({ url = '/' }, response) => {
    const [, kind, file] = /^\/(open|isolated|strict)\/(guest\.js)?$/.exec(url) ?? [];
    if (kind === undefined) return response.writeHead(404).end();
    const type = file === undefined ? 'text/html' : 'text/javascript';
    response.writeHead(200, {
      'Content-Type': `${type}; charset=utf-8`,
      ...headers[kind],
    });
    return response.end(file === undefined ? page : script);
  });
  // Pages of other addresses than this one would not count as secure, and could not be isolated.
  const host = '127.0.0.1';
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
