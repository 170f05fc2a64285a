/**
 * Diagnoses a finding of an implementation by asking it more: where it begins to be wrong, in which step, and
 * which planted mistake it behaves like. A function of the case and the implementation alone.
 */
import { caseFromJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import type { Diagnosis, NearestRecord, StageRecord } from '../case/diagnosis.ts';
import type { Finding } from '../case/finding.ts';
import { stageMeanings } from '../case/stage.ts';
import { judgeCase } from '../judge/judge-case.ts';
import { advice } from '../score/mutants/advice.ts';
import { isHalf } from '../float/format.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { findBoundary, type Boundary } from './boundary.ts';
import { toLaneCase } from './lane-case.ts';
import { isSameIn, likenessOf, nearestOf, nearestOfConduct, type Near } from './nearest.ts';
import { ownProbes } from './own-probes.ts';
import { ofWrong, patternOf, within, type Pattern } from './pattern.ts';
import { openProber, type Answered, type ProbeBounds } from './probe.ts';
import { implementationOf as replicaImplementation, replicas, type Replica } from './replicas.ts';
import type { Guess } from './guess.ts';
import { stageOfConduct, stageOfValues } from './stage.ts';
import { tagsOf } from './tags.ts';

/** What a diagnosis goes by. */
export type Symptoms = Pick<Finding, 'oracle' | 'severity' | 'symptom' | 'minimal' | 'root'>;

export interface DiagnoseOptions {
  /** Told before each call of the implementation. */
  readonly onRun?: () => void;
  /** The planted mistake that is not compared with: the implementation itself, where it is one. */
  readonly except?: string;
}

/** What is asked for one boundary at most, and then of the probe cases. */
const boundaryBounds = { casesMax: 220, elementsMax: 2 ** 18 };
const probeBounds = { casesMax: 600, elementsMax: 2 ** 17 };

/** What ends a process, or depends on what was asked before, is not asked again. */
const unaskable: readonly Finding['symptom'][] = [
  'crashed',
  'out-of-memory',
  'timed-out',
  'not-repeatable',
  'depends-on-earlier-calls',
  'intrinsic-changed',
];

export async function diagnose(
  finding: Symptoms,
  implementation: Implementation,
  { onRun, except }: DiagnoseOptions = {},
): Promise<Diagnosis> {
  const c = caseFromJson(finding.root ?? finding.minimal); // the plainer
  const telling = onRun === undefined ? {} : { onRun };
  const isAskable = c.invalid === undefined && !unaskable.includes(finding.symptom);
  const boundary = isAskable ? await boundaryOf(finding, c, implementation, telling) : null;
  const told = { boundary: boundary?.sentence ?? null, bounds: boundary?.record ?? null };
  const isByForm = isAskable && c.call !== undefined && (await isOnlyByForm(c, implementation, onRun));
  // Where the values are wrong too, what is printed says so and is not the mistake.
  const isBeside = finding.symptom === 'printed' && (await areValuesWrong(c, implementation, telling));
  const ofConduct = isBeside ? null : stageOfConduct(finding, c, isByForm);
  if (ofConduct !== null) {
    const stage = stageRecord(ofConduct, { replica: null, near: null });
    const isAsked = !unaskable.includes(finding.symptom);
    const mutant = isAsked ? await nearestOfConduct(c, finding.symptom, except ?? null) : null;
    const near = mutant === null ? null : { mutant, likeness: 1, cases: 1, isSame: false };
    return { ...told, stage, nearest: near === null ? null : nearestRecord(near) };
  }
  if (!isAskable) return { ...told, stage: null, nearest: null };
  return {
    ...told,
    ...(await mistakeOf(finding, c, implementation, { boundary, telling, except: except ?? null })),
  };
}

/** Null where the case is not wrong now. */
async function boundaryOf(
  { oracle }: Symptoms,
  c: Case,
  implementation: Implementation,
  telling: Pick<ProbeBounds, 'onRun'>,
): Promise<Boundary | null> {
  const fully = oracle !== 'exact' && oracle !== 'conduct';
  const prober = openProber(implementation, { ...boundaryBounds, fully, ...telling });
  const { verdict } = await prober.ask(c);
  return verdict === 'wrong' ? findBoundary(toLaneCase(c), prober) : null;
}

async function areValuesWrong(
  c: Case,
  subject: Implementation,
  telling: Pick<ProbeBounds, 'onRun'>,
): Promise<boolean> {
  const { ratio } = await openProber(subject, { ...probeBounds, ...telling }).ask(c);
  return ratio > 1;
}

async function isOnlyByForm(
  c: Case,
  subject: Implementation,
  onRun: (() => void) | undefined,
): Promise<boolean> {
  const [{ onlyByForm }] = await judgeCase({ ...c, checks: [] }, { subject, references: [], onRun });
  return onlyByForm;
}

/** The stage and the nearest planted mistake of an implementation whose values are wrong. */
async function mistakeOf(
  finding: Symptoms,
  c: Case,
  implementation: Implementation,
  {
    boundary,
    telling,
    except,
  }: { boundary: Boundary | null; telling: Pick<ProbeBounds, 'onRun'>; except: string | null },
): Promise<Pick<Diagnosis, 'stage' | 'nearest'>> {
  const prober = openProber(implementation, { ...probeBounds, ...telling });
  const minimal = await prober.ask(c);
  const facts = boundary?.facts ?? null;
  const asked = await patternOf(c, prober, ownProbes(c, facts));
  // A kernel that stores halves on the way is inaccurate everywhere: what is wrong stands out.
  const told = isHalf(c.format) && finding.severity === 'wrong' ? ofWrong(asked) : asked;
  const pattern = within(told, tagsOf(c));
  const guess =
    (await guessInHalf(finding, minimal, pattern)) ?? stageOfValues(finding, minimal, pattern, facts);
  // A sound kernel's choices are no mistake.
  const near =
    finding.severity === 'wrong'
      ? await nearestOf(minimal, pattern, { except, stage: guess?.name ?? null })
      : null;
  const replica = guess === null ? null : await replicaOf(guess, finding, minimal, pattern);
  return {
    stage: guess === null ? null : stageRecord(guess, { replica, near }),
    nearest: near === null ? null : nearestRecord(near),
  };
}

/**
 * What sticks or overflows in a half looks like terms that are left out, or like another mistake. Where one
 * of the replicas of halves gives the very same, that says more than what is wrong where.
 */
async function guessInHalf(
  { severity }: Symptoms,
  minimal: Answered,
  pattern: Pattern,
): Promise<Guess | null> {
  const { format } = minimal.case;
  if (!isHalf(format) || severity !== 'wrong') return null;
  for (const replica of replicas) {
    if (replica.inHalves === undefined) continue;
    if ((await likenessOf(replicaImplementation(replica, format), minimal, pattern)).isSame)
      return { name: replica.stage, because: 'float32 inside is right there, and the half is not' };
  }
  return null;
}

/** One that gives the very same wherever either of them is wrong; of a choice, in all wide lanes. */
async function replicaOf(
  { name }: Guess,
  { severity }: Symptoms,
  minimal: Answered,
  pattern: Pattern,
): Promise<Replica | null> {
  const wide = pattern.tagged('width').filter(({ probe }) => probe.at! >= wideMin);
  for (const replica of replicas) {
    if (replica.stage !== name) continue;
    const own = replicaImplementation(replica, minimal.case.format);
    const isSame =
      severity === 'wrong'
        ? (await likenessOf(own, minimal, pattern)).isSame
        : await isSameIn(own, [minimal, ...wide.map(({ answered }) => answered)]);
    if (isSame) return replica;
  }
  return null;
}

const wideMin = 24;

function stageRecord(
  { name, because, isChoice }: Guess,
  { replica, near }: { readonly replica: Replica | null; readonly near: Near | null },
): StageRecord {
  const isSame = near !== null && near.isSame && near.mutant.stage === name;
  const confirmation =
    replica !== null
      ? `; bit for bit what ${replica.words} gives`
      : isSame
        ? `; bit for bit what ${near.mutant.name} gives`
        : '';
  const kind = isChoice === true ? `a choice rather than a mistake, of the ${name}` : `the ${name}`;
  return {
    name,
    sentence: `${kind} (${stageMeanings[name]}): ${because}${confirmation}`,
    confirmed: replica !== null || isSame,
  };
}

function nearestRecord({ mutant, likeness, isSame }: Near): NearestRecord {
  const { name, change, seen } = mutant;
  const how = isSame ? 'behaves bit for bit like' : 'behaves like';
  const share =
    isSame || likeness === 1 ? '' : ` in ${Math.floor(100 * likeness)} % of what either gets wrong`;
  const words = advice[name]!;
  const known = seen === 'none found' ? '' : `; known from ${seen}`;
  return {
    mutant: name,
    sentence: `${how} \`${name}\`${share} (${change.replace(/\.$/, '')}): ${words}${known}`,
    advice: words,
  };
}
