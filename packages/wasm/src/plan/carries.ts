/** What need not be done in every turn of a loop: kernels that would do the same again, and copies of what is carried. */
import { touchedBy } from '../loops/access.ts';
import { addAffine, scaleAffine } from '../loops/build.ts';
import type { Affine, Assignment, Buffer, Kernel, Statement, Value, Variable } from '../loops/ir.ts';
import { placesIn } from '../loops/substitute.ts';
import { assignedValues, valuesIn } from '../loops/walk.ts';
import type { Place } from '../lower/expressions.ts';
import { allSteps, type Step } from './steps.ts';

/**
 * Kernels that depend on nothing that a loop changes are done once, before it: packing of matrices, above all. They
 * write only what nothing else in the loop writes.
 */
export function hoisted(
  body: readonly Step[],
  variable: Variable,
): { readonly before: Step[]; readonly rest: Step[] } {
  const writers = new Map<Buffer, number>();
  for (const step of allSteps(body))
    if (step.kind === 'kernel')
      for (const buffer of touchedBy(step.kernel.body).stored)
        writers.set(buffer, (writers.get(buffer) ?? 0) + 1);
  const before: Step[] = [];
  const rest: Step[] = [];
  /** What steps that stay have read so far: in the first turn they see what was there before the loop. */
  const read = new Set<Buffer>();
  for (const step of body) {
    const early =
      step.kind === 'kernel' && [...touchedBy(step.kernel.body).stored].some((buffer) => read.has(buffer));
    for (const inner of allSteps([step])) for (const buffer of readBy(inner)) read.add(buffer);
    if (step.kind === 'kernel' && !early && isConstant(step.kernel, variable, writers)) {
      before.push({ kind: 'kernel', kernel: without(step.kernel, variable) });
      for (const buffer of touchedBy(step.kernel.body).stored) writers.delete(buffer);
    } else rest.push(step);
  }
  return { before, rest };
}

function readBy(step: Step): Iterable<Buffer> {
  if (step.kind === 'kernel') return touchedBy(step.kernel.body).loaded;
  if (step.kind === 'while') return [step.holds];
  if (step.kind === 'report') return [step.buffer];
  return step.kind === 'branch' ? [step.predicate] : [];
}

function isConstant({ body }: Kernel, variable: Variable, writers: ReadonlyMap<Buffer, number>): boolean {
  const { accesses, loaded, stored } = touchedBy(body);
  if (placesIn(body).numbers.has(variable)) return false;
  for (const buffer of stored) {
    if (
      loaded.has(buffer) ||
      buffer.kind === 'status' ||
      buffer.kind === 'update' ||
      writers.get(buffer) !== 1
    )
      return false;
  }
  for (const { buffer, at } of accesses) {
    if (at.terms.some((term) => term.variable === variable)) return false;
    if (writers.has(buffer) && !stored.has(buffer)) return false;
  }
  return true;
}

const without = (kernel: Kernel, variable: Variable): Kernel => ({
  ...kernel,
  around: kernel.around.filter((one) => one !== variable),
});

/**
 * The steps of a loop that write what comes next straight to where it is carried, if nobody reads there afterwards; the
 * kernel that writes may read each element that it is about to replace.
 */
export function inPlace(body: readonly Step[], carry: Place, next: Place): Step[] | undefined {
  const writers: number[] = [];
  const readers: number[] = [];
  for (const [i, step] of body.entries()) {
    for (const inner of allSteps([step])) {
      if (inner.kind === 'kernel') {
        const { accesses, loaded, stored } = touchedBy(inner.kernel.body);
        if (loaded.has(next.buffer)) return undefined;
        if (stored.has(next.buffer)) {
          if (step.kind !== 'kernel') return undefined;
          writers.push(i);
        } else for (const { buffer } of accesses) if (buffer === next.buffer) return undefined;
        for (const { buffer } of accesses) if (buffer === carry.buffer) readers.push(i);
        if (stored.has(carry.buffer)) return undefined;
      } else if (inner.kind === 'while' && inner.holds === carry.buffer) return undefined;
      else if (inner.kind === 'branch' && inner.predicate === carry.buffer) return undefined;
      else if (inner.kind === 'report') return undefined;
    }
  }
  const [writer] = writers;
  if (writer === undefined || writers.length !== 1) return undefined;
  if (readers.some((reader) => reader > writer)) return undefined;
  const step = body[writer]!;
  if (step.kind !== 'kernel') return undefined;
  const reads = readers.includes(writer);
  if (reads && !replacesWhatItReads(step.kernel.body, carry, next)) return undefined;
  const kernel: Kernel = { ...step.kernel, body: redirect(step.kernel.body, next, carry) };
  return body.map((one, i) => (i === writer ? { kind: 'kernel', kernel } : one));
}

/** Whether every element of a carry that is read is replaced in the same statement, or is never replaced by this kernel. */
function replacesWhatItReads(statements: readonly Statement[], carry: Place, next: Place): boolean {
  return statements.every((statement) => {
    if (statement.kind === 'assign') {
      const stores = statement.assignments.filter(
        (one): one is Extract<Assignment, { kind: 'store' }> =>
          one.kind === 'store' && one.buffer === next.buffer,
      );
      return statement.assignments.every((one) =>
        loadsOf(one).every(
          ({ buffer, at }) =>
            buffer !== carry.buffer ||
            stores.some((written) => sameAt(minus(at, carry.at), minus(written.at, next.at))),
        ),
      );
    }
    if (statement.kind === 'if') {
      if (readsCarry(statement.condition, carry)) return false;
      return [statement.onTrue, statement.onFalse].every((list) => replacesWhatItReads(list, carry, next));
    }
    if (statement.kind === 'while' && readsCarry(statement.condition, carry)) return false;
    if (statement.kind === 'for' && [statement.from, statement.to].some((bound) => readsCarry(bound, carry)))
      return false;
    return replacesWhatItReads(statement.body, carry, next);
  });
}

const readsCarry = (bound: number | Value, carry: Place): boolean =>
  typeof bound !== 'number' && loadsIn([bound]).some(({ buffer }) => buffer === carry.buffer);

type Load = Extract<Value, { kind: 'load' }>;

const loadsIn = (values: readonly Value[]): Load[] =>
  valuesIn(values).filter((value): value is Load => value.kind === 'load');
const loadsOf = (one: Assignment): Load[] => loadsIn(assignedValues(one));

const minus = (a: Affine, b: Affine): Affine => addAffine(a, scaleAffine(b, -1));
function sameAt(a: Affine, b: Affine): boolean {
  if (a.computed.length > 0 || b.computed.length > 0) return false;
  const rest = minus(a, b);
  return rest.constant === 0 && rest.terms.length === 0;
}

/** Stores into one place instead of another. */
function redirect(statements: readonly Statement[], from: Place, to: Place): Statement[] {
  return statements.map((statement): Statement => {
    switch (statement.kind) {
      case 'assign':
        return {
          kind: 'assign',
          assignments: statement.assignments.map((one) =>
            one.kind === 'store' && one.buffer === from.buffer
              ? { ...one, buffer: to.buffer, at: addAffine(minus(one.at, from.at), to.at) }
              : one,
          ),
        };
      case 'if':
        return {
          ...statement,
          onTrue: redirect(statement.onTrue, from, to),
          onFalse: redirect(statement.onFalse, from, to),
        };
      default:
        return { ...statement, body: redirect(statement.body, from, to) };
    }
  });
}
