/** Kept states exist from the first batch that is taken over: nothing that prepares or fails allocates them. */
import { compile, type Engine, input, interpreter, parametersOf, rnn, type Stored, sgd } from 'cotangent';
import { describe, expect, test } from 'vitest';

const x = input('x', ['batch', 'time', 1]);
const lengths = input('lengths', ['batch'], 'i32');
const layer = () => rnn({ units: 1, stateful: true });
const rows = (batch: number) => Array.from({ length: batch }, () => [[1], [2]]);
const kept = 'rnn/state/h';

/** The interpreter, with the values counted that are stored and not yet given back. */
function counted(): { readonly engine: Engine<'sync'>; readonly held: Set<Stored> } {
  const inner = interpreter();
  const held = new Set<Stored>();
  const hold = <T extends Stored>(stored: T): T => {
    held.add(stored);
    return stored;
  };
  const engine: Engine<'sync'> = {
    ...inner,
    compile: (graph) => {
      const executable = inner.compile(graph);
      return {
        ...executable,
        run: (...given) => {
          const result = executable.run(...given);
          result.updates.forEach(hold);
          return result;
        },
      };
    },
    store: (value) => hold(inner.store(value)),
    release: (stored) => {
      held.delete(stored);
    },
  };
  return { engine, held };
}

describe('a kept state', () => {
  test('does not exist before the first batch: programs are prepared for any number of sequences', () => {
    const program = compile({ inputs: [x, lengths], outputs: layer().run(x, { lengths }).output });
    program.prepare({ batch: 4, time: 2 });
    program.prepare({ batch: 2, time: 2 });
    expect(program.state.has(kept)).toBe(false);
    program({ x: rows(2), lengths: [2, 2] });
    expect(program.state.typeOf(kept).shape).toEqual([2, 1]);
  });

  test('is not left behind by a batch that fails', () => {
    const { engine, held } = counted();
    const program = compile(
      { inputs: [x, lengths], outputs: layer().run(x, { lengths }).output },
      { engine },
    );
    const before = held.size;
    expect(() => program({ x: rows(4), lengths: [2, 2, 9, 2] })).toThrow(/9/);
    expect(program.state.has(kept)).toBe(false);
    expect(held.size).toBe(before);
    program({ x: rows(2), lengths: [2, 2] });
    expect(program.state.typeOf(kept).shape).toEqual([2, 1]);
    expect(held.size).toBe(before + 1);
  });

  test('is not left behind by a step that is not accepted', () => {
    const model = layer();
    const loss = model(x).sum();
    let refuse = true;
    const accept = (): void => {
      if (refuse) throw new Error('not accepted');
    };
    const { engine, held } = counted();
    const program = compile(
      { inputs: [x], outputs: loss, updates: sgd({ learningRate: 0.1 }).minimize(loss, parametersOf(model)) },
      { accept, engine },
    );
    const before = held.size;
    expect(() => program({ x: rows(4) })).toThrow('not accepted');
    expect(program.state.has(kept)).toBe(false);
    refuse = false;
    program({ x: rows(2) });
    expect(program.state.typeOf(kept).shape).toEqual([2, 1]);
    program({ x: rows(2) });
    expect(held.size).toBe(before + 1);
  });

  test('stays as it was if a later batch fails', () => {
    const program = compile({ inputs: [x, lengths], outputs: layer().run(x, { lengths }).output });
    program({ x: rows(2), lengths: [2, 2] });
    const before = program.state.get(kept).toNested();
    expect(() => program({ x: rows(2), lengths: [2, 9] })).toThrow(/9/);
    expect(program.state.get(kept).toNested()).toEqual(before);
  });

  test('is given back when an asynchronous run fails', async () => {
    const { engine: inner, held } = counted();
    const engine: Engine<'async'> = {
      ...inner,
      mode: 'async',
      compile: async (graph) => {
        const executable = inner.compile(graph);
        return { ...executable, run: async (...given) => executable.run(...given) };
      },
      read: async (stored) => inner.read(stored),
    };
    const program = compile(
      { inputs: [x, lengths], outputs: layer().run(x, { lengths }).output },
      { engine },
    );
    const before = held.size;
    await expect(program({ x: rows(4), lengths: [2, 2, 9, 2] })).rejects.toThrow(/9/);
    expect(held.size).toBe(before);
    expect(await program({ x: rows(2), lengths: [2, 2] })).toBeDefined();
    expect(held.size).toBe(before + 1);
  });
});
