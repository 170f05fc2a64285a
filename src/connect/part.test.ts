import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UsageError } from '../contract/failure.ts';
import { needs } from './fixtures/needs.ts';
import { loadPart, optionalParts, type PartName } from './part.ts';

const parts = Object.keys(optionalParts) as PartName[];
const manifest = readFileSync(join(import.meta.dirname, '../../parts/package.json'), 'utf8');
const { dependencies: pinned } = JSON.parse(manifest) as {
  readonly dependencies: Readonly<Record<string, string>>;
};
const koffi = needs('koffi');

test('a package that is nowhere is named with who needs it and what installs it', async () => {
  const loading = loadPart('no-such-part' as PartName, { user: 'the subject "a.so"' });

  await expect(loading).rejects.toThrow(
    new UsageError('the subject "a.so" needs the package no-such-part: npm install no-such-part'),
  );
});

test.skipIf(koffi.isSkipped)(`what parts holds is found and loaded${koffi.reason}`, async () => {
  const loaded = await loadPart('koffi', { user: 'a test' });

  expect(loaded).toHaveProperty('load');
});

test('every optional package is pinned to one version, and not to a range', () => {
  for (const name of parts) expect(pinned[name], name).toMatch(/^\d+\.\d+\.\d+$/);
});
