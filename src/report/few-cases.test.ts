import { expect, test } from 'vitest';
import { exampleRun } from '../archive/fixtures/example-run.ts';
import { fewCasesText } from './few-cases.ts';
import { renderConsole } from './render-console.ts';
import { renderMarkdown } from './render-markdown.ts';

const run = (stoppedBy: string, cases: number) => exampleRun({ stoppedBy, cases });

test('a run whose time sufficed for few cases says so, below its first line and in its report', () => {
  const few = run('time', 773);
  const lines = renderConsole(few, { color: false, width: 100 }).split('\n');

  expect(lines[1]).toBe(
    'only 773 cases; 20,000 are usual: --time gives it longer, --references none asks the subject alone',
  );
  expect(renderMarkdown(few, [])).toContain('**only 773 cases; 20,000 are usual.**');
});

test.each([
  ['the time sufficed for more', run('time', 5_000)],
  ['it was told how many', run('runs', 773)],
  ['it was interrupted', run('interrupted', 773)],
])('and says nothing of it where %s', (_, other) => {
  expect(fewCasesText(other)).toBeNull();
  expect(renderConsole(other, { color: false, width: 100 })).not.toContain('usual');
});
