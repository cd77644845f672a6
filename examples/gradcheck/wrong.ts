/** A rule of one's own that forgets the inner derivative: gradcheck says which node, and on which line. */
import { customVjp, input } from 'cotangent';

const x = input('x', ['batch', 3]);
const swish = customVjp(x.mul(x.mul(2).sigmoid()), x, (dy) =>
  dy.mul(
    x
      .mul(2)
      .sigmoid()
      .add(x.mul(x.mul(2).sigmoid()).mul(x.mul(-2).sigmoid())),
  ),
);

export const loss = swish.square().mean();
export const point = {
  x: [
    [0.1, 0.2, 0.3],
    [0.5, -0.4, 0.2],
  ],
};
