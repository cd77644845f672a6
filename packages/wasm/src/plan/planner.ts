/**
 * Graph → steps. Every tensor that lies in memory gets a place; bodies of loops and branches are planned like the graph
 * itself, with places for what they take and what they give.
 */
import {
  type AnyTensor,
  arrayIn,
  CotangentError,
  convertHost,
  countOf,
  type DType,
  fixed,
  type Graph,
  type HostArray,
  loopParts,
  type Node,
  paramsOf,
  resultsOf,
  sizesOf,
  stridesOf,
} from '@cotangent/graph';
import type { Region, Single } from '../fuse/region.ts';
import { type Fused, fuse, isGuarded, roleOf } from '../fuse/regions.ts';
import type { NamesInRole } from '../fuse/roles.ts';
import {
  addAffine,
  along,
  assign,
  constantPlace,
  load,
  placeOf,
  scaleAffine,
  store,
} from '../loops/build.ts';
import { Buffer, Variable } from '../loops/ir.ts';
import { type Memory, type Place, type Source, sourceOf } from '../lower/expressions.ts';
import { Failures, guardKernels, regionKernels, wholeKernels } from '../lower/index.ts';
import type { Lowering } from '../lower/lowering.ts';
import { axesOf, nestKernel, type Target } from '../lower/nest.ts';
import { hoisted, inPlace } from './carries.ts';
import { customLinearSteps } from './custom.ts';
import { kernelStep, type Step } from './steps.ts';

/** A value that the host is shown, where it lies then. */
export interface Shown {
  readonly label: string;
  readonly tensor: AnyTensor;
  readonly source: Source;
}

export interface Plan {
  readonly steps: readonly Step[];
  readonly failures: Failures;
  readonly reports: readonly Shown[];
  readonly inputs: readonly Buffer[];
  readonly variables: readonly Buffer[];
  readonly updates: readonly Buffer[];
  /** Where the outputs lie at the end. */
  readonly outputs: readonly Source[];
  readonly constants: readonly Buffer[];
  /** The nodes whose results lie in buffers of their own. */
  readonly nodes: ReadonlyMap<Buffer, Node>;
  /** The regions of the graph itself, for whoever wants to see them. */
  readonly fused: Fused;
}

/** What a program that runs keeps of its plan: where things go in and come out. */
export type Wiring = Omit<Plan, 'steps' | 'fused' | 'nodes'>;

export function planProgram(graph: Graph, target: Target): Plan {
  return new Planner(target).program(graph);
}

class Planner {
  readonly failures = new Failures();
  private readonly reports: Shown[] = [];
  private readonly constants = new Map<HostArray, Buffer>();
  readonly nodes = new Map<Buffer, Node>();
  readonly target: Target;
  constructor(target: Target) {
    this.target = target;
  }

  program(graph: Graph): Plan {
    const inputs = graph.inputs.map(
      (input, i) => new Buffer(input.name, input.dtype, countOf(input.shape), 'input', i),
    );
    const variables = graph.variables.map(
      (variable, i) => new Buffer(variable.path, variable.dtype, countOf(variable.shape), 'variable', i),
    );
    const updates = graph.updates.map(
      ({ variable }, i) =>
        new Buffer(`${variable.path}'`, variable.dtype, countOf(variable.shape), 'update', i),
    );
    const given = new Map<AnyTensor, Place>();
    graph.inputs.forEach((input, i) => {
      given.set(input, { buffer: inputs[i]!, at: constantPlace(0) });
    });
    graph.variables.forEach((variable, i) => {
      given.set(variable, { buffer: variables[i]!, at: constantPlace(0) });
    });
    const wanted = [
      ...graph.outputs.map(() => undefined),
      ...updates.map((buffer): Place => ({ buffer, at: constantPlace(0) })),
    ];
    const planned = this.graph(graph, given, wanted, []);
    return {
      steps: planned.steps,
      failures: this.failures,
      reports: this.reports,
      inputs,
      variables,
      updates,
      outputs: planned.results.slice(0, graph.outputs.length),
      constants: [...this.constants.values()],
      nodes: this.nodes,
      fused: planned.fused,
    };
  }

