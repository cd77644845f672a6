/** The node tests of ONNX, single operators and small models, on the interpreter. */
import { interpreter } from '@cotangent/engine';
import { nodeTests } from './suite.ts';

nodeTests(interpreter());
