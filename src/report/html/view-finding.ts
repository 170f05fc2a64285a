/** A finding made into what the page shows of it: every text from outside is plain by here. */
import { caseCall, caseTablesOf } from '../../text/case-tables.ts';
import { confirmationText } from '../../text/confirmation-text.ts';
import { diagnosisSentences } from '../../text/diagnosis-text.ts';
import { deviationText } from '../../text/deviation.ts';
import { growthText } from '../../text/growth-text.ts';
import { elementText } from '../../text/number-text.ts';
import { flushRemark } from '../../text/flush-remark.ts';
import { outsideTheFamily } from '../../text/outside-the-family.ts';
import { plainText } from '../../text/plain-text.ts';
import { replayCommand } from '../../text/replay-command.ts';
import type { KernelSource } from '../../text/kernel-source.ts';
import { severityText } from '../../text/severity-text.ts';
import { assumedText } from '../../case/arithmetic-text.ts';
import { readCase } from '../../case/case-json.ts';
import { outputShape } from '../../case/case.ts';
import { blamedName, type Finding } from '../../case/finding.ts';
import { fromJsonNumber } from '../../case/json-number.ts';
import { signatureSlug } from '../../case/signature.ts';
import { tensorFromJson } from '../../case/tensor-json.ts';
import type { ToleranceTerm } from '../../case/verdict.ts';
import { kernelNameOf } from '../../contract/subject.ts';
import { toMultiIndex } from '../../tensor/tensor.ts';
import { ledger } from '../../../reference/ledger/ledger.ts';
import { storyOf } from '../story.ts';
import type { FindingAt } from '../render-json.ts';
import { boundaryView } from './boundary-view.ts';
import { budgetView } from './budget-view.ts';
import { trialOfFinding } from './trial-of-finding.ts';
import type { AnswerView, BudgetView, DetailView, FindingView, SourceView } from './finding-view.ts';

export function findingId(finding: Finding): string {
  return `finding-${signatureSlug(finding.signature)}`;
}

/** Its line in the list. */
export function viewFinding({ finding }: FindingAt): FindingView {
  return {
    id: findingId(finding),
    blame: plainText(finding.blame, 60),
    implementation: plainText(blamedName(finding), 80),
    severity: finding.severity,
    isKnown: finding.known && finding.growth === undefined,
    ledger: plainText(finding.ledger ?? '', 80),
    operation: finding.operation,
    direction: finding.direction,
    format: finding.format,
    symptom: finding.symptom,
    count: finding.count,
    case: plainText(finding.case, 200),
    deviation: plainText(deviationText(finding), 120),
    story: storyOf(finding),
    signature: plainText(finding.signature, 300),
  };
}

/** `sources`: those that stand in the page. */
export function viewDetail({ finding, path }: FindingAt, sources: readonly KernelSource[] = []): DetailView {
  const { element, arithmetic } = finding;
  const shape = outputShape(readCase(finding.minimal));
  return {
    why: whyOf(finding),
    diagnosis: diagnosisSentences(finding.diagnosis).map((sentence) => plainText(sentence, 600)),
    boundary: boundaryView(finding.diagnosis?.bounds ?? null),
    tables: caseTablesOf(finding).filter(({ rows }) => rows.length > 0),
    at: element === null ? 'value' : `at [${toMultiIndex(element, shape).join(', ')}]`,
    answers: answersOf(finding),
    budget: budgetOf(finding),
    assumed: assumedText(arithmetic, finding.format),
    call: caseCall(finding) ?? '',
    trial: trialOfFinding(finding),
    replay: replayCommand(finding, path),
    source: sourceOf(finding, sources),
    facts: factsOf(finding),
  };
}

function sourceOf({ blame, operation, direction }: Finding, sources: readonly KernelSource[]): number | null {
  const kernel = kernelNameOf(operation, direction);
  const place = blame === 'subject' ? sources.findIndex((source) => source.kernel === kernel) : -1;
  return place < 0 ? null : place;
}

export function viewSource({ kernel, file, line, text, isCut }: KernelSource): SourceView {
  return { title: `${kernel}, in ${plainText(file, 120)} from line ${line} on`, line, text, isCut };
}

