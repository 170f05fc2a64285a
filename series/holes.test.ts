/** A small part of `npm run series:holes`. */
import { expect, test } from 'vitest';
import { searchHoles } from './holes.ts';

test('no element that every sound kernel gets right is lost to underflow, but for those near the floor', () => {
  const holes = searchHoles({ cases: 2500, seed: 2n });

  expect(holes.filter(({ term, ratio }) => term.includes('underflow') && ratio > 4)).toEqual([]);
  expect(holes.length).toBeGreaterThan(0);
});
