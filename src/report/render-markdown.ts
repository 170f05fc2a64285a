/** A run and its findings as Markdown: who was judged, on what, and what was found. */
import { blamedName } from '../case/finding.ts';
import { growthText } from '../text/growth-text.ts';
import { markdownTable, markdownText, codeBlock } from '../text/plain-text.ts';
import { roundedText } from '../text/number-text.ts';
import { caseTables } from '../text/case-tables.ts';
import { replayCommand } from '../text/replay-command.ts';
import { listedFindings } from '../archive/failing.ts';
import { findingSummary } from '../archive/finding-file.ts';
import type { RunRecord, VerdictCounts } from '../archive/run-record.ts';
import { confirmationText } from '../text/confirmation-text.ts';
import { deviationText } from '../text/deviation.ts';
import { declaredText } from '../case/arithmetic-text.ts';
import { declinedText } from './declined-text.ts';
import { drawnText, missingText } from './drawn-text.ts';
import { fewCasesText } from './few-cases.ts';
import { leftOutText } from './left-out-text.ts';
import { machineLines } from './machines-text.ts';
import { casesOf, kindsText, toldCauses, whereLines, type ToldCause } from './told-causes.ts';
import { referenceText } from '../text/asked-text.ts';
import type { FindingAt } from './render-json.ts';

/** A cause, and the finding that stands for it in full. */
interface CauseAt extends FindingAt {
  readonly told: ToldCause;
}

function causesAt(run: RunRecord, findings: readonly FindingAt[]): readonly CauseAt[] {
  const summaries = findings.map(({ finding, path }) => findingSummary(finding, path));
  const listed = listedFindings(summaries, run);
  return toldCauses(run, listed).map((told) => ({ ...findings[listed.indexOf(told.finding)]!, told }));
}

export function renderMarkdown(run: RunRecord, findings: readonly FindingAt[]): string {
  const causes = causesAt(run, findings);
  const ofSubject = causes.filter(({ finding }) => finding.blame === 'subject');
  const ofReferences = causes.filter(({ finding }) => finding.blame !== 'subject');
  const left = leftOutText(run);
  const leftOut = left === null ? [] : [`${left}.`];
  const sections = [
    `# ${markdownText(`${run.subject.name}@${run.subject.version}`, 80)}: ${headline(run, ofSubject)}`,
    summary(run),
    `## Findings of the subject\n\n${[findingsText(ofSubject), ...leftOut].join('\n\n')}`,
    `## Findings of the references\n\nWhat they get wrong is theirs, and not the subject's. These are new.\n\n${findingsText(ofReferences.filter(({ finding }) => !finding.known))}`,
    ...knownSection(findings.filter(({ finding }) => finding.blame !== 'subject' && finding.known)),
    `## Verdicts\n\n${verdictsTable(run)}`,
    `## Largest error within the careful tolerance\n\nAs a share of it, over the cases that agree.\n\n${ratiosTable(run)}`,
    `## Coverage\n\nCases by regime, operation, direction and axis.\n\n${countsTable(run.coverage, run.cases)}`,
    ...optional('Skipped', 'Cases that an implementation declined, by reason.', run.skips, run.cases),
    ...optional('Forms of the call', 'How the subject was called.', run.forms ?? {}, run.cases),
    ...optional('Drawn checks', 'The costly oracles, on the cases drawn for them.', run.checks, run.cases),
    ...optional(
      'Inconclusive',
      'Elements on which no oracle could decide.',
      run.inconclusive,
      run.finiteElements,
    ),
    `## Where it ran\n\n${provenance(run)}`,
  ];
  return `${sections.join('\n\n')}\n`;
}

function headline({ verdicts, cases }: RunRecord, own: readonly CauseAt[]): string {
  if (own.length === 0) return 'nothing found';
  const wrong = own.filter(({ finding }) => finding.severity === 'wrong').length;
  const causes = own.length === 1 ? '1 cause' : `${own.length} causes`;
  return `${causes}, ${wrong} of them wrong, in ${verdicts.diverge} of ${cases} cases`;
}

function summary(run: RunRecord): string {
  const missing = missingText(run);
  const few = fewCasesText(run);
  const share = run.finiteElements === 0 ? 0 : run.inconclusiveElements / run.finiteElements;
  return [
    `${run.cases} cases of ${roundedText(run.meanElements)} elements on average, in ${roundedText(run.seconds)} s`,
    ` (${roundedText(run.casesPerSecond)} a second), seed ${run.seed}; stopped by: ${markdownText(run.stoppedBy, 40)}.`,
    ` Inconclusive: ${run.inconclusiveElements} of ${run.finiteElements} finite elements (${roundedText(100 * share)} %).`,
    missing === null ? '' : ` **${markdownText(missing, 1_000)}.**`,
    few === null ? '' : ` **${few}.**`,
  ].join('');
}

