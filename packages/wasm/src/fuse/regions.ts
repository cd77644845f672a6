/**
 * Graph → regions. A region is one loop nest: the nodes that are computed in it without lying in memory between, the
 * results that are stored, the reductions at its end, or a product at its beginning.
 *
 * Nodes are visited from the last to the first. A node joins the region of its first user if it is used there at the same
 * place, so whole chains end in one loop; what later regions need as well is stored on the way. The time of a region is
 * the number of the node that it was begun with: whatever a region needs has a smaller number.
 */
import {
  type AnyTensor,
  arrayIn,
  countOf,
  definitionOf,
  type Graph,
  isFloat,
  type Node,
  type PrimitiveName,
  resultsOf,
  sameShape,
  sizesOf,
} from '@cotangent/graph';
import { costOf } from './cost.ts';
import { mergeRegions } from './merge.ts';
import { cutsOff, isPlainPadding, piecesOf } from './padding.ts';
import { hasRoom, include, loopsOver, type Region, type Single, seesThrough, type Use } from './region.ts';
import { roles } from './roles.ts';
import { contiguous, isAffineView, type Strided, stridedView } from './views.ts';

/** Operands whose elements a kernel of its own takes one by one, and does nothing but place them. */
const inlinable: Readonly<Record<string, (node: Node) => readonly AnyTensor[]>> = {
  // What is cut off is never asked for, and might have to be stored all the same.
  pad: (node) => (cutsOff(node) ? [] : [node.inputs[0]!]),
  concatenate: ({ inputs }) => inputs,
  dynamicUpdateSlice: ({ inputs: [x, update] }) => [x!, update!],
  scatterAdd: ({ inputs: [x, , updates] }) => [x!, updates!],
  scatterSet: ({ inputs: [x, , updates] }) => [x!, updates!],
};
export interface Fused {
  /** In the order of their times. */
  readonly steps: readonly (Region | Single)[];
  /** The tensor in memory that a tensor is read from, and how it lies there. */
  resolve(tensor: AnyTensor): Resolved;
  /** Why a tensor lies in memory. */
  reasonFor(tensor: AnyTensor): string;
  /** Whether a tensor is in memory under its own name. */
  isStored(tensor: AnyTensor): boolean;
}

export interface Resolved extends Strided {
  readonly base: AnyTensor;
}

const end = Number.MAX_SAFE_INTEGER;
/** More parts than this are more loops than one that puts padding together in memory. */
const mostParts = 12;
/** How many uses of a tensor are looked at for loops beside it. */
const reach = 24;
/** Operations that may rather be repeated than stored. */
const cheap = 8;
export const roleOf = (node: Node): (typeof roles)[PrimitiveName] | 'leaf' =>
  node.op in roles ? roles[node.op as PrimitiveName] : 'leaf';

/** Whether running a node can fail on some values, so that somebody has to look first. */
export const isGuarded = (node: Node): boolean =>
  roleOf(node) !== 'leaf' &&
  roleOf(node) !== 'control' &&
  (definitionOf(node.op as PrimitiveName).traits.partial?.(node.inputs) ?? false);

/** Operands that are looked at, or looked up in, as a whole. */
function wholeOperands(node: Node): readonly AnyTensor[] {
  const role = roleOf(node);
  if (role === 'whole' || role === 'control' || role === 'contraction' || role === 'lookup')
    return node.inputs;
  if (node.op === 'check') return node.inputs.slice(1);
  if (isGuarded(node)) return node.inputs;
  return [];
}

export function fuse(graph: Graph): Fused {
  return new Fusion(graph).run();
}

class Fusion {
  private readonly graph: Graph;
  private readonly uses = new Map<AnyTensor, Use[]>();
  private readonly stored = new Set<AnyTensor>();
  private readonly steps: (Region | Single)[] = [];
  private readonly resolved = new Map<AnyTensor, Resolved>();
  private readonly reasons = new Map<AnyTensor, string>();
  constructor(graph: Graph) {
    this.graph = graph;
  }

  run(): Fused {
    for (const tensor of resultsOf(this.graph))
      this.use(this.isPlain(tensor) ? this.resolve(tensor).base : tensor, { time: end, pointwise: false });
    const { nodes } = this.graph;
    for (let i = nodes.length - 1; i >= 0; i--) this.visit(nodes[i]!, i);
    this.steps.sort((a, b) => a.time - b.time || Number(a.kind === 'loops') - Number(b.kind === 'loops'));
    const steps = mergeRegions(this.steps, this.uses, this.stored);
    return {
      steps,
      resolve: (tensor) => this.resolve(tensor),
      reasonFor: (tensor) => this.reasons.get(tensor) ?? 'its kernel gives it whole',
      isStored: (tensor) => this.stored.has(tensor),
    };
  }

