/** The public face of the train package; what needs files is under `@cotangent/train/node`. */
export * from './optimizers/index.ts';
