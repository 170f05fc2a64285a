/**
 * The tables of docs/oracle-trial.md that say how sound kernels fared, each between its marks. What a kernel
 * does its own way is written there by hand, and kept.
 */
import type { SoundKernelReport } from './judge-sound-kernel.ts';
import { rewriteDocument } from './run.ts';

export function writeOracleTrial(reports: readonly SoundKernelReport[], seed: string): void {
  rewriteDocument('oracle-trial.md', (text) => withTables(text, reports, seed));
}

/** @throws where the text does not have a pair of marks for each table. */
export function withTables(text: string, reports: readonly SoundKernelReport[], seed: string): string {
  const judged = replaced(text, 'sound kernels', (old) =>
    [summary(reports, seed), kernelTable(reports, old)].join('\n\n'),
  );
  return replaced(judged, 'nearest', () => tightTable(reports));
}

function replaced(text: string, name: string, table: (old: string) => string): string {
  const [first, last] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [before, rest] = text.split(first);
  const [old, after] = rest?.split(last) ?? [];
  if (old === undefined || after === undefined)
    throw new Error(`docs/oracle-trial.md has no part between ${first} and ${last}`);
  return [before!, first, '\n\n', table(old), '\n\n', last, after].join('');
}

function summary(reports: readonly SoundKernelReport[], seed: string): string {
  const judged = reports.reduce((sum, { cases, skipped }) => sum + cases - skipped, 0);
  const wrong = reports.reduce((sum, { wrongCount }) => sum + wrongCount, 0);
  return (
    `${count(reports[0]!.cases)} cases of seed ${seed}, put to ${reports.length} kernels: ` +
    `**${count(judged)} answers judged, ${wrong} of them wrong**.`
  );
}

function kernelTable(reports: readonly SoundKernelReport[], old: string): string {
  const rows = reports.map((report) => {
    const { name, wrongCount, inaccurate, inaccurateFrom, inconclusive, skipped } = report;
    const narrowest = inaccurate === 0 ? '' : count(inaccurateFrom);
    const blamed = [count(wrongCount), count(inaccurate), narrowest];
    return [name, wayOf(name, old), ...blamed, count(inconclusive), count(skipped)];
  });
  const head = ['kernel', 'what it does its own way', 'wrong', 'inaccurate'];
  return markdown([...head, 'narrowest', 'inconclusive', 'skipped'], rows);
}

/** The second cell of the kernel's row. */
function wayOf(name: string, old: string): string {
  const row = old.split('\n').find((line) => line.startsWith(`| ${name} `));
  return row?.split('|')[2]!.trim() ?? '';
}

/** The kernels that come nearest to each tolerance and stay within it. */
function tightTable(reports: readonly SoundKernelReport[]): string {
  const unflushed = reports.filter(({ name }) => !flushing.includes(name));
  const rows = Object.keys(reports[0]!.nearest).map((kernel) => {
    const careful = largest(unflushed, ({ nearest }) => nearest[kernel]!.careful);
    const naive = largest(unflushed, ({ nearest }) => nearest[kernel]!.naive);
    return [kernel, careful, naive];
  });
  return markdown(['operation/direction', '÷ careful', '÷ naive'], rows);
}

/** Kernels that make 0 of what is small on purpose: their error is all in the floor. */
const flushing = ['flush-to-zero', 'early-cut-off', 'assemblyscript-simd', 'xnnpack'];

function largest(
  reports: readonly SoundKernelReport[],
  ratioOf: (report: SoundKernelReport) => number,
): string {
  const within = reports.filter((report) => ratioOf(report) <= 1);
  const [most] = within.toSorted((a, b) => ratioOf(b) - ratioOf(a));
  return most === undefined ? '' : `${ratioOf(most).toFixed(2)} ${most.name}`;
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