function findingsText(findings: readonly CauseAt[]): string {
  if (findings.length === 0) return 'None.';
  const header = ['severity', 'blamed', 'case', 'deviation', 'oracle', 'cases'];
  const rows = findings.map(({ finding, told }) => [
    `${finding.severity}${finding.growth !== undefined ? ` (grown: ${growthText(finding)})` : finding.known ? ' (known)' : ''}`,
    markdownText(blamedName(finding), 60),
    markdownText(finding.case, 160),
    markdownText(deviationText(finding)),
    [finding.oracle, ...finding.alsoBy].join(', '),
    String(casesOf(told)),
  ]);
  return [markdownTable(header, rows), ...findings.map(findingText)].join('\n\n');
}

/** What the ledger knows: counted by entry and reference, of which runs of old had a finding a signature. */
function knownSection(findings: readonly FindingAt[]): readonly string[] {
  if (findings.length === 0) return [];
  const groups = new Map<string, FindingAt[]>();
  for (const found of findings) {
    const key = `${found.finding.ledger} ${found.finding.blame}`;
    groups.set(key, [...(groups.get(key) ?? []), found]);
  }
  const rows = [...groups.values()].map((group) => {
    const { finding, path } = group[0]!;
    const cases = group.reduce((sum, { finding: { count } }) => sum + count, 0);
    return [
      markdownText(finding.ledger ?? 'the baseline', 60),
      markdownText(blamedName(finding), 60),
      String(cases),
      markdownText(path, 300),
    ];
  });
  const table = markdownTable(['entry of the ledger', 'reference', 'cases', 'for example'], rows);
  return [`## Known, by the ledger\n\nWhat the references are known to get wrong, and why.\n\n${table}`];
}

const kindsMax = 600;

function findingText({ finding, path, told }: CauseAt): string {
  const confirmation = confirmationText(finding);
  const kinds = kindsText(told, kindsMax);
  const { worst } = told.finding;
  const lines = [
    ...(worst === undefined ? [] : [worst]),
    ...whereLines(told.cause),
    ...(kinds === null ? [] : [kinds]),
  ].map((line) => `- ${markdownText(line, 1_000)}`);
  return [
    `### ${markdownText(finding.case, 160)}, ${markdownText(blamedName(finding), 60)}`,
    markdownText(finding.sentence, 1_000),
    ...(confirmation === null ? [] : [confirmation]),
    ...(lines.length === 0 ? [] : [lines.join('\n')]),
    caseTables(finding),
    codeBlock(replayCommand(finding, path), 'sh'),
  ].join('\n\n');
}

function verdictsTable({ byImplementation, byKernel }: RunRecord): string {
  const row = ([name, counts]: [string, VerdictCounts]): readonly string[] => [
    markdownText(name, 120),
    ...[counts.agree, counts.diverge, counts.inconclusive, counts.skip].map(String),
  ];
  const all = [...Object.entries(byImplementation), ...Object.entries(byKernel).sort(byName)];
  return markdownTable(['', 'agree', 'diverge', 'inconclusive', 'skip'], all.map(row));
}

function ratiosTable({ worstRatio }: RunRecord): string {
  const rows = Object.entries(worstRatio).sort(byName);
  return markdownTable(
    ['', 'ratio'],
    rows.map(([name, ratio]) => [markdownText(name, 120), roundedText(ratio)]),
  );
}

function optional(
  title: string,
  text: string,
  counts: Readonly<Record<string, number>>,
  whole: number,
): readonly string[] {
  return Object.keys(counts).length === 0 ? [] : [`## ${title}\n\n${text}\n\n${countsTable(counts, whole)}`];
}

function countsTable(counts: Readonly<Record<string, number>>, whole: number): string {
  const share = (count: number): string => (whole === 0 ? '' : `${roundedText((100 * count) / whole)} %`);
  const rows = Object.entries(counts).sort(byName);
  return markdownTable(
    ['', 'count', 'share'],
    rows.map(([name, count]) => [markdownText(name, 200), String(count), share(count)]),
  );
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : Number(a > b);
}

function provenance(run: RunRecord): string {
  const { budget, shard } = run;
  const declined = declinedText(run);
  const declared = declaredText(run.subject.arithmetic ?? {}, run.formats);
  const rows = [
    ['started', markdownText(run.startedAt, 40)],
    [
      'budget',
      `runs ${budget.runs ?? 'unbounded'}, time ${budget.timeMs === null ? 'unbounded' : `${budget.timeMs} ms`}`,
    ],
    ['operations', run.operations.join(', ')],
    ['formats', run.formats.join(', ')],
    ['drawn', markdownText(drawnText(run) ?? 'all kernels, all that they are asked')],
    ...(declared === '' ? [] : [['declared', declared]]),
    ...(declined === null ? [] : [['skipped', declined]]),
    ['workers', `${run.workers}, shard ${shard.number}/${shard.of}`],
    ...run.references.map((reference) => [
      markdownText(reference.name, 40),
      markdownText(referenceText(reference)),
    ]),
    ['logitfuzz', markdownText(`${run.tool}, generator ${run.generatorVersion}`, 60)],
    ['machine', markdownText(machineLines(run).join('; '), 1_000)],
    ['exit code', String(run.exitCode)],
  ];
  return markdownTable(['', ''], rows);
}
