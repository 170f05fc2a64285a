/** What a diagnosis says, in sentences for a person. */
import type { Diagnosis } from '../case/diagnosis.ts';

/** One after the other, each a sentence of its own; [] where nobody asked. */
export function diagnosisSentences(diagnosis: Diagnosis | undefined): readonly string[] {
  if (diagnosis === undefined) return [];
  const { boundary } = diagnosis;
  return boundary === null ? [] : [`Where it begins: ${boundary}.`];
}
