/** Which symptoms are of values, and which of conduct. */
import type { ConductSymptom, Symptom } from '../case/verdict.ts';

const ofValues: readonly Symptom[] = ['nan', 'inf', 'sign', 'zero', 'ulps'];

export function isConductSymptom(symptom: Symptom): symptom is ConductSymptom {
  return !ofValues.includes(symptom);
}
