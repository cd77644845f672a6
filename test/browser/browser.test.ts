/** The compiled engine in a browser: in a page, in a worker, with and without isolation, the bits of Node. */
import { setFlagsFromString } from 'node:v8';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launch } from './chromium.ts';
import type { Answer, Trained } from './guest.ts';
import { type Bundle, bundle, type Served, serve } from './server.ts';

const executable = findChromium();
if (executable === undefined)
  console.warn(
    'the tests in a browser are skipped: install Chromium (Debian: apt-get install chromium), or name it in the variable CHROMIUM',
  );

let script: Bundle;
let browser: Browser;
let server: Served;
let losses: readonly number[];

/** What the guest of a page says. */
async function ask(page: 'open' | 'isolated' | 'strict', call: string): Promise<Answer> {
  const context = await browser.newContext();
  try {
    const tab = await context.newPage();
    await tab.goto(`${server.address}/${page}/`);
    await tab.waitForFunction('globalThis.guest !== undefined');
    return await tab.evaluate<Answer>(`guest.${call}`);
  } finally {
    await context.close();
  }
}

async function trained(page: 'open' | 'isolated', call: string): Promise<Trained> {
  const answer = await ask(page, call);
  if ('code' in answer) throw new Error(`${answer.code}: ${answer.sentence}`);
  return answer;
}

/** For a machine that is busy with other tests. */
const patienceMs = 60_000;

beforeAll(async () => {
  script = await bundle('guest.ts');
}, patienceMs);

describe('the script of a page', () => {
  it('asks for nothing that only Node has', () => {
    const imports = Object.values(script.metafile.inputs).flatMap((file) => file.imports);
    expect(imports.length).toBeGreaterThan(100);
    expect(imports.filter(({ external, path }) => external === true || path.startsWith('node:'))).toEqual([]);
  });
});

describe.skipIf(executable === undefined)('in Chromium', () => {
  beforeAll(async () => {
    // Node 20 has the products of browsers (a multiplication and an addition in one rounding) behind a flag. It is given
    // before the engine is loaded, which looks at once what the host has.
    if (Number(process.versions.node.split('.')[0]) < 22)
      setFlagsFromString('--experimental-wasm-relaxed-simd');
    const { lossesOn } = await import('./training.ts');
    [server, browser, losses] = await Promise.all([serve(script.text), launch(executable!), lossesOn()]);
  }, patienceMs);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  }, patienceMs);

  it('Node trains the network', () => {
    expect(losses).toHaveLength(100);
    expect(losses[0]).toBeGreaterThan(0.6);
    expect(losses.at(-1)).toBeLessThan(0.2);
  });

  it.each([
    ['an open page', 'open', false],
    ['an isolated page', 'isolated', true],
  ] as const)('%s trains on its main thread, with the bits of Node', async (_, page, isolated) => {
    expect(await trained(page, 'here()')).toEqual({ isolated, losses, threads: 1, sharedSteps: 0 });
  });

  it('a worker of an open page trains on one thread, with the bits of Node', async () => {
    expect(await trained('open', 'inWorker()')).toEqual({
      isolated: false,
      losses,
      threads: 1,
      sharedSteps: 0,
    });
  });

  it('a worker of an isolated page trains on two threads, with the bits of Node', async () => {
    expect(await trained('isolated', 'inWorker(2)')).toEqual({
      isolated: true,
      losses,
      threads: 2,
      sharedSteps: losses.length,
    });
  });

  it.each([
    ['the main thread of an open page', 'open', 'here(2)'],
    ['the main thread of an isolated page', 'isolated', 'here(2)'],
    ['a worker of an open page', 'open', 'inWorker(2)'],
  ] as const)('%s cannot have threads, and says so', async (_, page, call) => {
    expect(await ask(page, call)).toEqual({
      code: 'ENGINE_LACKS',
      sentence: expect.stringMatching(/cannot have 2 threads here: memory is shared in workers of pages/),
    });
  });

  it('a main thread that may not compile a large program says so', async () => {
    expect(await ask('open', 'large()')).toEqual({
      code: 'ENGINE_LACKS',
      sentence: expect.stringMatching(/cannot compile a program of 9\.0 MiB here.*run it in a worker/),
    });
  });

  it('a page that forbids workers of a blob is told what to allow', async () => {
    expect(await ask('strict', 'inWorker(2)')).toEqual({
      code: 'ENGINE_FAILED',
      sentence: expect.stringContaining('has to allow worker-src blob:'),
    });
  });
});
