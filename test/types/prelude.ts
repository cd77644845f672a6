/** Tensors that the tables of cases speak of. */
import { conv2d, flatten, input, linear, maxPool2d, randomKey, relu, sequential, variable } from 'cotangent';

export const x = input('x', ['batch', 784]);
export const h = input('h', ['batch', 128]);
export const one = input('one', ['batch', 1]);
export const bias = variable('bias', [128]);
export const w = variable('w', [784, 128]);
export const logits = input('logits', ['batch', 10]);
export const labels = input('labels', ['batch'], 'i32');
export const hot = input('hot', ['batch', 10], 'i32');
export const image = input('image', ['batch', 28, 28, 1]);
export const first = input('first', ['batch', 3, 28, 28]);
export const wave = input('wave', ['batch', 'time', 8]);
export const volume = input('volume', [2, 9, 10, 11, 4]);
export const tokens = input('tokens', ['batch', 'time', 64]);
export const ids = input('ids', ['batch', 'time'], 'i32');
export const twice = input('twice', ['n', 'n', 3]);
export const m = input('m', [6, 4]);
export const v = input('v', [4]);
export const s = input('s', []);
export const cube = input('cube', [2, 3, 4]);
export const flat = input('flat', [1, 5, 1]);
export const whole = input('whole', [6, 4], 'i32');
export const mask = input('mask', ['batch', 128], 'bool');
export const words = input('words', [6, 4], 'u32');
export const fine = input('fine', [6, 4], 'f64');
export const points = input('points', [5, 2], 'i32');
export const q = input('q', ['batch', 8, 'queries', 64]);
export const k = input('k', ['batch', 8, 'keys', 64]);
export const kernel = variable('kernel', [3, 3, 1, 16]);
export const narrow = variable('narrow', [5, 8, 6]);
export const big = variable('big', [2, 3, 4, 4, 7]);
export const key = randomKey(7);
export const model = sequential(
  conv2d({ filters: 8, kernel: 3 }),
  relu(),
  maxPool2d(2),
  flatten(),
  linear({ units: 10 }),
);
