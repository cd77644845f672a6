/** Training with files: checkpoints on disk. */
export * from './files/index.ts';
