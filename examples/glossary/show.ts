/** Printing, and whether a file is the program that was started. */
import { pathToFileURL } from 'node:url';
import type { HostArray } from 'cotangent';

export const isMain = (url: string): boolean =>
  process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === url;

export function show(title: string, value: HostArray | number): void {
  console.log(`${title}:\n${String(value)}\n`);
}
