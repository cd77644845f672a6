/**
 * Derivatives of control flow. Forward mode runs values and tangents of a loop side by side. Reverse mode keeps them
 * apart: the values run once more with their residuals as further results, the tangents run on the residuals, and their
 * transpose runs backwards.
 */
import { type AnyTensor, apply, type Graph, type NamesOf } from '@cotangent/graph';
import {
  type Calculus,
  instantiate,
  isThere,
  type JvpTable,
  type NodeOf,
  present,
  type Tangent,
  type TransposeTable,
  zero,
  zerosLike,
} from '../tangent.ts';
import {
  bodyOf,
  type LinearPart,
  linearPart,
  marked,
  outputsOf,
  placed,
  placesOf,
  renamed,
  spread,
  tangentBody,
  transposed,
} from './bodies.ts';
import { scanApart, scanTogether, scanTranspose } from './scan.ts';
import { whileApart, whileTogether } from './while.ts';

export const controlJvp: JvpTable<NamesOf<'control'>> = {
  // What is computed again anyway carries its tangents in one body; all else keeps its residuals.
  call: (tangents, node, calculus) =>
    node.params.remat ? callTogether(tangents, node, calculus) : callApart(tangents, node, calculus),
  cond: (tangents, node, calculus) => condApart(tangents, node, calculus),
  while: (tangents, node, calculus) =>
    calculus.together ? whileTogether(tangents, node, calculus) : whileApart(tangents, node, calculus),
  scan: (tangents, node, calculus) =>
    calculus.together ? scanTogether(tangents, node, calculus) : scanApart(tangents, node, calculus),
};

export const controlTranspose = {
  call: (cotangents, node, isLinear, calculus) => {
    const { remat, body } = node.params;
    const linear = node.inputs.map((_, i) => isLinear(i));
    const values = body.inputs.filter((_, i) => !linear[i]);
    const given = renamed(
      'call',
      'ct',
      body.outputs.filter((_, i) => isThere(cotangents[i])),
      values,
    );
    const incoming = transposed(body, linear, placed(cotangents, given), calculus);
    const results = apply('call', [...node.inputs.filter((_, i) => !linear[i]), ...present(cotangents)], {
      remat,
      body: bodyOf([...values, ...given], present(incoming)),
    });
    return spread(linear, placed(incoming, results));
  },
  cond: (cotangents, node, isLinear, calculus) => {
    const { onTrue, onFalse } = node.params;
    const operands = node.inputs.slice(1);
    const linear = operands.map((_, i) => isLinear(i + 1));
    const wanted = marked(operands, linear);
    const branches = [onTrue, onFalse].map((body) => {
      const values = body.inputs.filter((_, i) => !linear[i]);
      const given = renamed(
        'cond',
        'ct',
        body.outputs.filter((_, i) => isThere(cotangents[i])),
        values,
      );
      const incoming = transposed(body, linear, placed(cotangents, given), calculus);
      return bodyOf(
        [...values, ...given],
        incoming.map((tangent, i) => instantiate(tangent, wanted[i]!)),
      );
    });
    const answers = apply(
      'cond',
      [node.inputs[0]!, ...operands.filter((_, i) => !linear[i]), ...present(cotangents)],
      { onTrue: branches[0]!, onFalse: branches[1]! },
    );
    return [zero, ...spread(linear, answers)];
  },
  scan: scanTranspose,
} satisfies TransposeTable<NamesOf<'control'>>;

function callTogether(tangents: readonly Tangent[], node: NodeOf<'call'>, calculus: Calculus): Tangent[] {
  const { remat, body } = node.params;
  const { dots, tangents: results } = tangentBody('call', body, tangents.map(isThere), calculus);
  const outputs = apply('call', [...node.inputs, ...present(tangents)], {
    remat,
    body: bodyOf([...body.inputs, ...dots], present(results)),
  });
  return placed(results, outputs);
}

/** What the linear part of a body needs: operands of the node as they are, everything else as further results. */
function residualsOf({ residuals }: LinearPart, inputs: readonly AnyTensor[]): AnyTensor[] {
  const known = new Set(inputs);
  return residuals.filter((residual) => !known.has(residual));
}

/** Values of the residuals outside of the body: its operands, or results, of which there is one for each of `extra`. */
function valuesOf(
  { residuals }: LinearPart,
  { inputs }: Graph,
  operands: readonly AnyTensor[],
  results: readonly AnyTensor[],
  extra: readonly AnyTensor[],
): AnyTensor[] {
  const [given, computed] = [placesOf(inputs), placesOf(extra)];
  return residuals.map((residual) => {
    const input = given.get(residual);
    return input === undefined ? results[computed.get(residual)!]! : operands[input]!;
  });
}

function callApart(tangents: readonly Tangent[], node: NodeOf<'call'>, calculus: Calculus): Tangent[] {
  const { body, remat } = node.params;
  const part = linearPart('call', body, tangents.map(isThere), calculus);
  const extra = residualsOf(part, body.inputs);
  const again =
    extra.length === 0
      ? node.outputs
      : apply('call', node.inputs, { remat, body: bodyOf(body.inputs, [...outputsOf(body), ...extra]) });
  const values = valuesOf(part, body, node.inputs, again.slice(body.outputs.length), extra);
  const outputs = apply('call', [...values, ...present(tangents)], {
    remat,
    body: bodyOf([...part.kept, ...part.dots], present(part.tangents)),
  });
  return placed(part.tangents, outputs);
}

/** Both branches give the residuals of both: those of the branch that is not taken are zeros. */
function condApart(tangents: readonly Tangent[], node: NodeOf<'cond'>, calculus: Calculus): Tangent[] {
  const [predicate, ...operands] = node.inputs;
  const given = tangents.slice(1);
  const bodies = [node.params.onTrue, node.params.onFalse];
  const parts = bodies.map((body) => linearPart('cond', body, given.map(isThere), calculus));
  const extras = parts.map((part, i) => residualsOf(part, bodies[i]!.inputs));
  const [augmentedTrue, augmentedFalse] = bodies.map((body, i) =>
    bodyOf(body.inputs, [
      ...outputsOf(body),
      ...extras.flatMap((list, j) => (i === j ? list : list.map(zerosLike))),
    ]),
  );
  const again = extras.every((list) => list.length === 0)
    ? node.outputs
    : apply('cond', node.inputs, { onTrue: augmentedTrue!, onFalse: augmentedFalse! });
  const places = [node.outputs.length, node.outputs.length + extras[0]!.length];
  const values = parts.map((part, i) =>
    valuesOf(part, bodies[i]!, operands, again.slice(places[i]), extras[i]!),
  );
  // A result has a tangent if it has one in either branch.
  const alive = node.outputs.map((_, i) => parts.some(({ tangents: list }) => list[i] !== zero));
  const linear = parts.map((part, i) => {
    const others = parts[1 - i]!;
    const foreign = renamed(
      'cond',
      'other',
      others.kept.map((tensor) => ({ name: tensor.name, tensor })),
      [...part.kept, ...part.dots],
    );
    const kept = i === 0 ? [...part.kept, ...foreign] : [...foreign, ...part.kept];
    return bodyOf(
      [...kept, ...part.dots],
      node.outputs.flatMap((output, k) => (alive[k] ? [instantiate(part.tangents[k], output)] : [])),
    );
  });
  const outputs = apply('cond', [predicate!, ...values.flat(), ...present(given)], {
    onTrue: linear[0]!,
    onFalse: linear[1]!,
  });
  return spread(alive, outputs);
}
