import { expect, test } from 'vitest';
import { InfrastructureError } from '../contract/failure.ts';
import type { Canary, CanaryEnd } from '../examine/canary.ts';
import type { WorkerDeath } from '../worker/death.ts';
import type { Done } from '../worker/protocol.ts';
import type { Worker } from '../worker/supervise.ts';
import { askCanary } from './canary.ts';

const canary: Canary = { kernels: [], cases: [], outcomes: {} };
const answer: Done = { kind: 'canary', canary };

const death = (changes: Partial<WorkerDeath> = {}): WorkerDeath => ({
  kind: 'died',
  at: { index: 7, stage: 'judge', place: 1, beat: 3, to: 8 },
  chainCase: null,
  outcome: { kind: 'crashed', detail: 'killed' },
  cause: 'call',
  signal: null,
  ...changes,
});

/** Processes that answer in this order, and then for ever as the last; and what became of them. */
function processes(...replies: readonly (Done | WorkerDeath)[]) {
  const asked: (readonly CanaryEnd[])[] = [];
  const seen = { asked, stopped: 0 };
  const start = (): Promise<Worker> => {
    const reply = replies[Math.min(asked.length, replies.length - 1)]!;
    return Promise.resolve({
      ready: {
        kind: 'ready',
        subject: { name: 'k', version: '1', kernels: [] },
        references: [{ name: 'tfjs-cpu', version: '1', engine: null, available: true, reason: null }],
        rssMb: 1,
      },
      isRenewable: true,
      run(job) {
        asked.push(job.kind === 'canary' ? [...job.ended] : []);
        return Promise.resolve(reply);
      },
      position: () => null,
      stop: () => void seen.stopped++,
    });
  };
  return { seen, start };
}

test('a process that answers is asked once, and stopped', async () => {
  const { seen, start } = processes(answer);

  expect((await askCanary(start))?.canary).toBe(canary);
  expect(seen).toEqual({ asked: [[]], stopped: 1 });
});

test('where a process ends, the next is told in which case, and of whom', async () => {
  const timedOut = { kind: 'timed-out', limitMs: 10 } as const;
  const { seen, start } = processes(death(), death({ outcome: timedOut, at: null }), answer);

  await askCanary(start);

  const first = { place: 1, case: 7, kind: 'crashed' };
  expect(seen.asked).toEqual([[], [first], [first, { place: 0, case: null, kind: 'timed-out' }]]);
  expect(seen.stopped).toBe(3);
});

test('what a call has left behind is the subject’s, in no case in particular', async () => {
  const { seen, start } = processes(death({ cause: 'stray' }), answer);

  await askCanary(start);

  expect(seen.asked[1]).toEqual([{ place: 0, case: null, kind: 'crashed' }]);
});

test('processes that go on ending are the machine’s trouble, and not asked for ever', async () => {
  const { seen, start } = processes(death({ cause: 'stray' }));

  await expect(askCanary(start)).rejects.toThrow(InfrastructureError);
  expect(seen.stopped).toBe(5);
});

test('nobody is asked once it was aborted', async () => {
  const abort = new AbortController();
  const { seen, start } = processes(death(), answer);
  const asking = askCanary(
    async () => {
      const worker = await start();
      abort.abort();
      return worker;
    },
    { signal: abort.signal },
  );

  expect(await asking).toBeNull();
  expect(seen.stopped).toBe(1);
});
