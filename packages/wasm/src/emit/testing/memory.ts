/** Buffers as the slow engine of kernels sees them: lanes by place. */
import type { Lane } from '../../loops/evaluate.ts';
import type { Buffer, Scalar } from '../../loops/ir.ts';

type Format = {
  readonly bytes: number;
  read(view: DataView, at: number): number;
  write(view: DataView, at: number, value: number): void;
};

const formats: Readonly<Record<Exclude<Scalar, 'i64'>, Format>> = {
  f32: {
    bytes: 4,
    read: (view, at) => view.getFloat32(at, true),
    write: (view, at, value) => view.setFloat32(at, value, true),
  },
  f64: {
    bytes: 8,
    read: (view, at) => view.getFloat64(at, true),
    write: (view, at, value) => view.setFloat64(at, value, true),
  },
  i32: {
    bytes: 4,
    read: (view, at) => view.getInt32(at, true),
    write: (view, at, value) => view.setInt32(at, value, true),
  },
  u32: {
    bytes: 4,
    read: (view, at) => view.getUint32(at, true),
    write: (view, at, value) => view.setUint32(at, value, true),
  },
  bool: {
    bytes: 1,
    read: (view, at) => view.getUint8(at),
    write: (view, at, value) => view.setUint8(at, value),
  },
};

/** Some buffers one behind the other in a piece of memory, from a place on. */
export class Memory {
  readonly view: DataView;
  private readonly starts = new Map<Buffer, number>();

  constructor(view: DataView, buffers: readonly Buffer[], start: number) {
    this.view = view;
    let at = start;
    for (const buffer of buffers) {
      this.starts.set(buffer, at);
      // Each is followed by a gap that nobody may touch.
      at += Math.ceil((buffer.size * formats[buffer.dtype].bytes) / 16) * 16 + 32;
    }
  }

  startOf(buffer: Buffer): number {
    return this.starts.get(buffer)!;
  }

  element(buffer: Buffer, place: number): number {
    if (!(place >= 0 && place < buffer.size)) throw new Error(`${buffer.name}[${place}] of ${buffer.size}`);
    const { bytes, read } = formats[buffer.dtype];
    return read(this.view, this.startOf(buffer) + place * bytes);
  }

  store(buffer: Buffer, place: number, value: Lane): void {
    if (!(place >= 0 && place < buffer.size)) throw new Error(`${buffer.name}[${place}] of ${buffer.size}`);
    const { bytes, write } = formats[buffer.dtype];
    write(this.view, this.startOf(buffer) + place * bytes, Number(value));
  }
}
