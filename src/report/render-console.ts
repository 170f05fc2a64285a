/**
 * The summary that a campaign ends with, in the terminal: the verdict, the counts, a block a cause. Pure.
 */
import { stripVTControlCharacters, styleText } from 'node:util';
import { referenceNamed } from '../../reference/index.ts';
import { confirmationRemark } from '../text/confirmation-text.ts';
import { growthText, standingOf } from '../text/growth-text.ts';
import { plainText } from '../text/plain-text.ts';
import { endings } from '../case/outcome.ts';
import { resumeCommand } from '../text/resume-command.ts';
import type { FindingSummary, RunRecord } from '../archive/run-record.ts';
import { defaultBaseline } from '../archive/baseline.ts';
import { declaredText } from '../case/arithmetic-text.ts';
import { declinedText } from './declined-text.ts';
import { drawnText, missingText } from './drawn-text.ts';
import { fewCasesText } from './few-cases.ts';
import { areMixed, machineLines } from './machines-text.ts';
import { leftOutText } from './left-out-text.ts';
import { askedText } from '../text/asked-text.ts';
import {
  casesOf as casesOfCause,
  freshCasesOf,
  kindsText,
  toldCauses,
  whereLines,
  type ToldCause,
} from './told-causes.ts';
import { worstSection } from './worst-section.ts';

export interface ConsoleOptions {
  readonly color: boolean;
  /** Columns of the terminal; a replay command is never cut, so that it can be copied. */
  readonly width: number;
  /**
   * Rows of the terminal; default no bound. What does not
   * fit is counted, and one of each sort is always told.
   */
  readonly height?: number;
}

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** How many causes are listed at most; the rest is counted, and in the run's folder. */
const listedMax = { subject: 8, references: 6, fixed: 4 } as const;

