/**
 * Names that a fragment may use without saying what they are, beside everything that its package exports. A fragment's
 * own declarations hide them. They are what a reader expects under these names:
 */
import * as cotangent from 'cotangent';

const {
  closeGraph,
  conv2d,
  flatten,
  fromArrays,
  fromNested,
  glorotUniform,
  input,
  linear,
  named,
  relu,
  sequential,
  variable,
} = cotangent;

/** Two linear layers, with the paths model/encoder and model/head. */
function modelOf() {
  const { encoder, head } = named({ encoder: linear({ units: 8 }), head: linear({ units: 4 }) });
  return named({ model: sequential(encoder, relu(), head) }).model;
}

/** Fresh tensors and layers for one fragment. */
export function prelude() {
  const x = input('x', ['batch', 3]);
  const y = input('y', ['batch', 1]);
  const w = variable('w', [3, 1], glorotUniform());
  const b = variable('b', [1]);
  const prediction = x.matmul(w).add(b);
  const loss = prediction.sub(y).square().mean();
  const model = modelOf();
  const labels = input('labels', ['batch'], 'i32');
  const logits = model(x);
  const rows = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [1, 1, 1],
  ];
  return {
    /** [batch, 3], [batch, 1] and [batch]: inputs. */
    x,
    y,
    labels,
    /** [3, 1] and [1]: variables; [batch, 1]: x·w + b; a scalar: the mean squared error. */
    w,
    b,
    prediction,
    loss,
    /** Both of them, closed. */
    graph: closeGraph({ outputs: { prediction, loss } }),
    /** Two linear layers from [batch, 3] to [batch, 4], and what they give for x. */
    model,
    logits,
    /** Directions for x, and for a variable like w. */
    u: input('u', ['batch', 3]),
    v: input('v', ['batch', 3]),
    /** Images [batch, 8, 8, 1], a kernel [3, 3, 1, 4], a convolutional model for them. */
    images: input('images', ['batch', 8, 8, 1]),
    kernel: variable('kernel', [3, 3, 1, 4], glorotUniform()),
    convolutional: sequential(conv2d({ filters: 2, kernel: 3, name: 'first' }), relu(), flatten()),
    /** Queries and keys of attention: [batch, heads, length, features]. */
    q: input('q', ['batch', 2, 'queries', 4]),
    k: input('k', ['batch', 2, 'keys', 4]),
    /** Four examples of x and labels. */
    data: fromArrays({ x: rows, labels: [0, 1, 2, 3] }, { dtypes: { labels: 'i32' } }),
    /** Host arrays for x and y. */
    batch: { x: fromNested(rows), y: fromNested([[1], [2], [3], [6]]) },
  };
}
