import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadCorpus } from '../archive/corpus.ts';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { temporaryFolder } from './run-command.ts';
import { saveFindings } from './save-findings.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

test('a case that needs the calls before it is saved without them, and both the file and the sentence say so', () => {
  const subjects = { blame: 'subject' } as const;
  const plain = exampleFinding({ ...subjects, signature: 'plain' });
  const depending = exampleFinding({ ...subjects, signature: 'depending', history: [plain.minimal] });
  const corpus = join(folder.path, 'corpus');

  const first = saveFindings(corpus, [plain]);
  const second = saveFindings(corpus, [plain, depending]);

  expect(first).toBe(`added 1 case to ${corpus}`);
  expect(second).toBe(
    `added 1 case to ${corpus}; 1 of these signatures had one there already; 1 of them needs the calls before, ` +
      'which a corpus does not keep: the finding does',
  );
  expect(
    loadCorpus(corpus).filter(({ why }) => why.endsWith('It took the calls before it, which are not here.')),
  ).toHaveLength(1);
});
