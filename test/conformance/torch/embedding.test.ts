/** The embedding layer against PyTorch. Its table is float32 by itself; for float64 the graph is retyped. */
import { embedding } from '@cotangent/layers';
import { applied, describeGroup } from './check.ts';

interface EmbeddingConfig {
  readonly num: number;
  readonly dim: number;
  readonly paddingIdx: number | null;
}

describeGroup('embedding', {
  embedding: {
    build: ({ indices }, { num, dim, paddingIdx }: EmbeddingConfig) => {
      const layer = embedding({ count: num, units: dim, paddingIndex: paddingIdx });
      return applied(layer, layer(indices), { weight: 'table' });
    },
    retyped: true,
  },
});
