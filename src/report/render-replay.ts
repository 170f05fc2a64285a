/**
 * A finding judged again, for the terminal: what was
 * archived, with what is answered today in its place. Pure.
 */
import { answerFormat } from '../case/answer-format.ts';
import { caseFromJson, type CaseJson } from '../case/case-json.ts';
import { outputShape, type Case } from '../case/case.ts';
import { caseSummary } from '../case/case-summary.ts';
import { divergedAs, type AnswerRecord, type Finding } from '../case/finding.ts';
import { toJsonNumber } from '../case/json-number.ts';
import { tensorToJson, type TensorJson } from '../case/tensor-json.ts';
import { isAlike, reasonOf, type Divergence } from '../case/verdict.ts';
import { blamedIn, type ExplainedImplementation, type Explanation } from '../examine/explain.ts';
import { createFloatArray, type Format } from '../float/format.ts';
import { historyText } from '../text/confirmation-text.ts';
import { explainFinding, headLines } from './explain-finding.ts';
import { knownText } from './known-divergence.ts';

export interface Replayed {
  readonly stillDiverges: boolean;
  /** The same signature, the same values and the same error, bit for bit. */
  readonly isSame: boolean;
  /** Null where the call never came back. */
  readonly explanation: Explanation | null;
  /** How the call ended the process; null where it came back. */
  readonly death: string | null;
}

/**
 * `judged` is the case that was asked: the finding's smallest, or its original. Of a known divergence the
 * smallest is told by the ledger's entry and its `program`; null where nothing is known of the finding.
 */
export function renderReplay(
  finding: Finding,
  { stillDiverges, isSame, explanation, death }: Replayed,
  { judged, program }: { readonly judged: CaseJson; readonly program: string | null },
): string {
  const today = explanation === null ? finding : asOfToday(finding, explanation, judged);
  const verb = stillDiverges ? 'is' : 'was';
  const known = judged === finding.minimal ? knownText(finding) : null;
  return [
    ...(known === null || program === null
      ? [explainFinding(today, { verb })]
      : [headLines(today, { verb }).join('\n'), known, program]),
    ...(death === null ? [] : [`again: ${death}`]),
    `${askedBeforeText(finding)}${stillDiverges ? stillText(isSame) : gladText(finding)}`,
  ].join('\n\n');
}

function askedBeforeText({ history, rounds = 1 }: Finding): string {
  if (history === undefined) return '';
  return `The subject was asked ${historyText(history.length, rounds)} first. `;
}

function stillText(isSame: boolean): string {
  return isSame ? 'It still diverges: the same verdict.' : 'It still diverges, but not in the same way.';
}

/** That a case does not diverge says that it was mended only where it diverged in a process like this one. */
function gladText({ blame, confirmed = 'not-asked' }: Finding): string {
  if (blame !== 'subject') return 'It does not diverge any more.';
  switch (confirmed) {
    case 'alone':
    case 'after-history':
      return 'It does not diverge any more.';
    case 'after-more':
      return (
        'It does not diverge here, and that says nothing of whether it was mended: it depends on more earlier ' +
        'calls than a finding keeps.'
      );
    case 'never':
      return (
        'It does not diverge here, and that says nothing of whether it was mended: it was seen once, and not ' +
        'again in a fresh process.'
      );
    case 'not-asked':
      return (
        'It does not diverge here: it was mended, or it depends on earlier calls, since it was never confirmed in ' +
        'a fresh process.'
      );
  }
}

/**
 * The finding with what the implementations answered this time.
 * What it is blamed of stays where nothing diverges now.
 */
export function asOfToday(finding: Finding, explanation: Explanation, judged: CaseJson): Finding {
  const c = caseFromJson(judged);
  const blamed = blamedIn(finding, explanation);
  const divergences = blamed.verdict.kind === 'diverge' ? blamed.verdict.divergences : [];
  const told = divergedAs(finding);
  const at = Math.max(
    0,
    divergences.findIndex((one) => isAlike(one, told)),
  );
  const divergence = divergences[at];
  const element = divergence === undefined ? elementIn(finding, judged) : divergence.element;
  return {
    ...finding,
    ...(divergence === undefined ? {} : blamedFields(divergence)),
    ...versionsOfToday(finding, explanation),
    alsoBy: [...new Set(divergences.map(({ oracle }) => oracle))].filter(
      (oracle) => oracle !== divergence?.oracle,
    ),
    case: caseSummary(c),
    minimal: judged,
    element,
    ...valuesOf(c, explanation, blamed),
    arithmetic: blamed.arithmetic,
    terms:
      divergence === undefined
        ? element === null
          ? []
          : finding.terms
        : blamed.terms[at]!.map(({ name, value }) => ({ name, value: toJsonNumber(value) })),
    answers: explanation.implementations.map((other) => answerRecord(other, element)),
  };
}

/** An element of the smallest case is none of another. */
function elementIn(finding: Finding, judged: CaseJson): number | null {
  return judged === finding.minimal ? finding.element : null;
}

function blamedFields(divergence: Divergence): Partial<Finding> {
  const { oracle, severity, symptom, detail, law, ulps, allowed, guilty } = divergence;
  const bound = allowed === null ? null : toJsonNumber(allowed);
  return { oracle, severity, symptom, sentence: detail, law, ulps, guilty, allowed: bound };
}

function versionsOfToday(
  { subject, references }: Finding,
  { implementations }: Explanation,
): Pick<Finding, 'subject' | 'references'> {
  const versionOf = (role: string, name: string): string | undefined =>
    implementations.find((other) => other.role === role && other.name === name)?.version;
  return {
    subject: { ...subject, version: versionOf('subject', subject.name) ?? subject.version },
    references: references.map((reference) => ({
      ...reference,
      version: versionOf('reference', reference.name) ?? reference.version,
    })),
  };
}

function valuesOf(
  c: Case,
  { exact }: Explanation,
  { values, careful, naive, arithmetic }: ExplainedImplementation,
): Pick<Finding, 'got' | 'exact' | 'careful' | 'naive'> {
  const json = (numbers: readonly number[] | null, format: Format): TensorJson | null => {
    if (numbers === null) return null;
    const data = createFloatArray(format, numbers.length);
    data.set(numbers);
    return tensorToJson({ shape: outputShape(c), data }, format);
  };
  return {
    got: json(values, answerFormat(c, arithmetic)),
    exact: json(exact, 'float64'),
    careful: json(careful, 'float64'),
    naive: json(naive, 'float64'),
  };
}

function answerRecord(
  { name, version, role, verdict, values }: ExplainedImplementation,
  element: number | null,
): AnswerRecord {
  const value = element === null ? undefined : values?.[element];
  return {
    name,
    version,
    role,
    verdict: verdict.kind,
    reason: reasonOf(verdict),
    value: value === undefined ? null : toJsonNumber(value),
  };
}
