/** Contraction: the general dot product and the general convolution. */
import { addDims, type Dim, floorDivDim, mulDims, subDims } from '../dim.ts';
import { show } from '../errors.ts';
import { integer, integers, type ParamKind, pairs } from '../params.ts';
import { constraint, primitive, uniqueAxes } from '../primitive.ts';
import { formatShape, type ValueType } from '../shape.ts';
import { paddedDim } from './movement.ts';

/** Which axis of an array is what: two special axes, then the spatial ones in order. */
export interface AxisRoles {
  /** Batch of the input and result; output features of the kernel. */
  readonly batch: number;
  /** Features of the input and result; input features (per group) of the kernel. */
  readonly feature: number;
  readonly spatial: readonly number[];
}

const isRoles = (value: unknown): value is AxisRoles => {
  if (typeof value !== 'object' || value === null) return false;
  const { batch, feature, spatial } = value as Record<string, unknown>;
  if (!Array.isArray(spatial) || spatial.length > 16) return false;
  const axes = [batch, feature, ...spatial];
  return [...axes].sort((a, b) => a - b).every((axis, i) => axis === i);
};

const roles: ParamKind<AxisRoles> = {
  problem: (value) => (isRoles(value) ? undefined : `${show(value)} does not give each axis one role`),
  substitute: (value) => value,
  toJson: (value) => value,
  fromJson: (value) => value as AxisRoles,
  print: ({ batch, feature, spatial }) =>
    `{batch ${batch}, feature ${feature}, spatial [${spatial.join(', ')}]}`,
};

const numeric = (inputs: readonly ValueType[], number: number) => {
  const [a, b] = inputs as [ValueType, ValueType];
  constraint(
    a.dtype === b.dtype,
    number,
    () => `one operand is ${a.dtype} and the other ${b.dtype}: convert one with .cast('${a.dtype}')`,
    inputs,
    'DTYPE_MISMATCH',
  );
  constraint(a.dtype !== 'bool', number, () => `products are of numbers, not bool`, inputs, 'DTYPE_MISMATCH');
};

/** Extent of the window after dilation. */
export const dilated = (size: number, dilation: number): number =>
  size === 0 ? 0 : (size - 1) * dilation + 1;

/** How many windows of an extent fit: ⌊(n − window) / stride⌋ + 1, none if it does not fit. */
export function windowCount(size: Dim, window: number, stride: number): Dim {
  if (typeof size === 'number') return size < window ? 0 : Math.floor((size - window) / stride) + 1;
  return addDims(floorDivDim(subDims(size, window), stride), 1);
}

