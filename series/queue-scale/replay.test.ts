import { expect, test } from 'vitest';
import { exampleFinding } from '../../src/case/fixtures/example-finding.ts';
import { stateOf } from '../../src/campaign/state.ts';
import { lengthOf } from '../../src/examine/range.ts';
import { emptyTally } from '../../src/examine/tally.ts';
import { accept, coordinationOf, dueJobs, type Coordination } from '../../src/queue/coordination.ts';
import { bodiesOf, type JudgedBody } from '../../src/queue/message.ts';
import { lowestIndices } from '../../src/campaign/findings.ts';
import { planWith, seed, type Recording } from './recording.ts';
import { handedBack, replayOf } from './replay.ts';

const recorded = {
  cases: 24_576,
  seconds: 30,
  tally: { ...emptyTally(), cases: 24_576 },
  sightings: ['a', 'b'].map((signature, i) => ({ signature, count: 1 + 100 * i, lowestIndex: 0 })),
};
const findings = ['a', 'b'].map((signature) => exampleFinding({ signature, seed, index: 0 }));
const recording: Recording = {
  identity: null as unknown as Recording['identity'],
  blocks: [
    { number: 0, ...recorded, findings },
    { number: 1, ...recorded, findings: [] },
  ],
};

function coordination(): Coordination {
  const start = { journalFolder: '', resumption: null, startWorker: () => Promise.reject(new Error('none')) };
  const state = stateOf(planWith([]), {}, start);
  state.participants = { subject: { name: 'mine', version: '1', kernels: [] }, references: [] };
  return coordinationOf(state, { jobSeconds: 60 });
}

test('a coordinator takes what is replayed of each job, with the findings that it does not list as known', () => {
  const c = coordination();
  const replay = replayOf(recording, () => 0.5);
  const described: number[] = [];
  for (let round = 0; round < 4; round++) {
    const known = lowestIndices(c.state.gathered);
    for (const { id, ranges } of dueJobs(c, { slots: 100, leftSeconds: null })) {
      const gained = replay({ ranges, known }, { seconds: 30 });
      described.push(gained.findings.length);
      expect(accept(c, id, bodiesOf(gained)[0] as JudgedBody)).toEqual({ kind: 'absorbed' });
    }
  }
  expect(described.slice(0, 4)).toEqual([2, 2, 2, 2]);
  expect(described.at(-1)).toBe(0);
  expect([...c.state.gathered.findings.keys()]).toEqual(['a', 'b']);
});

test('a job that is handed back leaves all of it', () => {
  const c = coordination();
  const [job] = dueJobs(c, { slots: 1, leftSeconds: null });
  const [body] = bodiesOf(handedBack(job!.ranges));
  expect(accept(c, job!.id, body as JudgedBody).kind).toBe('absorbed');
  expect(c.state.requeued.map(lengthOf)).toEqual([24_576]);
});
