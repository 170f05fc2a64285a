/**
 * What a finding says whether its case was judged or ended the worker:
 * fields and their sources. Judges nothing.
 */
import { caseToJson } from '../case/case-json.ts';
import type { Connection } from '../case/connection.ts';
import type { Case } from '../case/case.ts';
import { caseSummary } from '../case/case-summary.ts';
import type { Finding, ReferenceRecord, ShrinkRecord, SubjectRecord } from '../case/finding.ts';
import { toJsonNumber } from '../case/json-number.ts';
import type { Divergence } from '../case/verdict.ts';
import { packageVersion } from '../contract/package-version.ts';
import type { AssumedArithmetic } from '../contract/subject.ts';
import { generatorVersion } from '../generate/generate-case.ts';
import { defaultArithmetic, type Implementation } from '../subjects/implementation.ts';
import type { FindingKey } from './finding-key.ts';

/** What is the same for every finding of a campaign. */
export interface FindingContext {
  readonly seed: string;
  readonly subject: SubjectRecord;
  readonly references: readonly ReferenceRecord[];
  /** The arithmetic of each implementation, by name; the subject's under 'subject'. */
  readonly arithmetic: Readonly<Record<string, AssumedArithmetic>>;
}

/** A case that diverged, and how it was found. */
export interface FoundCase extends FindingKey {
  /** The smallest that shows it. */
  readonly case: Case;
  readonly original: Case;
  /** Negative for a case of the corpus. */
  readonly index: number;
  readonly shrink: ShrinkRecord;
  readonly context: FindingContext;
}

/** The finding of a call that never came back: nobody else was asked, and there is nothing to compare. */
export function buildDeathFinding(
  lost: Omit<FoundCase, 'original' | 'shrink'> & {
    readonly blame: string;
    readonly divergence: Divergence;
  },
): Finding {
  const { case: c, blame, divergence, context } = lost;
  const arithmetic = context.arithmetic[blame] ?? defaultArithmetic;
  const shrink: ShrinkRecord = { evaluations: 0, steps: 0, stoppedBy: 'none', confirmed: false };
  return {
    ...commonFields({ ...lost, original: c, shrink }, { blame, divergence, arithmetic }),
    alsoBy: [],
    got: null,
    exact: null,
    careful: null,
    naive: null,
    terms: [],
    answers: [
      {
        name: blame === 'subject' ? context.subject.name : blame,
        version: versionOf(blame, context),
        role: blame === 'subject' ? 'subject' : 'reference',
        verdict: 'diverge',
        reason: divergence.detail,
        value: null,
      },
    ],
  };
}

type Common = Omit<Finding, 'alsoBy' | 'got' | 'exact' | 'careful' | 'naive' | 'terms' | 'answers'>;

/** What every finding says, however it was found. */
export function commonFields(
  { case: c, original, index, signature, formerly, ledger, shrink, context }: FoundCase,
  { blame, divergence, arithmetic }: { blame: string; divergence: Divergence; arithmetic: AssumedArithmetic },
): Common {
  return {
    schemaVersion: 1,
    signature,
    formerly: formerly(),
    operation: c.operation,
    direction: c.direction,
    format: c.format,
    oracle: divergence.oracle,
    blame,
    severity: divergence.severity,
    symptom: divergence.symptom,
    known: ledger !== null,
    ledger,
    count: 1,
    ulps: divergence.ulps,
    case: caseSummary(c),
    sentence: divergence.detail,
    law: divergence.law,
    seed: context.seed,
    index,
    minimal: caseToJson(c),
    original: caseToJson(original),
    element: divergence.element,
    guilty: divergence.guilty,
    allowed: divergence.allowed === null ? null : toJsonNumber(divergence.allowed),
    subject: context.subject,
    arithmetic,
    references: context.references,
    shrink,
    ...(blame === 'subject' ? { confirmed: 'not-asked' as const } : {}),
    provenance: {
      tool: packageVersion,
      generatorVersion,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
    },
  };
}

/** The version of the implementation that is blamed; a reference that nobody reported has none. */
export function versionOf(blame: string, { subject, references }: FindingContext): string {
  if (blame === 'subject') return subject.version;
  return references.find(({ name }) => name === blame)?.version ?? 'unknown';
}

/** How the subject was named. */
export interface SubjectSetup {
  readonly subject: string | null;
  readonly connection?: Connection;
}

/** The subject as findings and runs keep it. */
export function subjectRecordOf(
  { name, version, engine, conventions }: Pick<Implementation, 'name' | 'version' | 'engine' | 'conventions'>,
  { subject, connection }: SubjectSetup,
): SubjectRecord {
  return {
    name,
    version,
    module: subject,
    ...(connection === undefined ? {} : { connection }),
    ...(engine === undefined ? {} : { engine }),
    ...(conventions === undefined ? {} : { conventions }),
  };
}
