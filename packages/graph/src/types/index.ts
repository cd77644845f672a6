/** Shapes as types: the rules that the editor knows. */
export type * from './arithmetic.ts';
export type * from './dims.ts';
export type * from './shapes.ts';
