import { expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import type { Finding } from '../case/finding.ts';
import { countOfCauses, foremost, gather, nothingGathered } from './findings.ts';

const at = (index: number, changes: Partial<Finding> = {}): Finding => {
  const { blame = 'subject' } = changes;
  return exampleFinding({ blame, index, signature: `2:${blame} ${index}`, ...changes });
};
const later = at(7, { oracle: 'conduct', symptom: 'threw' });
const latest = at(30, { oracle: 'conduct', symptom: 'printed' });
const [first, same, theirs] = [at(-2), at(31), at(99, { blame: 'tfjs-cpu' })];

test('the foremost are the findings of the causes that were found first; what references get wrong stays', () => {
  const { told, leftOut, causes } = foremost([latest, theirs, first, same, later], 2);

  expect(told).toEqual([theirs, first, same, later]);
  expect(leftOut).toEqual([latest]);
  expect(causes).toBe(1);
});

test('of as many causes as are asked for, or without a bound, none is left out', () => {
  const all = { told: [latest, first, same], leftOut: [], causes: 0 };

  expect(foremost(all.told, 2)).toEqual(all);
  expect(foremost(all.told, null)).toEqual(all);
});

test('causes of the subject are counted, also when one more comes in', () => {
  const gathered = nothingGathered();
  const gain = { tally: nothingGathered().tally, sightings: [] };
  gather(gathered, { ...gain, findings: [first, same, theirs] });
  expect(countOfCauses(gathered)).toBe(1);

  gather(gathered, { ...gain, findings: [later] });
  expect(countOfCauses(gathered)).toBe(2);
});
