/** The node tests of ONNX, single operators and small models, on every engine. */
import { describe } from 'vitest';
import { engines } from '../engines.ts';
import { nodeTests } from './suite.ts';

describe.each(engines)('on %s', (_, engine) => nodeTests(engine));
