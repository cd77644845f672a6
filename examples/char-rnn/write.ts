/** Writes text: one step for each character, with the state fed back, so that the text so far is never read again. */
import { CotangentError, compile, foldIn, HostArray, input, randomCategorical } from 'cotangent';
import type { CharacterModel } from './model.ts';
import type { Alphabet } from './text.ts';

/** What the recurrent layer remembers: `h`, and `c` of an LSTM, each [1, units]. */
export type Memory = Readonly<Record<string, HostArray>>;

/** One character in, scores for the next one and the memory out. Shares the variables of the training. */
export function readerOf({ plan, look, remember, score, training }: CharacterModel) {
  const { cell, units } = plan;
  const names = cell === 'lstm' ? ['h', 'c'] : ['h'];
  const character = input('character', [1, 1], 'i32');
  const before = names.map((name) => input(name, [1, units]));
  const initialState = [Object.fromEntries(before.map((tensor) => [tensor.name, tensor]))];
  const { last, state } = remember.run(look(character), { initialState });
  const step = compile(
    { inputs: [character, ...before], outputs: { scores: score(last), memory: state[0]! } },
    { state: training.variables },
  );
  const empty: Memory = Object.fromEntries(
    names.map((name) => [name, new HostArray('f32', [1, units], new Float32Array(units))]),
  );
  return {
    empty,
    read(number: number, memory: Memory) {
      const seen = step({ character: [[number]], ...memory });
      // A state has axes, so it is an array and no number.
      return { scores: seen.scores, memory: seen.memory as Memory };
    },
  };
}

export interface WriteOptions {
  /** What the text begins with: at least one character. */
  readonly prompt: string;
  readonly length: number;
  /** Divides the scores: near 0 the likeliest character alone, 1 as the network believes, above 1 bolder. */
  readonly temperature: number;
  readonly seed: number;
}

/** A function that writes with what the network knows when it is called. One seed, one text. */
export function writerOf(model: CharacterModel, alphabet: Alphabet) {
  const { empty, read } = readerOf(model);
  const scores = input('scores', [1, alphabet.size]);
  const temperature = input('temperature', []);
  const [seed, turn] = [input('seed', [2], 'u32'), input('turn', [], 'i32')];
  const draw = compile({
    inputs: [scores, temperature, seed, turn],
    outputs: randomCategorical(foldIn(seed, turn), scores.div(temperature)),
  });
  return (options: WriteOptions): string => {
    const written = [...alphabet.encode(options.prompt)];
    const promptLength = written.length;
    if (promptLength === 0) throw new CotangentError('BAD_ARGUMENT', 'the prompt is empty');
    let memory = empty;
    for (let turn = 0; written.length < promptLength + options.length; turn++) {
      const seen = read(written[turn]!, memory);
      memory = seen.memory;
      if (turn + 1 < promptLength) continue;
      const drawn = draw({
        scores: seen.scores,
        temperature: options.temperature,
        seed: [0, options.seed],
        turn,
      });
      written.push(drawn.data[0]!);
    }
    return alphabet.decode(written);
  };
}
