/** What JSON.parse lets pass silently and untrusted bytes may not do: repeated keys, and the key `__proto__`. */

/** The first key that is dangerous or repeated within its object, and why; `text` must be valid JSON. */
export function suspiciousKey(text: string): { readonly key: string; readonly why: string } | undefined {
  const open: (Set<string> | null)[] = []; // null stands for an array
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(null);
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const end = endOfString(text, at);
      let next = end;
      while (next < text.length && ' \t\n\r'.includes(text[next]!)) next++;
      const keys = open.at(-1);
      if (text[next] === ':' && keys) {
        const key: unknown = JSON.parse(text.slice(at, end));
        if (typeof key === 'string') {
          if (key === '__proto__') return { key, why: 'is not allowed' };
          if (keys.has(key)) return { key, why: 'occurs twice' };
          keys.add(key);
        }
      }
      at = end - 1;
    }
  }
  return undefined;
}

/** The position behind the string that starts at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
