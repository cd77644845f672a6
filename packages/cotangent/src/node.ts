/** What needs files. */
export * from '@cotangent/train/node';
