/** How `bench` tells an error in its table. */
import { expect, test } from 'vitest';
import { ulpsCell } from './bench-lines.ts';

test('three digits of an error in ULPs, and of one that is far off only that it is', () => {
  expect([0.5, 12.345, 4000].map(ulpsCell)).toEqual(['0.500', '12.3', '4.00e+3']);
  expect([4096, 8.5e44].map(ulpsCell)).toEqual(['> 4096', '> 4096']);
});
