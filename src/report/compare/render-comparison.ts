/** A comparison and a trend as text for a terminal. Pure. */
import { styleText } from 'node:util';
import type { Ratio } from '../../case/ratio.ts';
import { kernelTitle } from '../html/kernels.ts';
import { roundedText } from '../../text/number-text.ts';
import { plainText } from '../../text/plain-text.ts';
import {
  changeKinds,
  type Change,
  type ChangeKind,
  type ComparedRun,
  type Comparison,
  type KernelChange,
  type KernelStanding,
  type Standing,
} from './comparison.ts';
import { shareOff, type TrendPoint } from './trend.ts';

type Colour = 'red' | 'yellow' | 'green';
const colours: Readonly<Record<ChangeKind, Colour>> = {
  new: 'red',
  gone: 'green',
  worse: 'red',
  better: 'green',
};

/** How many changes of a kind are told; the rest is counted, and in the JSON. */
const toldMax = 8;

export function renderComparison(comparison: Comparison, { color }: { readonly color: boolean }): string {
  const { before, after } = comparison;
  const paint = (kind: ChangeKind, text: string): string =>
    color ? styleText(colours[kind], text, { validateStream: false }) : text;
  return [
    headline(comparison),
    '',
    `before  ${runText(before)}`,
    `after   ${runText(after)}`,
    casesText(comparison),
    ...changeKinds.flatMap((kind) => changeLines(kind, comparison[kind], (text) => paint(kind, text))),
    ...kernelLines(comparison.kernels.filter(({ isSubject }) => isSubject)),
  ].join('\n');
}

export function headline(comparison: Comparison): string {
  const counts = changeKinds.map((kind) => `${comparison[kind].length} ${kind}`);
  return `${counts.join(', ')}, ${comparison.same} as before`;
}

export function casesText({ sameCases, sameNames }: Comparison): string {
  const cases = sameCases
    ? 'Both judged the same cases.'
    : 'They judged different cases: what is new or gone may not have been drawn in the other.';
  return sameNames
    ? cases
    : `${cases} They name their findings by different versions of the signature, so that what does not say how it was named before may be gone and new.`;
}

/** `22 findings of 1 cause`. */
export function foundText({ findings, causes }: ComparedRun): string {
  const count = (number: number, one: string): string =>
    `${number.toLocaleString('en-US')} ${one}${number === 1 ? '' : 's'}`;
  return `${count(findings, 'finding')}${findings === 0 ? '' : ` of ${count(causes, 'cause')}`}`;
}

function runText(compared: ComparedRun): string {
  const { run, cases, verdicts, subject } = compared;
  const name = plainText(`${subject.name}@${subject.version}`, 60);
  const judged = cases - verdicts.skip;
  return `${name}: ${verdicts.diverge} of ${judged} cases off, ${foundText(compared)}  ${plainText(run, 200)}`;
}

function changeLines(
  kind: ChangeKind,
  changes: readonly Change[],
  paint: (text: string) => string,
): readonly string[] {
  if (changes.length === 0) return [];
  const lines = changes.slice(0, toldMax).flatMap((change) => {
    const words = [plainText(change.case, 100), plainText(change.implementation, 60), howBad(change)];
    const known = change.known ? '  (known)' : '';
    const line = `${paint(kind.padEnd(6))}  ${words.join('  ')}${known}`;
    return kind === 'gone' ? [line] : [line, `    ${plainText(change.replay, 500)}`];
  });
  return ['', ...lines, ...(changes.length > toldMax ? [`… and ${changes.length - toldMax} more`] : [])];
}

/** `NaN is not 1 at [0]`, and of both runs `12 → 340 times what is allowed`. */
export function howBad({ before, after, deviation }: Change): string {
  if (before === null || after === null) return plainText(deviation, 100);
  if (before.severity !== after.severity) return `${before.severity} → ${after.severity}`;
  return `${timesText(before.ratio)} → ${timesText(after.ratio)} times what is allowed`;
}

function timesText(ratio: Ratio): string {
  if (ratio === null) return '?';
  if (ratio === 'Infinity') return '∞';
  return ratio >= 1e6 ? ratio.toExponential(1).replace('e+', 'e') : roundedText(ratio);
}

export function standingText(standing: Standing | null): string {
  if (standing === null) return '';
  const { severity, count, ratio } = standing;
  const times = ratio === null ? '' : `, ${timesText(ratio)} times what is allowed`;
  return `${severity} in ${count.toLocaleString('en-US')} ${count === 1 ? 'case' : 'cases'}${times}`;
}

function kernelLines(kernels: readonly KernelChange[]): readonly string[] {
  if (kernels.length === 0) return [];
  const rows = kernels.map(({ kernel, before, after }) => {
    const [operation, direction] = kernel.split('/') as [string, string];
    return [kernelTitle({ operation, direction }), kernelText(before), kernelText(after)];
  });
  return ['', ...columns([['worst error ÷ allowed where right', 'before', 'after'], ...rows])];
}

/** `0.42`, and what is off beside it. */
export function kernelText(standing: KernelStanding | null): string {
  if (standing === null) return 'not asked';
  const { judged, diverge, worstRatio } = standing;
  const off = diverge === 0 ? '' : ` (${diverge} of ${judged} off)`;
  return `${worstRatio === null ? 'none right' : Number(worstRatio.toPrecision(3))}${off}`;
}

/** The newest ones. */
const pointsMax = 30;
const blocks = '▁▂▃▄▅▆▇█';

export function renderTrend(trend: readonly TrendPoint[], subject: string): string {
  const shown = trend.slice(-pointsMax);
  const rows = shown.map((point) => [
    point.startedAt.slice(0, 16).replace('T', ' '),
    plainText(point.version, 20),
    `${point.diverge} of ${point.judged}`,
    String(point.wrong),
    String(point.inaccurate),
    point.worstRatio === null ? '' : String(Number(point.worstRatio.toPrecision(3))),
  ]);
  const left = trend.length - shown.length;
  return [
    `${plainText(subject, 60)}: ${trend.length} ${trend.length === 1 ? 'run' : 'runs'}, oldest first`,
    ...(left === 0 ? [] : [`(the ${left} before these are left out)`]),
    '',
    `cases off           ${barsOf(shown.map(shareOff))}`,
    `error ÷ allowed     ${barsOf(shown.map(({ worstRatio }) => worstRatio ?? 0))}`,
    '',
    ...columns([
      ['started', 'version', 'cases off', 'wrong', 'inaccurate', 'worst ratio where right'],
      ...rows,
    ]),
  ].join('\n');
}

/** A bar for each number, the largest the highest; nothing at all is a point. */
function barsOf(numbers: readonly number[]): string {
  const most = Math.max(...numbers, Number.MIN_VALUE);
  return numbers
    .map((number) => (number === 0 ? '·' : blocks[Math.min(7, Math.floor((8 * number) / most))]!))
    .join('');
}

/** The first column to the left, the others to the right. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}
