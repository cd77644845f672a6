/** Reads the node tests of ONNX: the manifest, and of each case the model, its inputs and the expected outputs. */
import { readdirSync, readFileSync } from 'node:fs';
import { type OnnxTensor, tensorOf } from './elements.ts';
import { type ModelMessage, readModel, readTensor } from './proto.ts';

const folder = new URL('../../fixtures/onnx/', import.meta.url);

export interface CaseEntry {
  readonly case: string;
  readonly category: string;
  /** With the domain in front, if it is not that of ONNX itself. */
  readonly ops: readonly string[];
  /** Inputs that are parameters of operators: known when the graph is built. */
  readonly parameterInputs?: readonly string[];
  /** The values come from a random stream: only shapes and statistics can be compared. */
  readonly random?: boolean;
}

interface Manifest {
  readonly count: number;
  readonly cases: readonly CaseEntry[];
}

export const manifest = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) as Manifest;

export interface Case {
  readonly model: ModelMessage;
  /** In the order of the inputs of the graph that are no initializers. */
  readonly inputs: readonly OnnxTensor[];
  readonly outputs: readonly OnnxTensor[];
}

export function load({ case: name }: CaseEntry): Case {
  const data = new URL(`${name}/test_data_set_0/`, folder);
  const count = (kind: string): number =>
    readdirSync(data).filter((file) => file.startsWith(`${kind}_`)).length;
  const tensors = (kind: string): OnnxTensor[] =>
    Array.from({ length: count(kind) }, (_, i) =>
      tensorOf(readTensor(readFileSync(new URL(`${kind}_${i}.pb`, data)))),
    );
  return {
    model: readModel(readFileSync(new URL(`${name}/model.onnx`, folder))),
    inputs: tensors('input'),
    outputs: tensors('output'),
  };
}
