/**
 * The documents hold together: every relative link leads to a
 * file and a heading, and the README is three screens long.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...['docs', 'docs/decisions'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  ),
];

interface Link {
  readonly from: string;
  readonly target: string;
}

/** Relative links outside of code. */
function linksIn(from: string, text: string): readonly Link[] {
  const prose = text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, 'code');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => ({ from, target: target! }))
    .filter(({ target }) => !/^https?:/.test(target));
}

/** Its anchor as GitHub makes it: small letters, hyphens for spaces, no other signs. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function isBroken({ from, target }: Link): boolean {
  const [path, anchor] = target.split('#') as [string, string?];
  const file = path === '' ? from : join(dirname(from), path);
  if (!existsSync(file)) return true;
  if (anchor === undefined) return false;
  const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, text]) => anchorOf(text!));
  return !headings.includes(anchor);
}

test('every relative link leads to a file and, where it names one, to a heading', () => {
  const links = documents.flatMap((path) => linksIn(path, readFileSync(path, 'utf8')));

  expect(links.length).toBeGreaterThan(50);
  expect(links.filter(isBroken)).toEqual([]);
});

test('a link to no file, or to no heading, is seen', () => {
  const links = linksIn(
    'README.md',
    '[a](docs/nowhere.md) [b](docs/gate.md#nowhere) [c](docs/gate.md#corpus)',
  );

  expect(links.map(isBroken)).toEqual([true, true, false]);
});

test('the README fits in three screens, and asks its questions in the order that a stranger does', () => {
  const text = readFileSync('README.md', 'utf8');

  expect(text.split('\n').length).toBeLessThanOrEqual(150);
  expect([...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual([
    'Two commands',
    'A finding, explained',
    'Plug in your kernel',
    'The commands',
  ]);
});
