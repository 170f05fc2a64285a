/**
 * Two runs compared: which findings are new, gone, worse or better, and how near each kernel comes to what it
 * is allowed. Pure JSON data; what is told of it is render-comparison.ts and the page.
 */
import { isDeepStrictEqual } from 'node:util';
import { listedCauses } from '../../archive/cause-record.ts';
import type { FindingSummary, RunRecord, VerdictCounts } from '../../archive/run-record.ts';
import { growthMin, type Ratio } from '../../case/ratio.ts';
import type { Severity } from '../../case/verdict.ts';
import { kernelTable } from '../../contract/subject.ts';
import { byWeight } from '../order.ts';

export const changeKinds = ['new', 'gone', 'worse', 'better'] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** How bad a finding was in one of the runs. */
export interface Standing {
  readonly severity: Severity;
  readonly count: number;
  /** Null where there is nothing to divide, and where the run does not say. */
  readonly ratio: Ratio;
}

export interface Change {
  readonly signature: string;
  readonly blame: string;
  readonly implementation: string;
  readonly known: boolean;
  /** The smallest case, its deviation and its replay: of the second run, or of the first where it is gone. */
  readonly case: string;
  readonly deviation: string;
  readonly replay: string;
  /** Null for what is new. */
  readonly before: Standing | null;
  /** Null for what is gone. */
  readonly after: Standing | null;
}

/** One kernel of one implementation in one of the runs. */
export interface KernelStanding {
  readonly judged: number;
  readonly diverge: number;
  /** Largest error ÷ careful tolerance where it agrees; null where nothing does. */
  readonly worstRatio: number | null;
}

export interface KernelChange {
  /** `operation/direction`. */
  readonly kernel: string;
  readonly implementation: string;
  readonly isSubject: boolean;
  /** Null where the run did not ask it. */
  readonly before: KernelStanding | null;
  readonly after: KernelStanding | null;
}

/** What is told of a run beside the other. */
export type ComparedRun = Pick<RunRecord, 'run' | 'startedAt' | 'seed' | 'cases' | 'verdicts' | 'subject'> & {
  /** The subject's. */
  readonly findings: number;
  readonly causes: number;
};

export interface Comparison extends Readonly<Record<ChangeKind, readonly Change[]>> {
  readonly before: ComparedRun;
  readonly after: ComparedRun;
  /** Whether both judged the same cases: only then is a difference one of the code alone. */
  readonly sameCases: boolean;
  /**
   * Whether both name their findings by the same version of the signature: else what is named otherwise, and
   * does not say how it was named before, is new and gone.
   */
  readonly sameNames: boolean;
  /** Findings of both that are about as bad. */
  readonly same: number;
  readonly kernels: readonly KernelChange[];
}

/** Over the same cases twice as bad is worse; over others, as much worse as the baseline asks for. */
const factors = { sameCases: 2, otherCases: growthMin } as const;

export function comparisonOf(before: RunRecord, after: RunRecord): Comparison {
  const sameCases = isDeepStrictEqual(casesOf(before), casesOf(after));
  const [old, now] = [byKey(before.findings), byKey(after.findings)];
  const changes: Record<ChangeKind, Change[]> = { new: [], gone: [], worse: [], better: [] };
  let same = 0;
  const met = new Set<string>();
  for (const finding of now.values()) {
    const earlier = namedAs(finding, old, now);
    if (earlier !== undefined) met.add(keyOf(earlier));
    const kind = earlier === undefined ? 'new' : kindOf(earlier, finding, sameCases);
    if (kind === 'same') same += 1;
    else changes[kind].push(changeOf(earlier, finding));
  }
  for (const [key, finding] of old) if (!met.has(key)) changes.gone.push(changeOf(finding, undefined));
  return {
    before: comparedRun(before),
    after: comparedRun(after),
    sameCases,
    sameNames: haveSameNames(before, after),
    ...changes,
    same,
    kernels: kernelChanges(before, after),
  };
}

/**
 * Whether the second run is worse than the first: a finding of the subject is worse, or is new and not
 * listed by its baseline.
 */
export function isWorse({ new: added, worse }: Comparison): boolean {
  const fresh = added.filter(({ known }) => !known);
  return [...fresh, ...worse].some(({ blame }) => blame === 'subject');
}

/** What settles which cases a run judged; one that time or a signal ended has judged no others but fewer. */
function casesOf(run: RunRecord): unknown {
  const { generatorVersion, operations, kernels, formats, supports, refuses, budget, cases } = run;
  const { maxElements, exhaustive } = run;
  const parts = run.parts.map(({ seed, shard, corpus }) => ({ seed, shard, corpus }));
  const { maximize } = budget;
  const drawn = { operations, kernels, formats, supports, refuses, maxElements, exhaustive, maximize };
  return { generatorVersion, ...drawn, parts, cases };
}

