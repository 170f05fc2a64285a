/** CPU time of a process and its children. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { treeCpuSeconds } from './cpu-time.ts';

test('the CPU time of a process that has ended is that of the one that started it', () => {
  const before = treeCpuSeconds();

  const busy = 'const end = process.cpuUsage().user + 2e5; while (process.cpuUsage().user < end);';
  spawnSync(process.execPath, ['-e', busy]);

  expect(treeCpuSeconds() - before).toBeGreaterThan(0.15);
});
