import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { planFileSchema } from '../campaign/plan-file.ts';
import { absorb, stateOf } from '../campaign/state.ts';
import { emptyTally } from '../examine/tally.ts';
import { confirmed } from './conclusion.ts';
import { coordinationOf } from './coordination.ts';
import { gathererFor } from './gather.ts';
import { confirmId } from './job.ts';
import { keyNames } from './names.ts';
import { newCourse, type Office } from './office.ts';

const { plan } = planFileSchema.parse(
  JSON.parse(readFileSync('src/campaign/fixtures/killed-at-ab62154/plan.json', 'utf8')),
);

test('that no machine could ask the findings again is seen at once, and not after minutes', async () => {
  const state = stateOf(
    { ...plan, runs: 60_000, timeMs: null },
    {},
    { journalFolder: '', resumption: null, startWorker: () => Promise.reject(new Error('none is started')) },
  );
  state.participants = { subject: { name: 'mine', version: '1', kernels: [] }, references: [] };
  state.stoppedBy = 'runs';
  const finding = exampleFinding({ seed: plan.seed, blame: 'subject' });
  absorb(state, { tally: emptyTally(), sightings: [], findings: [finding] });
  const coordination = coordinationOf(state, { jobSeconds: 60 });
  const notes: string[] = [];
  const failed = [{ id: confirmId, why: 'torn' }];
  const settled = (): Promise<void> => Promise.resolve();
  const office = {
    coordination,
    plan: state.plan,
    gatherer: gathererFor(coordination, { run: 'r', onNote: () => undefined, nameIn: (one) => one }),
    choices: { campaign: 'a', run: 'r', jobSeconds: 60, mixedMachines: false },
    observers: { onNote: (note: string) => void notes.push(note), path: () => null },
    lock: { renew: settled },
    within: <T>(asked: Promise<T>) => asked,
    server: { redis: { scan: () => Promise.resolve(['0', []]) } },
    quarters: {
      keys: keyNames('a'),
      begin: () => Promise.resolve(false),
      ask: settled,
      say: settled,
      tell: settled,
      publish: settled,
    },
    desk: {
      hand: settled,
      counts: () => Promise.resolve({ waiting: 0, active: 0, failed: failed.length, results: 0 }),
      takeFailed: () => Promise.resolve(failed.splice(0)),
    },
  } as unknown as Office;
  const course = { ...newCourse(), reconciledAt: -Infinity };
  const result = await confirmed(office, course);
  expect(result.findings).toHaveLength(1);
  expect(notes).toEqual([
    'the findings were not asked again in a fresh process: no worker came back with them',
  ]);
}, 5_000);
