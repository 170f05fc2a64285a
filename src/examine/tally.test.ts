import { expect, test } from 'vitest';
import { sumOfBuckets } from '../archive/error-bucket.ts';
import { addTally, canonicalTally, emptyTally, emptyVerdictCounts, type Tally } from './tally.ts';

function tally(part: Partial<Tally>): Tally {
  return { ...emptyTally(), ...part };
}

const a = tally({
  cases: 2,
  verdicts: { ...emptyVerdictCounts(), agree: 2 },
  worstRatio: { k: 0.5 },
  skips: { x: 1 },
  errors: { e: { cases: 1, ulps: 3, allowed: 9, notFinite: 0 } },
});
const b = tally({
  cases: 1,
  verdicts: { ...emptyVerdictCounts(), skip: 1 },
  worstRatio: { k: 0.75 },
  coverage: { y: 4 },
  widths: { w: 4 },
  errors: { e: { cases: 2, ulps: 2, allowed: 1, notFinite: 1 } },
});

test('adding tallies adds counts and keeps the worst ratio, in either order', () => {
  const [ab, ba] = [emptyTally(), emptyTally()];
  [a, b].forEach((part) => addTally(ab, part));
  [b, a].forEach((part) => addTally(ba, part));

  expect(ab).toEqual(ba);
  expect(ab).toMatchObject({ cases: 3, verdicts: { agree: 2, skip: 1 }, worstRatio: { k: 0.75 } });
  expect(ab).toMatchObject({ skips: { x: 1 }, coverage: { y: 4 }, widths: { w: 4 } });
  expect(ab.errors).toEqual({ e: { cases: 3, ulps: 2, allowed: 1, notFinite: 1 } });
});

test('forms of the call are added, and stay absent where nobody counted them', () => {
  const [counted, sum, none] = [tally({ forms: { plain: 2, view: 1 } }), emptyTally(), emptyTally()];
  [a, counted, counted].forEach((part) => addTally(sum, part));
  addTally(none, a);

  expect(sum.forms).toEqual({ plain: 4, view: 2 });
  expect(none).not.toHaveProperty('forms');
});

test('of two buckets without an error the sum is the same in either order', () => {
  const [none, some] = [0, 7.42].map((allowed) => ({ cases: 1, ulps: 0, allowed, notFinite: 0 }));

  expect(sumOfBuckets(none!, some!)).toEqual({ cases: 2, ulps: 0, allowed: 7.42, notFinite: 0 });
  expect(sumOfBuckets(some!, none!)).toEqual(sumOfBuckets(none!, some!));
});

test('the canonical tally has the keys of its tables sorted, and the implementations as they were asked', () => {
  const order = (names: readonly string[]): string => {
    const verdicts = emptyVerdictCounts();
    const counts = Object.fromEntries(names.map((name) => [name, 1]));
    const byImplementation = { subject: verdicts, 'a-reference': verdicts };
    const errors = Object.fromEntries(names.map((name) => [name, b.errors['e']!]));
    return JSON.stringify(
      canonicalTally(tally({ byImplementation, widths: counts, checks: counts, errors })),
    );
  };

  expect(order(['x', 'b', '__proto__', 'y'])).toBe(order(['y', '__proto__', 'b', 'x']));
  expect(order(['b', 'a'])).toContain('"widths":{"a":1,"b":1}');
  expect(order([])).toMatch(/"subject".*"a-reference"/);
});
