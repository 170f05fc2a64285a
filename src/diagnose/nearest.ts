/**
 * Which planted mistake an implementation behaves like: each is asked the finding's case and the probe cases,
 * and its answers are compared with the implementation's, wrong ones with wrong ones.
 */
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import type { StageName } from '../case/stage.ts';
import type { Symptom } from '../case/verdict.ts';
import { kernelNameOf, type SubjectModule } from '../contract/subject.ts';
import { isHalf, type FloatArray, type Format } from '../float/format.ts';
import { changedTakingHalves } from '../score/host/in-halves.ts';
import { changedIn } from '../score/host/mutate.ts';
import type { Mutant } from '../score/mutants/mutant.ts';
import { isOfNative, mutantsIn } from '../score/mutants/in-halves.ts';
import { mutants } from '../score/mutants/mutants.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { subjectImplementation } from '../subjects/subject-implementation.ts';
import type { Pattern } from './pattern.ts';
import type { Answered } from './probe.ts';
import { implementationOf, replicas } from './replicas.ts';

export interface Near extends Likeness {
  readonly mutant: Mutant;
}

export interface Likeness {
  /** The part of the cases that either of them gets wrong in which they are wrong alike. */
  readonly likeness: number;
  /** How many these are. */
  readonly cases: number;
  /** In all of them the answers are equal bit for bit. */
  readonly isSame: boolean;
}

/** Less alike, and it is another mistake. */
const likenessMin = 0.75;

/** So few wrong cases say little of who is alike. */
const casesMin = 3;

/** Null where none is near. `except` is not compared with; where a stage is told, only mutants of it are. */
export async function nearestOf(
  minimal: Answered,
  pattern: Pattern,
  { except, stage }: { readonly except: string | null; readonly stage: StageName | null },
): Promise<Near | null> {
  let nearest: Near | null = null;
  for (const { mutant, make } of candidatesFor(minimal.case, stage)) {
    if (mutant.name === except) continue;
    const near = await likenessOf(make(), minimal, pattern);
    if (near.likeness < likenessMin || (nearest !== null && near.likeness <= nearest.likeness)) continue;
    if (near.cases < casesMin && !near.isSame) continue;
    nearest = { mutant, ...near };
  }
  return nearest;
}

interface Candidate {
  readonly mutant: Mutant;
  make(): Implementation;
}

/** Those of the kernel; and of what a mutant does to another kernel, the same done to this one. */
function* candidatesFor(
  { operation, direction, format }: Case,
  stage: StageName | null,
): Generator<Candidate> {
  const kernel = kernelNameOf(operation, direction);
  for (const mutant of mutantsIn([format])) {
    if (!isAskable(mutant) || (stage !== null && mutant.stage !== stage)) continue;
    const module = createdFor(format, mutant);
    if (changedIn(module).has(kernel))
      yield { mutant, make: () => subjectImplementation(module, { name: mutant.name }) };
  }
  for (const replica of replicas) {
    const mutant = mutants.find(({ name }) => name === replica.mutant);
    if (mutant !== undefined && (stage === null || mutant.stage === stage))
      yield { mutant, make: () => implementationOf(replica, format) };
  }
}

/** As it is asked in the format: what knows no halves by way of float32. */
function createdFor(format: Format, mutant: Mutant): SubjectModule {
  const module = mutant.create();
  return isHalf(format) && isOfNative(mutant) ? changedTakingHalves(module) : module;
}

/**
 * For a finding of conduct: one that does the same of the same finding's case. Null where none does.
 */
export async function nearestOfConduct(
  c: Case,
  symptom: Symptom,
  except: string | null,
): Promise<Mutant | null> {
  for (const mutant of mutantsIn([c.format])) {
    if (mutant.name === except || !conductStages.includes(mutant.stage)) continue;
    const module = createdFor(c.format, mutant);
    if (!changedIn(module).has(kernelNameOf(c.operation, c.direction))) continue;
    const implementation = subjectImplementation(module, { name: mutant.name });
    if (implementation.declines(c) !== null) continue;
    const outcome = await implementation.run(c);
    const isSame =
      outcome.kind === 'values'
        ? outcome.violations.some(({ kind }) => kind === symptom)
        : outcome.kind === symptom;
    if (isSame) return mutant;
  }
  return null;
}

const conductStages: readonly (StageName | null)[] = ['conduct', 'arguments'];

/** What depends on the calls before, prints, or shows in large cases only is no neighbour of values. */
function isAskable({ class: of, elementsMin }: Mutant): boolean {
  return elementsMin === undefined && !['state', 'nondeterminism', 'conduct', 'call and memory'].includes(of);
}

const unlike: Likeness = { likeness: 0, cases: 0, isSame: false };

/** 0 as soon as it cannot be near any more: where it is right in the finding's own case, say. */
export async function likenessOf(
  other: Implementation,
  minimal: Answered,
  { all, wrong }: Pattern,
): Promise<Likeness> {
  const first = compare(minimal, await valuesOf(other, minimal.case));
  if (first === null || !first.isAlike) return unlike;
  let [alike, either, isSame] = [1, 1, first.isSame];
  const right = all.filter((probed) => !wrong.includes(probed));
  for (const [at, { answered }] of [...wrong, ...right].entries()) {
    if (answered.got === null) continue;
    const compared = compare(answered, await valuesOf(other, answered.case));
    if (compared === null) continue;
    either++;
    if (compared.isAlike) alike++;
    if (!compared.isSame) isSame = false;
    const best = alike + Math.max(0, wrong.length - at - 1);
    if (best < likenessMin * (either + Math.max(0, wrong.length - at - 1))) return unlike;
  }
  return { likeness: alike / either, cases: either, isSame };
}

/** Whether it gives the very same values, right or wrong, in all of these. */
export async function isSameIn(other: Implementation, all: readonly Answered[]): Promise<boolean> {
  for (const { case: c, got } of all) {
    const values = await valuesOf(other, c);
    if (got === null || values === null || got.some((value, i) => !Object.is(value, values[i]))) return false;
  }
  return true;
}

async function valuesOf(implementation: Implementation, c: Case): Promise<FloatArray | null> {
  const outcome: Outcome = await implementation.run(c);
  return outcome.kind === 'values' ? (outcome.tensor?.data ?? null) : null;
}

/** Null where both are right. Alike: the other's values are much nearer to these than the exact ones are. */
function compare(
  { got, exact, careful, verdict }: Answered,
  other: FloatArray | null,
): { readonly isAlike: boolean; readonly isSame: boolean } | null {
  if (got === null || exact === null || careful === null) return null;
  if (other === null || other.length !== got.length) return { isAlike: false, isSame: false };
  let [off, alike, isOtherOff, isSame] = [0, 0, false, true];
  for (let i = 0; i < got.length; i++) {
    const [a, b, e, allowed] = [got[i]!, other[i]!, exact[i]!, careful[i]!];
    const isOff = isBeyond(a, e, allowed);
    const isBOff = isBeyond(b, e, allowed);
    if (isBOff) isOtherOff = true;
    if (!isOff && !isBOff) continue;
    off++;
    if (Object.is(a, b)) alike++;
    else {
      isSame = false;
      if (Math.abs(a - b) <= Math.abs(a - e) / 8) alike++;
    }
  }
  if (verdict !== 'wrong' && !isOtherOff) return null;
  return { isAlike: off > 0 && alike >= 0.9 * off, isSame: off > 0 && isSame };
}

function isBeyond(value: number, exact: number, allowed: number): boolean {
  if (Object.is(value, exact) || allowed === Infinity) return false;
  return !(Math.abs(value - exact) <= allowed);
}
