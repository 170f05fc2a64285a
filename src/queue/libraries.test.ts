import { expect, test } from 'vitest';
import { needs } from '../connect/fixtures/needs.ts';
import { UsageError } from '../contract/failure.ts';
import { loadQueueLibraries } from './libraries.ts';

const libraries = needs('bullmq', 'ioredis');

test.each([
  [['bullmq', 'ioredis'], 'npm install bullmq ioredis'],
  [['ioredis'], 'npm install ioredis'],
])('without %j one sentence has the one command', async (missing, command) => {
  const loading = loadQueueLibraries({ find: (name) => (missing.includes(name) ? null : name) });

  await expect(loading).rejects.toThrow(
    new UsageError(`a queue needs the packages bullmq and ioredis: ${command}`),
  );
});

test.skipIf(libraries.isSkipped)(`both have the classes that are called${libraries.reason}`, async () => {
  const { bullmq, ioredis } = await loadQueueLibraries();

  expect([bullmq.Queue.name, bullmq.Worker.name, ioredis.Redis.name]).toEqual(['Queue', 'Worker', 'Redis']);
});
