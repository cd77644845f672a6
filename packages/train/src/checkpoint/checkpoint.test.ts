/** Claims about checkpoints as bytes: nothing is lost, and nothing that is damaged or malicious gets through. */
import { allocate, CotangentError, type DType, dtypes, fromNested, HostArray } from '@cotangent/graph';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCheckpoint, decodeSafetensors, encodeCheckpoint, encodeSafetensors } from './index.ts';

/** Any array of any dtype, made of random bytes: NaNs of every kind are among them. */
const hostArray: fc.Arbitrary<HostArray> = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat(4), { maxLength: 4 }), fc.infiniteStream(fc.nat(255)))
  .map(([dtype, shape, stream]) => {
    const array = allocate(
      dtype,
      shape.reduce((product, dim) => product * dim, 1),
    );
    const bytes = new Uint8Array(array.buffer);
    for (let i = 0; i < bytes.length; i++) bytes[i] = stream.next().value! & (dtype === 'bool' ? 1 : 255);
    return new HostArray<DType>(dtype, shape, array);
  });
const name = fc
  .oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('0', 'constructor', 'a/b', '\ud800', ''))
  .filter((text) => text !== '__proto__' && text !== '__metadata__');
const tensors = fc
  .uniqueArray(fc.tuple(name, hostArray), { selector: ([key]) => key, maxLength: 6 })
  .map((entries) => Object.fromEntries(entries));

const bytesOfArray = ({ data }: HostArray): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function expectSame(
  got: Readonly<Record<string, HostArray>>,
  want: Readonly<Record<string, HostArray>>,
): void {
  expect(Object.keys(got).sort()).toEqual(Object.keys(want).sort());
  for (const key of Object.keys(want)) {
    expect(got[key]!.dtype).toBe(want[key]!.dtype);
    expect(got[key]!.shape).toEqual(want[key]!.shape);
    expect(Buffer.compare(bytesOfArray(got[key]!), bytesOfArray(want[key]!))).toBe(0);
  }
}

describe('safetensors', () => {
  it('keep every bit of every dtype, shape and name', () => {
    fc.assert(
      fc.property(tensors, fc.dictionary(name, fc.string()), (content, metadata) => {
        const decoded = decodeSafetensors(encodeSafetensors({ tensors: content, metadata }));
        expectSame(decoded.tensors, content);
        expect(decoded.metadata).toEqual({ ...metadata });
      }),
    );
  });

  it('are the same bytes whatever the order of the names, and aligned', () => {
    fc.assert(
      fc.property(tensors, (content) => {
        const bytes = encodeSafetensors({ tensors: content, metadata: {} });
        const turned = Object.fromEntries(Object.entries(content).reverse());
        expect(Buffer.compare(encodeSafetensors({ tensors: turned, metadata: {} }), bytes)).toBe(0);
        expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
      }),
    );
  });

  it('are read as the specification writes them', () => {
    // Bytes put together by hand from the format's description.
    const header =
      '{"b":{"dtype":"BOOL","shape":[],"data_offsets":[4,5]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    const { tensors: read } = decodeSafetensors(file(header, [0, 0, 0x80, 0x3f, 1]));
    expect(read.a!.toNested()).toEqual([1]);
    expect(read.b!.toNested()).toBe(true);
  });

  it('are read from the middle of a larger buffer', () => {
    const bytes = encodeSafetensors({ tensors: { a: fromNested([1, 2, 3], 'f64') }, metadata: {} });
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeSafetensors(shifted.subarray(3)).tensors.a!.toNested()).toEqual([1, 2, 3]);
  });
});

describe('checkpoints', () => {
  it('keep plain data, with the numbers that JSON loses', () => {
    const meta = {
      step: 7,
      history: [0.1, Number.NaN, Infinity, -Infinity, -0],
      none: null,
      text: '"\\{:',
      yes: true,
      nested: { list: [[]] },
    };
    const decoded = decodeCheckpoint(encodeCheckpoint({ tensors: { w: fromNested([[1]]) }, meta }));
    expect(decoded.meta).toStrictEqual(meta);
    expect(decodeCheckpoint(encodeCheckpoint({ tensors: {}, meta: { a: undefined } })).meta).toEqual({});
  });

  it('keep any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (meta) => {
        fc.pre(!JSON.stringify(meta).includes('__proto__'));
        expect(decodeCheckpoint(encodeCheckpoint({ tensors: {}, meta })).meta).toStrictEqual(meta);
      }),
    );
  });

  it('refuse what they could not give back', () => {
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    const parsed: unknown = JSON.parse('{"a":{"__proto__":1}}');
    for (const [meta, sentence] of [
      [{ state: { m: new Float32Array(2) } }, /meta\.state\.m is an object of type Float32Array.*as tensors/],
      [[new Map()], /meta\[0\] is an object of type Map/],
      [undefined, /meta is undefined/],
      [{ call: () => 1 }, /meta\.call is a function/],
      [cyclic, /deeper than 200, or cyclic/],
      [{ $number: 'NaN' }, /'\$number'/],
      [parsed, /'__proto__'/],
    ] as const)
      expectFailure(() => encodeCheckpoint({ tensors: {}, meta }), 'BAD_ARGUMENT', sentence);
    for (const bad of ['__metadata__', '__proto__'])
      expectFailure(
        () => encodeSafetensors({ tensors: Object.fromEntries([[bad, fromNested(1)]]), metadata: {} }),
        'BAD_ARGUMENT',
        /cannot be/,
      );
  });
});

