/**
 * What GitHub Actions reads of a run: workflow commands for annotations, Markdown for the job summary. Pure.
 */
import { growthText, standingOf } from '../text/growth-text.ts';
import { codeBlock, markdownTable, markdownText, plainText } from '../text/plain-text.ts';
import type { RunRecord } from '../archive/run-record.ts';
import { roundedText } from '../text/number-text.ts';
import { missingText } from './drawn-text.ts';
import { leftOutText } from './left-out-text.ts';
import { placeOf, type KernelPlaces } from './kernel-places.ts';
import { commandOf, earlierCallsOf } from './replay-lines.ts';
import { casesOf, kindsText, toldCauses, whereLines, type ToldCause } from './told-causes.ts';

/** GitHub shows so many of a step. */
const annotationsMax = 10;
/** GitHub drops the whole summary of a step that is longer. */
export const summaryBytesMax: number = 2 ** 20;

/**
 * One command a line for each cause, at most ten: what fails first, then what does not; the last says how
 * many are left out.
 */
export function githubAnnotations(run: RunRecord, places: KernelPlaces = {}): readonly string[] {
  const told = toldCauses(run).filter(({ finding }) => finding.blame === 'subject' || finding.fails);
  const order = ({ finding }: ToldCause): number =>
    finding.fails ? 0 : standingOf(finding) === 'known' ? 2 : 1;
  const sorted = [...told].sort((a, b) => order(a) - order(b));
  const commands = sorted.map((cause) => annotationOf(cause, run, places));
  const fixed = run.baseline?.fixed ?? [];
  if (fixed.length > 0) {
    commands.unshift(
      command(run.strict ? 'error' : 'notice', {
        title: 'logitfuzz: the baseline is stale',
        message: `${fixed.length} entries of ${run.baseline!.path} no longer occur:\n${fixed.join('\n')}`,
      }),
    );
  }
  const missing = missingText(run);
  if (missing !== null)
    commands.unshift(command('error', { title: 'logitfuzz: a kernel is missing', message: missing }));
  if (commands.length <= annotationsMax) return commands;
  const rest = commands.length - annotationsMax + 1;
  const message = `${rest} more in ${run.run}`;
  return [...commands.slice(0, annotationsMax - 1), command('notice', { title: 'logitfuzz', message })];
}

/** Characters for the other kinds of a cause. */
const kindsMax = 200;

function annotationOf(told: ToldCause, run: RunRecord, places: KernelPlaces): string {
  const { finding } = told;
  const { operation, direction, format, implementation, sentence } = finding;
  const standing = standingOf(finding);
  const level = finding.fails ? 'error' : standing === 'known' ? 'notice' : 'warning';
  const grown = finding.growth === undefined ? '' : ` (${growthText(finding)})`;
  const place = finding.blame === 'subject' ? placeOf(places, finding) : null;
  const file = place?.path ?? (finding.blame === 'subject' ? fileOf(run.subject.module) : null);
  return command(level, {
    ...(file === null ? {} : { file }),
    ...(place === null ? {} : { line: String(place.line) }),
    title: `${standing}: ${operation}/${direction} ${format} of ${plainText(implementation, 60)}`,
    message: [
      `${plainText(sentence, 500)}${grown}`,
      ...linesOf(told),
      commandOf(finding),
      ...(earlierCallsOf(finding) === null ? [] : [earlierCallsOf(finding)]),
    ].join('\n'),
  });
}

/** What else is known of the cause, a line each. */
function linesOf(told: ToldCause): readonly string[] {
  const { worst } = told.finding;
  const kinds = kindsText(told, kindsMax);
  return [
    ...(worst === undefined ? [] : [plainText(worst, 500)]),
    ...whereLines(told.cause),
    ...(kinds === null ? [] : [kinds]),
  ];
}

