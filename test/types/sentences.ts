/**
 * Mistakes over the tensors of the prelude, each with its sentence. The editor and run time say the same words.
 */
export interface Mistake {
  readonly code: string;
  readonly sentence: string;
}

const mistake = (code: string, sentence: string): Mistake => ({ code, sentence });

export const mistakes: readonly Mistake[] = [
  mistake('h.add(variable("b64", [64]))', 'cannot broadcast [batch, 128] with [64]: 128 and 64 differ'),
  mistake('h.mul(x)', 'cannot broadcast [batch, 128] with [batch, 784]: 128 and 784 differ'),
  mistake(
    'input("a", ["batch", 3]).add(input("b", [32, 3]))',
    'cannot broadcast [batch, 3] with [32, 3]: batch and 32 differ',
  ),
  mistake('m.add(whole)', "one operand is f32 and the other i32: convert one with .cast('f32')"),
  mistake('whole.add(fine)', "one operand is i32 and the other f64: convert one with .cast('f64')"),
  mistake('h.greater(x)', 'cannot broadcast [batch, 128] with [batch, 784]: 128 and 784 differ'),
  mistake(
    'hessian(m.sum(0), m)',
    'a gradient needs a scalar, not [4]: reduce it with .mean() or .sum(), or use jacobian or vjp',
  ),
  mistake('m.clamp(0, whole)', "one operand is f32 and the other i32: convert one with .cast('f32')"),
  mistake("m.bitcast('f64')", 'bitcast: f32 has 32 bits and f64 64: bitcast needs equal widths'),
  mistake(
    'x.matmul(variable("w2", [128, 10]))',
    'cannot matmul [batch, 784] with [128, 10]: 784 and 128 differ',
  ),
  mistake('v.matmul(variable("v3", [3]))', 'cannot matmul [4] with [3]: 4 and 3 differ'),
  mistake('m.matmul(variable("v3", [3]))', 'cannot matmul [6, 4] with [3]: 4 and 3 differ'),
  mistake('m.matmul(s)', 'cannot matmul [6, 4] with []: a scalar multiplies with .mul'),
  mistake('cube.matmul(input("r", [5, 4, 2]))', 'cannot matmul [2, 3, 4] with [5, 4, 2]: 2 and 5 differ'),
  mistake("h.sum('time')", "[batch, 128] has no dimension named 'time'"),
  mistake("twice.sum('n')", "'n' occurs twice in [n, n, 3]: give the axis by position"),
  mistake('h.mean(2)', 'axis 2 is out of range for [batch, 128], which has 2 axes'),
  mistake('v.max(-2)', 'axis -2 is out of range for [4], which has 1 axis'),
  mistake('h.argmax(5)', 'axis 5 is out of range for [batch, 128], which has 2 axes'),
  mistake("h.softmax('time')", "[batch, 128] has no dimension named 'time'"),
  mistake('m.topK(5)', 'the 5 largest of [6, 4] do not exist'),
  mistake(
    "x.reshape(['batch', 28, 27])",
    'cannot reshape [batch, 784] to [batch, 28, 27]: batch*784 elements are not batch*756',
  ),
  mistake('m.reshape([-1, -1])', 'cannot reshape [6, 4] to [-1, -1]: at most one size of a shape is -1'),
  mistake('m.reshape([5, -1])', 'cannot reshape [6, 4] to [5, -1]: 24 elements do not divide by 5'),
  mistake(
    'x.reshape([32, 784])',
    'cannot reshape [batch, 784] to [32, 784]: batch*784 elements are not 25088',
  ),
  mistake('cube.transpose([0, 1])', '[0, 1] is not a permutation of the 3 axes of [2, 3, 4]'),
  mistake('cube.swapAxes(0, 3)', 'axis 3 is out of range for [2, 3, 4], which has 3 axes'),
  mistake('h.expandDims(4)', 'axis 4 is out of range for a result of 3 axes'),
  mistake('m.squeeze(0)', 'cannot squeeze axis 0 of [6, 4]: its size is 6'),
  mistake('m.broadcastTo([6, 5])', 'cannot broadcast [6, 4] to [6, 5]'),
  mistake('m.slice(0, 2, 9)', 'the slice 2 to 9 does not fit into axis 0 of [6, 4]'),
  mistake('m.at(1, 4)', 'index 4 is outside axis 1 of [6, 4]'),
  mistake('m.split(4)', 'axis 0 of [6, 4] does not divide into 4 equal parts'),
  mistake('m.split([1, 2])', 'parts [1, 2] add up to 3, but axis 0 of [6, 4] has 6'),
  mistake('m.pad([[1, 1]])', 'padding of [6, 4] needs 2 [before, after] pairs, not 1'),
  mistake('m.tile([2])', 'tile of [6, 4] needs 2 repeats, not 1'),
  mistake('m.diagonal(0, 1)', 'a diagonal needs equal sizes, not 6 and 4'),
  mistake('cube.glu(1)', 'axis 1 of [2, 3, 4] does not divide into 2 equal parts'),
  mistake('m.take(v)', "indices are i32, not f32: convert with .cast('i32')"),
  mistake('m.takeAlongAxis(labels)', 'takeAlongAxis needs indices of the rank of [6, 4], not [batch]'),
  mistake('m.gatherAt(input("i3", [5, 3], "i32"))', 'coordinates [5, 3] do not fit [6, 4]'),
  mistake('m.scatterAdd(points, v)', 'updates have the shape [4] where [5] is needed'),
  mistake("h.as(['batch', 64])", 'the tensor is [batch, 128], not [batch, 64]'),
  mistake('concat([h, m], 1)', 'cannot concat [batch, 128] with [6, 4] along axis 1: the other axes differ'),
  mistake('concat([m, whole], 0)', "one operand is f32 and the other i32: convert one with .cast('f32')"),
  mistake('stack([m, cube])', 'cannot stack [6, 4] with [2, 3, 4]: the shapes differ'),
  mistake('where(m, m, m)', 'a condition is bool, not f32: compare it with a number'),
  mistake('where(mask, h, m)', 'cannot broadcast [batch, 128] with [6, 4]: 128 and 4 differ'),
  mistake("einsum('ij,jk->ik', [m, w])", "einsum 'ij,jk->ik': 'j' is both 4 and 784"),
  mistake("einsum('ijk->k', [m])", "einsum 'ijk->k': 'ijk' has 3 letters for [6, 4]"),
  mistake("einsum('ij,jk->ik', [m])", "einsum 'ij,jk->ik' names 2 operands, but there are 1"),
  mistake(
    "einsum('ij->iz', [m])",
    "einsum 'ij->iz': the result letter 'z' is repeated or not among the operands",
  ),
  mistake('conv(h, kernel)', 'conv needs [batch, width, channels], not [batch, 128]'),
  mistake(
    'conv(tokens, kernel)',
    'conv of [batch, time, 64] needs a kernel [...window, channels, filters], not [3, 3, 1, 16]',
  ),
  mistake("tokens.split(2, 'batch')", 'axis 0 of [batch, time, 64] does not divide into 2 equal parts'),
  mistake(
    "tokens.split([1, 2], 'time')",
    'parts [1, 2] add up to 3, but axis 1 of [batch, time, 64] has time',
  ),
  mistake("tokens.glu('time')", 'axis 1 of [batch, time, 64] does not divide into 2 equal parts'),
  mistake(
    'conv(image, variable("k2", [3, 3, 2, 16]))',
    'an input with 1 features in 1 group does not fit a kernel for 2 each',
  ),
  mistake(
    'conv(image.slice(1, 0, 2), kernel)',
    "a window of 3 x 3 does not fit into [batch, 2, 28, 1]: use padding 'same', or less pooling before",
  ),
  mistake(
    'maxPool(image, 30)',
    "a window of 30 x 30 does not fit into [batch, 28, 28, 1]: use padding 'same', or less pooling before",
  ),
  mistake('randomUniform(m, [3])', 'a random key is u32[2], not f32[6, 4]: make one with randomKey(seed)'),
  mistake(
    'conv2d({ filters: 3, kernel: 3 })(logits)',
    'conv2d needs [batch, height, width, channels], not [batch, 10]',
  ),
  mistake(
    'conv1d({ filters: 3, kernel: 3, layout: "channelsFirst" })(logits)',
    'conv1d needs [batch, channels, width], not [batch, 10]',
  ),
  mistake('globalMaxPool()(v)', 'global pooling needs [batch, ..., channels], not [4]'),
  mistake('linear({ units: 3 })(s)', 'linear needs [..., features], not []'),
  mistake(
    'linear({ units: 3 })(input("a", ["batch", "width"]))',
    "linear needs a known number of features, not 'width'",
  ),
  mistake('maxPool2d(2)(tokens)', 'maxPool2d needs [batch, height, width, channels], not [batch, time, 64]'),
  mistake(
    'embedding({ count: 9, units: 3 })(m)',
    "embedding takes whole numbers, not f32: convert them with .cast('i32')",
  ),
  mistake(
    'residual(linear({ units: 5 }))(h)',
    'cannot broadcast [batch, 5] with [batch, 128]: 5 and 128 differ',
  ),
  mistake(
    'crossEntropy(logits, hot)',
    "crossEntropy of logits [batch, 10] takes class numbers [batch], not [batch, 10]: one-hot labels need .argmax(-1), or .cast('f32') to be probabilities",
  ),
  mistake(
    'crossEntropy(image, labels)',
    'crossEntropy of logits [batch, 28, 28, 1] takes class numbers [batch, 28, 28], not [batch]: one answer for each example needs flatten() before the last layer, or of a sequence its last step',
  ),
  mistake(
    'meanSquaredError(linear({ units: 1 })(x), x.sum(1))',
    'meanSquaredError compares tensors of one shape, not [batch, 1] with [batch]: declare the target [batch, 1], or write .squeeze(-1) behind the prediction',
  ),
  mistake(
    'crossEntropy(logits, ids)',
    'crossEntropy of logits [batch, 10] takes class numbers [batch], not [batch, time]',
  ),
  mistake(
    'crossEntropy(logits, logits.max(-1))',
    "crossEntropy takes class numbers of i32, not f32: convert them with .cast('i32')",
  ),
  mistake(
    'grad(logits.mean(1), logits)',
    'a gradient needs a scalar, not [batch]: reduce it with .mean() or .sum(), or use jacobian or vjp',
  ),
  mistake(
    'grad(h.sum(), { h, labels })',
    "i32 has no gradient: leave it out, or convert it with .cast('f32')",
  ),
  mistake('gru({ units: 3 })(h)', 'gru needs [batch, time, features], not [batch, 128]'),
  mistake('lstm({ units: 3 }).run(h)', 'lstm needs [batch, time, features], not [batch, 128]'),
  mistake(
    'gru({ units: 3, timeMajor: true }).run(h).last',
    'gru needs [time, batch, features], not [batch, 128]',
  ),
  mistake('grad(whole.sum(), m)', "i32 has no gradient: leave it out, or convert it with .cast('f32')"),
];

