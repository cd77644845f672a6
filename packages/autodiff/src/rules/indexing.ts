/** Derivatives of indexing: the tangents go where the values go. Indices have none. */
import { type AnyTensor, apply, apply1, type NamesOf, sizeOf } from '@cotangent/graph';
import { equal, iota, reshape, splat, takeAlongAxis, where } from '@cotangent/graph/ops';
import { type JvpTable, type Tangent, type TransposeTable, zero, zerosLike } from '../tangent.ts';
import { linear } from './forms.ts';

export const indexingJvp: JvpTable<NamesOf<'indexing'>> = {
  gather: linear(0),
  scatterAdd: linear(0, 2),
  scatterSet: linear(0, 2),
  sort: (tangents, { inputs, params }) => {
    const places = apply('sort', [...inputs, iota(inputs[0]!.shape, params.axis)], params).at(-1)!;
    return tangents.map((tangent) => along(tangent, places, params.axis));
  },
  topK: ([dx], { outputs: [, places] }) => [along(dx, places!, -1), undefined],
};

const along = (tangent: Tangent, places: AnyTensor, axis: number): Tangent =>
  tangent && takeAlongAxis(tangent, places, axis);

export const indexingTranspose = {
  gather: ([ct], { inputs: [x, indices], params }) => [
    ct && apply1('scatterAdd', [zerosLike(x!), indices!, ct], params),
    zero,
  ],
  scatterAdd: ([ct], { inputs: [, indices], params }) => [
    ct,
    zero,
    ct && apply1('gather', [ct, indices!], params),
  ],
  // An overwritten place passes nothing on; of several updates of one place only the last one counts.
  scatterSet: ([ct], { inputs: [x, indices, updates], params }): readonly Tangent[] => {
    if (ct === zero) return [zero, zero, zero];
    const number = reshape(iota([sizeOf(updates!.shape)], 0), updates!.shape);
    const last = apply1('scatterSet', [splat(-1, x!.shape, 'i32'), indices!, number], params);
    const wins = equal(apply1('gather', [last, indices!], params), number);
    return [
      apply1('scatterSet', [ct, indices!, zerosLike(updates!)], params),
      zero,
      where(wins, apply1('gather', [ct, indices!], params), 0),
    ];
  },
} satisfies TransposeTable<NamesOf<'indexing'>>;
