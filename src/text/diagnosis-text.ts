/** What a diagnosis says, in sentences for a person. */
import type { Diagnosis } from '../case/diagnosis.ts';

/** One after the other, each a sentence of its own; [] where nobody asked. */
export function diagnosisSentences(diagnosis: Diagnosis | undefined): readonly string[] {
  if (diagnosis === undefined) return [];
  const { boundary, stage, nearest } = diagnosis;
  return [
    ...(boundary === null ? [] : [`Where it begins: ${boundary}.`]),
    `In which step: ${stage === null ? 'nothing that was tried tells' : stage.sentence}.`,
    nearest === null ? 'No planted mistake behaves like it.' : `It ${nearest.sentence}.`,
  ];
}
