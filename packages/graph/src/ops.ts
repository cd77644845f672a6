/**
 * The DSL as plain functions on tensors of any shape: for code that is generic in the shape, such as derivatives,
 * layers and optimizers. The same functions, with shapes as types, are methods of tensors.
 */
export * from './dsl/activation.ts';
export * from './dsl/contraction.ts';
export * from './dsl/control.ts';
export * from './dsl/custom.ts';
export { withMarksOf } from './dsl/effects.ts';
export * from './dsl/elementwise.ts';
export * from './dsl/indexing.ts';
export { insideLoop, isInside, loopCounters } from './dsl/loop.ts';
export * from './dsl/marks.ts';
export * from './dsl/movement.ts';
export * from './dsl/operands.ts';
export * from './dsl/random.ts';
export * from './dsl/reduction.ts';
export * from './dsl/scan.ts';
export * from './dsl/spatial.ts';
