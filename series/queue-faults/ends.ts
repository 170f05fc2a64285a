/** A campaign that is ended before its runs are done: by its bounds, or by Ctrl-C at each role. */
import { check, endsWhole, endsWith, type Row } from './row.ts';

export const endRows: readonly Row[] = [
  {
    name: '--max-findings 1',
    async act(stage) {
      await stage.serve();
      const coordinator = stage.coordinator('--max-findings', '1');
      const workers = [stage.worker(), stage.worker()];
      const ended = await endsWith(coordinator, 1, 'the coordinator');
      for (const worker of workers) await endsWith(worker, 0, 'a worker');
      const { stoppedBy, causes } = stage.runOf(ended) as {
        stoppedBy: string;
        causes: readonly { blame?: string }[];
      };
      check(stoppedBy === 'max-findings' && causes.length === 1, `${causes.length} causes, by ${stoppedBy}`);
      return `stopped by ${stoppedBy}, ${causes.length} causes`;
    },
  },
  {
    name: '--time 8s',
    async act(stage) {
      await stage.serve();
      const bounds = ['--time', '8s', '--job-seconds', '1', '--operations', 'softmax'];
      const plan = ['--seed', '9', '--references', 'none', '--json', '--no-report'];
      const coordinator = stage.start(['fuzz', ...bounds, ...plan]);
      const begun = performance.now();
      const workers = [stage.worker(), stage.worker()];
      const ended = await coordinator.ended;
      const seconds = (performance.now() - begun) / 1000;
      check(
        ended.code === 0 || ended.code === 1,
        `the coordinator ended with ${ended.code}: ${ended.stderr}`,
      );
      for (const worker of workers) await endsWith(worker, 0, 'a worker');
      const { cases, stoppedBy } = stage.runOf(ended) as { cases: number; stoppedBy: string };
      check(stoppedBy === 'time' && cases > 0, `stopped by ${stoppedBy} after ${cases} cases`);
      check(seconds < 40, `it took ${seconds.toFixed(0)} s`);
      return `${cases} cases in ${seconds.toFixed(1)} s`;
    },
  },
  {
    name: 'Ctrl-C at the coordinator, which is resumed',
    async act(stage) {
      await stage.serve();
      const first = stage.coordinator();
      const worker = stage.start(['worker', 'textbook', '--workers', '1']);
      await stage.midway();
      await first.kill('SIGINT');
      await endsWith(first, 130, 'the coordinator');
      const happened = await endsWhole(stage, stage.resume());
      await worker.kill('SIGTERM');
      await endsWith(worker, 0, 'the worker');
      return happened;
    },
  },
  {
    name: 'Ctrl-C at a worker',
    isInSample: true,
    async act(stage) {
      await stage.serve();
      const coordinator = stage.coordinator();
      const [first, second] = [stage.worker(), stage.worker()];
      await stage.midway();
      await first.kill('SIGINT');
      await endsWith(first, 130, 'the worker');
      const happened = await endsWhole(stage, coordinator);
      await endsWith(second, 0, 'the other worker');
      return happened;
    },
  },
];
