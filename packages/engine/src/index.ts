/** The public face of the engine package. */
export * from './contract.ts';
export { defaultEngine, setDefaultEngine } from './default.ts';
export { type BoundFeeds, bindFeeds, type Feed, type Feeds, type Slot } from './feeds.ts';
export { fansOf, generatorOf, initialValue } from './initialize.ts';
export { type Life, type MemoryPlan, memoryPlan } from './memory.ts';
export * from './program.ts';
export { interpreter } from './reference.ts';
export { State, type StateOptions } from './state.ts';
