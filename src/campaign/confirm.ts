/**
 * Asks the findings of the subject again in a fresh process, once the campaign has judged its last case. What
 * does not come again depends on earlier calls, on time or on chance, and is told as that.
 */
import { caseFromJson, caseToJson, type CaseJson } from '../case/case-json.ts';
import { caseSize } from '../case/case.ts';
import { historyMax } from '../case/confirmation.ts';
import type { Finding } from '../case/finding.ts';
import { indexOf } from '../case/representative.ts';
import { backwards, probablyBefore } from './asked.ts';
import { deathSymptoms } from './breaker.ts';
import { caseAt } from './case-at.ts';
import { dependentFinding, onceFinding } from './dependent-finding.ts';
import { once, shortestOf, type History, type Try } from './find-history.ts';
import type { FreshAnswer, FreshProcess, Question } from './fresh-process.ts';
import type { CampaignPlan } from './plan.ts';
import type { State } from './state.ts';
import type { WorkerDeath } from '../worker/death.ts';

/** A finding as it was seen, and as it is now that a fresh process was asked. */
export interface Confirmed {
  readonly was: Finding;
  readonly now: Finding;
}

/** A case that has ended a fresh process, which it was the only one to be asked. */
export interface FreshDeath {
  readonly finding: Finding;
  readonly outcome: WorkerDeath['outcome'];
}

/** A case is asked so often in one process: enough to see what depends on the number of calls. */
const asksMax = 2_048;
/** Larger cases are asked less often: so many elements in all. */
const elementsMax = 2 ** 21;
/** The latest of the cases before a finding's, of which its history is sought. */
const beforeMax = 4_096;
/** What is kept of a history, in elements of logits. */
const historyElementsMax = 2 ** 18;
/** The latest histories of other findings, which are tried before any is sought. */
const knownMax = 2;
/** Long enough for what a call has left behind; longer where a process ended: a timer may have done that. */
const [lingerMs, lingerMsOfDeath] = [2, 300];

/** Each of the findings, in their order. `onDeath` is told what else ended the process. */
export async function confirmFindings(
  state: Pick<State, 'plan' | 'before'>,
  findings: readonly Finding[],
  {
    process,
    onSearch,
    onDeath,
  }: {
    readonly process: FreshProcess;
    readonly onSearch: (findings: number) => void;
    readonly onDeath: (death: FreshDeath) => void;
  },
): Promise<readonly Confirmed[]> {
  const now = new Map<Finding, Finding>();
  const suspects: Finding[] = [];
  const others = findings.filter((finding) => !isOfDeath(finding));
  if (await showState(state, others, { process, onDeath })) suspects.push(...others);
  else if (!process.isSpent())
    for (const finding of others) now.set(finding, { ...finding, confirmed: 'alone' });
  for (const finding of findings.filter(isOfDeath)) {
    process.renew();
    const answer = await process.ask(questionOf(finding, nothing));
    if (isAsSeen(finding, answer)) now.set(finding, { ...finding, confirmed: 'alone' });
    else if (answer.kind !== 'unasked') suspects.push(finding);
  }
  if (suspects.length > 0) onSearch(suspects.length);
  const found: History[] = [];
  for (const finding of suspects.toSorted((a, b) => indexOf(a) - indexOf(b))) {
    const { as, history } = await seek(state, finding, { process, found });
    now.set(finding, as);
    if (history !== null) found.unshift(history);
  }
  return findings.map((was) => ({ was, now: now.get(was) ?? was }));
}

/**
 * Asks all in one process, one after the other, and looks whether any call shows of another: a finding that
 * does not come again, or controls that are answered otherwise at the end than at the beginning. Where none
 * does, each has come as if it had been the only one. Where one does, each has to be asked in a process of
 * its own.
 */
async function showState(
  { plan }: Pick<State, 'plan'>,
  findings: readonly Finding[],
  { process, onDeath }: { process: FreshProcess; onDeath: (death: FreshDeath) => void },
): Promise<boolean> {
  if (findings.length === 0) return false;
  const controls = findings.length === 1 ? [] : controlsFor(plan, findings);
  const before = await process.digest(controls);
  for (const finding of findings) {
    const answer = await process.ask(questionOf(finding, nothing));
    if (answer.kind === 'unasked') return false;
    if (answer.kind === 'died') onDeath({ finding, outcome: answer.outcome });
    if (!isAsSeen(finding, answer)) return true;
  }
  return (await process.digest(controls)) !== before && !process.isSpent();
}