  private use(tensor: AnyTensor, use: Use): void {
    let list = this.uses.get(tensor);
    if (list === undefined) this.uses.set(tensor, (list = []));
    list.push(use);
  }

  /** Users that take the operand from memory. */
  private useWhole(tensor: AnyTensor, time: number): void {
    this.use(this.resolve(tensor).base, { time, pointwise: false });
  }

  private resolve(tensor: AnyTensor): Resolved {
    let found = this.resolved.get(tensor);
    if (found === undefined) this.resolved.set(tensor, (found = this.find(tensor)));
    return found;
  }

  private find(tensor: AnyTensor): Resolved {
    // Views of views, from the tensor down to what they view; back up with their strides.
    const chain: AnyTensor[] = [];
    let base = tensor;
    while (isViewing(base.node) && !this.resolved.has(base)) {
      chain.push(base);
      base = base.node.inputs[base.index]!;
    }
    let found: Resolved = this.resolved.get(base) ?? { base, ...contiguous(sizesOf(base)) };
    for (const view of chain.reverse()) {
      const operand = view.node.inputs[view.index]!;
      const strided = stridedView(view.node, found, view.index);
      found =
        strided === undefined
          ? { base: operand, ...stridedView(view.node, contiguous(sizesOf(operand)), view.index)! }
          : { base: found.base, ...strided };
      if (view !== tensor) this.resolved.set(view, found);
    }
    return found;
  }

  /** Whether a tensor has the elements of its base, all of them in the same order. */
  private isPlain(tensor: AnyTensor): boolean {
    const { base, start, strides } = this.resolve(tensor);
    const even = contiguous(sizesOf(tensor)).strides;
    return (
      start === 0 &&
      countOf(base.shape) === countOf(tensor.shape) &&
      tensor.shape.every((size, axis) => size === 1 || strides[axis] === even[axis])
    );
  }

  private visit(node: Node, time: number): void {
    const role = roleOf(node);
    if (role === 'leaf' || arrayIn(node) !== undefined) {
      for (const tensor of node.outputs) this.stored.add(tensor);
      return;
    }
    const used = node.outputs.some((tensor) => this.uses.has(tensor));
    if (node.op === 'pad' && this.joinsAsPadding(node)) return;
    const watched = isGuarded(node) || isReport(node) || role === 'control';
    if (watched || (role === 'whole' && used)) {
      const inlined = new Map<AnyTensor, Region>();
      for (const operand of new Set(inlinable[node.op]?.(node))) {
        if (node.inputs.filter((input) => input === operand).length > 1) continue;
        const region: Region = { ...loopsOver(sizesOf(operand), time), closed: true };
        inlined.set(operand, region);
        this.use(operand, { time, region, pointwise: true });
      }
      this.steps.push({ kind: 'single', time, node, inlined });
      for (const operand of isReport(node) ? node.inputs : wholeOperands(node)) {
        if (role === 'control')
          this.use(this.isPlain(operand) ? this.resolve(operand).base : operand, { time, pointwise: false });
        else if (!inlined.has(operand)) this.useWhole(operand, time);
      }
    }
    if (role === 'whole' || role === 'control') {
      for (const tensor of node.outputs) this.stored.add(tensor);
      return;
    }
    if (!used) return;
    if (role === 'reduction') return this.reduce(node, time);
    if (role === 'contraction') return this.contract(node, time);
    for (const tensor of node.outputs) {
      const uses = this.uses.get(tensor);
      if (uses === undefined) continue;
      if (role === 'elementwise' || role === 'lookup') this.place(tensor, time, uses);
      else this.seeThrough(tensor, time, uses);
    }
  }

  /** A padded value that is used in one loop alone is never put together in memory: the loop is cut into pieces instead. */
  private joinsAsPadding(node: Node): boolean {
    const [result] = node.outputs as [AnyTensor];
    const uses = this.uses.get(result) ?? [];
    const home = uses[0]?.region;
    const joins =
      home !== undefined &&
      home.closed === undefined &&
      isPlainPadding(node) &&
      uses.every(({ region, pointwise }) => region === home && pointwise) &&
      home.reductions.length === 0 &&
      home.contraction === undefined &&
      this.accepts(home, result) &&
      piecesOf({ nodes: new Set([...home.nodes, node]), domain: home.domain }).length <= mostParts;
    if (!joins) return false;
    home.isCut = true;
    include(home, node);
    for (const operand of node.inputs) this.use(operand, { time: home.time, region: home, pointwise: false });
    return true;
  }

