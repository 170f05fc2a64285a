/**
 * One kernel asked cases until one diverges: in this process,
 * so that a subject may be a module object. Tests nothing.
 */
import type { Case } from '../case/case.ts';
import type { Finding } from '../case/finding.ts';
import type { Severity } from '../case/verdict.ts';
import type { FindingContext } from '../examine/finding-fields.ts';
import { emptyBatch, examineCase } from '../examine/examine.ts';
import { generateCase, type CampaignSpace } from '../generate/generate-case.ts';
import { judgeCase, type ImplementationJudgement, type Participants } from '../judge/judge-case.ts';

export interface DivergenceSearch {
  readonly participants: Participants;
  readonly context: FindingContext;
  readonly space: CampaignSpace;
  readonly seed: bigint;
  readonly runs: number;
  /** An `inaccurate` answer is worth a finding too. */
  readonly strict: boolean;
  readonly shrinkEvaluations: number;
}

export interface SearchResult {
  /** The finding of the lowest index; null where nothing diverged. */
  readonly finding: Finding | null;
  /** Cases that the subject answered and that could be decided. */
  readonly judged: number;
  /** Why it declined one, where it did. */
  readonly skipped: string | null;
}

/** The number of cases after which the event loop gets its turn, and with it the test's own time limit. */
const turn = 64;

export async function firstDivergence(search: DivergenceSearch): Promise<SearchResult> {
  let judged = 0;
  let skipped: string | null = null;
  for (let index = 0; index < search.runs; index++) {
    if (index % turn === 0) await new Promise((resolve) => setImmediate(resolve));
    const c = generateCase({ seed: search.seed, index }, search.space);
    const judgement = judgeCase(c, { ...search.participants, references: [] });
    const [{ verdict }] = judgement instanceof Promise ? await judgement : judgement;
    if (verdict.kind === 'skip') skipped ??= verdict.reason;
    if (verdict.kind === 'agree' || verdict.kind === 'diverge') judged++;
    if (!isFailing(verdict, search.strict)) continue;
    const finding = await describe(search, c, index);
    if (finding !== null) return { finding, judged, skipped };
  }
  return { finding: null, judged, skipped };
}

function isFailing(verdict: ImplementationJudgement['verdict'], strict: boolean): boolean {
  return verdict.kind === 'diverge' && isWorth(verdict.divergences[0].severity, strict);
}

function isWorth(severity: Severity, strict: boolean): boolean {
  return strict || severity === 'wrong';
}

/**
 * Shrunk, with what the references say. Null where the
 * kernel, asked again, gave another answer that is right.
 */
async function describe(search: DivergenceSearch, c: Case, index: number): Promise<Finding | null> {
  const { participants, context, shrinkEvaluations, strict } = search;
  const batch = emptyBatch();
  const examiner = { participants, context, shrinkEvaluations, calls: { write: () => undefined } };
  await examineCase(examiner, batch, { case: c, index, shrink: true, known: new Map() });
  const own = [...batch.findings.values()].find(
    ({ blame, severity }) => blame === 'subject' && isWorth(severity, strict),
  );
  return own ?? null;
}
