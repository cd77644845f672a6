/** Names come from users and files: here they are made safe for XML, for Graphviz and for a terminal. */

/** Control characters, lone surrogates and turns of the writing direction: XML cannot hold them, a terminal may obey. */
const unprintable = /[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029\ufffe\uffff]/gu;

/** The text without anything that is not a character to be seen; too long ones are cut. */
export function printable(text: string, limit = 200): string {
  const clean = text.replace(unprintable, '\ufffd');
  return clean.length <= limit ? clean : `${clean.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for XML content and attributes. */
export const escapeXml = (text: string, limit?: number): string =>
  printable(text, limit).replace(/[&<>"']/g, (character) => entities[character]!);

/** A quoted string of the DOT language: no escape sequences, no entities. */
export const quoteDot = (text: string): string =>
  `"${printable(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('&', '&amp;')}"`;

/** Text in Graphviz's HTML-like labels, where `\N` would stand for the name of the node. */
export const escapeLabel = (text: string, limit?: number): string =>
  escapeXml(text, limit).replaceAll('\\', '\\\\');
