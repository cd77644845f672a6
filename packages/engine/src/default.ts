/** The engine of whoever names none. It is the interpreter until a package with a faster one says otherwise. */
import type { Engine } from './contract.ts';
import { interpreter } from './reference.ts';

let make: () => Engine<'sync'> = interpreter;

/** @param factory  asked each time that a program or a state is made without an engine */
export function setDefaultEngine(factory: () => Engine<'sync'>): void {
  make = factory;
}

export const defaultEngine = (): Engine<'sync'> => make();
