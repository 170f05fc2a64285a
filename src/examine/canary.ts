/**
 * The canary: 64 fixed cases, and what each implementation answers to them, as words that are the same
 * wherever the answer is. It shows what no version tells: a library that picks other instructions on another
 * processor, a subject that was built otherwise. Judges nothing.
 */
import { createHash } from 'node:crypto';
import { plainly } from '../case/call-form.ts';
import type { Case } from '../case/case.ts';
import { tensorsOf } from '../case/case-tensors.ts';
import { isEnding, type Outcome, type OutcomeKind } from '../case/outcome.ts';
import { kernelNameOf, type KernelName } from '../contract/subject.ts';
import { generateCase, type CampaignSpace } from '../generate/generate-case.ts';
import type { Implementation } from '../subjects/implementation.ts';
import type { AnyTensor } from '../tensor/tensor.ts';
import type { Examiner } from './examiner.ts';

export const canarySize = 64;

/** What lies behind a word that is no digest: why there are no values, or why they cannot be compared. */
const plainWords = [
  'declined',
  'unsupported',
  'threw',
  'timed-out',
  'crashed',
  'out-of-memory',
  /** Asked twice in one process, it answered otherwise. */
  'unstable',
  /** It has ended its process before, and is asked no more. */
  'unasked',
] as const satisfies readonly (Exclude<OutcomeKind, 'values'> | 'declined' | 'unstable' | 'unasked')[];
type PlainWord = (typeof plainWords)[number];

/** A word of the canary. */
export const canaryWord: RegExp = new RegExp(`^(?:[0-9a-f]{16}|${plainWords.join('|')})$`);

export interface Canary {
  /** Whose case each is. */
  readonly kernels: readonly KernelName[];
  /** The same word for the same case, bit for bit. */
  readonly cases: readonly string[];
  /** By the name of the implementation: the same word for the same outcome. */
  readonly outcomes: Readonly<Record<string, readonly string[]>>;
}

/** A process that was asked the canary has ended. */
export interface CanaryEnd {
  /** Its place in [subject, ...references]. */
  readonly place: number;
  /** Null where it cannot be said. */
  readonly case: number | null;
  readonly kind: 'timed-out' | 'crashed' | 'out-of-memory';
}

/** Whoever ends so many processes is asked no more. */
export const endsMax = 2;

/** Neither depends on how fast or how large the machine is, nor on chance. */
export function areComparable(...words: readonly string[]): boolean {
  const loose: readonly string[] = [
    'timed-out',
    'out-of-memory',
    'unstable',
    'unasked',
  ] satisfies PlainWord[];
  return words.every((word) => !loose.includes(word));
}

/** What the implementations do, each asked all cases alone, and then all again. */
export async function canaryOf(
  { participants, calls }: Pick<Examiner, 'participants' | 'calls'>,
  space: CampaignSpace,
  ended: readonly CanaryEnd[],
): Promise<Canary> {
  const cases = canaryCases(space);
  const asked = [participants.subject, ...participants.references];
  const rounds: string[][][] = [];
  for (const round of [0, 1]) {
    rounds[round] = [];
    for (const [place, implementation] of asked.entries()) {
      const ends = ended.filter((end) => end.place === place);
      const onRun = (index: number): void => calls.write({ index, stage: 'judge', place });
      rounds[round].push(await wordsOf(implementation, cases, { ends, onRun }));
    }
  }
  const outcomes = asked.map(({ name }, place): [string, string[]] => {
    const [first, again] = [rounds[0]![place]!, rounds[1]![place]!];
    return [name, first.map((word, at) => steady(word, again[at]!))];
  });
  return {
    kernels: cases.map(({ operation, direction }) => kernelNameOf(operation, direction)),
    cases: cases.map(wordOfCase),
    outcomes: Object.fromEntries(outcomes),
  };
}

function steady(first: string, again: string): string {
  return first === again || !areComparable(first, again) ? first : ('unstable' satisfies PlainWord);
}

