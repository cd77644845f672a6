/** Bad input to the checker: each mistake gets a sentence that says what to do. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AnyTensor,
  closeGraph,
  dropout,
  gradcheck,
  gru,
  input,
  interpreter,
  State,
  sequential,
  training,
  variable,
} from 'cotangent';
import { run } from 'cotangent/cli';
import { afterAll, describe, expect, test } from 'vitest';
import { refusal } from '../../properties/refusals.ts';

const x = input('x', ['n', 3]);
const point = { x: [[0.1, 0.2, 0.3]] };

describe('gradcheck refuses', () => {
  test.each<[string, () => unknown, string, string]>([
    [
      'a name to derive by that nothing has',
      () => gradcheck(x.mul(variable('k', [3], [1, 2, 3]).cast('f32')).sum(), point, { wrt: ['q'] }),
      'UNKNOWN_VARIABLE',
      "there is 'x', 'k'",
    ],
    [
      'an integer to derive by',
      () => gradcheck(x.take(input('i', [2], 'i32'), 1).sum(), { ...point, i: [0, 1] }, { wrt: ['i'] }),
      'NOT_DIFFERENTIABLE',
      "'i': i32 has no gradient: leave it out, or convert it",
    ],
    [
      'a random layer without a fixed key',
      () => gradcheck(training(sequential(dropout(0.5)))(x), point),
      'BAD_ARGUMENT',
      'give the option seed, as in { seed: 1 }',
    ],
    [
      'a model that depends on what it changes itself',
      () => {
        const kept = gru({ units: 2, stateful: true, name: 'kept' });
        return gradcheck(kept(input('s', [1, 4, 3])).sum(), {
          s: [
            [
              [1, 2, 3],
              [1, 2, 3],
              [1, 2, 3],
              [1, 2, 3],
            ],
          ],
        });
      },
      'BAD_ARGUMENT',
      "'kept/state/h', which the model itself changes from call to call: give a value for it in the point, the option state, or the option seed",
    ],
    ['a missing input', () => gradcheck(x.sum(), {}), 'MISSING_INPUT', "the input 'x' [n, 3] is missing"],
    [
      'a name that nothing has',
      () => gradcheck(x.sum(), { ...point, y: 1 }),
      'EXTRA_INPUT',
      "'y', which is no input or variable of the graph: there is 'x'",
    ],
    [
      'a value of another shape',
      () => gradcheck(x.sum(), { x: [1, 2] }),
      'SHAPE_MISMATCH',
      "the input 'x' is declared [n, 3] and was fed [2]: it needs 2 axes, not 1",
    ],
    [
      'nothing that varies',
      () => gradcheck(x.argmax(-1), point),
      'NOT_DIFFERENTIABLE',
      'there is nothing to differentiate: no result is a float',
    ],
    [
      'an option that it does not have',
      () => gradcheck(x.sum(), point, { tolerance: 1 } as never),
      'BAD_ARGUMENT',
      "no option 'tolerance': there is wrt, state",
    ],
    [
      'an order that it does not check',
      () => gradcheck(x.sum(), point, { order: 3 as never }),
      'BAD_ARGUMENT',
      'the orders 1 and 2, not 3',
    ],
  ])('%s', (_, body, code, sentence) => {
    const error = refusal(body);
    expect(error.code).toBe(code);
    expect(error.sentence).toContain(sentence);
  });
});

test('a key is fixed by a seed, by a value, or by a state', () => {
  const drop = sequential(dropout(0.5));
  const y = training(drop)(x) as AnyTensor;
  expect(gradcheck(y, point, { seed: 3 }).passed).toBe(true);
  expect(gradcheck(y, { ...point, '0/key': [1, 2], step: 0 }).passed).toBe(true);
  const state = new State({ engine: interpreter(), seed: 5 });
  for (const variable of closeGraph({ outputs: { y } }).variables)
    state.ensure(variable, variable.shape as number[]);
  expect(gradcheck(y, point, { state }).passed).toBe(true);
});

describe('the command', () => {
  const folder = mkdtempSync(join(process.cwd(), 'examples', '.gradcheck-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const module = (name: string, text: string): string => {
    const path = join(folder, `${name}.ts`);
    writeFileSync(
      path,
      `import { input, whileLoop, stopGradient } from 'cotangent';\nconst x = input('x', ['n']);\n${text}`,
    );
    return path;
  };
  const command = async (...args: string[]) => {
    const [printed, complaints]: [string[], string[]] = [[], []];
    const code = await run(args, {
      print: (text) => printed.push(text),
      complain: (text) => complaints.push(text),
    });
    return { code, printed: printed.join('\n'), complaints: complaints.join('\n') };
  };

  test('says 0 for right derivatives and 1 for wrong ones, with a table or as JSON', async () => {
    const right = module('right', 'export const loss = x.sin().sum(); export const point = { x: [1, 2] };');
    expect(await command('gradcheck', right)).toMatchObject({ code: 0, complaints: '' });
    const json = await command('gradcheck', right, '--json', '--order', '1');
    expect(JSON.parse(json.printed)).toMatchObject({ passed: true, entries: [{ name: 'x', order: 1 }] });
    const wrong = module(
      'wrong',
      'export default { loss: x.mul(stopGradient(x)).sum(), point: { x: [1, 2] } };',
    );
    const answer = await command('gradcheck', wrong, '--seed', '4');
    expect(answer.code).toBe(1);
    expect(answer.printed).toContain("to blame: 'stopGradient' lets no derivative pass");
  });

  test('takes names with blanks between them, and has a help', async () => {
    const two = module(
      'two',
      "export const loss = x.mul(input('z', ['n'])).sum(); export const point = { x: [1], z: [2] };",
    );
    const answer = await command('gradcheck', two, '--wrt', 'x, z', '--order', '1', '--json');
    expect(JSON.parse(answer.printed).entries.map(({ name }: { name: string }) => name)).toEqual(['x', 'z']);
    const help = await command('gradcheck', '--help');
    expect(help).toMatchObject({ code: 0, complaints: '' });
    expect(help.printed).toContain('cotangent gradcheck <module>');
  });

  test('writes numbers that JSON lacks as texts', async () => {
    const log = module('log', 'export const loss = x.log().sum(); export const point = { x: [0] };');
    const answer = await command('gradcheck', log, '--order', '1', '--json');
    expect(answer.code).toBe(1);
    expect(JSON.parse(answer.printed).entries).toMatchObject([
      { difference: 'NaN', uncertainty: 'Infinity' },
    ]);
  });

  test.each([
    [
      'a loss that is no scalar',
      'export const loss = x.sin();',
      'is [n] and no scalar: reduce it with .mean() or .sum(), or export it as outputs',
    ],
    [
      'nothing to check',
      'export const y = x.sin();',
      'exports nothing to check: export loss (a scalar), outputs, trainer or program; it exports y',
    ],
    [
      'two things to check',
      'export const loss = x.sum(); export const outputs = x;',
      'exports loss and outputs: export one of them',
    ],
    [
      'a point that is none',
      'export const loss = x.sum(); export const point = 3;',
      'is 3, not a record of values',
    ],
    ['a loss that is no tensor', 'export const loss = 3;', 'is 3, not a tensor'],
    ['outputs that are none', 'export const outputs = 5;', 'or a trainer, not 5'],
    [
      'options that are none',
      "export const loss = x.sum(); export const options = 'seed';",
      "are 'seed', not a record such as { seed: 1 }",
    ],
    ['a package that is not there', "import 'nothing-is-here'; export const loss = x.sum();", 'cannot run'],
    ['a syntax that is none', 'export const = 3;', 'cannot run'],
    ['a module that throws no error', 'throw 3;', ': it throws 3'],
    [
      'a module that fails',
      'const missing = null as unknown as string[];\nexport const loss = missing.length;',
      "a-module-that-fails.ts': TypeError: Cannot read properties of null (reading 'length') (at ",
    ],
  ])('refuses %s', async (what, text, sentence) => {
    const answer = await command('gradcheck', module(what.replaceAll(' ', '-'), text));
    expect(answer.code).toBe(2);
    expect(answer.complaints).toContain(sentence);
  });

  test.each([
    [['gradcheck'], 'takes one module'],
    [['gradcheck', 'none.ts'], "there is no file 'none.ts'"],
    [['gradcheck', 'none.ts', '--seed', 'a'], "--seed is a whole number, not 'a'"],
    [
      ['gradcheck', 'none.ts', '--tolerance', '1'],
      "gradcheck has no option '--tolerance': there is --seed, --wrt, --order, --json",
    ],
    [['gradcheck', 'examples'], "'examples' is a folder"],
    [['gradchek'], "there is no command 'gradchek': there is gradcheck"],
  ])('refuses %s', async (args, sentence) => {
    const answer = await command(...args);
    expect(answer.code).toBe(2);
    expect(answer.complaints).toContain(sentence);
  });
});