export function renderConsole(run: RunRecord, { color, width, height = Infinity }: ConsoleOptions): string {
  const paint: Paint = (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
  const causes = toldCauses(run);
  const ofSubject = causes.filter(({ finding }) => finding.blame === 'subject');
  const ofReferences = run.findings.filter(({ blame }) => blame !== 'subject');
  const unknown = causes.filter(({ finding }) => finding.blame !== 'subject' && !finding.known);
  const head = [
    verdictLine(run, ofSubject, paint),
    ...brokenOffLines(run),
    ...fewLines(run),
    ...resumeLines(run),
    '',
    ...countLines(run),
    ...worstSection(run),
  ];
  const foot = [
    ...fixedSection(run),
    ...knownSection(ofReferences.filter(({ known }) => known)),
    ...deathSection(run),
    ...machineSection(run),
    '',
    ...drawnSection(run),
    `${seedsText(run)}, written to ${run.run}`,
  ];
  let left = height - promptRows - rowsOf([...head, ...foot], width);
  const subject = fitting(listedMax.subject, left - (unknown.length > 0 ? kindRowsMin : 0), width, (max) =>
    subjectSection(ofSubject, { paint, width, max, leftOut: leftOutText(run), isLog: height === Infinity }),
  );
  left -= rowsOf(subject, width);
  const references = fitting(listedMax.references, left, width, (max) =>
    referenceSection(unknown, { paint, max }),
  );
  return [...head, ...subject, ...references, ...foot].join('\n');
}

/** The shell's prompt below the summary, and what was noted above it. */
const promptRows = 2;
/** A blank line, a title, and one kind in three lines, the last of which is wider than 80 columns. */
const kindRowsMin = 6;

/** The section with as many causes as fit, at most `max` and at least 1. */
function fitting(
  max: number,
  rows: number,
  width: number,
  section: (max: number) => readonly string[],
): readonly string[] {
  for (let count = max; count > 1; count--) {
    const lines = section(count);
    if (rowsOf(lines, width) <= rows) return lines;
  }
  return section(1);
}

/** Rows that the lines take on a terminal, which breaks what is wider than it. */
function rowsOf(lines: readonly string[], width: number): number {
  const rows = lines.flatMap((line) => stripVTControlCharacters(line).split('\n'));
  return rows.reduce((sum, row) => sum + Math.max(1, Math.ceil(row.length / width)), 0);
}

/** What was drawn, where it is not everything. */
function drawnSection(run: RunRecord): readonly string[] {
  const drawn = drawnText(run);
  const asked = plainText(askedText(run.subject), 300);
  const declined = declinedText(run);
  const declared = declaredText(run.subject.arithmetic ?? {}, run.formats);
  return [
    ...(drawn === null ? [] : [`drawn: ${drawn}`]),
    ...(declared === '' ? [] : [`declared: ${declared}`]),
    ...(declined === null ? [] : [`skipped: ${declined}`]),
    ...(asked === '' ? [] : [`asked: ${asked}`]),
  ];
}

/** The seeds of a run: merged campaigns may have several. */
function seedsText({ parts }: RunRecord): string {
  const seeds = [...new Set(parts.map(({ seed }) => seed))];
  return seeds.length === 1
    ? `seed ${seeds[0]}`
    : `seeds ${seeds.slice(0, 5).join(', ')}${seeds.length > 5 ? ', …' : ''}`;
}

function verdictLine(run: RunRecord, own: readonly ToldCause[], paint: Paint): string {
  const { subject, cases, seconds, casesPerSecond, verdicts } = run;
  const name = plainText(`${subject.name}@${subject.version}`, 60);
  const rate = `${seconds.toFixed(1)} s (${Math.round(casesPerSecond)}/s)`;
  const pace = `${grouped(cases)} cases in ${rate}`;
  if (isInterrupted(run)) {
    return `${paint('yellow', 'INTERRUPTED')}  ${name}: ${foundText(run, own)} so far, after ${pace}`;
  }
  const broken = run.breaks.find(({ blame }) => blame !== 'subject');
  if (broken !== undefined) {
    const why = `the reference ${plainText(broken.blame, 60)} failed in case after case (${broken.symptom})`;
    return `${paint('red', 'BROKEN OFF')}  ${name}: ${why}, after ${pace}`;
  }
  const missing = missingText(run);
  if (own.length === 0 && cases === verdicts.skip) {
    const why = missing === null ? '' : `: ${missing}`;
    return `${paint('yellow', 'NOT JUDGED')}  ${name}: it took none of ${pace}${why}`;
  }
  const found = foundText(run, own);
  const fresh = own.filter(({ finding }) => !finding.known);
  if (fresh.length === 0) {
    if (missing !== null) return `${paint('red', 'FAILED')}  ${name}: ${found}, but ${missing}, in ${pace}`;
    if (own.some(({ finding: { growth, fails } }) => growth !== undefined && fails))
      return `${paint('red', 'GROWN')}  ${name}: ${found} in ${pace}`;
    const why = whyStrictFails(run);
    if (why !== null) return `${paint('red', 'FAILED')}  ${name}: ${found}, but ${why}, in ${pace}`;
    return `${paint('green', 'OK')}  ${name}: ${found} in ${pace}`;
  }
  const isWrong = fresh.some(({ finding }) => finding.severity === 'wrong');
  const verdict = isWrong ? paint('red', 'WRONG') : paint('yellow', 'INACCURATE');
  const lacking = missing === null ? '' : `, and ${missing},`;
  return `${verdict}  ${name}: ${found}${lacking === '' ? ',' : lacking} in ${rate}`;
}

/** Where the subject has ended the campaign: what it would do to the cases that were not asked. */
function brokenOffLines({ stoppedBy, breaks, subject }: RunRecord): readonly string[] {
  const own = breaks.find(({ blame }) => blame === 'subject');
  if (stoppedBy !== 'breaker' || own === undefined) return [];
  return [`ended early: ${plainText(subject.name, 60)} did the same (${own.symptom}) in case after case`];
}

function fewLines(run: RunRecord): readonly string[] {
  const few = fewCasesText(run);
  return few === null ? [] : [`${few}: --time gives it longer, --references none asks the subject alone`];
}

/** By a signal: what it found says nothing of the cases that it was not asked any more. */
function isInterrupted({ exitCode }: RunRecord): boolean {
  return exitCode === 130 || exitCode === 143;
}

/** How an interrupted run is resumed; nothing of any other. */
function resumeLines(run: RunRecord): readonly string[] {
  if (!isInterrupted(run)) return [];
  if (run.stoppedBy !== 'interrupted') return ['All its cases were judged: there is nothing to resume.'];
  if (run.command === 'gate') return ['A gate is not resumed: run it again.'];
  const baseline = run.baseline?.path ?? defaultBaseline;
  const command = resumeCommand({ ...run, baseline: baseline === defaultBaseline ? null : baseline });
  return [`To resume it: ${command}`];
}

/**
 * What was found of the subject, in numbers: the cases that diverged by what is new, as bad as it is, and the
 * causes.
 */
function foundText({ cases, verdicts }: RunRecord, own: readonly ToldCause[]): string {
  const fresh = own.filter(({ finding }) => !finding.known);
  const listed = own.length - fresh.length;
  const grown = own.filter(({ finding, others }) =>
    [finding, ...others].some(({ growth }) => growth !== undefined),
  ).length;
  const aside = grown === 0 ? '' : `, ${grown} of them grown`;
  if (fresh.length === 0)
    return listed === 0 ? 'nothing found' : `nothing new, ${causesText(listed)} known${aside}`;
  const wrong = fresh.filter(({ finding }) => finding.severity === 'wrong').length;
  const diverged = `${grouped(freshCasesOf(own, verdicts.diverge))} of ${grouped(cases)} cases`;
  const beside = listed === 0 && grown === 0 ? '' : ` beside ${listed} known${aside}`;
  if (wrong > 0 && wrong < fresh.length)
    return `${diverged} diverge, ${causesText(fresh.length)}, ${wrong} wrong and ${fresh.length - wrong} inaccurate${beside}`;
  return `${diverged} ${wrong > 0 ? 'wrong' : 'inaccurate'}, ${causesText(fresh.length)}${beside}`;
}

function causesText(count: number): string {
  return count === 1 ? '1 cause' : `${count} causes`;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** Where nothing new of the subject fails the gate; null where nothing else does either. */
function whyStrictFails(run: RunRecord): string | null {
  const fixed = run.strict ? (run.baseline?.fixed.length ?? 0) : 0;
  const failing = toldCauses(run).filter(({ finding }) => finding.fails);
  const own = failing.filter(({ finding: { blame } }) => referenceNamed(blame) === undefined).length;
  const fresh = failing.length - own;
  const strict = [
    ...(fixed === 0
      ? []
      : [
          `${counted(fixed, 'entry', 'entries')} of the baseline no longer ${fixed === 1 ? 'occurs' : 'occur'}`,
        ]),
    ...(fresh === 0
      ? []
      : [`${counted(fresh, 'divergence')} of references ${fresh === 1 ? 'is' : 'are'} not in the ledger`]),
  ];
  const reasons = [
    ...(strict.length === 0 ? [] : [`${strict.join(' and ')} (--strict)`]),
    ...(own === 0 ? [] : [`${counted(own, 'divergence')} of references of your own (--strict-references)`]),
  ];
  return reasons.length === 0 ? null : reasons.join(' and ');
}

function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}

const [nameColumns, countColumns] = [26, 13]; // 78 in all

function countLines({ byImplementation, references, subject }: RunRecord): readonly string[] {
  const line = (name: string, cells: readonly (string | number)[]): string =>
    name.padEnd(nameColumns) + cells.map((cell) => String(cell).padStart(countColumns)).join('');
  const rows = Object.entries(byImplementation).map(([name, { agree, diverge, inconclusive, skip }]) =>
    line(name === subject.name ? `${plainText(name, 15)} (subject)` : plainText(name, 25), [
      agree,
      diverge,
      inconclusive,
      skip,
    ]),
  );
  const absent = references.filter(({ available }) => !available);
  return [
    ...(rows.length === 0 ? [] : [line('', ['agree', 'diverge', 'inconclusive', 'skip']), ...rows]),
    ...absent.map(
      ({ name, reason }) =>
        `${plainText(name, 25).padEnd(nameColumns)}not there: ${plainText(reason ?? 'unknown', 120)}`,
    ),
  ];
}

function subjectSection(
  causes: readonly ToldCause[],
  {
    paint,
    width,
    max,
    leftOut,
    isLog,
  }: { paint: Paint; width: number; max: number; leftOut: string | null; isLog: boolean },
): readonly string[] {
  if (causes.length === 0) return [];
  const rest = causes.length - max;
  return [
    '',
    ...causes.slice(0, max).map((cause) => causeBlock(cause, { paint, width, isLog })),
    ...(rest > 0 ? [`… and ${rest} more`] : []),
    ...(leftOut === null ? [] : [leftOut]),
  ];
}

function fixedSection({ baseline }: RunRecord): readonly string[] {
  if (baseline === undefined || baseline.fixed.length === 0) return [];
  const rest = baseline.fixed.length - listedMax.fixed;
  return [
    '',
    `No longer occurs, but is listed in ${plainText(baseline.path, 100)} (--update-baseline takes it out):`,
    ...baseline.fixed.slice(0, listedMax.fixed).map((signature) => `    ${plainText(signature, 200)}`),
    ...(rest > 0 ? [`… and ${rest} more`] : []),
  ];
}

/**
 * One kind of error of the references: signatures differ
 * by option and axis too, which would fill many screens.
 */
interface ErrorKind {
  readonly title: string;
  /** The first in the order of weight: what is shown of the kind. */
  readonly example: FindingSummary;
  readonly casesBy: Map<string, number>;
}

function referenceSection(
  causes: readonly ToldCause[],
  { paint, max }: { paint: Paint; max: number },
): readonly string[] {
  if (causes.length === 0) return [];
  const findings = causes.flatMap(({ finding, others }) => [finding, ...others]);
  const kinds = new Map<string, ErrorKind>();
  for (const finding of findings) {
    const { operation, direction, symptom, severity, blame, count } = finding;
    const title = `${operation}/${direction} ${severity} ${symptom}`;
    const kind = kinds.get(title) ?? { title, example: finding, casesBy: new Map<string, number>() };
    kind.casesBy.set(blame, (kind.casesBy.get(blame) ?? 0) + count);
    kinds.set(title, kind);
  }
  const sorted = [...kinds.values()].sort((a, b) => casesOf(b) - casesOf(a));
  const rest = sorted.length - max;
  return [
    '',
    `What the references get wrong, new (${causesText(causes.length)}, in cases):`,
    ...sorted.slice(0, max).flatMap((kind) => kindLines(kind, paint)),
    ...(rest > 0 ? [`… and ${rest} more kinds`] : []),
  ];
}

/** What the ledger knows: counted, not told. */
function knownSection(findings: readonly FindingSummary[]): readonly string[] {
  const names = [...new Set(findings.map(({ blame }) => blame))].sort();
  const lines = names.map((name) => {
    const own = findings.filter(({ blame }) => blame === name);
    const cases = own.reduce((sum, { count }) => sum + count, 0);
    const entries = new Set(own.map(({ ledger }) => ledger)).size;
    return `known (ledger): ${name} ${cases === 1 ? '1 case' : `${cases} cases`} of ${entries === 1 ? '1 entry' : `${entries} entries`}`;
  });
  return lines.length === 0 ? [] : ['', ...lines];
}

/** A worker that died and made no finding was killed from outside, or was one of many that made one. */
function deathSection({ deaths = 0 }: RunRecord): readonly string[] {
  if (deaths === 0) return [];
  return ['', deaths === 1 ? '1 worker process died' : `${deaths} worker processes died`];
}

const machineKindsMax = 8;

/** Where they are of one kind, they are in the run's record and its report alone. */
function machineSection(run: RunRecord): readonly string[] {
  if (!areMixed(run)) return [];
  const lines = machineLines(run).map((line) => `  ${line}`);
  return ['', `judged on machines of ${lines.length} kinds:`, ...lines.slice(0, machineKindsMax)];
}

function casesOf({ casesBy }: ErrorKind): number {
  return [...casesBy.values()].reduce((sum, count) => sum + count, 0);
}

function kindLines({ title, example, casesBy }: ErrorKind, paint: Paint): readonly string[] {
  const who = [...casesBy].map(([name, count]) => `${plainText(name, 40)} ${count}`).join(', ');
  const smallest = `${plainText(example.case, 100)}: ${plainText(example.deviation, 80)}`;
  return [`${paint('yellow', title)}  ${who}`, `    ${smallest}`, `    ${paint('dim', example.replay)}`];
}

/**
 * The finding that stands for the cause, on one line where the terminal is wide enough for it and its
 * command; what is known of the cause below it. A log is read where the run is not: it has the command that
 * needs none of its files, too.
 */
function causeBlock(
  cause: ToldCause,
  { paint, width, isLog }: { paint: Paint; width: number; isLog: boolean },
): string {
  const { finding } = cause;
  const { severity, implementation, deviation, replay, replayAnywhere, worst } = finding;
  const count = casesOfCause(cause);
  const standing = standingOf(finding);
  const grown = growthText(finding);
  const times = count === 1 ? '' : `  (${grouped(count)} cases)`;
  const text = `${plainText(finding.case, 120)}  ${plainText(implementation, 40)}  ${plainText(howEnded(finding) ?? deviation, 120)}${grown === '' ? '' : `; ${grown}`}${times}${confirmationRemark(finding)}`;
  const kinds = kindsText(cause, Math.max(80, Math.min(width, 160)) - 4);
  const below = [
    ...(worst === undefined ? [] : [plainText(worst, 300)]),
    ...whereLines(cause.cause),
    ...(kinds === null ? [] : [kinds]),
  ];
  const head = `${paint(severity === 'wrong' && standing !== 'known' ? 'red' : 'yellow', standing)}  ${text}`;
  const isWide = below.length === 0 && standing.length + text.length + replay.length + 5 <= width;
  return [
    isWide ? `${head}   ${paint('dim', replay)}` : head,
    ...below.map((line) => `    ${line}`),
    ...(isWide ? [] : [`    ${paint('dim', replay)}`]),
    ...(isLog && replayAnywhere !== undefined ? [`    ${paint('dim', replayAnywhere)}`] : []),
  ].join('\n');
}

/** `crashed: its process ended with code 3`: how a call ended that gave no values; null for another. */
function howEnded({ symptom, sentence }: FindingSummary): string | null {
  return endings.some((kind) => kind === symptom) ? `${symptom}: ${sentence}` : null;
}