  /** Sources and views cost nothing: loops see through them, and they lie in memory only where somebody insists. */
  private seeThrough(tensor: AnyTensor, time: number, uses: readonly Use[]): void {
    const whole = uses.filter(({ region }) => region === undefined);
    if (whole.length > 0) {
      if (roleOf(tensor.node) === 'alias' && this.isPlain(tensor))
        this.use(this.resolve(tensor).base, {
          time: Math.min(...whole.map((use) => use.time)),
          pointwise: false,
        });
      else this.begin(tensor, time);
    }
    const regions = new Map<Region, boolean>();
    for (const { region, pointwise } of uses)
      if (region !== undefined) regions.set(region, pointwise && (regions.get(region) ?? true));
    // Behind too many views of views one lies in memory.
    if (![...regions.keys()].every(seesThrough)) {
      if (!this.stored.has(tensor)) this.begin(tensor, time);
      return;
    }
    for (const [region, pointwise] of regions) this.pass(tensor, region, pointwise);
  }

  /** Decides where a tensor that loops can pass on is computed. */
  private place(tensor: AnyTensor, time: number, uses: readonly Use[]): void {
    const first = Math.min(...uses.map((use) => use.time));
    const atFirst = uses.filter((use) => use.time === first);
    const home = atFirst[0]?.region;
    const together = home !== undefined && atFirst.every((use) => use.region === home);
    if (together && atFirst.every((use) => use.pointwise) && this.accepts(home, tensor)) {
      if (atFirst.length < uses.length) this.store(tensor, home);
      return this.join(tensor, home);
    }
    const once = uses.length === 1 || costOf(tensor.node) * uses.length <= cheap;
    if (
      together &&
      atFirst.length === uses.length &&
      once &&
      this.keepsSize(tensor, home) &&
      this.accepts(home, tensor, true)
    )
      return this.join(tensor, home, false);
    // Loops that go through the same elements anyway compute it on the way.
    const sibling = this.siblingOf(tensor, time, first);
    if (sibling === undefined) return this.begin(tensor, time);
    this.store(tensor, sibling);
    this.join(tensor, sibling);
  }

  /** Loops over the elements of a tensor that come between its operands and its first user, and read what it reads. */
  private siblingOf(tensor: AnyTensor, time: number, first: number): Region | undefined {
    return this.neighbours(tensor).find(
      (region) =>
        region.time > time &&
        region.time < first &&
        region.closed === undefined &&
        hasRoom(region, tensor.node) &&
        sameShape(region.domain, tensor.shape) &&
        region.contraction === undefined &&
        region.isCut === undefined &&
        !this.behindProduct(region),
    );
  }

  /** A view of all of a tensor's elements, none of them repeated, does not compute anything twice. */
  private keepsSize(tensor: AnyTensor, region: Region): boolean {
    return countOf(tensor.shape) >= countOf(region.domain) && countOf(tensor.shape) > 0;
  }

  private accepts(region: Region, tensor: AnyTensor, elsewhere = false): boolean {
    if (!hasRoom(region, tensor.node)) return false;
    if (!elsewhere && !sameShape(region.domain, tensor.shape)) return false;
    // What comes right behind a product is computed with it, not in loops that begin by loading it.
    const behindProduct = tensor.node.inputs.some((input) => roleOf(input.node) === 'contraction');
    return !behindProduct || (region.reductions.length === 0 && region.closed === undefined && !elsewhere);
  }

  /** New loops, in which a tensor is computed and stored. */
  private begin(tensor: AnyTensor, time: number): void {
    const region = loopsOver(sizesOf(tensor), time);
    this.steps.push(region);
    this.store(tensor, region);
    this.join(tensor, region);
  }

  private store(tensor: AnyTensor, region: Region): void {
    this.reasons.set(tensor, this.reason(tensor));
    this.stored.add(tensor);
    region.stores.push(tensor);
  }

