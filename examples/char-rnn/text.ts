/** Text as numbers: an alphabet, and windows of characters with the characters that follow them. */
import { readFile } from 'node:fs/promises';
import { CotangentError, fromArrays, HostArray } from 'cotangent';

export const shakespeare = new URL('./data/tiny-shakespeare.txt', import.meta.url);

/** The characters of a text in the order of their codes; a character's number is its place. */
export class Alphabet {
  readonly characters: readonly string[];
  private readonly numbers: ReadonlyMap<string, number>;

  constructor(text: string) {
    this.characters = [...new Set(text)].sort();
    this.numbers = new Map(this.characters.map((character, number) => [character, number]));
  }

  get size(): number {
    return this.characters.length;
  }

  /** @throws BAD_DATA for a character that the text does not have */
  encode(text: string): Int32Array {
    return Int32Array.from([...text], (character) => {
      const number = this.numbers.get(character);
      if (number === undefined)
        throw new CotangentError('BAD_DATA', `the alphabet has no ${JSON.stringify(character)}`);
      return number;
    });
  }

  decode(numbers: ArrayLike<number>): string {
    return Array.from(numbers, (number) => this.characters[number] ?? '').join('');
  }
}

/** The last tenth is set apart, whole: windows among those of training would share scenes and speakers with them. */
export const heldOutPart = 0.1;

export async function readText(file: URL | string = shakespeare) {
  const text = await readFile(file, 'utf8');
  const alphabet = new Alphabet(text);
  const numbers = alphabet.encode(text);
  const cut = Math.floor(numbers.length * (1 - heldOutPart));
  return { alphabet, training: numbers.subarray(0, cut), heldOut: numbers.subarray(cut) };
}

/**
 * Windows side by side, none overlapping: `characters` and `next`, i32 [windows, steps], where `next` is one character
 * further on. What is left at the end is less than a window.
 *
 * @throws BAD_DATA if the text is shorter than a window and one character
 */
export function windowsOf(numbers: Int32Array, steps: number) {
  const count = Math.floor((numbers.length - 1) / steps);
  if (count < 1)
    throw new CotangentError(
      'BAD_DATA',
      `a text of ${numbers.length} characters has no window of ${steps} and the character after it`,
    );
  const window = (from: number): HostArray<'i32'> =>
    new HostArray('i32', [count, steps], numbers.slice(from, from + count * steps));
  return fromArrays({ characters: window(0), next: window(1) });
}
