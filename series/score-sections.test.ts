/** docs/score.md keeps what the other of its two writers wrote. */
import { expect, test } from 'vitest';
import { sectionIn, withSection } from './score-sections.ts';

const bare = '# The mutation score\n\nWords.\n\n## By class\n\n| a |\n';
const section = '## Time to find\n\nOld $& words.\n\n';

test('the section is put before the classes, found there, and replaced', () => {
  const first = withSection(bare, section);
  const second = withSection(first, '## Time to find\n\nNew words.\n');

  expect(first).toBe(
    '# The mutation score\n\nWords.\n\n## Time to find\n\nOld $& words.\n\n## By class\n\n| a |\n',
  );
  expect(sectionIn(first)).toBe(section);
  expect(second).toBe(first.replace('Old $& words.', 'New words.'));
});

test('a document without the section has none, and is as it was', () => {
  expect(sectionIn(bare)).toBe(null);
  expect(withSection(bare, null)).toBe(bare);
});
