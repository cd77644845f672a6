/** The linear layer against PyTorch. */
import { linear } from '@cotangent/layers';
import { applied, describeGroup } from './check.ts';
import { linearKernel } from './kernels.ts';

interface LinearConfig {
  readonly outFeatures: number;
  readonly bias: boolean;
}

describeGroup('linear', {
  linear: {
    build: ({ x }, { outFeatures, bias }: LinearConfig) => {
      const layer = linear({ units: outFeatures, bias });
      return applied(layer, layer(x), { weight: 'kernel', bias: 'bias' });
    },
    arrange: { weight: linearKernel },
  },
});
