/** Reads a series at even steps from a CSV of dates and values, in which an empty value is a missing one. */
import { readFile } from 'node:fs/promises';
import { CotangentError } from 'cotangent';

export interface Series {
  /** Days since 1 January 1970, one for each row, evenly spaced. */
  readonly days: Int32Array;
  /** NaN where nothing was measured: a sum that forgets the mask does not look like a result. */
  readonly values: Float64Array;
  /** 1 where something was measured, 0 where not. */
  readonly present: Uint8Array;
}

const header = 'date,co2';
const millisecondsPerDay = 86_400_000;

/** The weekly record of Mauna Loa. */
export const readSeries = async (file = new URL('./data/co2.csv', import.meta.url)): Promise<Series> =>
  parseSeries(await readFile(file, 'utf8'));

/** @throws BAD_DATA with the number of the line, if a row is not what it should be or does not come `step` days after its predecessor */
export function parseSeries(text: string, step = 7): Series {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop(); // the line break after the last row
  if (lines[0] !== header) throw bad(1, `the header must be '${header}', not '${lines[0] ?? ''}'`);
  if (lines.length === 1) throw bad(1, 'no row follows the header');
  const rows = lines.slice(1).map((line, i) => parseRow(line, i + 2));
  for (let i = 1; i < rows.length; i++) {
    const distance = rows[i]!.day - rows[i - 1]!.day;
    if (distance !== step)
      throw bad(
        i + 2,
        `the date is ${distance} days after that of the line before, not ${step}: a step without a value needs a row with an empty value`,
      );
  }
  return {
    days: Int32Array.from(rows, ({ day }) => day),
    values: Float64Array.from(rows, ({ value }) => value ?? Number.NaN),
    present: Uint8Array.from(rows, ({ value }) => (value === undefined ? 0 : 1)),
  };
}

interface Row {
  readonly day: number;
  readonly value: number | undefined;
}

function parseRow(line: string, lineNumber: number): Row {
  const fields = line.split(',');
  if (fields.length !== 2) throw bad(lineNumber, `a row is a date, a comma and a value, not '${line}'`);
  const [date, value] = fields as [string, string]; // there are two, as just counted
  // Only plain decimals, so that a placeholder such as -99.99 or NaN cannot pass for a measurement.
  if (value !== '' && !(/^\d+(\.\d+)?$/.test(value) && Number(value) > 0))
    throw bad(
      lineNumber,
      `the value must be a positive decimal, or nothing if it is missing, not '${value}'`,
    );
  const day = dayOf(/^\d{8}$/.test(date) ? date.replace(/(....)(..)(..)/, '$1-$2-$3') : '');
  if (day === undefined) throw bad(lineNumber, `'${date}' is no date of the form YYYYMMDD`);
  return { day, value: value === '' ? undefined : Number(value) };
}

/** Days since 1 January 1970 of a date YYYY-MM-DD; undefined if the calendar has no such day. */
export function dayOf(date: string): number | undefined {
  const time = Date.parse(`${date}T00:00:00Z`);
  // 30 February is read as 1 or 2 March, so the way back tells.
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(`${date}T`)) return undefined;
  return time / millisecondsPerDay;
}

const bad = (lineNumber: number, sentence: string): CotangentError =>
  new CotangentError('BAD_DATA', `line ${lineNumber}: ${sentence}`);