export const contractionPrimitives = {
  /**
   * Sums of products over the contracted axes; batch axes run together. The result has the batch axes, then the
   * remaining axes of the left, then those of the right operand.
   * C1: one dtype. C2: as many axes left as right. C3, C4: axes exist, none twice. C5: batch sizes agree. C6: contracted sizes agree.
   */
  dotGeneral: primitive({
    params: { leftBatch: integers, rightBatch: integers, leftContract: integers, rightContract: integers },
    arity: 2,
    infer: (inputs, { leftBatch, rightBatch, leftContract, rightContract }) => {
      const [a, b] = inputs as [ValueType, ValueType];
      numeric(inputs, 1);
      constraint(
        leftBatch.length === rightBatch.length && leftContract.length === rightContract.length,
        2,
        () => `a dot product pairs the axes of its operands one to one`,
        inputs,
      );
      uniqueAxes([...leftBatch, ...leftContract], a.shape.length, 3, inputs);
      uniqueAxes([...rightBatch, ...rightContract], b.shape.length, 4, inputs);
      const differ = (left: readonly number[], right: readonly number[]) =>
        left.findIndex((axis, i) => a.shape[axis] !== b.shape[right[i]!]);
      const batch = differ(leftBatch, rightBatch);
      constraint(
        batch < 0,
        5,
        () =>
          `cannot multiply ${formatShape(a.shape)} with ${formatShape(b.shape)}: batch sizes ${a.shape[leftBatch[batch]!]} and ${b.shape[rightBatch[batch]!]} differ`,
        inputs,
      );
      const contract = differ(leftContract, rightContract);
      constraint(
        contract < 0,
        6,
        () =>
          `cannot multiply ${formatShape(a.shape)} with ${formatShape(b.shape)}: ${a.shape[leftContract[contract]!]} and ${b.shape[rightContract[contract]!]} differ`,
        inputs,
      );
      const free = (shape: readonly Dim[], taken: readonly number[]) =>
        shape.filter((_, axis) => !taken.includes(axis));
      const shape = [
        ...leftBatch.map((axis) => a.shape[axis]!),
        ...free(a.shape, [...leftBatch, ...leftContract]),
        ...free(b.shape, [...rightBatch, ...rightContract]),
      ];
      return [{ dtype: a.dtype, shape }];
    },
  }),
  /**
   * Cross-correlation, as the field calls convolution:
   *   y[n, p, o] = Σ_{w, c} x[n, p·stride + w·dilation − low, c] · kernel[w, c, o]
   * The input may be spread by `inputDilation` (that is a transposed convolution); features and batch may be cut in groups.
   * C1: one dtype. C2: ranks and roles agree. C3: one entry per spatial axis. C4: strides and dilations are 1 or more.
   * C5: input features = groups × kernel input features. C6: output features divide by the groups. C7: the batch divides by
   * its groups. C8: only one of the two kinds of groups. C9: the padded input is not negative.
   */
  convGeneral: primitive({
    params: {
      strides: integers,
      padding: pairs,
      inputDilation: integers,
      kernelDilation: integers,
      featureGroups: integer,
      batchGroups: integer,
      input: roles,
      kernel: roles,
      output: roles,
    },
    arity: 2,
    infer: (inputs, params) => {
      const [x, k] = inputs as [ValueType, ValueType];
      const {
        strides,
        padding,
        inputDilation,
        kernelDilation,
        featureGroups,
        batchGroups,
        input,
        kernel,
        output,
      } = params;
      const rank = x.shape.length;
      numeric(inputs, 1);
      constraint(
        k.shape.length === rank &&
          [input, kernel, output].every(({ spatial }) => spatial.length === rank - 2),
        2,
        () =>
          `a convolution of ${formatShape(x.shape)} with a kernel ${formatShape(k.shape)}: the ranks differ`,
        inputs,
      );
      const lists = [strides, padding, inputDilation, kernelDilation];
      constraint(
        lists.every((list) => list.length === rank - 2),
        3,
        () => `strides, padding and dilations need ${rank - 2} entries, one per spatial axis`,
        inputs,
      );
      constraint(
        [...strides, ...inputDilation, ...kernelDilation].every((step) => step >= 1),
        4,
        () => `strides [${strides}] and dilations [${inputDilation}], [${kernelDilation}] must be 1 or more`,
        inputs,
        'BAD_ARGUMENT',
      );
      const [batch, features] = [x.shape[input.batch]!, x.shape[input.feature]!];
      const [kernelIn, kernelOut] = [k.shape[kernel.feature]!, k.shape[kernel.batch]!];
      constraint(
        typeof features === 'number'
          ? features === featureGroups * Number(kernelIn)
          : featureGroups === 1 && features === kernelIn,
        5,
        () =>
          `an input with ${features} features in ${featureGroups} ${featureGroups === 1 ? 'group' : 'groups'} does not fit a kernel for ${kernelIn} each`,
        inputs,
      );
      const groups = featureGroups * batchGroups;
      constraint(
        groups === 1 || (typeof kernelOut === 'number' && kernelOut % groups === 0),
        6,
        () => `${kernelOut} output features do not divide into ${groups} groups`,
        inputs,
      );
      const outBatch =
        batchGroups === 1
          ? batch
          : typeof batch === 'number'
            ? batch / batchGroups
            : floorDivDim(batch, batchGroups);
      constraint(
        typeof outBatch === 'string' || Number.isInteger(outBatch),
        7,
        () => `a batch of ${batch} does not divide into ${batchGroups} groups`,
        inputs,
      );
      constraint(
        featureGroups >= 1 && batchGroups >= 1 && (featureGroups === 1 || batchGroups === 1),
        8,
        () => `either the features or the batch come in groups, not both (${featureGroups}, ${batchGroups})`,
        inputs,
        'BAD_ARGUMENT',
      );
      const shape = new Array<Dim>(rank);
      shape[output.batch] = outBatch;
      shape[output.feature] = kernelOut;
      input.spatial.forEach((axis, i) => {
        const padded = paddedDim(x.shape[axis]!, ...padding[i]!, inputDilation[i]! - 1);
        const window = k.shape[kernel.spatial[i]!]!;
        constraint(
          typeof padded === 'string' || padded >= 0,
          9,
          () => `padding [${padding[i]}] cuts more off ${formatShape(x.shape)} than there is`,
          inputs,
        );
        shape[output.spatial[i]!] =
          typeof window === 'number'
            ? windowCount(padded, dilated(window, kernelDilation[i]!), strides[i]!)
            : addDims(
                floorDivDim(
                  subDims(padded, addDims(mulDims(subDims(window, 1), kernelDilation[i]!), 1)),
                  strides[i]!,
                ),
                1,
              );
      });
      return [{ dtype: x.dtype, shape }];
    },
  }),
};
