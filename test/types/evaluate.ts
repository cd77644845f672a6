/** Computing the expressions of the tables: every name that `cotangent` or the prelude exports may occur. */
import * as cotangent from 'cotangent';
import ts from 'typescript';
import * as prelude from './prelude.ts';

const scope: Readonly<Record<string, unknown>> = { ...cotangent, ...prelude };

/** What a text needs before it: everything imported, on one line. */
export const imports = `import { ${Object.keys(cotangent)
  .filter((name) => !(name in prelude))
  .join(
    ', ',
  )}, type AnyTensor, type Dim } from 'cotangent'; import { ${Object.keys(prelude).join(', ')} } from './prelude.ts';`;

/** The value of an expression. */
export function evaluate(expression: string): unknown {
  const { outputText } = ts.transpileModule(`$ = ${expression};`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  // The tables are ours; they are texts so that the compiler and run time see the same.
  const run = new Function(...Object.keys(scope), `let $; ${outputText}; return $;`) as (
    ...values: unknown[]
  ) => unknown;
  return run(...Object.values(scope));
}