async function wordsOf(
  implementation: Implementation,
  cases: readonly Case[],
  { ends, onRun }: { readonly ends: readonly CanaryEnd[]; readonly onRun: (at: number) => void },
): Promise<string[]> {
  const words: string[] = [];
  const isSpent = ends.length >= endsMax;
  const last = Math.max(-1, ...ends.map((end) => end.case ?? -1));
  let endings = 0;
  for (const [at, c] of cases.entries()) {
    const end = ends.find((one) => one.case === at);
    if (end !== undefined) words.push(end.kind);
    else if ((isSpent && at > last) || endings >= endsMax) words.push('unasked' satisfies PlainWord);
    else if (implementation.declines(c) !== null) words.push('declined' satisfies PlainWord);
    else {
      onRun(at);
      const outcome = await implementation.run(c);
      if (isEnding(outcome)) endings++;
      words.push(wordOfOutcome(outcome));
    }
  }
  return words;
}

/** Messages and details are left out: they may name what only this machine has. */
function wordOfOutcome(outcome: Outcome): string {
  if (outcome.kind !== 'values') return outcome.kind;
  const { tensor, violations } = outcome;
  return digestOf([violations.map(({ kind }) => kind)], tensor === null ? [] : [tensor]);
}

function wordOfCase(c: Case): string {
  const { operation, direction, format, axis, regimes, checks, loss } = c;
  const options = loss && [loss.reduction, loss.labelSmoothing, loss.ignoreIndex];
  const parts = tensorsOf(c);
  const facts = [operation, direction, format, axis, regimes, checks, options, parts.map(({ name }) => name)];
  return digestOf(
    facts,
    parts.map(({ tensor }) => tensor),
  );
}

function digestOf(facts: readonly unknown[], tensors: readonly AnyTensor[]): string {
  const hash = createHash('sha256').update(JSON.stringify(facts));
  for (const { shape, data } of tensors) {
    hash.update(JSON.stringify(shape));
    hash.update(bytesOf(data));
  }
  return hash.digest('hex').slice(0, 16);
}

/** All NaN are one: which of them an operation gives depends on the processor, and means nothing. */
function bytesOf(data: AnyTensor['data']): Uint8Array {
  const copy = data.slice();
  const bytes = new Uint8Array(copy.buffer);
  const width = copy.BYTES_PER_ELEMENT;
  for (const [at, value] of copy.entries())
    if (Number.isNaN(value)) bytes.fill(0xff, at * width, (at + 1) * width);
  return bytes;
}

/** 'canary' in ASCII. */
const canarySeed = 0x63616e617279n;
/** Among so many draws are some of every kernel and format, and larger ones. */
const draws = 1_024;
/** A case of more elements is none of the canary's: it is to take no time. */
const elementsMax = 1_024;

/**
 * The cases of a space: kernels and formats in turn, and of each its largest first, since a library may
 * answer a wide lane by other instructions. They are called the plain way, and none is invalid or empty.
 */
export function canaryCases(space: CampaignSpace): readonly Case[] {
  const drawn = Array.from({ length: draws }, (_, index) =>
    plainly(generateCase({ seed: canarySeed, index }, space)),
  );
  const fit = drawn.filter(
    ({ invalid, logits }) =>
      invalid === undefined && logits.data.length > 0 && logits.data.length <= elementsMax,
  );
  const queues = [...groupsOf(fit.length < canarySize ? drawn : fit).values()].map(largestFirst);
  const cases: Case[] = [];
  for (let turn = 0; cases.length < canarySize; turn++)
    for (const queue of queues) {
      const next = queue[turn];
      if (next !== undefined && cases.length < canarySize) cases.push(next);
    }
  return cases;
}

function groupsOf(cases: readonly Case[]): ReadonlyMap<string, Case[]> {
  const groups = new Map<string, Case[]>();
  for (const c of cases) {
    const key = [c.operation, c.direction, c.format].join('/');
    groups.set(key, [...(groups.get(key) ?? []), c]);
  }
  return groups;
}

/** The others stay in their order. */
function largestFirst(cases: readonly Case[]): readonly Case[] {
  const largest = cases.reduce((a, b) => (b.logits.data.length > a.logits.data.length ? b : a));
  return [largest, ...cases.filter((c) => c !== largest)];
}
