/**
 * Diagnoses a finding of an implementation by asking it more: where it begins to be wrong, in which step, and
 * which planted mistake it behaves like. A function of the case and the implementation alone.
 */
import { caseFromJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import type { Diagnosis } from '../case/diagnosis.ts';
import type { Finding } from '../case/finding.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { findBoundary, type Boundary } from './boundary.ts';
import { toLaneCase } from './lane-case.ts';
import { openProber } from './probe.ts';

/** What a diagnosis goes by. */
export type Symptoms = Pick<Finding, 'oracle' | 'severity' | 'symptom' | 'minimal'>;

export interface DiagnoseOptions {
  /** Told before each call of the implementation. */
  readonly onRun?: () => void;
}

/** What is asked for one boundary at most. */
const boundaryBounds = { casesMax: 220, elementsMax: 2 ** 18 };

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
  { onRun }: DiagnoseOptions = {},
): Promise<Diagnosis> {
  const c = caseFromJson(finding.minimal);
  const boundary = await boundaryOf(finding, c, implementation, onRun);
  return {
    boundary: boundary?.sentence ?? null,
    bounds: boundary?.record ?? null,
    stage: null,
    nearest: null,
  };
}

/** Null where the case may not be asked again, or is not wrong now. */
async function boundaryOf(
  { oracle, symptom }: Symptoms,
  c: Case,
  implementation: Implementation,
  onRun?: () => void,
): Promise<Boundary | null> {
  if (c.invalid !== undefined || unaskable.includes(symptom)) return null;
  const fully = oracle !== 'exact' && oracle !== 'conduct';
  const bounds = { ...boundaryBounds, fully, ...(onRun === undefined ? {} : { onRun }) };
  const prober = openProber(implementation, bounds);
  const { verdict } = await prober.ask(c);
  return verdict === 'wrong' ? findBoundary(toLaneCase(c), prober) : null;
}
