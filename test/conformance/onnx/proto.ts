/**
 * The messages of ONNX files, as far as the tests need them. Field numbers are those of `onnx.proto`; other fields are
 * skipped. Whole numbers of 64 bits become numbers: only the ends of slices are larger than 2⁵³, and they mean "all".
 */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

export interface TensorMessage {
  readonly dims: readonly number[];
  readonly type: number;
  readonly name: string;
  /** Elements that the message holds as numbers; otherwise they are the bytes of `raw`. */
  readonly numbers: readonly number[];
  readonly raw: Uint8Array;
}

export interface AttributeMessage {
  readonly name: string;
  /** A whole number or a float. */
  readonly number: number;
  readonly text: string;
  readonly tensor: TensorMessage | undefined;
  readonly graph: GraphMessage | undefined;
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
}

export interface NodeMessage {
  /** Names; '' where an optional operand is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly operator: string;
  /** '' is the domain of ONNX itself. */
  readonly domain: string;
  readonly attributes: readonly AttributeMessage[];
}

export interface GraphMessage {
  readonly nodes: readonly NodeMessage[];
  readonly initializers: readonly TensorMessage[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface ModelMessage {
  readonly graph: GraphMessage;
  /** The version of each domain. */
  readonly opsets: ReadonlyMap<string, number>;
}

type Field = (reader: BinaryReader, wire: WireType) => void;

function readFields(bytes: Uint8Array, fields: Readonly<Record<number, Field>>): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    if (Object.hasOwn(fields, number)) fields[number](reader, wire);
    else reader.skip(wire, number);
  }
}

/** A repeated field of numbers: one by one, or packed into a run of bytes. */
const numbersInto =
  (list: number[], read: (reader: BinaryReader) => number | bigint | string): Field =>
  (reader, wire) => {
    if (wire !== WireType.LengthDelimited) {
      list.push(Number(read(reader)));
      return;
    }
    const end = reader.uint32() + reader.pos;
    while (reader.pos < end) list.push(Number(read(reader)));
  };

const textInto =
  (list: string[]): Field =>
  (reader) =>
    list.push(reader.string());

const messagesInto =
  <T>(list: T[], read: (bytes: Uint8Array) => T): Field =>
  (reader) =>
    list.push(read(reader.bytes()));

const wholeNumber = (reader: BinaryReader): number => Number(reader.int64());

export function readTensor(bytes: Uint8Array): TensorMessage {
  const tensor = { dims: [] as number[], type: 0, name: '', numbers: [] as number[], raw: new Uint8Array() };
  readFields(bytes, {
    1: numbersInto(tensor.dims, (reader) => reader.int64()),
    2: (reader) => (tensor.type = reader.int32()),
    4: numbersInto(tensor.numbers, (reader) => reader.float()),
    5: numbersInto(tensor.numbers, (reader) => reader.int32()),
    7: numbersInto(tensor.numbers, (reader) => reader.int64()),
    8: (reader) => (tensor.name = reader.string()),
    9: (reader) => (tensor.raw = new Uint8Array(reader.bytes())),
    10: numbersInto(tensor.numbers, (reader) => reader.double()),
    11: numbersInto(tensor.numbers, (reader) => reader.uint64()),
  });
  return tensor;
}

function readAttribute(bytes: Uint8Array): AttributeMessage {
  const attribute = { name: '', number: 0, text: '', numbers: [] as number[], texts: [] as string[] };
  let tensor: TensorMessage | undefined;
  let graph: GraphMessage | undefined;
  readFields(bytes, {
    1: (reader) => (attribute.name = reader.string()),
    2: (reader) => (attribute.number = reader.float()),
    3: (reader) => (attribute.number = wholeNumber(reader)),
    4: (reader) => (attribute.text = reader.string()),
    5: (reader) => (tensor = readTensor(reader.bytes())),
    6: (reader) => (graph = readGraph(reader.bytes())),
    7: numbersInto(attribute.numbers, (reader) => reader.float()),
    8: numbersInto(attribute.numbers, (reader) => reader.int64()),
    9: textInto(attribute.texts),
  });
  return { ...attribute, tensor, graph };
}

function readNode(bytes: Uint8Array): NodeMessage {
  const node = { inputs: [] as string[], outputs: [] as string[], operator: '', domain: '' };
  const attributes: AttributeMessage[] = [];
  readFields(bytes, {
    1: textInto(node.inputs),
    2: textInto(node.outputs),
    4: (reader) => (node.operator = reader.string()),
    5: messagesInto(attributes, readAttribute),
    7: (reader) => (node.domain = reader.string()),
  });
  return { ...node, attributes };
}

function readGraph(bytes: Uint8Array): GraphMessage {
  const nodes: NodeMessage[] = [];
  const initializers: TensorMessage[] = [];
  const inputs: string[] = [];
  const outputs: string[] = [];
  readFields(bytes, {
    1: messagesInto(nodes, readNode),
    5: messagesInto(initializers, readTensor),
    11: messagesInto(inputs, readName),
    12: messagesInto(outputs, readName),
  });
  return { nodes, initializers, inputs, outputs };
}

/** The name of a value; its type is that of the tensor it stands for. */
function readName(bytes: Uint8Array): string {
  let name = '';
  readFields(bytes, { 1: (reader) => (name = reader.string()) });
  return name;
}

function readOpset(bytes: Uint8Array): readonly [string, number] {
  let domain = '';
  let version = 0;
  readFields(bytes, {
    1: (reader) => (domain = reader.string()),
    2: (reader) => (version = wholeNumber(reader)),
  });
  // The domain of ONNX itself has two names.
  return [domain === 'ai.onnx' ? '' : domain, version];
}

export function readModel(bytes: Uint8Array): ModelMessage {
  const graphs: GraphMessage[] = [];
  const opsets: (readonly [string, number])[] = [];
  readFields(bytes, { 7: messagesInto(graphs, readGraph), 8: messagesInto(opsets, readOpset) });
  const [graph] = graphs;
  if (graph === undefined) throw new Error('the model has no graph');
  return { graph, opsets: new Map(opsets) };
}
