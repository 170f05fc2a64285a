import { expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { emptyTally } from '../examine/tally.ts';
import { planFileSchema } from './plan-file.ts';
import { absorb, report, stateOf } from './state.ts';
import { readFileSync } from 'node:fs';

const { plan } = planFileSchema.parse(
  JSON.parse(readFileSync('src/campaign/fixtures/killed-at-ab62154/plan.json', 'utf8')),
);

test('a finding is told when the worker may have its next job, and before the checkpoint that counts it', () => {
  const told: string[] = [];
  const state = stateOf(
    plan,
    {
      onFinding: ({ signature }) => void told.push(`finding ${signature}`),
      onCheckpoint: ({ sightings }) => void told.push(`checkpoint of ${sightings.length}`),
    },
    { journalFolder: '', resumption: null, startWorker: () => Promise.reject(new Error('none is started')) },
  );
  state.participants = { subject: { name: 'mine', version: '1', kernels: [] }, references: [] };
  state.lastCheckpoint = -Infinity;

  absorb(state, {
    tally: emptyTally(),
    sightings: [{ signature: 's', count: 1, lowestIndex: 0 }],
    findings: [exampleFinding({ signature: 's', index: 0 })],
  });

  expect(told).toEqual([]);
  report(state);
  report(state);
  expect(told).toEqual(['finding s', 'checkpoint of 1']);
});
