/**
 * docs/mutants.md says what the table says (`-u` writes it
 * anew), and the table claims what docs/score.md measured.
 */
import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { renderMutants } from './mutants-document.ts';
import { mutantsOfHalves } from './mutants/in-halves.ts';
import { mutants } from './mutants/mutants.ts';

const path = 'docs/mutants.md';

test('docs/mutants.md is the table of mutants', async () => {
  const text = await format(renderMutants(mutants, mutantsOfHalves), {
    ...(await resolveConfig(path)),
    filepath: path,
  });

  await expect(text).toMatchFileSnapshot(`../../${path}`);
});

/**
 * Names of the mutants that survive the plain inputs of
 * docs/score.md at the tolerance that "subtle" is about.
 */
function measuredAsSubtle(score: string): readonly string[] {
  const rows = score
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const head = rows.find((cells) => cells.includes('±10: tfjs'))!;
  const column = head.indexOf('±10: tfjs');
  return rows
    .filter((cells) => cells.length === head.length && cells[column] === '–')
    .map((cells) => cells[1]!.replaceAll('`', ''));
}

test('a mutant claims to be subtle where docs/score.md measured it, and only there', () => {
  const claimed = mutants.filter(({ isSubtle }) => isSubtle).map(({ name }) => name);

  expect(claimed.toSorted()).toEqual([...measuredAsSubtle(readFileSync('docs/score.md', 'utf8'))].sort());
});
