/** docs/mutants.md says what the table says: `-u` writes it anew. */
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { renderMutants } from './mutants-document.ts';
import { mutants } from './mutants/mutants.ts';

const path = 'docs/mutants.md';

test('docs/mutants.md is the table of mutants', async () => {
  const text = await format(renderMutants(mutants), { ...(await resolveConfig(path)), filepath: path });

  await expect(text).toMatchFileSnapshot(`../../${path}`);
});
