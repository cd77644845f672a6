/** Values with rules of their own pass; a linear map known by its transpose is evaluated by its definition. */
import { type HostArray, type NamesOf, zerosHost } from '@cotangent/graph';
import type { KernelTable } from '../kernel.ts';

export const customKernels = {
  customJvp: (inputs, { values }) => inputs.slice(0, values),
  customVjp: (inputs, { values }) => inputs.slice(0, values),
  // y_i = ⟨transpose(e_i), t⟩, one unit cotangent after the other.
  customLinear(inputs, { consts, body }, types, { run }) {
    const constants = inputs.slice(0, consts);
    const tangents = inputs.slice(consts);
    const results = types.map(({ dtype, shape }) => zerosHost(dtype, shape));
    for (const result of results) {
      for (let i = 0; i < result.data.length; i++) {
        const unit = results.map(({ dtype, shape }) => zerosHost(dtype, shape));
        unit[results.indexOf(result)].data[i] = 1;
        result.data[i] = innerProduct(run(body, [...constants, ...unit]), tangents);
      }
    }
    return results;
  },
} satisfies KernelTable<NamesOf<'custom'>>;

function innerProduct(left: readonly HostArray[], right: readonly HostArray[]): number {
  let sum = 0;
  left.forEach(({ data }, k) => {
    for (let i = 0; i < data.length; i++) sum += data[i] * right[k].data[i];
  });
  return sum;
}
