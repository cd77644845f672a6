/** Where buffers lie: in the arena of a program at a fixed distance from its base, or behind a pointer in its table. */
import { bytesOf } from '@cotangent/graph';
import type { Buffer } from '../loops/ir.ts';

export interface Layout {
  /** Bytes from the base of the arena; undefined for buffers that are reached through the table of pointers. */
  offsetOf(buffer: Buffer): number | undefined;
  /** Where in the arena the pointer to a buffer lies. */
  pointerAt(buffer: Buffer): number;
}

export const elementBytes = (buffer: Buffer): number => bytesOf(buffer.dtype);