function fileOf(module: string | null): string | null {
  return module !== null && /^\.{0,2}\/|\.[cm]?[jt]s$/.test(module) ? module.replace(/^\.\//, '') : null;
}

function command(
  level: 'error' | 'warning' | 'notice',
  { message, ...properties }: { file?: string; line?: string; title: string; message: string },
): string {
  const pairs = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${level} ${pairs.join(',')}::${escapeData(message)}`;
}

/** The text encoded in the way that the runner decodes. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/**
 * Text that the runner reads no command in: `::name::`
 * counts where a line begins with it, `##[name]` anywhere.
 */
export function defuse(text: string): string {
  return text.replaceAll(/^(\s*):(?=:)/gm, '$1: ').replaceAll('##[', '## [');
}

/** A document that means the same, and in which the runner reads no command. */
export function defusedJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll('##[', String.raw`##\u005b`);
}

/** Whole sections as far as they fit; what is left out is counted. */
export function githubSummary(run: RunRecord, { bytesMax }: { bytesMax: number }): string {
  const causes = toldCauses(run);
  const own = causes.filter(({ finding }) => finding.blame === 'subject');
  const theirs = causes.filter(({ finding }) => finding.blame !== 'subject' && finding.fails);
  const parts: readonly (() => string)[] = [
    () => headOf(run),
    () => verdictsOf(run),
    ...fixedOf(run).map((part) => () => part),
    ...leftOutOf(run).map((part) => () => part),
    ...[...own, ...theirs].map((cause) => () => sectionOf(cause)),
  ];
  const closing = (left: number): string => `… and ${left} more: see \`${run.run}\`.\n\n`;
  const room = bytesMax - bytesOf(closing(parts.length));
  const told: string[] = [];
  let bytes = 0;
  for (const [at, render] of parts.entries()) {
    const part = render();
    bytes += bytesOf(part) + 2;
    if (bytes > room) return room < 0 ? '' : `${told.join('')}${closing(parts.length - at)}`;
    told.push(`${part}\n\n`);
  }
  return told.join('');
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

function headOf(run: RunRecord): string {
  const missing = missingText(run);
  const failing = toldCauses(run).filter(({ finding }) => finding.fails).length;
  const own = run.causes?.filter(({ blame }) => blame === 'subject').length ?? null;
  const found = own === null ? '' : ` Causes of ${run.verdicts.diverge} divergent cases: ${own}.`;
  const name = markdownText(`${run.subject.name}@${run.subject.version}`, 80);
  const verdict = run.exitCode === 0 ? 'passed' : `failed (exit code ${run.exitCode})`;
  return [
    `## logitfuzz ${run.command}: ${name} ${verdict}`,
    `${run.cases} cases in ${roundedText(run.seconds)} s, seed ${run.seed}, stopped by ${markdownText(run.stoppedBy, 40)}.${found} ` +
      `Findings that fail it: ${failing}. Listed in the baseline: ${run.findings.filter(({ known, blame }) => known && blame === 'subject').length}.`,
    ...(missing === null ? [] : [`**${markdownText(missing, 1_000)}.**`]),
  ].join('\n\n');
}

function verdictsOf({ byImplementation, references, subject }: RunRecord): string {
  const rows = Object.entries(byImplementation).map(([name, { agree, diverge, inconclusive, skip }]) => [
    markdownText(name === subject.name ? `${name} (subject)` : name, 80),
    ...[agree, diverge, inconclusive, skip].map(String),
  ]);
  const absent = references
    .filter(({ available }) => !available)
    .map(({ name, reason }) => [
      markdownText(name, 40),
      `not there: ${markdownText(reason ?? '', 120)}`,
      '',
      '',
      '',
    ]);
  return markdownTable(['', 'agree', 'diverge', 'inconclusive', 'skip'], [...rows, ...absent]);
}

function leftOutOf(run: RunRecord): readonly string[] {
  const text = leftOutText(run);
  return text === null ? [] : [`${text}.`];
}

function fixedOf({ baseline }: RunRecord): readonly string[] {
  if (baseline === undefined || baseline.fixed.length === 0) return [];
  const list = baseline.fixed.map((signature) => `- ${markdownText(signature, 500)}`);
  return [`### No longer occurs, but is listed in ${markdownText(baseline.path, 200)}\n\n${list.join('\n')}`];
}

function sectionOf(told: ToldCause): string {
  const { finding } = told;
  const { implementation, sentence } = finding;
  const count = casesOf(told);
  const earlier = earlierCallsOf(finding);
  const grown = finding.growth === undefined ? '' : `; ${growthText(finding)}`;
  const title = `${standingOf(finding)}: ${markdownText(finding.case, 160)}, ${markdownText(implementation, 60)}`;
  const times = `${count} ${count === 1 ? 'case' : 'cases'}`;
  const lines = linesOf(told).map((line) => `- ${markdownText(line, 600)}`);
  return [
    `### ${title}`,
    `${markdownText(sentence, 1_000)} (${times}${grown})`,
    ...(lines.length === 0 ? [] : [lines.join('\n')]),
    codeBlock(commandOf(finding), 'sh'),
    ...(earlier === null ? [] : [earlier]),
  ].join('\n\n');
}
