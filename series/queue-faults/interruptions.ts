/** Faults in the middle of a campaign: it ends as if nothing had been. */
import { setTimeout as sleep } from 'node:timers/promises';
import { existsSync } from 'node:fs';
import { check, endsWhole, endsWith, type Row } from './row.ts';

/** Longer than a machine's hold on its job in this series. */
const pastLockMs = 4_500;
const libfaketime = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
].find((path) => existsSync(path));

export const interruptionRows: readonly Row[] = [
  {
    name: 'SIGKILL of a worker in a job; a third joins, the second is drained by SIGTERM',
    isInSample: true,
    async act(stage) {
      await stage.serve();
      const coordinator = stage.coordinator();
      const [first, second] = [stage.worker(), stage.worker()];
      await stage.midway();
      await first.kill('SIGKILL');
      const third = stage.worker();
      await stage.midway(4_000);
      await second.kill('SIGTERM');
      await endsWith(second, 0, 'the drained worker');
      const happened = await endsWhole(stage, coordinator);
      await endsWith(third, 0, 'the third worker');
      return happened;
    },
  },
  {
    name: 'SIGSTOP of a worker past its lock, then SIGCONT',
    async act(stage) {
      await stage.serve();
      const coordinator = stage.coordinator();
      const [first, second] = [stage.worker(), stage.worker()];
      await stage.midway();
      await first.kill('SIGSTOP');
      await sleep(pastLockMs);
      await first.kill('SIGCONT');
      const happened = await endsWhole(stage, coordinator);
      for (const worker of [first, second]) await endsWith(worker, 0, 'a worker');
      return happened;
    },
  },
  {
    name: 'SIGKILL of the server, which is started again after 2 s',
    async act(stage) {
      const valkey = await stage.serve();
      const coordinator = stage.coordinator();
      const workers = [stage.worker(), stage.worker()];
      await stage.midway();
      await valkey.kill('SIGKILL');
      await sleep(2_000);
      await valkey.restart();
      const happened = await endsWhole(stage, coordinator);
      for (const worker of workers) await endsWith(worker, 0, 'a worker');
      return happened;
    },
  },
  {
    name: 'SIGKILL of the coordinator, before the first result and midway; resumed each time',
    async act(stage) {
      await stage.serve();
      const first = stage.coordinator();
      await stage.begun();
      const workers = [stage.worker(), stage.worker()];
      await stage.until('jobs are under way', ({ jobs }) => jobs.active > 0);
      await first.kill('SIGKILL');
      const second = stage.resume();
      await stage.midway(6_000);
      await second.kill('SIGKILL');
      await sleep(2_000);
      const happened = await endsWhole(stage, stage.resume());
      for (const worker of workers) await endsWith(worker, 0, 'a worker');
      return happened;
    },
  },
  {
    name: 'memory full for 5 s',
    async act(stage) {
      await stage.serve();
      const coordinator = stage.coordinator();
      const workers = [stage.worker(), stage.worker()];
      await stage.midway();
      await stage.server.redis.config('SET', 'maxmemory', 1);
      await sleep(5_000);
      await stage.server.redis.config('SET', 'maxmemory', 0);
      const happened = await endsWhole(stage, coordinator);
      const lines = [];
      for (const worker of workers) {
        const { stderr } = await endsWith(worker, 0, 'a worker');
        lines.push(stderr.split('\n').filter((line) => /no memory left/.test(line)).length);
      }
      check(Math.max(...lines) < 5, `a worker said ${Math.max(...lines)} times that the memory is full`);
      return `${happened}; told ${lines.join(' and ')} times`;
    },
  },
  {
    name: "a worker's clock an hour ahead, another's an hour behind",
    lacks: () => (libfaketime === undefined ? 'no libfaketime here' : null),
    async act(stage) {
      await stage.serve();
      const coordinator = stage.coordinator();
      const start = (offset: string) =>
        stage.start(['worker', 'textbook', '--workers', '1', '--until-ended'], {
          LD_PRELOAD: libfaketime,
          FAKETIME: offset,
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
        });
      const workers = [start('+1h'), start('-1h')];
      const happened = await endsWhole(stage, coordinator);
      for (const worker of workers) await endsWith(worker, 0, 'a worker');
      return happened;
    },
  },
];
