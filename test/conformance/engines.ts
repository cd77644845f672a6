/** The engines that are held against others' numbers. */
import { type Engine, interpreter } from '@cotangent/engine';
import { wasm } from '@cotangent/wasm';

export const engines: readonly (readonly [name: string, engine: Engine<'sync'>])[] = [
  interpreter(),
  wasm({ threads: 1 }),
].map((engine: Engine<'sync'>) => [engine.name, engine]);
