/** `last`, and the beginning of a hash: which finding they name, and what is said where they name none. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { saveFinding } from '../archive/finding-file.ts';
import { createRun } from '../archive/run-folder.ts';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { findingOfWord, isWord } from './named-finding.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'logitfuzz-words-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A run of that day, with a finding of each signature: of `subject` in it of the subject. */
function run(day: string, ...signatures: string[]): readonly string[] {
  const folder = createRun(root, `202402${day}T134501123Z-42-1a2b3c4d`);
  return signatures.map((signature) => {
    const blame = signature.includes('subject') ? { blame: 'subject' } : {};
    return saveFinding(folder, exampleFinding({ signature, ...blame }));
  });
}

const hashOf = (signature: string): string => createHash('sha256').update(signature).digest('hex');

test('last is what the newest run tells first: the subject’s before a reference’s', () => {
  run('01', '1:older/subject');
  const [, subject] = run('02', '1:a', '1:b/subject');

  expect(findingOfWord('last', root).path).toBe(subject);
});

test('last names the newest run, where that found nothing, and one that did', () => {
  run('01', '1:older');
  run('02');

  expect(() => findingOfWord('last', root)).toThrow(
    /the newest run, \S+20240202T\S+, found nothing; the newest that found anything is \S+20240201T/,
  );
});

test('last, where there is no run, makes no folder', () => {
  const none = join(root, 'none');

  expect(() => findingOfWord('last', none)).toThrow(`there is no run under ${none}/runs`);
  expect(existsSync(none)).toBe(false);
});

test('a hash is that finding, by four digits or all of them, in the newest run that has it', () => {
  run('01', '1:a', '1:b');
  const [newest] = run('02', '1:a');
  run('03', '1:b');

  for (const digits of [4, 10, 64])
    expect(findingOfWord(hashOf('1:a').slice(0, digits), root).path).toBe(newest);
});

test('a hash of none, or of more than one, gets a list', () => {
  const shared = Array.from({ length: 2_000 }, (_, i) => `1:${i}`);
  const prefixes = new Map<string, string>();
  const pair = shared.flatMap((signature) => {
    const prefix = hashOf(signature).slice(0, 4);
    const other = prefixes.get(prefix);
    prefixes.set(prefix, signature);
    return other === undefined ? [] : [[other, signature]];
  })[0]!;
  run('01', ...pair);
  const prefix = hashOf(pair[0]!).slice(0, 4);
  const none = prefix === 'dead' ? 'beef' : 'dead';

  expect(() => findingOfWord(prefix, root)).toThrow(
    `2 findings have a hash that begins with ${prefix}: there are `,
  );
  expect(() => findingOfWord(none, root)).toThrow(
    /no finding \S+ \S+ has a hash that begins with .*: there are .*, /,
  );
  expect(() => findingOfWord(`${hashOf(pair[0]!).slice(0, 12)}${'0'.repeat(52)}`, root)).toThrow(
    'the nearest is',
  );
});

test('what is on the disk under that name is a path, and three digits are no hash', () => {
  expect(['last', 'dead', '12345678', 'dea', 'DEAD', 'xyzw', 'src'].map(isWord)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
