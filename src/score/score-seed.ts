/** How many cases of one seed each mutant survives, under the campaign and under each oracle alone. */
import { caseSize, type Case } from '../case/case.ts';
import type { OracleName } from '../case/verdict.ts';
import { operations, type KernelName } from '../contract/subject.ts';
import { isHalf, nativeFormats, type Format } from '../float/format.ts';
import { generateCase } from '../generate/generate-case.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import { watchOutput } from '../subjects/watch-output.ts';
import { askAbout, evaluate, isAsked, type Asking, type Column, type Evaluation } from './evaluate.ts';
import { changedTakingHalves, soundHostInHalves } from './host/in-halves.ts';
import { changedIn } from './host/mutate.ts';
import { isOfNative } from './mutants/in-halves.ts';
import type { Mutant } from './mutants/mutant.ts';

/** One mutant in one column of one seed. */
export interface Trial {
  readonly mutant: Mutant;
  readonly column: Column;
}

export interface TrialOutcome extends Trial {
  /** Cases until the kill, that one included; null where it survived. */
  readonly casesToKill: number | null;
  /** Those that blamed it there, first oracle first. */
  readonly oracles: readonly OracleName[];
  /** Cases until one was `wrong`, of the first 2,000 of a campaign of halves; null where none was. */
  readonly casesToWrong: number | null;
  /** Cases on which nobody could decide. */
  readonly inconclusive: number;
  /** Cases on which the blame is no kill: the sound host is blamed of the same case in the same way. */
  readonly alarms: number;
}

export interface SeedPlan {
  readonly seed: string;
  /** Most cases; ten times as many for a mutant that only large ones show. */
  readonly runs: number;
  /** What the cases are drawn in. */
  readonly formats: readonly Format[];
  /** The implementations that the differential oracle compares with. */
  readonly others: readonly Implementation[];
}

type RunningTrial = { -readonly [K in keyof TrialOutcome]: TrialOutcome[K] } & {
  readonly subject: Implementation;
  readonly changed: ReadonlySet<KernelName>;
  readonly refuses: boolean;
};

/** Case `index` of a campaign of this seed, over all operations. */
export function caseOf(seed: string, index: number, formats: readonly Format[] = nativeFormats): Case {
  return generateCase({ seed: BigInt(seed), index }, { operations, formats });
}

/** The same case as a subject has it that refuses invalid arguments: null where it is as any other has it. */
function invalidCaseOf(seed: string, index: number, formats: readonly Format[]): Case | null {
  const c = generateCase({ seed: BigInt(seed), index }, { operations, formats, refuses: true });
  return c.invalid === undefined ? null : c;
}

/**
 * Every trial is asked the same cases, each until the kill: in the order of `trials`, which is the order of
 * the result. `onCase` is awaited after each case.
 */
export async function scoreSeed(
  trials: readonly Trial[],
  { seed, runs, formats, others }: SeedPlan,
  onCase: (index: number, alive: number) => void | Promise<void>,
): Promise<readonly TrialOutcome[]> {
  const remembering = others.map(rememberLast);
  const all = trials.map((trial) => runningTrialOf(trial, formats));
  let alive = all;
  for (let index = 0; alive.length > 0; index++) {
    alive = alive.filter(({ mutant }) => index < runsOf(mutant, runs));
    if (alive.length === 0) break;
    const asking = askAbout(caseOf(seed, index, formats), { others: remembering, sound });
    const invalid = alive.some(({ refuses }) => refuses) ? invalidCaseOf(seed, index, formats) : null;
    const refused = invalid === null ? null : askAbout(invalid, { others: remembering, sound });
    const elements = caseSize(asking.case);
    for (const running of alive) {
      if (!isOfSize(running.mutant, elements)) continue;
      const own = running.refuses && refused !== null ? refused : asking;
      if (!isAsked(running.column, own, running.changed)) continue;
      const pending = askOne(running, own, index);
      if (pending !== undefined) await pending;
    }
    const isLookedOn = formats.some(isHalf) && index + 1 < wrongWithin;
    alive = alive.filter((running) => isToldMore(running, isLookedOn));
    await onCase(index, alive.length);
  }
  return all.map(({ mutant, column, casesToKill, oracles, casesToWrong, inconclusive, alarms }) => ({
    mutant,
    column,
    casesToKill,
    oracles,
    casesToWrong,
    inconclusive,
    alarms,
  }));
}

/** So many cases of halves are looked on at for one that is `wrong`. */
const wrongWithin = 2_000;

/** In halves what is found inaccurate is asked on until it is wrong: some never are, by design. */
function isToldMore({ column, casesToKill, casesToWrong }: RunningTrial, isLookedOn: boolean): boolean {
  if (casesToKill === null) return true;
  return isLookedOn && casesToWrong === null && column === 'campaign';
}

/** Some mutants take time that grows with the square of a lane: only those for large cases get one. */
const ordinaryElementsMax = 16_384;

function isOfSize({ elementsMin }: Mutant, elements: number): boolean {
  return elementsMin === undefined ? elements <= ordinaryElementsMax : elements >= elementsMin;
}

/** A mutant that only large cases show is given ten times as many cases. */
const casesForLarge = 10;

export function runsOf({ elementsMin }: Mutant, runs: number): number {
  return elementsMin === undefined ? runs : casesForLarge * runs;
}

/** An instance of its own: what it did before may be its defect. */
function runningTrialOf({ mutant, column }: Trial, formats: readonly Format[]): RunningTrial {
  const created = mutant.create();
  const module = formats.some(isHalf) && isOfNative(mutant) ? changedTakingHalves(created) : created;
  const subject = watchOutput(subjectImplementation(module, { name: mutant.name }));
  const nothing = { casesToKill: null, oracles: [], casesToWrong: null, inconclusive: 0, alarms: 0 };
  const { refuses = false } = module;
  return { mutant, column, ...nothing, subject, changed: changedIn(module), refuses };
}

/** No promise where the mutant returned none and is not blamed. */
function askOne(running: RunningTrial, asking: Asking, index: number): void | Promise<void> {
  const evaluation = evaluate(running.column, asking, running.subject);
  if (evaluation instanceof Promise)
    return evaluation.then((later) => conclude(running, asking, index, later));
  if (evaluation.oracles.length === 0 && !evaluation.isInconclusive) return;
  return conclude(running, asking, index, evaluation);
}

async function conclude(
  running: RunningTrial,
  asking: Asking,
  index: number,
  { oracles, severity, isInconclusive }: Evaluation,
): Promise<void> {
  if (isInconclusive) running.inconclusive++;
  if (oracles.length === 0) return;
  const ofSound = await evaluate(running.column, asking, sound);
  if (ofSound.oracles.length > 0) {
    running.alarms++;
    return;
  }
  if (running.casesToKill === null) {
    running.casesToKill = index + 1;
    running.oracles = oracles;
  }
  if (severity === 'wrong') running.casesToWrong = index + 1;
}

/** It answers native formats as the host does. */
const sound: Implementation = subjectImplementation(soundHostInHalves, { name: 'host' });

/** A case is put to a reference once, whoever is compared with it. */
function rememberLast(implementation: Implementation): Implementation {
  let last: { readonly case: Case; readonly outcome: ReturnType<Implementation['run']> } | null = null;
  return {
    ...implementation,
    run(c) {
      if (last?.case !== c) last = { case: c, outcome: implementation.run(c) };
      return last.outcome;
    },
  };
}