/** What the ledger says of it. */
function knownAs({ ledger: id }: Finding): readonly string[] {
  const entry = ledger.find((one) => one.id === id);
  return entry === undefined ? [] : [`Known: ${entry.title}. ${entry.cause}`.replaceAll('`', '')];
}

const oracles: Readonly<Record<Finding['oracle'], string>> = {
  conduct: 'How it behaved breaks the contract, whatever its values are.',
  exact: 'Its answer is outside the tolerance that was derived for that very element, about an exact answer.',
  gradient: 'Its gradient is not the derivative, taken numerically, of the forward function.',
  property: 'Its answers break a law that every correct implementation obeys.',
  differential: 'Its answer and that of another implementation cannot both be right.',
};

function whyOf(finding: Finding): readonly string[] {
  const confirmation = confirmationText(finding);
  const { oracle, alsoBy, law, guilty, sentence } = finding;
  const remarks = [outsideTheFamily(finding), flushRemark(finding)];
  return [
    ...knownAs(finding),
    oracles[oracle],
    severityText(finding),
    ...(confirmation === null ? [] : [confirmation]),
    ...remarks.filter((remark) => remark !== null),
    ...(law === null ? [] : [`What was broken: ${plainText(law, 300)}.`]),
    ...(guilty > 1 ? [`${guilty} elements of the output are outside their tolerance.`] : []),
    `The oracle ${oracle}: ${plainText(sentence, 600)}.`,
    ...(alsoBy.length === 0 ? [] : [`Found as well by: ${alsoBy.join(', ')}.`]),
  ];
}

function answersOf({ answers, format, blame, severity }: Finding): readonly AnswerView[] {
  return answers.map(({ name, version, role, verdict, value, reason }) => ({
    name: plainText(`${name}@${version}`, 80),
    isSubject: role === 'subject',
    verdict,
    // How bad the others' divergences are the finding does not say.
    kind:
      verdict !== 'diverge'
        ? verdict
        : (role === 'subject' ? 'subject' : name) === blame
          ? severity
          : 'wrong',
    value: value === null ? '' : elementText(fromJsonNumber(value), format),
    reason: reason === null ? '' : plainText(reason, 300),
  }));
}

function budgetOf({ element, got, exact, allowed, terms }: Finding): BudgetView {
  const [answered, due] = [valueIn(got, element), valueIn(exact, element)];
  const error = answered === null || due === null ? null : Math.abs(answered - due);
  return budgetView({
    terms: terms.map(toTerm),
    allowed: allowed === null ? null : fromJsonNumber(allowed),
    error,
  });
}

function toTerm({ name, value }: Finding['terms'][number]): ToleranceTerm {
  return { name: plainText(name, 100), value: fromJsonNumber(value) };
}

function valueIn(tensor: Finding['got'], element: number | null): number | null {
  if (tensor === null || element === null) return null;
  return tensorFromJson(tensor, { name: 'the finding' }).data[element] ?? null;
}

function factsOf(finding: Finding): readonly (readonly [string, string])[] {
  const { signature, index, seed, count, shrink, original, provenance } = finding;
  const drawn =
    index === null ? 'by no campaign' : index < 0 ? 'in the corpus' : `seed ${seed}, index ${index}`;
  const { steps, evaluations, confirmed, stoppedBy } = shrink;
  const again = `${confirmed ? 'diverges' : 'did not diverge'} again in the same process`;
  return [
    ['signature', plainText(signature, 300)],
    ['seen in', `${count} ${count === 1 ? 'case' : 'cases'}`],
    ...(finding.growth === undefined ? [] : [['grown', growthText(finding)] as const]),
    ['drawn', drawn],
    [
      'shrunk',
      stoppedBy === 'none'
        ? 'no'
        : `from [${original.logits.shape.join(', ')}] in ${steps} steps of ${evaluations} tries; ${again}`,
    ],
    [
      'made by',
      plainText(`logitfuzz ${provenance.tool}, Node ${provenance.node}, ${provenance.platform}`, 120),
    ],
  ];
}
