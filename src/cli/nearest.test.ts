import { expect, test } from 'vitest';
import { nearestOf } from './nearest.ts';

test.each([
  ['sed', 'seed'],
  ['run', 'runs'],
  ['refrences', 'references'],
  ['case-timout', 'case-timeout'],
])('%s was to be %s', (word, meant) => {
  expect(nearestOf(word, ['runs', 'references', 'seed', 'case-timeout', 'workers'])).toBe(meant);
});

test('nothing is near to what is like nothing', () => {
  expect(nearestOf('frobnicate', ['runs', 'seed', 'workers'])).toBeNull();
});
