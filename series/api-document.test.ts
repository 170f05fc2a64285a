/** docs/api.md says what the package exports: as its writer has it, and as Node loads it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { exportsOf, supportsOf } from './declarations.ts';
import { repository, temporaryFolder } from './run.ts';
import { apiDocument, apiText, entryPoints } from './write-api.ts';

const entries = entryPoints().map((entry) => [entry.specifier, entry.file] as const);

test('docs/api.md is what `npm run docs:api` writes', async () => {
  expect(readFileSync(apiDocument, 'utf8')).toBe(await apiText());
});

test.each(entries)('every export of %s has a sentence', (_, file) => {
  const silent = exportsOf(file, repository).filter(({ comment }) => !/^(?!Throws)[^]*\.$/.test(comment));

  expect(silent.map(({ name }) => name)).toEqual([]);
});

test.each(entries)('the values that %s is declared to export are those that it exports', async (_, file) => {
  const module = (await import(join(repository, file))) as object;

  const declared = exportsOf(file, repository).filter(
    ({ isType, name }) => !isType && !name.startsWith('module '),
  );
  expect(declared.map(({ name }) => name).sort()).toEqual(Object.keys(module).sort());
});

test('there are entry points, and each has exports', () => {
  expect(entries.map(([specifier]) => specifier)).toContain('logitfuzz/kernels');
  for (const [, file] of entries) expect(exportsOf(file, repository).length).toBeGreaterThan(4);
});

describe('the exports of a source', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());
  const root = folder.path;
  writeFileSync(
    join(root, 'shapes.ts'),
    `/** On the whole file. */
export type Size = number;
interface Hidden { readonly size: Size }
/** The largest of them. @throws RangeError for none. */
export function largest(all: readonly Hidden[]): Hidden { return all[0]!; }
/** The smallest. */
export const smallest: Size = 0;
`,
  );
  writeFileSync(
    join(root, 'index.ts'),
    "export { largest as biggest } from './shapes.ts';\nexport type * from './shapes.ts';\n",
  );
  const all = exportsOf('index.ts', root);

  test('have the name, the comment and the signature that a user sees', () => {
    expect(all[0]).toEqual({
      name: 'biggest',
      file: 'shapes.ts',
      localName: 'largest',
      isType: false,
      comment: 'The largest of them.\n\nThrows RangeError for none.',
      signature: 'function biggest(all: readonly Hidden[]): Hidden;',
    });
  });

  test("leave out the values of `export type *`, and a file's own sentence is no declaration's", () => {
    expect(all.map(({ name, comment }) => [name, comment])).toEqual([
      ['biggest', 'The largest of them.\n\nThrows RangeError for none.'],
      ['Size', ''],
    ]);
  });

  test('come with what they lean on and nobody exports', () => {
    const isShown = (_: string, name: string): boolean => name === 'Size';

    expect(supportsOf(all[0]!, root, isShown).map((text) => text.split(' ')[1])).toEqual(['Hidden']);
  });
});
