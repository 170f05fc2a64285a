/** Writes report.html, which every run leaves beside its run.json. */
import { readFileSync } from 'node:fs';
import { realFileSystem, writeFile } from '../archive/file-system.ts';
import { folderAt, inPosix } from '../archive/run-folder.ts';
import { findingPath } from '../archive/finding-file.ts';
import type { RunRecord } from '../archive/run-record.ts';
import { newestScore } from '../archive/score-record.ts';
import type { Finding } from '../case/finding.ts';
import { trendOf, type TrendPoint } from '../report/compare/trend.ts';
import type { FindingAt } from '../report/render-json.ts';
import type { KernelSource } from '../text/kernel-source.ts';
import { exitCodeOfError } from './exit-code.ts';
import { readableRuns } from './readable-runs.ts';
import { terminal } from './terminal.ts';

/** What a run writes by itself stays this small; `report` asks for all of them. */
const findingsMax = 1_000;

interface PageOptions {
  readonly out: string;
  readonly max?: number;
  /** The source of the subject's kernels; [] where nobody asked for it. */
  readonly sources?: readonly KernelSource[];
}

/** The page of a run. Its code is loaded here: nothing else of a run waits for it. */
export async function renderPage(
  record: RunRecord,
  findings: readonly FindingAt[],
  { out, max = Infinity, sources = [] }: PageOptions,
): Promise<string> {
  const { renderHtml } = await import('../report/html/render-html.tsx');
  return renderHtml(record, findings, {
    script: pageScript(),
    score: newestScore(out),
    trend: trendBeside(record, out),
    findingsMax: max,
    sources,
  });
}

/** A run's record takes a while to read, and the page of each run is written at its end. */
const trendMax = 20;

/** The newest runs of its subject under the root, itself among them also where it is written last. */
function trendBeside(record: RunRecord, out: string): readonly TrendPoint[] {
  const others = readableRuns(out, { max: trendMax }).filter(({ run }) => run !== record.run);
  const runs = [...others, record].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  return trendOf(runs, record.subject.name);
}

/**
 * A run is not failed by its page: what keeps it from being written is told.
 * @returns the path of the page; null where there is none.
 */
export async function writeReport(
  record: RunRecord,
  findings: readonly Finding[],
  { out }: { readonly out: string },
): Promise<string | null> {
  const folder = folderAt(record.run);
  const all = findings.map((finding) => ({ finding, path: findingPath(folder, finding) }));
  const path = inPosix(folder.path, 'report.html');
  try {
    writeFile(realFileSystem, path, await renderPage(record, all, { out, max: findingsMax }));
    return path;
  } catch (error) {
    if (exitCodeOfError(error) === null) throw error;
    terminal.note(`no report: ${(error as Error).message}`);
    return null;
  }
}

/** The line that says where it is. */
export function reportText(path: string): string {
  return `report: ${path}`;
}

/** The build bundles it; read here, since rendering does no I/O. */
function pageScript(): string {
  return readFileSync(new URL('../report/html/page.js', import.meta.url), 'utf8');
}
