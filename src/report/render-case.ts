/** A case that was judged by itself, for the terminal: who is wrong on it, or that nobody is. Pure. */
import { caseFromJson, type CaseJson } from '../case/case-json.ts';
import { caseSummary } from '../case/case-summary.ts';
import { blamedName, type Finding } from '../case/finding.ts';
import { reasonOf } from '../case/verdict.ts';
import { packageVersion } from '../contract/package-version.ts';
import { blamedIn, type Explanation } from '../examine/explain.ts';
import type { ReferenceState, SubjectState } from '../examine/sighting.ts';
import { generatorVersion } from '../generate/generate-case.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import { roundedText } from '../text/number-text.ts';
import { plainText } from '../text/plain-text.ts';
import { explainAnswers, explainFinding } from './explain-finding.ts';
import { asOfToday } from './render-replay.ts';

export interface JudgedCase {
  readonly case: CaseJson;
  /** Whom the command asks about: 'subject', or a reference's name. */
  readonly blame: string;
  readonly diverges: boolean;
  /** Null where the call never came back. */
  readonly explanation: Explanation | null;
  /** How the call ended the process; null where it came back. */
  readonly death: string | null;
  readonly subject: SubjectState;
  readonly references: readonly ReferenceState[];
}

export function renderCase(judged: JudgedCase): string {
  const { explanation, death, diverges } = judged;
  const blank = findingOf(judged);
  if (explanation === null) return `${headOf(blank, 'ended its process')}\n${plainText(death ?? '', 300)}`;
  const told = asOfToday(blank, explanation, judged.case);
  if (diverges) return explainFinding(told);
  const { verdict } = blamedIn(judged, explanation);
  const reason = reasonOf(verdict);
  const head = headOf(told, verdict.kind === 'agree' ? agreeText(verdict.worstRatio) : verdict.kind);
  return [reason === null ? head : `${head}\n${plainText(reason, 300)}`, explainAnswers(told)]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** How near it came to what it is allowed. */
function agreeText(worstRatio: number): string {
  return `agrees with the exact answer (error ÷ allowed at most ${roundedText(worstRatio)})`;
}

function headOf(finding: Finding, what: string): string {
  return `${plainText(blamedName(finding), 80)}: ${what}: ${plainText(finding.case, 160)}`;
}

/** A finding of which nothing is known but the case, to be filled in by what is answered. */
function findingOf({ case: json, blame, subject, references }: JudgedCase): Finding {
  const { operation, direction, format } = json;
  return {
    schemaVersion: 1,
    signature: '',
    operation,
    direction,
    format,
    oracle: 'exact',
    alsoBy: [],
    blame,
    severity: 'wrong',
    symptom: 'ulps',
    known: false,
    ledger: null,
    count: 1,
    ulps: null,
    case: caseSummary(caseFromJson(json)),
    sentence: '',
    law: null,
    seed: '0',
    index: null,
    minimal: json,
    original: json,
    element: null,
    guilty: 0,
    got: null,
    exact: null,
    careful: null,
    naive: null,
    allowed: null,
    terms: [],
    answers: [],
    subject: { name: subject.name, version: subject.version, module: null },
    arithmetic: defaultArithmetic,
    references,
    shrink: { evaluations: 0, steps: 0, stoppedBy: 'none', confirmed: false },
    provenance: {
      tool: packageVersion,
      generatorVersion,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
    },
  };
}
