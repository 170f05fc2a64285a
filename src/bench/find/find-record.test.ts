/** What is made of the seconds that finders took. */
import { expect, test } from 'vitest';
import type { Search } from './find-job.ts';
import { findRecordOf, findRecordSchema, type FindRecord } from './find-record.ts';
import { aheadOfUs, findLines, missed, missedByLoops } from './render-find.ts';

type Seconds = readonly (number | null)[];

function recordOf(
  rows: Readonly<Record<string, { readonly own: Seconds; readonly loop: Seconds }>>,
): FindRecord {
  const searches = Object.entries(rows).flatMap(([mutant, { own, loop }]) => {
    const of = (finder: string, all: Seconds): Search[] =>
      all.map((cpuSeconds, i) => ({
        finder,
        mutant,
        seed: String(i + 1),
        cpuSeconds,
        capSeconds: 20,
        cases: 10,
      }));
    return [...of('logitfuzz', own), ...of('loop', loop)];
  });
  return findRecordOf(
    Object.keys(rows).map((name) => ({ name, class: 'conduct' })),
    { searches, alarms: [], missing: [], finders: ['logitfuzz', 'loop', 'absent'], capSeconds: 20 },
  );
}

test('a quick loop allows a tenth of a second, a slow one a tenth of its own, and none the cap', () => {
  const { mutants } = recordOf({
    quick: { own: [0.1, 0.1, 9], loop: [0.01, 0.9, 1] },
    slow: { own: [0.5, 0.7, 0.6], loop: [6, 6, null] },
    lost: { own: [19, 19, null], loop: [null, null, 1] },
    over: { own: [0.11, 0.11, 0], loop: [1, 1, 1] },
  });

  expect(mutants.map(({ name, limit, isMet }) => [name, limit, isMet])).toEqual([
    ['quick', 0.1, true],
    ['slow', expect.closeTo(0.6, 12), true],
    ['lost', 20, true],
    ['over', 0.1, false],
  ]);
});

test('found is with every seed, never with none, and a finder that did not look is not told', () => {
  const { finders } = recordOf({
    always: { own: [1, 1, 1], loop: [null, 2, 3] },
    never: { own: [3, null, 2], loop: [null, null, null] },
  });

  expect(finders).toMatchObject([
    { name: 'logitfuzz', found: 1, never: 0, median: 1, percentile90: 3, seeds: ['1', '2', '3'] },
    { name: 'loop', found: 0, never: 1, median: 3, percentile90: null },
  ]);
});

test('who is ahead, what misses the goal and what no loop finds are told apart', () => {
  const record = recordOf({
    behind: { own: [0.3], loop: [0.2] },
    within: { own: [0.09], loop: [0.02] },
    before: { own: [0.3], loop: [1.5] },
    alone: { own: [4], loop: [null] },
  });

  expect(aheadOfUs(record).map(({ name }) => name)).toEqual(['behind', 'within']);
  expect(missed(record).map(({ name }) => name)).toEqual(['behind', 'before']);
  expect(missedByLoops(record)).toEqual({ mutants: 1, found: 1, median: 4 });
  expect(findLines(record).join('\n')).toContain('the goal is met for 2 of 4');
  expect(findRecordSchema.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
});
