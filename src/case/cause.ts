/**
 * Findings grouped by cause: one mistake, however many signatures it has. It depends on the findings alone,
 * each of which carries its root, so that runs united have the causes of the undivided one.
 */
import { createHash } from 'node:crypto';
import { lanesOf } from '../tensor/lanes.ts';
import { extentOf } from '../tensor/tensor.ts';
import { readCase } from './case-json.ts';
import type { Finding } from './finding.ts';
import { standsBefore } from './representative.ts';
import { ingredientsOf, isOverNothing } from './ingredients.ts';
import { oracleNames, type Severity } from './verdict.ts';

export interface Cause {
  /** Letters and digits; the same in another run where its plainest root is the same. */
  readonly id: string;
  /** 'subject', or a reference's name. */
  readonly blame: string;
  readonly severity: Severity;
  /** Cases of the run with one of its signatures. */
  readonly cases: number;
  /** Those of its findings, the representative's first. */
  readonly findings: readonly Finding[];
}

/**
 * The causes, the subject's first, the wrong ones before the inaccurate ones, and of those the one that was
 * found first.
 */
export function causesOf(findings: readonly Finding[]): readonly Cause[] {
  const groups: Rooted[][] = [];
  // The plainer first: each joins one that needs nothing more, and only one, lest it unite two mistakes.
  for (const one of findings.map(rooted).sort(byRoot)) {
    const group = groups.find(([plainest]) => isOneMistake(plainest!, one));
    if (group === undefined) groups.push([one]);
    else group.push(one);
  }
  return groups.map(causeOf).sort(byWeight);
}

/**
 * The plainest of the findings of one kernel whose roots need the same, in the order in which causes are
 * formed: a cause has one or more of them. `most` of all.
 */
export function plainestOfEach(findings: readonly Finding[], most: number): readonly Finding[] {
  const plainest = new Map<string, Rooted>();
  for (const one of findings.map(rooted)) {
    const key = JSON.stringify([one.root.kernel, one.root.ingredients]);
    const before = plainest.get(key);
    if (before === undefined || byPlainness(one.finding, before.finding) < 0) plainest.set(key, one);
  }
  return [...plainest.values()]
    .sort(byRoot)
    .slice(0, most)
    .map(({ finding }) => finding);
}

interface Rooted {
  readonly finding: Finding;
  readonly root: RootFacts;
}

interface RootFacts {
  readonly blame: string;
  /** `operation/direction`. */
  readonly kernel: string;
  /** What the mistake needs to show: [] for one that shows everywhere. */
  readonly ingredients: readonly string[];
  /** It is the mean of nothing that is wrong. */
  readonly isOverNothing: boolean;
  /** Its logits, their shape and the axis, as text: the same for kernels that share a lane's steps. */
  readonly lanes: string;
  /** The ledger's entry; null of what it does not know. */
  readonly ledger: string | null;
  readonly severity: Severity;
}

function rooted(finding: Finding): Rooted {
  return { finding, root: rootOf(finding) };
}

function rootOf(finding: Finding): RootFacts {
  const { blame, ledger, severity } = finding;
  const json = finding.root ?? finding.minimal;
  const c = readCase(json);
  return {
    blame,
    kernel: `${c.operation}/${c.direction}`,
    ingredients: ingredientsOf(c, finding),
    isOverNothing:
      isOverNothing(c) || (c.loss?.reduction === 'mean' && lanesOf(c.logits.shape, c.axis).count === 0),
    lanes: JSON.stringify([c.axis, json.logits]),
    ledger,
    severity,
  };
}

/**
 * In one kernel: where the other needs all that the plainest does, and maybe more. In two kernels: so, where
 * that is a rare thing, or an option of both losses; and where both need the same form of the call, or the
 * same of the lanes and show it by the very same logits.
 */
function isOneMistake({ root: plainest }: Rooted, { root: other }: Rooted): boolean {
  if (plainest.blame !== other.blame || plainest.ledger !== other.ledger) return false;
  if (plainest.ledger !== null) return true;
  if (needed(plainest, ofConduct) !== needed(other, ofConduct)) return false;
  const isWithin = plainest.ingredients.every((one) => other.ingredients.includes(one));
  if (plainest.kernel === other.kernel)
    return (
      (plainest.isOverNothing && other.isOverNothing) ||
      (isRoundedInHalf(plainest) && isRoundedInHalf(other)) ||
      (isWithin && isAsLarge(plainest, other) && isAsPlain(plainest, other))
    );
  const [form, formOfOther] = [needed(plainest, ofCall), needed(other, ofCall)];
  if (form !== '' || formOfOther !== '') return form === formOfOther;
  if (needed(plainest, isRare) !== '') return isWithin;
  if (isLoss(plainest) && isLoss(other)) return plainest.ingredients.length > 0 && isWithin;
  const own = needed(plainest, ofLanes);
  return own !== '' && own === needed(other, ofLanes) && plainest.lanes === other.lanes;
}