  /**
   * @param given   where leaves lie
   * @param wanted  where results have to lie, if that matters
   */
  graph(
    graph: Graph,
    given: ReadonlyMap<AnyTensor, Place>,
    wanted: readonly (Place | undefined)[],
    around: readonly Variable[],
  ): { readonly steps: Step[]; readonly results: Source[]; readonly fused: Fused } {
    const fused = fuse(graph);
    const places = new PlaceTable(fused, given, this);
    const results = resultsOf(graph);
    // A result that is computed here is computed where it is wanted, also twice; the others are copied at the end.
    const inLoops = new Set(fused.steps.flatMap((step) => (step.kind === 'loops' ? step.stores : [])));
    const placed = results.map((tensor, i): boolean => {
      const place = wanted[i];
      const base = fused.isStored(tensor) ? tensor : fused.resolve(tensor).base;
      if (place === undefined || isLeaf(base.node)) return place === undefined;
      if (!places.has(base)) places.set(base, place);
      else if (inLoops.has(base)) places.add(base, place);
      else return false;
      return true;
    });
    const steps: Step[] = [];
    for (const step of fused.steps) steps.push(...this.step(step, places, around));
    const sources = results.map((tensor) =>
      fused.isStored(tensor) ? sourceOfPlace(places.of(tensor), tensor) : sourceOf(places.memory, tensor),
    );
    results.forEach((tensor, i) => {
      const place = wanted[i];
      const source = sources[i]!;
      if (place === undefined || placed[i]) return;
      steps.push(...this.copy(`copy`, tensor, source, place, around));
    });
    return { steps, results: sources, fused };
  }

  /** A kernel that copies a tensor to a place of its own. */
  copy(name: string, tensor: AnyTensor, source: Source, place: Place, around: readonly Variable[]): Step[] {
    const shape = sizesOf(tensor);
    if (shape.includes(0)) return [];
    const { axes, coordinates } = axesOf(shape);
    const to = sourceOfPlace(place, tensor);
    const body = assign(
      store(
        place.buffer,
        placeOf(coordinates, to.strides, to.start),
        load(source.buffer, placeOf(coordinates, source.strides, source.start)),
      ),
    );
    const cost = { flops: 0, bytes: 8 * countOf(shape) };
    return [kernelStep(nestKernel(name, axes, [body], around, cost, this.target))];
  }

  constant(array: HostArray, dtype: DType): Buffer {
    let buffer = this.constants.get(array);
    if (buffer === undefined) {
      const data = array.dtype === dtype ? array : convertHost(array, dtype);
      buffer = new Buffer('constant', dtype, array.size, 'constant', this.constants.size, data);
      this.constants.set(array, buffer);
    }
    return buffer;
  }

  private step(step: Region | Single, places: PlaceTable, around: readonly Variable[]): Step[] {
    const lowering: Lowering = {
      memory: places.memory,
      around,
      target: this.target,
      inlined: step.kind === 'single' ? step.inlined : new Map(),
    };
    if (step.kind === 'loops') return regionKernels(step, lowering).map(kernelStep);
    const { node } = step;
    const steps: Step[] = isGuarded(node)
      ? guardKernels(node, lowering, this.failures, new Variable('unit')).map(kernelStep)
      : [];
    if (node.op === 'tag') return [...steps, ...this.report(node, places, around)];
    if (roleOf(node) === 'control') return [...steps, ...this.control(node, places, around)];
    if (roleOf(node) !== 'whole') return steps;
    return [...steps, ...wholeKernels[node.op as NamesInRole<'whole'>](node, lowering).map(kernelStep)];
  }

  private report(node: Node, places: PlaceTable, around: readonly Variable[]): Step[] {
    const [tensor] = node.inputs as [AnyTensor];
    const { label } = paramsOf<'tag'>(node);
    let source = sourceOf(places.memory, tensor);
    const steps: Step[] = [];
    // The host reads elements in order from a place that does not move: views and slices of a loop are copied.
    if (!isInOrder(source, tensor)) {
      const own: Place = {
        buffer: new Buffer('shown', tensor.dtype, countOf(tensor.shape), 'temporary'),
        at: constantPlace(0),
      };
      steps.push(...this.copy('shown', tensor, source, own, around));
      source = sourceOfPlace(own, tensor);
    }
    this.reports.push({ label, tensor, source });
    return [...steps, { kind: 'report', number: this.reports.length - 1, buffer: source.buffer }];
  }

