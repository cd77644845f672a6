/** Mistakes: the editor says the sentence, once, and run time says the same. */
import { CotangentError } from 'cotangent';
import { expect, test } from 'vitest';
import { evaluate, imports } from './evaluate.ts';
import { check, errorsIn } from './program.ts';
import { mistakes, onlyInTheEditor } from './sentences.ts';

const all = [...mistakes, ...onlyInTheEditor];
const checked = check([
  `${imports}\n${all.map(({ code }, i) => `export const value${i} = ${code};`).join('\n')}\n`,
]);
const errors = errorsIn(checked, checked.files[0]!);

test.each(all.map((mistake, i) => [mistake.code, mistake.sentence, i] as const))(
  'the editor: %s',
  (_, sentence, i) => {
    const here = errors.filter(({ line }) => line === i + 1).map((error) => error.sentence);
    expect(here).toHaveLength(1);
    expect(here[0]).toContain(`"${sentence}"`);
  },
);

test.each(mistakes.map(({ code, sentence }) => [code, sentence] as const))(
  'run time: %s',
  (code, sentence) => {
    let raised: unknown;
    try {
      evaluate(code);
    } catch (error) {
      raised = error;
    }
    expect(raised).toBeInstanceOf(CotangentError);
    expect((raised as CotangentError).sentence).toBe(sentence);
  },
);