  private reason(tensor: AnyTensor): string {
    const uses = this.uses.get(tensor) ?? [];
    if (uses.some(({ time }) => time === end)) return 'a result';
    if (uses.some(({ region }) => region === undefined)) return 'taken as a whole by a kernel of its own';
    const regions = new Set(uses.map(({ region }) => region));
    if (regions.size > 1) return `used in ${regions.size} loops, computed once`;
    return uses.every(({ pointwise }) => pointwise)
      ? 'its loops would be too long, or begin by loading a product'
      : 'used at other places than its own: it would be computed again and again';
  }

  private join(tensor: AnyTensor, region: Region, pointwise = true): void {
    include(region, tensor.node);
    this.pass(tensor, region, pointwise);
  }

  /** What a tensor is computed from is used in a region, at the same place or elsewhere. */
  private pass({ node, index }: AnyTensor, region: Region, pointwise: boolean): void {
    const role = roleOf(node);
    const use = (operand: AnyTensor, same: boolean) =>
      this.use(operand, { time: region.time, region, pointwise: same });
    if (role === 'elementwise') {
      for (const operand of new Set(node.inputs)) use(operand, pointwise);
    } else if (role === 'view') {
      region.views++;
      include(region, node);
      use(node.inputs[0]!, false);
    } else if (role === 'alias') {
      region.views++;
      const operand = node.inputs[index]!;
      if (node.op === 'reshape' && !isAffineView(node)) this.useWhole(node.outputs[0]!, region.time);
      else use(operand, pointwise && sameShape(operand.shape, node.outputs[index]!.shape));
    } else if (role === 'lookup') for (const operand of node.inputs) this.useWhole(operand, region.time);
  }

  private reduce(node: Node, time: number): void {
    const [operand] = node.inputs as [AnyTensor];
    const [result] = node.outputs as [AnyTensor];
    this.stored.add(result);
    const first = Math.min(...this.uses.get(result)!.map((use) => use.time));
    const { axes } = node.params as { readonly axes: readonly number[] };
    const sameAxes = (other: Node) =>
      sameShape((other.params as { readonly axes: readonly number[] }).axes, axes);
    const shared = this.siblingOf(operand, time, first);
    const fits = shared?.reductions.every(sameAxes) ?? false;
    const region = shared !== undefined && fits ? shared : loopsOver(sizesOf(operand), time);
    if (region !== shared) this.steps.push(region);
    region.reductions.push(node);
    this.use(operand, { time: region.time, region, pointwise: true });
  }

  private behindProduct({ nodes }: Region): boolean {
    for (const node of nodes)
      if (node.inputs.some((input) => roleOf(input.node) === 'contraction')) return true;
    return false;
  }

  /** Regions that go through the elements of a tensor, or of what it is made from. */
  private neighbours(tensor: AnyTensor): Region[] {
    const found = new Set<Region>();
    const search = (from: AnyTensor, depth: number): void => {
      // The latest uses belong to the nearest regions; of a tensor with thousands of users they are enough.
      for (const { region, pointwise } of this.uses.get(from)?.slice(-reach) ?? [])
        if (region !== undefined && pointwise) found.add(region);
      if (depth > 0 && roleOf(from.node) === 'elementwise')
        for (const input of from.node.inputs) search(input, depth - 1);
    };
    search(tensor, 3);
    return [...found];
  }

  private contract(node: Node, time: number): void {
    const [result] = node.outputs as [AnyTensor];
    const uses = this.uses.get(result)!;
    const first = Math.min(...uses.map((use) => use.time));
    const home = uses.find((use) => use.time === first && use.region !== undefined && use.pointwise)?.region;
    const fits =
      home !== undefined &&
      isFloat(result.dtype) &&
      home.contraction === undefined &&
      home.closed === undefined &&
      home.isCut === undefined &&
      home.reductions.length === 0 &&
      sameShape(home.domain, result.shape) &&
      // Its sums are there at their own places alone.
      !uses.some((use) => use.time === first && (use.region !== home || !use.pointwise));
    if (fits) {
      home.contraction = node;
      if (uses.some((use) => use.region !== home || !use.pointwise)) this.store(result, home);
      include(home, node);
      for (const operand of node.inputs) this.useWhole(operand, home.time);
      return;
    }
    this.stored.add(result);
    const region = loopsOver(sizesOf(result), time);
    region.contraction = node;
    region.stores.push(result);
    this.steps.push(region);
    for (const operand of node.inputs) this.useWhole(operand, time);
  }
}

const isReport = (node: Node): boolean =>
  node.op === 'tag' && (node.params as { readonly report: boolean }).report;
const isViewing = (node: Node): boolean => roleOf(node) === 'view' || roleOf(node) === 'alias';
