/** Element types: what a tensor's elements are, and which typed array holds them. */

export const dtypes = ['f32', 'f64', 'i32', 'u32', 'bool'] as const;
export type DType = (typeof dtypes)[number];
export type FloatDType = 'f32' | 'f64';

/** The typed array that holds elements of a dtype; booleans are bytes 0 and 1. */
export interface TypedArrayOf {
  f32: Float32Array;
  f64: Float64Array;
  i32: Int32Array;
  u32: Uint32Array;
  bool: Uint8Array;
}
export type TypedArray = TypedArrayOf[DType];

const constructors = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u32: Uint32Array,
  bool: Uint8Array,
} as const;

export const isFloat = (dtype: DType): dtype is FloatDType => dtype === 'f32' || dtype === 'f64';
export const isInteger = (dtype: DType): boolean => dtype === 'i32' || dtype === 'u32';
export const isDType = (value: unknown): value is DType => dtypes.includes(value as DType);
export const bytesOf = (dtype: DType): number => constructors[dtype].BYTES_PER_ELEMENT;

/** Bytes as they stand in sentences. */
export const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** The name of the typed array that holds a dtype. */
export const typedArrayName = (dtype: DType): string => constructors[dtype].name;

/** A new zero-filled array for `size` elements. */
export const allocate = (dtype: DType, size: number): TypedArray => new constructors[dtype](size);

/** True if `array` is the kind of typed array that holds `dtype`. */
export const holds = (array: unknown, dtype: DType): boolean => array instanceof constructors[dtype];

/** Smallest and largest value of a dtype: the identities of max and min. */
export const lowest = { f32: -Infinity, f64: -Infinity, i32: -2147483648, u32: 0, bool: 0 } as const;
export const highest = { f32: Infinity, f64: Infinity, i32: 2147483647, u32: 4294967295, bool: 1 } as const;
