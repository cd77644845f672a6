/** The shape functions of layers: what the editor shows for samples of the table of cases is what a call gives. */
import fc from 'fast-check';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import {
  type DrawnLayer,
  layerCasesOf,
  layerNames,
  makeLayer,
  samplesOfLayer,
} from '../cases/layers/index.ts';
import { builtLayer } from '../properties/layer-running.ts';
import { imports } from './evaluate.ts';
import { check, errorsIn } from './program.ts';

/** Samples with values, so that a layer that is called with them is a line of a script. */
const samples: readonly DrawnLayer[] = layerNames.flatMap((name) =>
  fc.sample(samplesOfLayer(name, 'f32'), { numRuns: 4, seed: 7 }),
);

const textOf = ({ name, options, x }: DrawnLayer): string => {
  const made = layerCasesOf(name).text?.(options) ?? `${name}(${JSON.stringify(options)})`;
  return `${made}(input('x', [${x.shape.join(', ')}], '${x.dtype}'))`;
};
const lines = samples.map((sample, i) => `export const value${i} = ${textOf(sample)};`);
const checked = check([`${imports}\n${lines.join('\n')}\n`]);
const file = checked.files[0]!;
const errors = errorsIn(checked, file);
const types = new Map<string, ts.Type>();
ts.forEachChild(file, (node) => {
  if (!ts.isVariableStatement(node)) return;
  const { name } = node.declarationList.declarations[0]!;
  types.set(name.getText(), checked.checker.getTypeAtLocation(name));
});

/** The sizes of a type; undefined where it leaves them open. */
function sizesOf(type: ts.Type): readonly (number | undefined)[] | undefined {
  const { checker } = checked;
  const shape = type.getProperty('shape');
  const list = shape === undefined ? undefined : checker.getTypeOfSymbol(shape);
  if (list === undefined || !checker.isTupleType(list)) return undefined;
  return checker
    .getTypeArguments(list as ts.TypeReference)
    .map((one) => (one.isNumberLiteral() ? one.value : undefined));
}

describe.each(layerNames)('%s', (name) => {
  const own = samples.flatMap((sample, i) => (sample.name === name ? [[lines[i]!, sample, i] as const] : []));
  test.each(own)('%s', (_, sample, i) => {
    expect(errors.filter(({ line }) => line === i + 1)).toEqual([]);
    const shown = sizesOf(types.get(`value${i}`)!);
    const { shape } = builtLayer({ ...sample, more: {} }, makeLayer(name, sample.options)).outputs[0]!;
    if (shown === undefined) {
      // The only layer whose shape has no type.
      expect(name).toBe('glu');
      return;
    }
    expect(shown.map((size, axis) => size ?? shape[axis])).toEqual(shape);
  });
});
