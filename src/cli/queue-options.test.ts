import { expect, test } from 'vitest';
import { UsageError } from '../contract/failure.ts';
import { queueIn, settledQueue } from './queue-options.ts';
import { settle } from './settings.ts';

test('a flag names the queue before the environment does, and the campaign is main', () => {
  const environment = { LOGITFUZZ_QUEUE: 'redis://other', LOGITFUZZ_QUEUE_PASSWORD: 'Sesame' };
  const settings = settle('fuzz', { flags: { queue: 'redis://queue' }, environment, file: null });

  const choice = queueIn(settings, environment);

  expect(choice?.address.shown).toBe('redis://queue');
  expect(choice?.address.options.password).toBe('Sesame');
  expect(choice?.campaign).toBe('main');
});

test('no queue is null where one may be left out, and a UsageError where it may not', async () => {
  expect(queueIn(settle('fuzz', { flags: {}, environment: {}, file: null }), {})).toBeNull();
  await expect(settledQueue({})).rejects.toThrow(
    new UsageError('name the queue: --queue redis://…, LOGITFUZZ_QUEUE, or `queue` in the configuration'),
  );
});

test.each(['No Name', '', 'a'.repeat(41), 'a:b', 'a*'])('%j is no name of a campaign', async (campaign) => {
  await expect(settledQueue({ queue: 'redis://queue', campaign })).rejects.toThrow(/^--campaign /);
});
