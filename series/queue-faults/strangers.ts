/** Machines that are not like the campaign's first: who may not join takes no job, and who may is listed. */
import type { RunRecord } from '../../src/archive/run-record.ts';
import type { Identity } from '../../src/queue/identity.ts';
import { check, endsWhole, endsWith, type Row } from './row.ts';
import { subject, type Stage } from './stage.ts';

/** The first machine joins, and leaves again: the campaign waits, and its identity is that one's. */
async function identified(stage: Stage): Promise<Identity> {
  const first = stage.worker();
  await stage.midway();
  await first.kill('SIGTERM');
  await endsWith(first, 0, 'the first machine');
  return JSON.parse((await stage.server.redis.get(stage.keys.identity))!) as Identity;
}

function claim(stage: Stage, identity: object): Promise<unknown> {
  return stage.server.redis.set(stage.keys.identity, JSON.stringify(identity));
}

const otherAnswers = ({ canary }: Identity): Identity['canary'] => ({
  ...canary,
  outcomes: { [subject]: canary.outcomes[subject]!.with(3, 'threw').with(9, 'threw') },
});

export const strangerRows: readonly Row[] = [
  {
    name: 'machines that differ in one thing each',
    async act(stage) {
      await stage.serve();
      const coordinator = stage.coordinator();
      const identity = await identified(stage);
      const others: readonly (readonly [object, RegExp])[] = [
        [{ v8: '1.2.3' }, /V8 1\.2\.3, .*--mixed-machines/],
        [{ code: 'f'.repeat(64) }, /other code here/],
        [{ content: { ...identity.content, files: 'f'.repeat(64) } }, /other content here/],
        [
          { canary: otherAnswers(identity) },
          /textbook answers 2 of 64 cases otherwise.*case 3 of the canary/,
        ],
      ];
      for (const [changes, sentence] of others) {
        await claim(stage, { ...identity, ...changes });
        const { stderr } = await endsWith(stage.worker(), 2, 'a machine that differs');
        check(sentence.test(stderr), `it says: ${stderr}`);
      }
      await claim(stage, identity);
      const stranger = stage.start(['worker', 'from-scratch', '--workers', '1', '--until-ended']);
      const { stderr } = await endsWith(stranger, 2, 'a machine with another subject');
      check(/the campaign's subject is textbook@/.test(stderr), `it says: ${stderr}`);
      const worker = stage.worker();
      const happened = await endsWhole(stage, coordinator);
      await endsWith(worker, 0, 'the other worker');
      return `${happened}; ${others.length + 1} others refused`;
    },
  },
  {
    name: '--mixed-machines: a machine that answers otherwise is listed',
    async act(stage) {
      await stage.serve();
      const coordinator = stage.coordinator('--mixed-machines');
      const identity = await identified(stage);
      await claim(stage, { ...identity, v8: '1.2.3', canary: otherAnswers(identity) });
      const worker = stage.worker();
      const happened = await endsWhole(stage, coordinator);
      await endsWith(worker, 0, 'the machine that differs');
      const { machines } = stage.runOf(await coordinator.ended) as Pick<RunRecord, 'machines'>;
      const listed = machines?.map(({ canary = {} }) => canary[subject] ?? 0).sort((a, b) => a - b);
      check(JSON.stringify(listed) === '[0,2]', `listed: ${JSON.stringify(machines)}`);
      return `${happened}; kinds of machines: ${machines!.length}`;
    },
  },
];
