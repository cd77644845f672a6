/** Operators whose cases are not run, each with the reason. A case that has one of them in its model is left out. */
export const leftOut: Readonly<Record<string, string>> = {
  Compress: 'how many entries the result has depends on the values of the condition, and our shapes do not',
};
