/** The report as text: who ran on what, the table of figures and ratios, verdicts, whether losses agree, and the noise. */
import { median } from '#common';
import { type Agreement, agreementsOf } from './agreement.ts';
import { facts, figureOf, shown, type WorkId } from './figures.ts';
import { growth, limitFor, type Rival, type Row, rowsOf, verdicts } from './judgement.ts';
import { cellOf, type Results, worksIn } from './results.ts';
import { type Column, markdownTable, plainTable } from './tables.ts';

export function reportOf(results: Results, asMarkdown: boolean): string {
  const table = asMarkdown ? markdownTable : plainTable;
  const rows = rowsOf(results);
  const parts = [
    circumstances(results),
    table(columns, rowCells(rows)),
    verdictLines(results, rows),
    growthLines(results),
    agreementLines(agreementsOf(results)),
    noiseLine(results),
  ];
  // For a page there is room for everybody.
  if (asMarkdown) parts.push(table(...everybody(results)));
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function circumstances({ when, machine, settings, versions }: Results): string {
  const { processor, cores, memoryGiB, node, node24, commit } = machine;
  const listed = Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
  return [
    `${when.slice(0, 10)}: ${processor}, ${cores} cores, ${memoryGiB} GiB; Node ${node}${node24 === undefined ? '' : `, N24: ${node24}`}${commit === undefined ? '' : `; commit ${commit}`}.`,
    `${listed}.`,
    `float32; medians of ${settings.rounds} interleaved ${settings.rounds === 1 ? 'round' : 'rounds'}, each sampled for ${settings.seconds} s. Ratios are times: below 1 is faster.`,
  ].join('\n');
}

const columns: readonly Column[] = [
  { title: 'work', align: 'left' },
  { title: 'engine', align: 'left' },
  { title: 'ours', align: 'right' },
  { title: 'PyTorch, best', align: 'right' },
  { title: 'JavaScript, best', align: 'right' },
  { title: '÷ PyTorch', align: 'right' },
  { title: '÷ JavaScript', align: 'right' },
  { title: 'target', align: 'right' },
  { title: 'met', align: 'left' },
];

const ratioText = (ratio: number | undefined): string => (ratio === undefined ? '–' : shown(ratio));
const yesOrNo = (answer: boolean | undefined): string => (answer === undefined ? '–' : answer ? 'yes' : 'no');

/** What belongs to the work stands in the first of its rows. */
const rowCells = (rows: readonly Row[]): string[][] =>
  rows.map(({ work, id, cell, torch, peer, toTorch, toPeer, target, isMet }, i) => {
    const isFirst = rows[i - 1]?.work !== work;
    const rival = (one: Rival | undefined): string =>
      one === undefined ? '–' : `${figureOf(work, one.ms)} (${one.id})`;
    return [
      isFirst ? nameOf(work) : '',
      id,
      cell.ms === undefined ? 'fails' : figureOf(work, cell.ms),
      isFirst ? rival(torch) : '',
      isFirst ? rival(peer) : '',
      ratioText(toTorch),
      ratioText(toPeer),
      target ?? '–',
      yesOrNo(isMet),
    ];
  });

const nameOf = (work: WorkId): string => `${work.split('_')[0]} ${facts[work].title}`;

function verdictLines(results: Results, rows: readonly Row[]): string {
  const lines = verdicts(results, rows).flatMap(({ name, met, missed }) => {
    const judged = met.length + missed.length;
    if (judged === 0) return [];
    const misses = missed.length === 0 ? '' : `; missed: ${missed.join(', ')}`;
    return `Targets of ${name}, by the best of its threads and Nodes: ${met.length} of ${judged} met${misses}.`;
  });
  const limits = results.contestants.flatMap((entrant) => {
    const limit = limitFor(results, entrant);
    return limit === undefined ? [] : [`${entrant.id} ${shown(limit)} GFLOP/s`];
  });
  if (limits.length > 0) lines.push(`What WebAssembly can do at best: ${limits.join(', ')}.`);
  const failures = rows.flatMap(({ work, id, cell }) =>
    cell.failure === undefined ? [] : [`${work} of ${id} fails: ${cell.failure}`],
  );
  return [...lines, ...failures].join('\n');
}

/** W10: memory, and the power with which time grows. */
function growthLines(results: Results): string {
  const lines = worksIn(results).flatMap((work) =>
    results.contestants.flatMap(({ id }) => {
      const power = growth(results, work, id);
      const memory = cellOf(results, work, id)?.rss;
      if (power === undefined) return [];
      return [`- ${id}, ${facts[work].title}: n^${power.toFixed(2)}, ${memory?.toFixed(0) ?? '?'} MiB`];
    }),
  );
  return lines.length === 0 ? '' : ['How time grows with the chain, and memory:', ...lines].join('\n');
}

/** One line for each work, and one for each engine that differs. */
function agreementLines(agreements: readonly Agreement[]): string {
  const compared = agreements.filter(({ agrees }) => agrees !== undefined);
  if (compared.length === 0) return '';
  const differing = compared.filter(({ agrees }) => agrees === false);
  const agreeing = [...new Set(compared.map(({ work }) => work))].flatMap((work) => {
    const own = compared.filter((one) => one.work === work && one.agrees);
    const furthest = own.sort((a, b) => b.worst!.deviation - a.worst!.deviation)[0];
    return furthest === undefined ? [] : [furthest];
  });
  const verdict = differing.length === 0 ? 'all agree' : `${differing.length} of ${compared.length} DIFFER`;
  return [
    `Losses and results of all engines against those of all peers: ${verdict}.`,
    ...differing.map((one) => `- ${agreementText(one)}: DIFFERS, ${one.tolerance} is allowed`),
    ...agreeing.map((one) => `- ${agreementText(one)}`),
  ].join('\n');
}

function agreementText({ work, id, values, worst }: Agreement): string {
  const numbers = Object.entries(values).map(([name, value]) => `${name} ${value.toPrecision(7)}`);
  return `${work} ${id}: ${numbers.join(', ')}; at most ${worst!.deviation.toExponential(1)} from ${worst!.id}`;
}

function noiseLine(results: Results): string {
  const { calibration, contestants } = results;
  if (calibration.length === 0) return '';
  const spreads = worksIn(results).flatMap((work) =>
    contestants.flatMap(({ id }) => cellOf(results, work, id)?.spread ?? []),
  );
  const between =
    spreads.length === 0
      ? ''
      : `; slowest by fastest round: ${shown(median(spreads))} (median), ${shown(Math.max(...spreads))} (worst)`;
  return `Noise: a fixed piece of work took ${shown(Math.min(...calibration))} to ${shown(Math.max(...calibration))} ms, ${shown(median(calibration))} ms in the median${between}.`;
}

function everybody(results: Results): [readonly Column[], string[][]] {
  const works = worksIn(results);
  const present = results.contestants.filter(({ id }) => works.some((work) => cellOf(results, work, id)));
  const head: Column[] = [
    { title: 'work', align: 'left' },
    ...present.map(({ id }): Column => ({ title: id, align: 'right' })),
  ];
  const figure = (work: WorkId, id: string): string => {
    const cell = cellOf(results, work, id);
    if (cell === undefined) return '–';
    return cell.ms === undefined ? 'fails' : figureOf(work, cell.ms);
  };
  return [head, works.map((work) => [nameOf(work), ...present.map(({ id }) => figure(work, id))])];
}