/** So many of each kernel and format, among the first indices, whether they are the campaign's or not. */
const [controlsPerKernel, controlIndices, controlSizeMax] = [3, 2_000, 4_096];

/** Small cases of the findings' kernels, without NaN and infinities, which may spoil what follows. */
function controlsFor(plan: CampaignPlan, findings: readonly Finding[]): readonly number[] {
  const keyOf = ({
    operation,
    direction,
    format,
  }: Pick<Finding, 'operation' | 'direction' | 'format'>): string => [operation, direction, format].join('/');
  const due = new Map(findings.map((finding) => [keyOf(finding), controlsPerKernel]));
  const controls: number[] = [];
  for (let index = 0; index < controlIndices && due.size > 0; index++) {
    const c = caseAt(plan, index);
    const key = keyOf(c);
    const left = due.get(key);
    if (left === undefined || caseSize(c) > controlSizeMax || !c.logits.data.every(Number.isFinite)) continue;
    controls.push(index);
    if (left === 1) due.delete(key);
    else due.set(key, left - 1);
  }
  return controls;
}

const nothing: History = { cases: [], rounds: 0 };

function questionOf(
  finding: Finding,
  { cases: before, rounds }: History,
  {
    which = 'minimal',
    times = 1,
    between = null,
  }: { which?: Question['which']; times?: number; between?: CaseJson | null } = {},
): Question {
  const ms = isOfDeath(finding) ? lingerMsOfDeath : lingerMs;
  return {
    finding,
    which,
    asksMax: times,
    ...(between === null ? {} : { between }),
    preceded: { before, rounds, lingerMs: ms },
  };
}

function isOfDeath({ symptom }: Finding): boolean {
  return deathSymptoms.includes(symptom);
}

/** What ends a process does so in one way or another. */
function isAsSeen(finding: Finding, answer: FreshAnswer): boolean {
  if (answer.kind === 'died') return isOfDeath(finding);
  return answer.kind === 'asked-again' && answer.at !== null;
}

interface Sought {
  readonly as: Finding;
  /** What the finding needs before it, where that was found. */
  readonly history: History | null;
}

/**
 * What the case needs before it: what another finding needed; itself, many times; the cases that its worker
 * had been asked before it.
 */
async function seek(
  state: Pick<State, 'plan' | 'before'>,
  finding: Finding,
  { process, found }: { process: FreshProcess; found: readonly History[] },
): Promise<Sought> {
  let latest: Finding = finding; // as the last process that was asked the original case had it
  const tryOf =
    (which: Question['which']): Try =>
    async (history) => {
      process.renew();
      const answer = await process.ask(questionOf(finding, history, { which }));
      if (which === 'original' && answer.kind === 'asked-again' && answer.finding !== null)
        latest = answer.finding;
      return isAsSeen(finding, answer);
    };
  const [minimal, original] = [tryOf('minimal'), tryOf('original')];
  const isShrunk = JSON.stringify(finding.minimal) !== JSON.stringify(finding.original);

  const byOthers = found.length === 0 ? null : await seekByOthers(state, finding, { process, found });
  const early = byOthers ?? (await seekByNumber(finding, process, minimal));
  if (early !== null) return early;
  if (isShrunk && (await original(nothing))) return { as: { ...latest, confirmed: 'alone' }, history: null };
  const before = indicesBefore(state, finding);
  const shortest = await shortestOf(before, original);
  if (shortest === null) {
    if (process.isSpent()) return { as: finding, history: null };
    return { as: onceFinding(finding, `after the ${before.length} cases before it`), history: null };
  }
  if (shortest.length > historyMax)
    return { as: dependentFinding(latest, { confirmed: 'after-more' }), history: null };
  const asOriginal = latest;
  const isEnough = isShrunk && (await minimal(once(shortest)));
  return dependsOn(state, isEnough || !isShrunk ? finding : asOriginal, once(shortest));
}

/**
 * Alone, and then, in the same process, after what other findings need: most of one subject need the same.
 * Null where the case diverges after none of them.
 */
