/** A run and its findings as one HTML file: is my kernel wrong, where, how badly. Reads, never judges. */
import type { VNode } from 'preact';
import type { KernelSource } from '../../text/kernel-source.ts';
import { plainText } from '../../text/plain-text.ts';
import type { RunRecord } from '../../archive/run-record.ts';
import { byWeight } from '../order.ts';
import type { TrendPoint } from '../compare/trend.ts';
import type { FindingAt } from '../render-json.ts';
import { causeViews, diagnosisFor } from './cause-views.ts';
import { CoverageMap } from './coverage-map.tsx';
import { documentOf, jsonInHtml, packedLines } from './document.tsx';
import { ErrorSection, plotsData } from './error-section.tsx';
import type { CauseView } from './finding-view.ts';
import { HowToRead } from './how-to-read.tsx';
import { countText, plural } from './kernels.ts';
import { RunSection } from './run-section.tsx';
import { ScoreSection, type Score } from './score-section.tsx';
import { Section } from './section.tsx';
import { style } from './style.ts';
import { TrendPicture } from './trend-picture.tsx';
import { VerdictHeader } from './verdict-header.tsx';
import { VerdictMatrix } from './verdict-matrix.tsx';
import { findingId, viewDetail, viewFinding, viewSource } from './view-finding.ts';
import { WorstTable } from './worst-table.tsx';

import { printedMax } from './printed.ts';

export interface HtmlOptions {
  /** What runs in the page: page/main.tsx, bundled. */
  readonly script: string;
  /** The score under the reports root; null where none was measured. */
  readonly score?: Score | null;
  /** The runs of the subject under the reports root; shown where there are two at least. */
  readonly trend?: readonly TrendPoint[];
  /** The most findings that are listed; the rest is counted. */
  readonly findingsMax?: number;
  /** The source of the subject's kernels; [] where nobody asked for it. */
  readonly sources?: readonly KernelSource[];
}

export function renderHtml(
  run: RunRecord,
  findings: readonly FindingAt[],
  { script, score = null, trend = [], sources = [], findingsMax = Infinity }: HtmlOptions,
): string {
  const sorted = [...findings].sort((a, b) => byWeight(a.finding, b.finding));
  const listed = sorted.slice(0, findingsMax);
  const links = new Map(listed.map(({ finding }) => [finding.signature, findingId(finding)]));
  const causes = causeViews(listed.map(({ finding }) => finding));
  const told = withDiagnosis(listed, causes);
  const printed = causes.slice(0, printedMax).map(({ places }) => told[places[0]!]!);
  return documentOf({
    title: `${plainText(run.subject.name, 60)}: logitfuzz report`,
    style,
    script,
    data: {
      'findings-data': jsonInHtml(listed.map(viewFinding)),
      'causes-data': jsonInHtml(causes),
      'printed-data': packedLines(printed.map((at) => viewDetail(at, sources))),
      'details-data': packedLines(told.map((at) => viewDetail(at, sources))),
      'plots-data': packedLines(plotsData(run)),
      ...(sources.length === 0 ? {} : { 'sources-data': packedLines(sources.map(viewSource)) }),
    },
    body: (
      <>
        <a class="skip-link" href="#verdicts">
          Skip to the verdicts
        </a>
        <Navigation run={run} hasScore={score !== null} hasTrend={trend.length > 1} />
        <main>
          <VerdictHeader run={run} findings={sorted} causes={causes} />
          <HowToRead />
          <VerdictMatrix run={run} />
          <FindingsPlace causes={causes.length} count={sorted.length} left={sorted.length - listed.length} />
          <ErrorSection run={run} />
          <WorstTable run={run} links={links} />
          <TryPlace />
          <CoverageMap run={run} />
          {score === null ? null : <ScoreSection score={score} />}
          {trend.length > 1 ? <TrendPicture trend={trend} /> : null}
          <RunSection run={run} />
        </main>
        <footer>
          <p>
            Made by logitfuzz {plainText(run.tool, 40)}. This file asks nothing of any server. The same as
            text and as data, report.md and report.json, is written by npx logitfuzz report.
          </p>
        </footer>
      </>
    ),
  });
}

/** The findings that stand for their causes, each with what is known of those like it. */
function withDiagnosis(listed: readonly FindingAt[], causes: readonly CauseView[]): readonly FindingAt[] {
  const told = [...listed];
  for (const { places } of causes) {
    const { finding, path } = listed[places[0]!]!;
    const all = places.map((place) => listed[place]!.finding);
    const diagnosis = diagnosisFor(finding, all);
    if (diagnosis !== undefined) told[places[0]!] = { finding: { ...finding, diagnosis }, path };
  }
  return told;
}

function Navigation({
  run,
  hasScore,
  hasTrend,
}: {
  readonly run: RunRecord;
  readonly hasScore: boolean;
  readonly hasTrend: boolean;
}): VNode {
  const places: readonly (readonly [string, string])[] = [
    ['verdicts', 'Verdicts'],
    ['findings', 'Findings'],
    ...(Object.keys(run.errors).length === 0 ? [] : [['errors', 'How far off'] as const]),
    ['worst', 'Worst'],
    ['try', 'Try it'],
    ['coverage', 'Coverage'],
    ...(hasScore ? [['score', 'Score'] as const] : []),
    ...(hasTrend ? [['trend', 'Trend'] as const] : []),
    ['run', 'The run'],
  ];
  return (
    <nav aria-label="Sections">
      <ul>
        {places.map(([id, text]) => (
          <li>
            <a href={`#${id}`}>{text}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/**
 * The list is made in the page, of the data: ten thousand
 * findings are not laid out before anybody asks for them.
 */
function FindingsPlace({
  causes,
  count,
  left,
}: {
  readonly causes: number;
  readonly count: number;
  readonly left: number;
}): VNode {
  const rest =
    left === 0 ? '' : ` The last ${countText(left)} are not in this file: logitfuzz report writes all.`;
  const each =
    causes === count ? '' : ` Behind them are ${plural(count, 'finding')}, folded under their rows.`;
  return (
    <Section
      id="findings"
      title="Findings"
      lead={
        count === 0
          ? 'No findings.'
          : `${plural(causes, 'row')}, a mistake each.${each} Open one for the smallest input that shows it, what came out, and how to see it again.${rest}`
      }
    >
      <div id="findings-place">
        {count === 0 ? null : (
          <noscript>
            <p>
              The list needs scripts, which are off. npx logitfuzz report writes all of it into report.md.
            </p>
          </noscript>
        )}
      </div>
    </Section>
  );
}

/** Whatever is typed there is judged in the page: see page/try. */
function TryPlace(): VNode {
  return (
    <Section
      id="try"
      title="Try it"
      lead="Type a lane: here are its exact answer and what each element is allowed. Paste what your kernel answers: here is the verdict."
    >
      <div id="try-place">
        <noscript>
          <p>This needs scripts, which are off.</p>
        </noscript>
      </div>
    </Section>
  );
}
