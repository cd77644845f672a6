import { defineConfig } from 'vitest/config';

/** What holds for graphs, derivatives, layers and losses, whatever computes them. */
const laws = 'test/properties/**/*.test.ts';
/** These name their engines themselves. */
const comparisons = ['test/properties/compiled/**', 'test/properties/stability.test.ts'];

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    testTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'suite',
          include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'],
        },
      },
      {
        // The same laws on the compiled engine: on fewer samples, because every sample is compiled.
        extends: true,
        test: {
          name: 'compiled',
          include: [laws],
          exclude: comparisons,
          env: { ENGINE: 'wasm', CHECK_RUNS: String(Number(process.env.CHECK_RUNS ?? 1) / 4) },
        },
      },
    ],
  },
});