async function seekByOthers(
  state: Pick<State, 'plan'>,
  finding: Finding,
  { process, found }: { process: FreshProcess; found: readonly History[] },
): Promise<Sought | null> {
  process.renew();
  const answer = await process.ask(questionOf(finding, nothing));
  if (answer.kind === 'unasked') return { as: finding, history: null };
  if (isAsSeen(finding, answer)) return { as: { ...finding, confirmed: 'alone' }, history: null };
  let asked: History['cases'] = [finding.minimal];
  for (const { cases } of found.slice(0, knownMax)) {
    if (answer.kind === 'died' || asked.length + cases.length > historyMax) return null;
    asked = [...asked, ...cases];
    const after = await process.ask(questionOf(finding, once(cases)));
    if (isAsSeen(finding, after)) return { ...dependsOn(state, finding, once(asked)), history: null };
    if (after.kind !== 'asked-again') return null;
    asked = [...asked, finding.minimal];
  }
  return null;
}

/**
 * Null where the case never diverges however often it is asked: by itself, and if that makes several calls,
 * with one call more between. Of a subject that is wrong in every hundredth call, a case of two calls may
 * meet it time and again with the one that is not judged; with a third between it does not.
 */
async function seekByNumber(finding: Finding, process: FreshProcess, minimal: Try): Promise<Sought | null> {
  const byItself = await seekByAsking(finding, [finding.minimal], process, minimal);
  const { call, checks } = finding.minimal;
  if (byItself !== null || isOfDeath(finding) || (call === undefined && checks.length === 0)) return byItself;
  const { call: _, ...single } = finding.minimal;
  return seekByAsking(finding, [finding.minimal, { ...single, checks: [] }], process, minimal);
}

/** `round` is the case, and what is asked after it where it does not diverge. */
async function seekByAsking(
  finding: Finding,
  round: readonly [CaseJson, CaseJson?],
  process: FreshProcess,
  minimal: Try,
): Promise<Sought | null> {
  const cases = round.filter((c) => c !== undefined);
  const size = Math.max(1, caseSize(caseFromJson(finding.minimal)));
  const times = Math.max(2, Math.min(asksMax, Math.floor(elementsMax / size)));
  process.renew();
  const answer = await process.ask(questionOf(finding, nothing, { times, between: round[1] ?? null }));
  if (answer.kind === 'unasked') return { as: finding, history: null };
  if (!isAsSeen(finding, answer)) return null;
  const at = answer.kind === 'died' ? times : answer.at!;
  if (at === 1) return { as: { ...finding, confirmed: 'alone' }, history: null };
  const rounds = answer.kind === 'died' ? times : at - 1;
  if (answer.kind === 'died' || (await minimal({ cases, rounds })))
    return {
      as: dependentFinding(finding, { confirmed: 'after-history', history: cases, rounds }),
      history: null, // of no use to another case
    };
  if (process.isSpent()) return { as: finding, history: null };
  return { as: onceFinding(finding, `when it was asked ${rounds} times before`), history: null };
}

function dependsOn({ plan }: Pick<State, 'plan'>, finding: Finding, history: History): Sought {
  const cases: CaseJson[] = [];
  let elements = 0;
  for (const one of history.cases) {
    const c = typeof one === 'number' ? caseAt(plan, one) : caseFromJson(one);
    elements += caseSize(c);
    cases.push(caseToJson(c));
  }
  const { rounds } = history;
  const as =
    elements > historyElementsMax
      ? dependentFinding(finding, { confirmed: 'after-more' })
      : dependentFinding(finding, {
          confirmed: 'after-history',
          history: cases,
          ...(rounds === 1 ? {} : { rounds }),
        });
  return { as, history };
}

/** In their order. A chain's cases are none that an index names. */
function indicesBefore(
  { plan, before }: Pick<State, 'plan' | 'before'>,
  finding: Finding,
): readonly number[] {
  if (plan.maximize) return [];
  const asked = before.get(finding.signature) ?? probablyBefore(plan, indexOf(finding));
  const indices: number[] = [];
  for (const index of backwards(plan, asked)) {
    if (indices.length >= beforeMax) break;
    indices.push(index);
  }
  return indices.reverse();
}
