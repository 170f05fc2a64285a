/** Each later mistake is one: generated cases show it, in its own kernel, and no mutant has its name. */
import { expect, test } from 'vitest';
import { mutants } from '../../src/score/mutants/mutants.ts';
import { firstFindings } from '../first-findings.ts';
import { laterMistakes } from './later-mistakes.ts';

test('no later mistake has the name of another, or of a mutant', () => {
  const names = [...laterMistakes, ...mutants].map(({ name }) => name);

  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

test('generated cases show each later mistake', async () => {
  const found = await firstFindings(laterMistakes, 6_000);

  expect(
    laterMistakes.map(({ name }) => name).filter((name) => !found.some((one) => one.name === name)),
  ).toEqual([]);
}, 60_000);
