/**
 * The value of a tensor at a place, inside of loops. What lies in memory is loaded; everything else is computed from its
 * operands at the places that it takes them from. The same tensor at the same place is the same value.
 */
import {
  type AnyTensor,
  type ConstantValue,
  CotangentError,
  fixed,
  type Node,
  paramsOf,
  sizesOf,
  stridesOf,
} from '@cotangent/graph';
import { lowOf, type Part } from '../fuse/padding.ts';
import type { Fused } from '../fuse/regions.ts';
import { roleOf } from '../fuse/regions.ts';
import { operandCoordinates } from '../fuse/views.ts';
import {
  addAffine,
  affineValue,
  computedPlace,
  convert,
  integer,
  load,
  number,
  placeOf,
  shifted,
  typeOf,
} from '../loops/build.ts';
import type { Affine, Buffer, Value } from '../loops/ir.ts';
import { arithmetic, isElementwise, largest, least } from './arithmetic.ts';

/** Where a tensor lies: its elements in row-major order from a place on. */
export interface Place {
  readonly buffer: Buffer;
  readonly at: Affine;
}

/** What lowering knows of tensors in memory. */
export interface Memory {
  readonly fused: Fused;
  placeOf(tensor: AnyTensor): Place;
  /** Further places where loops put a tensor that they store. */
  alsoAt(tensor: AnyTensor): readonly Place[];
}

/** Where an element lies that is read through views. */
export interface Source {
  readonly buffer: Buffer;
  readonly start: Affine;
  readonly strides: readonly number[];
}

export function sourceOf(memory: Memory, tensor: AnyTensor): Source {
  const { base, start, strides } = memory.fused.resolve(tensor);
  const { buffer, at } = memory.placeOf(base);
  return { buffer, start: addAffine(at, { constant: start, terms: [], computed: [] }), strides };
}

export const loadFrom = ({ buffer, start, strides }: Source, coordinates: readonly Affine[]): Value =>
  load(buffer, placeOf(coordinates, strides, start));

interface Known {
  readonly coordinates: readonly Affine[];
  readonly values: readonly Value[];
}

export class Expressions {
  private readonly memory: Memory;
  private readonly known = new Map<Node, Known[]>();
  private readonly loads = new Map<AnyTensor, Known[]>();
  /** Computed in the loops, though in memory afterwards. */
  private readonly here: ReadonlySet<AnyTensor>;
  /** Values that the loops have already, such as sums of products. */
  private readonly given: ReadonlyMap<AnyTensor, Value>;
  /** The part of the domain that the loops run through, if it is not all of it. */
  private readonly part: Part | undefined;

  constructor(
    memory: Memory,
    here: ReadonlySet<AnyTensor> = new Set(),
    given: ReadonlyMap<AnyTensor, Value> = new Map(),
    part?: Part,
  ) {
    this.memory = memory;
    this.here = here;
    this.given = given;
    this.part = part;
  }

  at(tensor: AnyTensor, coordinates: readonly Affine[]): Value {
    const given = this.given.get(tensor);
    if (given !== undefined) return given;
    if (this.memory.fused.isStored(tensor) && !this.here.has(tensor)) return this.loaded(tensor, coordinates);
    const { node, index } = tensor;
    // Each of the values that pass has its own operand.
    if (roleOf(node) === 'alias') return this.alias(tensor, coordinates);
    const list = listOf(this.known, node);
    let found = list.find((entry) => sameCoordinates(entry.coordinates, coordinates));
    if (found === undefined) {
      found = { coordinates, values: this.compute(tensor, coordinates) };
      list.push(found);
    }
    return found.values[index]!;
  }

  private loaded(tensor: AnyTensor, coordinates: readonly Affine[]): Value {
    const list = listOf(this.loads, tensor);
    let found = list.find((entry) => sameCoordinates(entry.coordinates, coordinates));
    if (found === undefined) {
      const { buffer, at } = this.memory.placeOf(tensor);
      found = { coordinates, values: [load(buffer, placeOf(coordinates, stridesOf(sizesOf(tensor)), at))] };
      list.push(found);
    }
    return found.values[0]!;
  }

  private compute(tensor: AnyTensor, coordinates: readonly Affine[]): readonly Value[] {
    const { node } = tensor;
    const { op } = node;
    if (isElementwise(op))
      return arithmetic[op](
        node.inputs.map((operand) => this.at(operand, coordinates)),
        node,
      );
    if (op === 'pad') return [this.padded(node, coordinates)];
    switch (roleOf(node)) {
      case 'source':
        return [this.source(node, coordinates)];
      case 'view':
        return [this.at(node.inputs[0]!, operandCoordinates(node, coordinates)!)];
      case 'lookup':
        return [op === 'gather' ? this.gather(node, coordinates) : this.window(node, coordinates)];
      default:
        throw new CotangentError('BAD_GRAPH', `the primitive '${op}' is not computed inside of loops`);
    }
  }