  private control(node: Node, places: PlaceTable, around: readonly Variable[]): Step[] {
    switch (node.op) {
      case 'call': {
        const { body } = paramsOf<'call'>(node);
        return this.body(
          body,
          node.inputs.map((input) => places.plain(input)),
          places.ofAll(node.outputs),
          around,
        );
      }
      case 'cond': {
        const { onTrue, onFalse } = paramsOf<'cond'>(node);
        const [predicate, ...operands] = node.inputs.map((input) => places.plain(input));
        const results = places.ofAll(node.outputs);
        const chosen = new Buffer('predicate', 'bool', 1, 'temporary');
        return [
          ...this.copy(
            'predicate',
            node.inputs[0]!,
            sourceOfPlace(predicate!, node.inputs[0]!),
            { buffer: chosen, at: constantPlace(0) },
            around,
          ),
          {
            kind: 'branch',
            predicate: chosen,
            onTrue: this.body(onTrue, operands, results, around),
            onFalse: this.body(onFalse, operands, results, around),
          },
        ];
      }
      case 'while':
        return this.while(node, places, around);
      case 'scan':
        return this.scan(node, places, around);
      default:
        return customLinearSteps(node, places, around, this);
    }
  }

  body(
    body: Graph,
    operands: readonly Place[],
    results: readonly (Place | undefined)[],
    around: readonly Variable[],
  ): Step[] {
    const given = new Map<AnyTensor, Place>();
    body.inputs.forEach((input, i) => {
      given.set(input, operands[i]!);
    });
    return this.graph(body, given, results, around).steps;
  }

  /** First values of what is carried, in places of their own: those of the results. */
  private carried(
    firsts: readonly AnyTensor[],
    results: readonly AnyTensor[],
    places: PlaceTable,
    around: readonly Variable[],
  ): { readonly steps: Step[]; readonly carries: Place[]; readonly nexts: Place[] } {
    const carries = places.ofAll(results);
    const steps = firsts.flatMap((first, i) =>
      this.copy('carry', first, sourceOfPlace(places.plain(first), first), carries[i]!, around),
    );
    const nexts = firsts.map(
      (first): Place => ({
        buffer: new Buffer('next', first.dtype, countOf(first.shape), 'temporary'),
        at: constantPlace(0),
      }),
    );
    return { steps, carries, nexts };
  }

  private advance(
    steps: readonly Step[],
    firsts: readonly AnyTensor[],
    carries: readonly Place[],
    nexts: readonly Place[],
    around: readonly Variable[],
  ): Step[] {
    let body = [...steps];
    firsts.forEach((first, i) => {
      const [next, carry] = [nexts[i]!, carries[i]!];
      const direct = inPlace(body, carry, next);
      body = direct ?? [...body, ...this.copy('advance', first, sourceOfPlace(next, first), carry, around)];
    });
    return body;
  }

  private while(node: Node, places: PlaceTable, around: readonly Variable[]): Step[] {
    const { consts: count, maxSteps, condition, body } = paramsOf<'while'>(node);
    const { consts, carries: firsts } = loopParts(node.inputs, { consts: count });
    const { steps, carries, nexts } = this.carried(firsts, node.outputs, places, around);
    const operands = [...consts.map((input) => places.plain(input)), ...carries];
    const holds = new Buffer('holds', 'bool', 1, 'temporary');
    const exhausted = this.failures.add({
      node,
      error: () =>
        new CotangentError(
          'MAX_STEPS',
          `the condition still holds after ${maxSteps} steps, the most that were allowed: raise maxSteps, or mend the condition`,
        ),
    });
    return [
      ...steps,
      {
        kind: 'while',
        condition: this.body(condition, operands, [{ buffer: holds, at: constantPlace(0) }], around),
        holds,
        maxSteps,
        exhausted,
        body: this.advance(this.body(body, operands, nexts, around), firsts, carries, nexts, around),
      },
    ];
  }

