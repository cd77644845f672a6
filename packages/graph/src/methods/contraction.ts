/** Products that sum, as methods. */
import type { AnyTensor } from '../node.ts';
import type { Matmul } from '../types/matmul.ts';
import type { Fits, Result } from '../types/outcome.ts';

export interface ContractionMethods {
  /**
   * Matrix product as in numpy: [..., m, k] with [..., k, n] to [..., m, n]; leading axes broadcast, a vector loses its
   * axis again.
   * @throws SHAPE_MISMATCH if the sizes in the middle differ
   */
  matmul<T extends AnyTensor, B extends AnyTensor>(
    this: T,
    other: Fits<Matmul<T, B>, B>,
  ): Result<Matmul<T, B>>;
}
