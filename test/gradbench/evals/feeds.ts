/** What programs are fed: the lists of JSON inputs as arrays of doubles, made once for all runs on one input. */

/** Converts an input when it is seen for the first time. */
export function fedOnce<I extends object, F>(convert: (input: I) => F): (input: I) => F {
  const kept = new WeakMap<I, F>();
  return (input) => {
    const found = kept.get(input);
    if (found !== undefined) return found;
    const made = convert(input);
    kept.set(input, made);
    return made;
  };
}

/** Rows of numbers, one after the other. */
export const flatRows = (rows: readonly (readonly number[])[]): Float64Array =>
  Float64Array.from(rows.flat());
