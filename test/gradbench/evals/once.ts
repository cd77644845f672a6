/** Programs are made when they are first needed, and kept. */

/** The same value for the same key, made once. */
export function oncePer<K extends string | number, V>(make: (key: K) => V): (key: K) => V {
  const kept = new Map<K, V>();
  return (key) => {
    const found = kept.get(key);
    if (found !== undefined) return found;
    const made = make(key);
    kept.set(key, made);
    return made;
  };
}

/** A value made at the first call. */
export function once<V>(make: () => V): () => V {
  const only = oncePer((_: 0) => make());
  return () => only(0);
}
