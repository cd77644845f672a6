/** The layers that scripts call: thin functions that give each layer its shapes as types. */
export * from './containers.ts';
export * from './dense.ts';
export * from './recurrent.ts';
export * from './same.ts';
export * from './spatial.ts';
