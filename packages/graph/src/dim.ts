/**
 * Dimensions: numbers, names, and integer polynomials over names.
 *
 * A symbolic dim is its canonical text, so dims compare with `===`, print as they are and serialize for
 * free: `batch`, `batch*784`, `2-row terms in order of degree`, `floor((time-3)/2)+1`. A floor division that
 * does not come out even is an opaque atom. Nothing is ever assumed about a name except that it equals itself.
 */
import { CotangentError } from './errors.ts';

export type Dim = number | string;

/** A polynomial: monomial (sorted atoms joined by `*`, '' for the constant) to coefficient. */
type Polynomial = Map<string, number>;
export type Bindings = Readonly<Record<string, number>>;

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;
export const isDimName = (text: string): boolean => namePattern.test(text) && text !== 'floor';

const parsed = new Map<string, Polynomial>();
const maximumCache = 10_000;
const maximumText = 2_000;
const maximumTerms = 100;

function polynomial(dim: Dim): Polynomial {
  if (typeof dim === 'number') return new Map(dim === 0 ? [] : [['', dim]]);
  let known = parsed.get(dim);
  if (known === undefined) {
    known = new Parser(dim).parse();
    if (parsed.size >= maximumCache) parsed.clear();
    parsed.set(dim, known);
  }
  return known;
}

/** Recursive descent over sums, products, integers, names and `floor(sum/integer)`; depth is bounded. */
class Parser {
  private at = 0;
  private depth = 0;
  private readonly text: string;
  constructor(text: string) {
    this.text = text;
    if (text.length > maximumText) this.fail();
  }
  parse(): Polynomial {
    const result = this.sum();
    if (this.at !== this.text.length) this.fail();
    return result;
  }
  private fail(): never {
    throw new CotangentError(
      'BAD_ARGUMENT',
      `'${this.text.slice(0, 80)}' is not a dimension: use a whole number, a name such as 'batch', or sums and products of them`,
    );
  }
  private take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }
  private sum(): Polynomial {
    let result = this.take('-') ? scale(this.product(), -1) : this.product();
    for (;;) {
      if (this.take('+')) result = plus(result, this.product());
      else if (this.take('-')) result = plus(result, scale(this.product(), -1));
      else return result;
    }
  }
  private product(): Polynomial {
    let result = this.atom();
    while (this.take('*')) result = times(result, this.atom());
    return result;
  }
  private atom(): Polynomial {
    if (++this.depth > 50) this.fail();
    try {
      if (this.take('floor(')) {
        const numerator = this.sum();
        if (!this.take('/')) this.fail();
        const divisor = this.integer();
        if (!this.take(')')) this.fail();
        return divided(numerator, divisor);
      }
      if (this.take('(')) {
        const inner = this.sum();
        if (!this.take(')')) this.fail();
        return inner;
      }
      const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(this.text.slice(this.at));
      if (name !== null) {
        this.at += name[0].length;
        return new Map([[name[0], 1]]);
      }
      const value = this.integer();
      return new Map(value === 0 ? [] : [['', value]]);
    } finally {
      this.depth--;
    }
  }
  private integer(): number {
    const digits = /^\d{1,15}/.exec(this.text.slice(this.at));
    if (digits === null) this.fail();
    this.at += digits[0].length;
    return Number(digits[0]);
  }
}

function plus(a: Polynomial, b: Polynomial): Polynomial {
  const result = new Map(a);
  for (const [monomial, coefficient] of b) {
    const total = (result.get(monomial) ?? 0) + coefficient;
    if (total === 0) result.delete(monomial);
    else result.set(monomial, total);
  }
  return result;
}

const scale = (a: Polynomial, factor: number): Polynomial =>
  factor === 0
    ? new Map()
    : new Map([...a].map(([monomial, coefficient]) => [monomial, coefficient * factor]));

function times(a: Polynomial, b: Polynomial): Polynomial {
  const result: Polynomial = new Map();
  for (const [left, m] of a)
    for (const [right, n] of b) {
      const monomial = [...atomsOf(left), ...atomsOf(right)].sort().join('*');
      const total = (result.get(monomial) ?? 0) + m * n;
      if (total === 0) result.delete(monomial);
      else result.set(monomial, total);
      // A product of sums grows without end: no shape needs that, and a hostile text must not hold up its reader.
      if (result.size > maximumTerms)
        throw new CotangentError('BAD_ARGUMENT', `a dimension of more than ${maximumTerms} terms is refused`);
    }
  return result;
}

/** The factors of a monomial; a product inside `floor(…)` does not count. */
function atomsOf(monomial: string): string[] {
  if (monomial === '') return [];
  const atoms: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= monomial.length; i++) {
    const character = monomial[i];
    if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === undefined || (character === '*' && depth === 0)) {
      atoms.push(monomial.slice(start, i));
      start = i + 1;
    }
  }
  return atoms;
}

