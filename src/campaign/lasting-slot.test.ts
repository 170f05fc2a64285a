import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openSlot } from './lasting-slot.ts';
import { planFileSchema } from './plan-file.ts';

const { plan } = planFileSchema.parse(
  JSON.parse(readFileSync('src/campaign/fixtures/killed-at-ab62154/plan.json', 'utf8')),
);

test('a slot whose worker takes long to load is not waited for once it is interrupted', async () => {
  const interruption = new AbortController();
  const opening = openSlot(
    plan,
    { interrupt: interruption.signal },
    { journalFolder: '', startWorker: () => new Promise(() => undefined) },
  );
  interruption.abort();
  await expect(opening).rejects.toThrow('a slot was stopped before it was open');
});