  /** Loops are cut so that a part lies inside of what is padded, or outside. */
  private padded(node: Node, coordinates: readonly Affine[]): Value {
    const [x, filling] = node.inputs as [AnyTensor, AnyTensor];
    const low = lowOf(node);
    const isInside = sizesOf(x).every((size, axis) => {
      const [from, to] = this.part?.[axis] ?? [0, sizesOf(node.outputs[0]!)[axis]!];
      return from >= low[axis]! && to <= low[axis]! + size;
    });
    return isInside
      ? this.at(
          x,
          coordinates.map((at, axis) => shifted(at, -low[axis]!)),
        )
      : this.at(filling, []);
  }

  private alias(tensor: AnyTensor, coordinates: readonly Affine[]): Value {
    const { node, index } = tensor;
    const own = operandCoordinates(node, coordinates);
    // Where they are not affine, what is viewed lies in memory.
    return own === undefined
      ? loadFrom(sourceOf(this.memory, tensor), coordinates)
      : this.at(node.inputs[index]!, own);
  }

  private source(node: Node, coordinates: readonly Affine[]): Value {
    const type = typeOf(node.outputs[0]!.dtype);
    if (node.op === 'iota')
      return convert(affineValue(coordinates[paramsOf<'iota'>(node).axis]!), type.scalar);
    const value: ConstantValue =
      node.op === 'dimensionSize'
        ? fixed(paramsOf<'dimensionSize'>(node).dim)
        : paramsOf<'constant'>(node).value;
    if (typeof value !== 'number')
      throw new CotangentError('BAD_GRAPH', 'an array of a constant lies in memory');
    return number(type, elementOf(value, type.scalar));
  }

  /** Indices outside of the operand were found before; they are moved inside, so that nothing else is touched. */
  private gather(node: Node, coordinates: readonly Affine[]): Value {
    const [x, indices] = node.inputs as [AnyTensor, AnyTensor];
    const { axes, batchAxes } = paramsOf<'gather'>(node);
    const from = sourceOf(this.memory, x);
    const places = sourceOf(this.memory, indices);
    const shape = sizesOf(x);
    const points = coordinates.slice(0, sizesOf(indices).length - 1);
    let block = points.length;
    const own = shape.map((size, axis): Affine => {
      if (axis < batchAxes) return coordinates[axis]!;
      const k = axes.indexOf(axis);
      if (k < 0) return coordinates[block++]!;
      const index = loadFrom(places, [...points, { constant: k, terms: [], computed: [] }]);
      return computedPlace(inside(index, size));
    });
    return loadFrom(from, own);
  }

  private window(node: Node, coordinates: readonly Affine[]): Value {
    const [x, ...starts] = node.inputs as [AnyTensor, ...AnyTensor[]];
    const from = sourceOf(this.memory, x);
    return loadFrom(
      from,
      windowStart(this.memory, sizesOf(x), sizesOf(node.outputs[0]!), starts).map((start, axis) =>
        addAffine(start, coordinates[axis]!),
      ),
    );
  }
}

/** Starts of a window, moved inwards where it would stick out. */
export const windowStart = (
  memory: Memory,
  shape: readonly number[],
  sizes: readonly number[],
  starts: readonly AnyTensor[],
): Affine[] =>
  starts.map((start, axis) => {
    const room = shape[axis]! - sizes[axis]!;
    if (room === 0) return { constant: 0, terms: [], computed: [] };
    return computedPlace(least(largest(loadFrom(sourceOf(memory, start), []), integer(0)), integer(room)));
  });

/** An index moved into 0, …, size − 1. */
export const inside = (index: Value, size: number): Value =>
  least(largest(index, integer(0)), integer(Math.max(size - 1, 0)));

/** A number as an element. */
export const elementOf = (value: number, scalar: string): number => {
  if (scalar === 'bool') return Number(value !== 0);
  if (scalar === 'f32') return Math.fround(value);
  return scalar === 'f64' ? value : scalar === 'u32' ? value >>> 0 : value | 0;
};

function listOf<K>(map: Map<K, Known[]>, key: K): Known[] {
  let list = map.get(key);
  if (list === undefined) map.set(key, (list = []));
  return list;
}

function sameCoordinates(a: readonly Affine[], b: readonly Affine[]): boolean {
  return a === b || (a.length === b.length && a.every((one, i) => sameAffine(one, b[i]!)));
}
const sameAffine = (a: Affine, b: Affine): boolean =>
  a === b ||
  (a.constant === b.constant &&
    a.terms.length === b.terms.length &&
    a.computed.length === b.computed.length &&
    a.terms.every(
      ({ variable, step }, i) => variable === b.terms[i]!.variable && step === b.terms[i]!.step,
    ) &&
    a.computed.every(({ value, step }, i) => value === b.computed[i]!.value && step === b.computed[i]!.step));
