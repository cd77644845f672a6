/** Predictions for many images, some at a time. */
import { HostArray, type Trainer } from 'cotangent';

/** Logits [count, 10] for images [count, 28, 28, 1]. */
export function predictAll(digits: Trainer, images: HostArray<'f32'>, atATime: number): HostArray<'f32'> {
  const [count, rows, columns, channels] = images.shape as [number, number, number, number];
  const pixels = rows * columns * channels;
  const logits = new HostArray('f32', [count, 10], new Float32Array(count * 10));
  for (let from = 0; from < count; from += atATime) {
    const to = Math.min(from + atATime, count);
    const batch = new HostArray(
      'f32',
      [to - from, rows, columns, channels],
      images.data.subarray(from * pixels, to * pixels),
    );
    logits.data.set(digits.predict(batch).data as Float32Array, from * 10);
  }
  return logits;
}