/**
 * Inaccurate in a half, and in no wider format: something on the way is stored in it. What else such a root
 * has only gives numbers that storing rounds.
 */
function isRoundedInHalf({ severity, ingredients }: RootFacts): boolean {
  return severity === 'inaccurate' && ingredients.includes('half');
}

/**
 * Shrinking takes away every width and every lane that it can: what stays large needs that, and a mistake
 * that needs nothing of it is another. In forms of the call a large case may be one of many bytes.
 */
function isAsLarge(plainest: RootFacts, other: RootFacts): boolean {
  if (needed(plainest, ofCall) !== '') return true;
  return [ofLargeWidth, ofManyLanes].every(
    (kind) => (needed(plainest, kind) === '') === (needed(other, kind) === ''),
  );
}

/**
 * What needs nothing shows in plain cases: where no plainer case was found than one with an option, a second
 * lane or NaN, another mistake needs that. Numbers it may need in one lane and not in another.
 */
function isAsPlain(plainest: RootFacts, other: RootFacts): boolean {
  return plainest.ingredients.length > 0 || other.ingredients.every((one) => ofNumbers.test(one));
}

function isLoss({ kernel }: RootFacts): boolean {
  return kernel.startsWith('crossEntropy/');
}

function needed({ ingredients }: RootFacts, kind: RegExp): string {
  return ingredients.filter((one) => kind.test(one)).join();
}

const ofConduct = /^conduct /;
const ofCall = /^call /;
/** So rare that two kernels hardly need it for two reasons. */
const isRare = /^(conduct|invalid|width|lanes) /;
/** From the step behind the first on. */
const ofLargeWidth = /^width \d/;
const ofManyLanes = /^lanes \d/;
/** What a root may have by chance: shrinking stops where plainer numbers do not show it at once. */
const ofNumbers = /^(large|float64|empty|weightless|no distribution)$/;
/** What kernels may share: all but the options of a loss. */
const ofLanes = /^(?!weight|ignoreIndex|labelSmoothing|no distribution)/;

/** The plainer root first; an order that does not depend on the run. */
function byRoot({ root: a, finding: f }: Rooted, { root: b, finding: g }: Rooted): number {
  return (
    a.ingredients.length - b.ingredients.length ||
    compare(a.kernel, b.kernel) ||
    compare(a.ingredients.join(), b.ingredients.join()) ||
    compare(f.signature, g.signature)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function causeOf(group: readonly Rooted[]): Cause {
  const { root } = group[0]!;
  const findings = group.map(({ finding }) => finding).sort(byPlainness);
  const text = JSON.stringify([root.blame, root.ledger, root.kernel, root.ingredients]);
  return {
    id: createHash('sha256').update(text).digest('hex').slice(0, 8),
    blame: root.blame,
    severity: findings[0]!.severity,
    cases: findings.reduce((sum, { count }) => sum + count, 0),
    findings,
  };
}

/**
 * The representative is wrong where any of them is, told by the first oracle that tells of any, since what an
 * answer should have been says more than that a law is broken, and of the smallest minimal case.
 */
function byPlainness(a: Finding, b: Finding): number {
  if (a.severity !== b.severity) return a.severity === 'wrong' ? -1 : 1;
  const byOracle = oracleNames.indexOf(a.oracle) - oracleNames.indexOf(b.oracle);
  if (byOracle !== 0) return byOracle;
  const bySize = extentOf(a.minimal.logits.shape) - extentOf(b.minimal.logits.shape);
  return bySize !== 0 ? bySize : standsBefore(a, b) ? -1 : 1;
}

function byWeight(a: Cause, b: Cause): number {
  const [own, other] = [a.blame === 'subject' ? 0 : 1, b.blame === 'subject' ? 0 : 1];
  if (own !== other) return own - other;
  if (a.severity !== b.severity) return a.severity === 'wrong' ? -1 : 1;
  return standsBefore(first(a), first(b)) ? -1 : 1;
}

function first({ findings }: Cause): Finding {
  return findings.reduce((lowest, finding) => (standsBefore(finding, lowest) ? finding : lowest));
}