/** What only the editor says in these words, because run time knows the layer by its path. */
export const onlyInTheEditor: readonly Mistake[] = [
  mistake(
    'sequential(conv2d({ filters: 8, kernel: 3 }), maxPool2d(2), maxPool2d(2), conv2d({ filters: 8, kernel: 7 }))(image)',
    "layer 3 of the sequence: a window of 7 x 7 does not fit into [batch, 6, 6, 8]: use padding 'same', or less pooling before",
  ),
  mistake(
    'sequential(flatten(), (y: Tensor<["batch", 3]>) => y)(image)',
    'layer 1 of the sequence: a function takes f32[batch, 3], not f32[batch, 784]',
  ),
  mistake(
    'sequential(flatten(), (y: AnyTensor) => y.tanh(), (y: Tensor<[Dim, number]>) => y)(image)',
    'layer 2 of the sequence: a function takes f32[?, ?], not a tensor of unknown shape: layer 1 loses the shape: write it as <T extends AnyTensor>(x: T) => …, or put a layer such as tanh() there',
  ),
  mistake(
    'sequential(sequential(flatten(), conv2d({ filters: 1, kernel: 1 })))(image)',
    'layer 0 of the sequence: layer 1 of the sequence: conv2d needs [batch, height, width, channels], not [batch, 784]',
  ),
  mistake(
    'input("a", [3]).as(x.shape.length > 1 ? ["batch", 4] : ["batch", 4]).add(m)',
    'the tensor is [3], not [batch, 4]',
  ),
];