/** The findings in their order, of two that differ in their severity alone the worse. */
function byKey(findings: readonly FindingSummary[]): ReadonlyMap<string, FindingSummary> {
  const map = new Map<string, FindingSummary>();
  for (const finding of [...findings].sort(byWeight)) {
    const key = keyOf(finding);
    if (!map.has(key)) map.set(key, finding);
  }
  return map;
}

/**
 * A finding of the earlier run under the same name, or, of a run of old, under the one that it has in version
 * 1 of the signature; that of one which came again under its own is not another's.
 */
function namedAs(
  finding: FindingSummary,
  old: ReadonlyMap<string, FindingSummary>,
  now: ReadonlyMap<string, FindingSummary>,
): FindingSummary | undefined {
  const own = old.get(keyOf(finding));
  if (own !== undefined || finding.formerly === undefined) return own;
  const former = keyOf({ signature: finding.formerly });
  return now.has(former) ? undefined : old.get(former);
}

/** The signature without its severity: what was inaccurate and is wrong is the same, and worse. */
function keyOf({ signature }: Pick<FindingSummary, 'signature'>): string {
  return signature.replace(/^((?:[^/]*\/){5})(?:wrong|inaccurate)\//, '$1');
}

function kindOf(
  before: FindingSummary,
  after: FindingSummary,
  sameCases: boolean,
): Exclude<ChangeKind, 'new' | 'gone'> | 'same' {
  if (before.severity !== after.severity) return after.severity === 'wrong' ? 'worse' : 'better';
  const [old, now] = [before.ratio ?? null, after.ratio ?? null].map((ratio) =>
    ratio === null ? null : Number(ratio),
  );
  const factor = sameCases ? factors.sameCases : factors.otherCases;
  if (old === null || now === null || old === undefined || now === undefined || old === now) return 'same';
  if (now >= factor * old) return 'worse';
  return old >= factor * now ? 'better' : 'same';
}

/** One of the two is there. */
function changeOf(before: FindingSummary | undefined, after: FindingSummary | undefined): Change {
  const { signature, blame, implementation, known, case: summary, deviation, replay } = (after ?? before)!;
  return {
    signature,
    blame,
    implementation,
    known,
    case: summary,
    deviation,
    replay,
    before: before === undefined ? null : standingOf(before),
    after: after === undefined ? null : standingOf(after),
  };
}

function standingOf({ severity, count, ratio = null }: FindingSummary): Standing {
  return { severity, count, ratio };
}

function comparedRun(record: RunRecord): ComparedRun {
  const { run, startedAt, seed, cases, verdicts, subject } = record;
  const isOwn = ({ blame }: { readonly blame: string }): boolean => blame === 'subject';
  const findings = record.findings.filter(isOwn).length;
  return {
    run,
    startedAt,
    seed,
    cases,
    verdicts,
    subject,
    findings,
    causes: listedCauses(record).filter(isOwn).length,
  };
}

/** A run without findings says nothing against it. */
function haveSameNames(before: RunRecord, after: RunRecord): boolean {
  const [a, b] = [versionsOf(before), versionsOf(after)];
  return a.length === 0 || b.length === 0 || isDeepStrictEqual(a, b);
}

/** What the ledger knows has no version: it is named by its entry. */
function versionsOf({ findings }: RunRecord): readonly string[] {
  const versions = findings.flatMap(({ signature }) => /^\d+(?=:)/.exec(signature) ?? []);
  return [...new Set(versions)].sort();
}

/** The subject's kernels first, whatever each run calls it; then those of the references. */
function kernelChanges(before: RunRecord, after: RunRecord): readonly KernelChange[] {
  const names = new Set([...referencesOf(before), ...referencesOf(after)]);
  const kernels = kernelTable.map(({ operation, direction }) => `${operation}/${direction}`);
  const rows = [null, ...names].flatMap((reference) =>
    kernels.map((kernel): KernelChange => ({
      kernel,
      implementation: reference ?? after.subject.name,
      isSubject: reference === null,
      before: kernelStanding(before, kernel, reference ?? before.subject.name),
      after: kernelStanding(after, kernel, reference ?? after.subject.name),
    })),
  );
  return rows.filter((row) => row.before !== null || row.after !== null);
}

function referencesOf({ byImplementation, subject }: RunRecord): readonly string[] {
  return Object.keys(byImplementation).filter((name) => name !== subject.name);
}

/** Null also where it declined each case. */
function kernelStanding(run: RunRecord, kernel: string, implementation: string): KernelStanding | null {
  const key = `${kernel}/${implementation}`;
  const counts = run.byKernel[key];
  if (counts === undefined || judgedIn(counts) === 0) return null;
  const worstRatio = counts.agree === 0 ? null : (run.worstRatio[key] ?? null);
  return { judged: judgedIn(counts), diverge: counts.diverge, worstRatio };
}

function judgedIn({ agree, diverge, inconclusive }: VerdictCounts): number {
  return agree + diverge + inconclusive;
}