  private scan(node: Node, places: PlaceTable, around: readonly Variable[]): Step[] {
    const params = paramsOf<'scan'>(node);
    const { consts, carries: firsts, xs } = loopParts(node.inputs, params);
    const variable = new Variable('step');
    const slice = (tensor: AnyTensor, { buffer, at }: Place): Place => ({
      buffer,
      at: addAffine(at, scaleAffine(along(variable), countOf(tensor.shape.slice(1)))),
    });
    const { steps, carries, nexts } = this.carried(
      firsts,
      node.outputs.slice(0, firsts.length),
      places,
      around,
    );
    if (params.length === 0) return steps;
    const stacks = node.outputs.slice(firsts.length);
    const operands = [
      ...consts.map((input) => places.plain(input)),
      ...carries,
      ...xs.map((x) => slice(x, places.plain(x))),
    ];
    const results = [...nexts, ...stacks.map((stack) => slice(stack, places.of(stack)))];
    const inside = [...around, variable];
    const body = this.body(params.body, operands, results, inside);
    const { before, rest } = hoisted(this.advance(body, firsts, carries, nexts, inside), variable);
    return [
      ...steps,
      ...before,
      { kind: 'loop', variable, count: fixed(params.length), reverse: params.reverse, body: rest },
    ];
  }
}

/** Places of the tensors of one graph. */
export class PlaceTable {
  readonly memory: Memory;
  private readonly places = new Map<AnyTensor, Place>();
  private readonly further = new Map<AnyTensor, Place[]>();
  private readonly planner: Planner;
  constructor(fused: Fused, given: ReadonlyMap<AnyTensor, Place>, planner: Planner) {
    this.planner = planner;
    for (const [tensor, place] of given) this.places.set(tensor, place);
    this.memory = {
      fused,
      placeOf: (tensor) => this.of(tensor),
      alsoAt: (tensor) => this.further.get(tensor) ?? [],
    };
  }

  has(tensor: AnyTensor): boolean {
    return this.places.has(tensor);
  }
  set(tensor: AnyTensor, place: Place): void {
    this.places.set(tensor, place);
  }
  add(tensor: AnyTensor, place: Place): void {
    this.further.set(tensor, [...(this.further.get(tensor) ?? []), place]);
  }
  of(tensor: AnyTensor): Place {
    let place = this.places.get(tensor);
    if (place === undefined)
      this.places.set(tensor, (place = { buffer: this.make(tensor), at: constantPlace(0) }));
    return place;
  }
  ofAll(tensors: readonly AnyTensor[]): Place[] {
    return tensors.map((tensor) => this.of(tensor));
  }

  /** Where a tensor lies whole and in order. */
  plain(tensor: AnyTensor): Place {
    if (this.memory.fused.isStored(tensor)) return this.of(tensor);
    const { buffer, start } = sourceOf(this.memory, tensor);
    return { buffer, at: start };
  }

  private make({ node, dtype, shape }: AnyTensor): Buffer {
    const array = arrayIn(node);
    if (array !== undefined) return this.planner.constant(array, dtype);
    const buffer = new Buffer(`${node.op}${node.id}`, dtype, countOf(shape), 'temporary');
    this.planner.nodes.set(buffer, node);
    return buffer;
  }
}

export type { Planner };

const isLeaf = (node: Node): boolean => roleOf(node) === 'leaf' || arrayIn(node) !== undefined;

const sourceOfPlace = ({ buffer, at }: Place, tensor: AnyTensor): Source => {
  const shape = sizesOf(tensor);
  return { buffer, start: at, strides: stridesOf(shape) };
};

const isInOrder = ({ start, strides }: Source, tensor: AnyTensor): boolean => {
  const even = stridesOf(sizesOf(tensor));
  return (
    start.terms.length === 0 &&
    start.computed.length === 0 &&
    strides.every((stride, axis) => tensor.shape[axis] === 1 || stride === even[axis])
  );
};
