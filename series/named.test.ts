/** The series that the CI script and the nightly workflow name are scripts of package.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from './run.ts';

function textOf(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

test.each(['.ci/run', '.github/workflows/nightly.yml'])('%s names series that there are', (path) => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };

  const named = new Set(textOf(path).match(/\bseries:[a-z-]+/g));

  expect(named.size).toBeGreaterThan(2);
  expect([...named].filter((name) => scripts[name] === undefined)).toEqual([]);
});
