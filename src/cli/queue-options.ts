/** The flags by which a command names a queue and a campaign on it, and what they settle to. */
import type { Argv } from 'yargs';
import { UsageError } from '../contract/failure.ts';
import { passwordVariable, queueAddress, type QueueAddress } from '../queue/address.ts';
import { campaignNamed } from '../queue/names.ts';
import { loadConfig } from './config.ts';
import { settle, textOf, type Settings } from './settings.ts';

export interface QueueArguments {
  readonly queue?: string;
  readonly campaign?: string;
  readonly config?: string;
}

export function queueOptions<T>(argv: Argv<T>): Argv<T & QueueArguments> {
  return argv
    .option('queue', {
      type: 'string',
      describe: `the server of Redis or Valkey: redis://, or rediss:// by TLS; ${passwordVariable} may hold the password`,
    })
    .option('campaign', { type: 'string', describe: 'the name of the campaign there (default main)' })
    .option('config', {
      type: 'string',
      describe: 'configuration file (default logitfuzz.config.ts, .js, .mjs or .json)',
    }) as unknown as Argv<T & QueueArguments>;
}

export interface QueueChoice {
  readonly address: QueueAddress;
  readonly campaign: string;
}

/** What the settings say of a queue; null where they name none. */
export function queueIn(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): QueueChoice | null {
  const url = textOf(settings, 'queue');
  if (url === undefined) return null;
  const address = queueAddress(url, environment);
  return { address, campaign: campaignNamed(textOf(settings, 'campaign')!) };
}

/** For a command that does nothing without a queue. @throws UsageError where none is named. */
export async function settledQueue({ queue, campaign, config }: QueueArguments): Promise<QueueChoice> {
  const flags = { ...(queue !== undefined && { queue }), ...(campaign !== undefined && { campaign }) };
  const settings = settle('fuzz', { flags, environment: process.env, file: await loadConfig(config) });
  const choice = queueIn(settings, process.env);
  if (choice !== null) return choice;
  throw new UsageError('name the queue: --queue redis://…, LOGITFUZZ_QUEUE, or `queue` in the configuration');
}
