/**
 * Where the user wrote it. One stack frame is captured per outermost public call: everything built inside a layer
 * shares the line of the layer's call. The first calls are exact; in very large graphs later ones are sampled and
 * marked "near". Formatting happens on demand; nothing of it is ever serialized.
 */

/** Something with a lazily formatted stack of one frame. */
interface Captured {
  stack?: string;
}

/** One call of a layer. Its path may become known only when a container names it, so it is asked for on demand. */
export interface LayerCall {
  readonly path: () => string;
  readonly kind: string | undefined;
}

export interface Origin {
  readonly captured: Captured;
  readonly near: boolean;
  /** The innermost layer at work. Nodes of one call share one origin, so that this costs nothing per node. */
  readonly layer?: LayerCall | undefined;
  /** What a derived node is to its source, such as "gradient of". */
  readonly role?: string;
}

const exactCaptures = 20_000;
const sampleEvery = 64;

let captures = 0;
let depth = 0;
let current: Origin | undefined;
/** The newest capture, which stands for the calls that are not captured. */
let sampled: Origin | undefined;
let layer: LayerCall | undefined;
/** What nodes outside of any public call belong to: the layer at work there, if there is one. */
let resting: Origin | undefined;

/** The origin that nodes built now belong to. */
export const currentOrigin = (): Origin | undefined => current;
export const currentLayerPath = (): string | undefined => layer?.path();

function capture(boundary: (...args: never[]) => unknown): Origin {
  captures++;
  if (captures > exactCaptures && captures % sampleEvery !== 0 && sampled !== undefined)
    return withLayer(sampled);
  const captured: Captured = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace?.(captured, boundary);
  Error.stackTraceLimit = limit;
  const origin = { captured, near: captures > exactCaptures };
  sampled = { captured, near: true };
  return withLayer(origin);
}

/** For public calls straight inside `insideLayer`, which have no public call around them. */
const withLayer = (origin: Origin): Origin => (layer === undefined ? origin : { ...origin, layer });

/** Runs the body of a public call; the outermost one remembers who called `boundary`. */
export function outermost<R>(boundary: (...args: never[]) => unknown, body: () => R): R {
  if (depth === 0) current = capture(boundary);
  depth++;
  try {
    return body();
  } finally {
    leave();
  }
}

/** What is built outside of any public call has no line. */
function leave(): void {
  if (--depth === 0) current = resting;
}

/** Wraps a public function so that nodes built inside remember its caller. */
export function traced<F extends (...args: never[]) => unknown>(body: F): F {
  const wrapper = function (this: unknown, ...args: never[]): unknown {
    if (depth === 0) current = capture(wrapper);
    depth++;
    try {
      return body.apply(this, args);
    } finally {
      leave();
    }
  };
  // The wrapper takes and gives exactly what the body does; TypeScript cannot see through `apply`.
  return wrapper as unknown as F;
}

/** Runs a function of the user inside a public call: each call in it has a line of its own. */
export function userCode<R>(body: () => R): R {
  const [savedOrigin, savedDepth, savedResting] = [current, depth, resting];
  [resting, depth] = [current, 0];
  try {
    return body();
  } finally {
    [current, depth, resting] = [savedOrigin, savedDepth, savedResting];
  }
}

/** The newest derived origin: neighbours mostly have one source, and then share one object. */
let derived: { readonly source: Origin; readonly origin: Origin } | undefined;

function derivedOrigin(source: Origin | undefined, role: string): Origin | undefined {
  if (source === undefined || source.role === role) return source;
  if (derived?.source !== source || derived.origin.role !== role)
    derived = { source, origin: { ...source, role } };
  return derived.origin;
}

/** Builds nodes on behalf of a source node: they inherit its origin, with a role. */
export const derivedFrom = <R>(source: Origin | undefined, role: string, body: () => R): R =>
  atOrigin(derivedOrigin(source, role), body);

/** Builds nodes in the place of a node: they have its origin. */
export function atOrigin<R>(origin: Origin | undefined, body: () => R): R {
  const saved = current;
  current = origin;
  depth++;
  try {
    return body();
  } finally {
    depth--;
    current = saved;
  }
}

/**
 * Names the layer under construction, for errors, summaries and pictures. Nodes derived from those of a layer belong
 * to it as well, with their role.
 */
export function insideLayer<R>(path: () => string, body: () => R, kind?: string): R {
  const [savedLayer, savedOrigin, savedResting] = [layer, current, resting];
  layer = { path, kind };
  current = current === undefined ? { captured: {}, near: false, layer } : { ...current, layer };
  if (depth === 0) resting = current;
  try {
    return body();
  } finally {
    layer = savedLayer;
    current = savedOrigin;
    resting = savedResting;
  }
}

/** Where a public function was called, for errors that it raises when nobody is on the stack any more. */
export function callerOf(boundary: (...args: never[]) => unknown): string | undefined {
  const captured: Captured = {};
  Error.captureStackTrace?.(captured, boundary);
  return formatOrigin({ captured, near: false });
}

/** `file:line:column` of an origin, with "near" and the role where they apply. */
export function formatOrigin(origin: Origin | undefined): string | undefined {
  const frame = origin?.captured.stack?.split('\n').find((line) => line.trimStart().startsWith('at '));
  if (frame === undefined) return undefined;
  const place = /\(?((?:file:\/\/)?[^()\s]+:\d+:\d+)\)?$/.exec(frame.trim())?.[1];
  if (place === undefined) return undefined;
  const line = place.replace(/^file:\/\//, '');
  return `${origin!.role === undefined ? '' : `${origin!.role} `}${origin!.near ? 'near ' : ''}${line}`;
}
