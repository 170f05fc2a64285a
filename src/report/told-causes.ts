/** The causes of a run as they are told: each by one finding that stands for it, its other kinds beside. */
import { listedCauses, type CauseRecord } from '../archive/cause-record.ts';
import type { ListedFinding, RunRecord } from '../archive/run-record.ts';
import { standingOf } from '../text/growth-text.ts';
import { roundedText } from '../text/number-text.ts';
import { plainText } from '../text/plain-text.ts';
import { byWeight } from './order.ts';

export interface ToldCause<F = ListedFinding> {
  readonly cause: CauseRecord;
  /** What fails the run before what does not, what is new before what is known; else the representative. */
  readonly finding: F;
  /** Its other kinds. */
  readonly others: readonly F[];
}

/** Those of the findings that are given, or of all: the subject's first, in the order of `byWeight`. */
export function toldCauses(
  run: Pick<RunRecord, 'causes' | 'findings'>,
  findings: readonly ListedFinding[] = run.findings,
): readonly ToldCause[] {
  const { causes = [] } = run;
  return listedCauses({ causes, findings })
    .flatMap(({ findings: own, ...cause }) => partsOfCause(own).map((part) => ({ cause, ...part })))
    .sort((a, b) => byWeight(rankedOf(a), rankedOf(b)));
}

/** One; two where some of its kinds are new and others have grown, each of which is news of its own. */
function partsOfCause(own: readonly ListedFinding[]): readonly Omit<ToldCause, 'cause'>[] {
  const grown = own.filter(({ growth }) => growth !== undefined);
  const others = own.filter(({ growth }) => growth === undefined);
  const isMixed = grown.length > 0 && others.some(({ known }) => !known);
  return (isMixed ? [others, grown] : [own]).map((part) => {
    const finding = [...part].sort((a, b) => standing(a) - standing(b))[0]!;
    return { finding, others: part.filter((other) => other !== finding) };
  });
}

function standing({ fails, known, growth }: ListedFinding): number {
  return fails ? 0 : !known ? 1 : growth !== undefined ? 2 : 3;
}

/** It weighs what the finding that stands for it does, and comes as often as all of its kinds. */
function rankedOf({ finding, others }: ToldCause): ListedFinding {
  return { ...finding, count: casesOf({ finding, others }) };
}

/** Cases that showed the cause. */
export function casesOf<F extends { readonly count: number }>({
  finding,
  others,
}: Pick<ToldCause<F>, 'finding' | 'others'>): number {
  return others.reduce((sum, { count }) => sum + count, finding.count);
}

/**
 * Cases that showed something of the subject that its baseline does not list, of so many that diverged. A
 * case counts for the one signature that it was told by.
 */
export function freshCasesOf(own: readonly ToldCause[], diverged: number): number {
  const listed = own.flatMap(({ finding, others }) => [finding, ...others]).filter(({ known }) => known);
  return Math.max(
    0,
    listed.reduce((left, { count }) => left - count, diverged),
  );
}

/** Where it begins, in which step it is made, what it behaves like: a sentence each, of what is known. */
export function whereLines({ boundary, stage, nearest }: CauseRecord): readonly string[] {
  return [
    ...(boundary === null ? [] : [`where it begins: ${boundary}`]),
    ...(stage === null ? [] : [`in which step: ${stage.sentence}`]),
    ...(nearest === null ? [] : [`it ${nearest.sentence}`]),
  ].map((sentence) => plainText(sentence, 400));
}

/**
 * Its other kinds, in one line of about so many characters; null where there are none. Each is told by what
 * its signature has that the first one's has not.
 */
export function kindsText(
  { finding, others }: Pick<ToldCause, 'finding' | 'others'>,
  charactersMax: number,
): string | null {
  if (others.length === 0) return null;
  const rest = others.length === 1 ? '1 more kind' : `${others.length} more kinds`;
  let text = `and ${rest}${standingsText(finding, others)}${worseText(finding, others)}:`;
  for (const [at, other] of others.entries()) {
    const kind = `${at === 0 ? '' : ';'} ${plainText(kindOf(other, finding), 80)}`;
    if (at > 0 && text.length + kind.length > charactersMax - 3) return `${text}; …`;
    text += kind;
  }
  return text;
}

/** How many of the others stand otherwise than the one that is told: known, grown, inaccurate. */
function standingsText(finding: ListedFinding, others: readonly ListedFinding[]): string {
  const own = standingOf(finding);
  const standings = others.map(standingOf).filter((standing) => standing !== own);
  const names = [...new Set(standings)].sort();
  const counts = names.map((name) => `${standings.filter((one) => one === name).length} ${name}`);
  return counts.length === 0 ? '' : ` (${counts.join(', ')})`;
}

/** How bad the worst of the others is, where that is worse than the one that is told. */
function worseText({ ratio, severity }: ListedFinding, others: readonly ListedFinding[]): string {
  const size = (one: ListedFinding['ratio']): number => Number(one ?? 0);
  const worst = Math.max(...others.filter((o) => o.severity === severity).map((other) => size(other.ratio)));
  if (!(worst > size(ratio))) return '';
  return Number.isFinite(worst)
    ? `, up to ${roundedText(worst)} times what is allowed`
    : ', up to not finite';
}

function kindOf(other: ListedFinding, finding: ListedFinding): string {
  const [parts, same] = [partsOf(other), partsOf(finding)];
  const kernel = parts.kernel === same.kernel ? [] : [parts.kernel];
  const rest = parts.rest.filter((part, at) => part !== same.rest[at]);
  const kind = [...kernel, ...rest].join(' ');
  return kind === '' ? other.signature : kind;
}

/** `2:softmax/forward/float32/subject/exact/wrong/nan/finite/default/any` → its kernel, and what follows. */
function partsOf({ operation, direction, signature }: ListedFinding): {
  readonly kernel: string;
  readonly rest: readonly string[];
} {
  return { kernel: `${operation}/${direction}`, rest: signature.split('/').slice(2) };
}