/** ⌊a / divisor⌋: the even part comes out, the rest stays an opaque atom. */
function divided(a: Polynomial, divisor: number): Polynomial {
  if (divisor === 1) return a;
  const even: Polynomial = new Map();
  const rest: Polynomial = new Map();
  for (const [monomial, coefficient] of a) {
    if (coefficient % divisor === 0) even.set(monomial, coefficient / divisor);
    else if (monomial === '') {
      const quotient = Math.floor(coefficient / divisor);
      if (quotient !== 0) even.set('', quotient);
      rest.set('', coefficient - quotient * divisor);
    } else rest.set(monomial, coefficient);
  }
  if ([...rest.keys()].every((monomial) => monomial === '')) return even;
  return plus(even, new Map([[`floor(${numeratorText(rest)}/${divisor})`, 1]]));
}

const numeratorText = (a: Polynomial): string => {
  const text = String(format(a));
  return /[+-]/.test(text) ? `(${text})` : text;
};

function format(a: Polynomial): Dim {
  if (a.size === 0) return 0;
  if (a.size === 1 && a.has('')) return a.get('')!;
  const degree = (monomial: string) => (monomial === '' ? 0 : atomsOf(monomial).length);
  const terms = [...a].sort(([m], [n]) => degree(n) - degree(m) || (m < n ? -1 : 1));
  let text = '';
  for (const [monomial, coefficient] of terms) {
    const size = Math.abs(coefficient);
    text += coefficient < 0 ? '-' : text === '' ? '' : '+';
    text += monomial === '' ? size : size === 1 ? monomial : `${monomial}*${size}`;
  }
  return text;
}

/** The canonical form of a dim given by a user: checks numbers and parses names and expressions. */
export function toDim(value: unknown): Dim {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw new CotangentError(
      'BAD_ARGUMENT',
      `${value} is not a dimension: sizes are whole numbers, 0 or more`,
    );
  }
  if (typeof value === 'string') return format(polynomial(value));
  throw new CotangentError('BAD_ARGUMENT', `a dimension is a whole number or a name, not ${typeof value}`);
}

const bothNumbers = (a: Dim, b: Dim): boolean => typeof a === 'number' && typeof b === 'number';

export const addDims = (a: Dim, b: Dim): Dim =>
  bothNumbers(a, b) ? (a as number) + (b as number) : format(plus(polynomial(a), polynomial(b)));
export const mulDims = (a: Dim, b: Dim): Dim =>
  bothNumbers(a, b) ? (a as number) * (b as number) : format(times(polynomial(a), polynomial(b)));
export const subDims = (a: Dim, b: Dim): Dim => addDims(a, typeof b === 'number' ? -b : mulDims(b, -1));
export const floorDivDim = (a: Dim, divisor: number): Dim =>
  typeof a === 'number' ? Math.floor(a / divisor) : format(divided(polynomial(a), divisor));

/** a / b if b provably divides a without a rest, else undefined. */
export function exactQuotient(a: Dim, b: Dim): Dim | undefined {
  if (a === b) return 1;
  if (b === 0) return undefined;
  const divisor = [...polynomial(b)];
  if (divisor.length !== 1) return undefined;
  const [monomial, factor] = divisor[0]!;
  const result: Polynomial = new Map();
  for (const [term, coefficient] of polynomial(a)) {
    if (coefficient % factor !== 0) return undefined;
    const atoms = atomsOf(term);
    for (const atom of atomsOf(monomial)) {
      const index = atoms.indexOf(atom);
      if (index < 0) return undefined;
      atoms.splice(index, 1);
    }
    result.set(atoms.join('*'), coefficient / factor);
  }
  return format(result);
}

/** The names that occur in a dim. */
export function namesIn(dim: Dim): string[] {
  if (typeof dim === 'number') return [];
  return [...new Set(dim.match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? [])].filter((name) => name !== 'floor');
}

const evaluated = (a: Polynomial, bindings: Bindings): Polynomial => {
  let total: Polynomial = new Map();
  for (const [monomial, coefficient] of a) {
    let term: Polynomial = new Map([['', coefficient]]);
    for (const atom of atomsOf(monomial)) term = times(term, evaluatedAtom(atom, bindings));
    total = plus(total, term);
  }
  return total;
};

function evaluatedAtom(atom: string, bindings: Bindings): Polynomial {
  if (!atom.startsWith('floor(')) {
    const bound = Object.hasOwn(bindings, atom) ? bindings[atom] : undefined;
    if (bound === undefined) return new Map([[atom, 1]]);
    return new Map(bound === 0 ? [] : [['', bound]]);
  }
  const slash = atom.lastIndexOf('/');
  const inner = polynomial(atom.slice('floor('.length, slash));
  return divided(evaluated(inner, bindings), Number(atom.slice(slash + 1, -1)));
}

/** Puts sizes in for names; names without a size stay. */
export const substituteDim = (dim: Dim, bindings: Bindings): Dim =>
  typeof dim === 'number' ? dim : format(evaluated(polynomial(dim), bindings));