function expectFailure(action: () => unknown, code: string, sentence: RegExp): void {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(CotangentError);
    expect((error as CotangentError).code).toBe(code); // the line above made sure
    expect((error as CotangentError).message).toMatch(sentence); // as above
    return;
  }
  throw new Error('nothing was thrown');
}

function file(header: string, data: readonly number[] = [], length?: number | bigint): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}
const tensor = (shape: string, offsets: string, dtype = '"F32"'): string =>
  `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;
const four = [0, 0, 0, 0];

describe('damaged or malicious bytes say what is wrong', () => {
  const cases: [string, Uint8Array, RegExp][] = [
    ['nothing', new Uint8Array(0), /truncated: 0 bytes/],
    ['a huge header', file('{}', [], 100_000_001), /claims a header of 100000001 bytes.*at most 100000000/],
    ['a header of 2^64 - 1', file('{}', [], 2n ** 64n - 1n), /claims a header of 18446744073709551615/],
    [
      'a header that is cut off',
      file('{}', [], 50),
      /truncated: its header should have 50 bytes, and 2 are there/,
    ],
    ['text', new TextEncoder().encode('\x05\0\0\0\0\0\0\0hello'), /not JSON/],
    ['bad UTF-8', file('{"\u0000"}').fill(0xff, 10, 11), /not JSON/],
    ['a deep nest', file('['.repeat(500_000)), /not JSON/],
    ['a list', file('[]'), /\[\], not an object/],
    [
      'a repeated tensor',
      file(`{"a":${tensor('[1]', '[0,4]')},"\\u0061":${tensor('[1]', '[0,4]')}}`, four),
      /'a' occurs twice/,
    ],
    [
      'a repeated field',
      file('{"a":{"dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4]}}', four),
      /'dtype' occurs twice/,
    ],
    ['__proto__', file(`{"__proto__":${tensor('[1]', '[0,4]')}}`, four), /'__proto__' is not allowed/],
    ['no object', file('{"a":3}'), /'a' of the checkpoint is described by 3/],
    ['an unknown field', file('{"a":{"code":"x"}}'), /unknown field 'code'/],
    [
      'an unknown dtype',
      file(`{"a":${tensor('[1]', '[0,4]', '"BF16"')}}`, four),
      /dtype 'BF16'; F32, F64, I32, U32, BOOL can be read/,
    ],
    [
      'a dtype of the prototype',
      file(`{"a":${tensor('[1]', '[0,4]', '"constructor"')}}`, four),
      /dtype 'constructor'/,
    ],
    ['a negative size', file(`{"a":${tensor('[-1]', '[0,4]')}}`, four), /shape \[-1\]/],
    ['a broken size', file(`{"a":${tensor('[1.5]', '[0,4]')}}`, four), /shape \[1.5\]/],
    ['a missing shape', file('{"a":{"dtype":"F32","data_offsets":[0,4]}}', four), /shape undefined/],
    ['three offsets', file(`{"a":${tensor('[1]', '[0,4,8]')}}`, four), /data_offsets \[0, 4, 8\]/],
    ['turned offsets', file(`{"a":${tensor('[1]', '[4,0]')}}`, four), /bytes 4 to 0/],
    [
      'offsets beyond the end',
      file(`{"a":${tensor('[2]', '[0,8]')}}`, four),
      /bytes 0 to 8, and the data has 4: the file is truncated/,
    ],
    [
      'another size',
      file(`{"a":${tensor('[2]', '[0,4]')}}`, four),
      /f32\[2\], needs 8 bytes, and its data_offsets hold 4/,
    ],
    [
      'an overflow',
      file(`{"a":${tensor('[4294967296,4294967296,4294967296]', '[0,4]')}}`, four),
      /more bytes than can be counted/,
    ],
    [
      'an overflow to zero',
      file(`{"a":${tensor('[4294967296,4294967296]', '[0,0]')}}`),
      /more bytes than can be counted/,
    ],
    [
      'an overlap',
      file(`{"a":${tensor('[1]', '[0,4]')},"b":${tensor('[1]', '[0,4]')}}`, four),
      /'a' and 'b' of the checkpoint overlap at byte 0/,
    ],
    [
      'a gap',
      file(`{"a":${tensor('[1]', '[4,8]')}}`, [...four, ...four]),
      /bytes 0 to 4 .* belong to no tensor/,
    ],
    ['something behind', file(`{"a":${tensor('[1]', '[0,4]')}}`, [...four, 9]), /1 bytes at the end/],
    ['a boolean of 2', file(`{"a":${tensor('[2]', '[0,2]', '"BOOL"')}}`, [1, 2]), /BOOL, and element 1 is 2/],
    ['metadata that is no text', file('{"__metadata__":{"a":1}}'), /not an object of texts/],
  ];
  it.each(cases)('%s', (_, bytes, sentence) => {
    expectFailure(() => decodeSafetensors(bytes), 'BAD_CHECKPOINT', sentence);
  });

  const checkpoint = (version: string, meta: string): Uint8Array =>
    encodeSafetensors({ tensors: {}, metadata: { format: 'cotangent-checkpoint', version, meta } });
  it.each<[string, Uint8Array, RegExp]>([
    [
      'tensors of another tool',
      encodeSafetensors({ tensors: {}, metadata: { format: 'pt' } }),
      /format 'pt'.*not a checkpoint of Cotangent/,
    ],
    ['a later version', checkpoint('2', '{}'), /version '2'.*reads version 1/],
    ['meta that is no JSON', checkpoint('1', '{'), /meta of the checkpoint is not JSON/],
    [
      'meta with __proto__',
      checkpoint('1', '{"a":[{"__proto__":{"polluted":1}}]}'),
      /'__proto__' is not allowed/,
    ],
    ['meta with an unknown number', checkpoint('1', '{"$number":"1e3"}'), /number '1e3'/],
    ['meta that is too deep', checkpoint('1', `${'['.repeat(5000)}${']'.repeat(5000)}`), /deeper than 200/],
  ])('%s', (_, bytes, sentence) => {
    expectFailure(() => decodeCheckpoint(bytes), 'BAD_CHECKPOINT', sentence);
  });

  it('whatever is changed in the bytes: a CotangentError, or arrays of the right size', () => {
    const change = fc.tuple(fc.constantFrom('set', 'cut', 'insert', 'digit'), fc.nat(), fc.nat(255));
    const original = encodeCheckpoint({
      tensors: { w: fromNested([[1, 2]]), n: fromNested([1, 2], 'i32'), on: fromNested([true, false, true]) },
      meta: { step: 3, list: [1, { a: 'b' }] },
    });
    let passed = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let bytes: number[] = [...original];
        for (const [kind, where, value] of changes) {
          const at = where % bytes.length;
          if (kind === 'set') bytes[at] = value;
          else if (kind === 'cut') bytes = bytes.slice(0, Math.max(1, at));
          else if (kind === 'insert') bytes.splice(at, 0, value);
          else
            bytes = bytes.map((byte, i) =>
              i > 8 && i % 97 === at % 97 && byte >= 48 && byte <= 57 ? 48 + (value % 10) : byte,
            );
        }
        try {
          const { tensors: read } = decodeCheckpoint(Uint8Array.from(bytes));
          passed++;
          for (const array of Object.values(read))
            expect(array.data.length).toBe(array.shape.reduce((product, dim) => product * dim, 1));
          const total = Object.values(read).reduce((sum, array) => sum + array.data.byteLength, 0);
          expect(total).toBeLessThan(bytes.length);
        } catch (error) {
          if (!(error instanceof CotangentError)) throw error;
          expect(error.code).toBe('BAD_CHECKPOINT');
        }
      }),
      { numRuns: 3000 },
    );
    expect(passed).toBeGreaterThan(0); // changed data bytes are still a checkpoint
  });

  it('whatever bytes they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (data, text) => {
        for (const bytes of [data, file(text, [...data]), file(`{${text}}`, [...data])])
          try {
            decodeSafetensors(bytes);
          } catch (error) {
            if (!(error instanceof CotangentError)) throw error;
            expect(error.code).toBe('BAD_CHECKPOINT');
          }
      }),
    );
  });
});
