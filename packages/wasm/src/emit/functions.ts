/**
 * Functions that WebAssembly does not have. Vectors get the definition in place, where a module asks for it at few places;
 * everything else calls a function that is written once.
 */
import type { Dependency } from 'wasmati';
import { read } from '../loops/build.ts';
import type { FunctionName, Type, Value } from '../loops/ir.ts';
import { Local } from '../loops/ir.ts';
import { definitions } from '../math/index.ts';
import { Code, parameter } from './code.ts';
import { machineType } from './machine.ts';
import { ValueWriter } from './values.ts';

interface Definition {
  readonly parameters: readonly Local[];
  readonly body: Value;
}

/** More places than this make a module long. */
const mostPlaces = 12;

export class FunctionLibrary {
  private readonly known = new Map<string, Definition>();
  private readonly written = new Map<string, Dependency.Func>();
  private readonly places: ReadonlyMap<FunctionName, number>;
  /** @param places  at how many places each is asked for with vectors */
  constructor(places: ReadonlyMap<FunctionName, number> = new Map()) {
    this.places = places;
  }

  definition(name: FunctionName, type: Type): Definition {
    const key = `${name} ${type.scalar} ${type.lanes}`;
    let found = this.known.get(key);
    if (found === undefined) {
      const [a, b] = [new Local(`${name}.a`, type), new Local(`${name}.b`, type)];
      const body = definitions[name](read(a), read(b));
      const takesTwo = definitions[name].length === 2;
      this.known.set(key, (found = { parameters: takesTwo ? [a, b] : [a], body }));
    }
    return found;
  }

  /** The function to call; nothing where the definition is to be written in place. */
  called(name: FunctionName, type: Type): Dependency.Func | undefined {
    if (type.lanes > 1 && (this.places.get(name) ?? 0) <= mostPlaces) return undefined;
    const key = `${name} ${type.scalar} ${type.lanes}`;
    let func = this.written.get(key);
    if (func === undefined) this.written.set(key, (func = this.write(this.definition(name, type), type)));
    return func;
  }

  private write({ parameters, body }: Definition, type: Type): Dependency.Func {
    const code = new Code();
    const own = machineType(type);
    const values = new ValueWriter({
      code,
      relaxed: false,
      functions: this,
      inLoop: false,
      registerOf: (local) => parameter(own, parameters.indexOf(local)),
      counterOf: () => nothing(),
      address: () => nothing(),
    });
    values.together([body], () => values.write(body));
    return code.finish(
      parameters.map(() => own),
      [own],
    );
  }
}

const nothing = (): never => {
  throw new Error('a function of numbers neither counts nor loads');
};
