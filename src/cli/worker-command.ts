/** `logitfuzz worker`: judges the cases that a queue hands it, with a subject of its own. */
import type { Argv, CommandModule } from 'yargs';
import { UsageError } from '../contract/failure.ts';
import { workersMax } from '../campaign/plan-file.ts';
import { passwordVariable, type QueueAddress } from '../queue/address.ts';
import type { MachineSetup } from '../queue/machine.ts';
import type { MachineStanding } from '../queue/standing.ts';
import { connectionOptions } from './connection-options.ts';
import { loadConfig } from './config.ts';
import { openJournalFolder } from './journal-folder.ts';
import { machineText } from './machine-text.ts';
import { parseCount } from './option-values.ts';
import { queueOptions, settledQueue } from './queue-options.ts';
import { connectionIn, settle, textOf } from './settings.ts';
import { listenForSignals } from './signals.ts';
import { terminal } from './terminal.ts';
import { verbs } from './verbs.ts';

interface WorkerArguments {
  readonly queue?: string;
  readonly campaign?: string;
  readonly module?: string;
  readonly subject?: string;
  readonly python?: string;
  readonly engine?: string;
  readonly manifest?: string;
  readonly workers?: string;
  readonly rssLimitMb?: string;
  readonly config?: string;
  readonly untilEnded: boolean;
  readonly quiet: boolean;
}

const keys = [
  'queue',
  'campaign',
  'subject',
  'python',
  'engine',
  'manifest',
  'workers',
  'rssLimitMb',
] as const;

export const workerCommand: CommandModule<object, WorkerArguments> = {
  ...verbs.worker,
  builder: (argv) =>
    queueOptions(connectionOptions(argv as Argv))
      .positional('module', { type: 'string', describe: 'module under test, as --subject names it' })
      .option('subject', { type: 'string', describe: 'under test, as fuzz has it (default from-scratch)' })
      .option('workers', { type: 'string', describe: 'worker processes (default 1)' })
      .option('rss-limit-mb', {
        type: 'string',
        describe: 'end a worker process whose memory grows beyond this (default: what the campaign says)',
      })
      .option('until-ended', {
        type: 'boolean',
        default: false,
        describe: 'leave once a campaign has ended, and do not wait for the next one of that name',
      })
      .option('quiet', { type: 'boolean', default: false, describe: 'no progress' })
      .example(
        '$0 worker --queue redis://queue:6379 ./my-kernels.ts --workers 8',
        'eight processes of this machine',
      )
      .example('$0 fuzz --queue redis://queue:6379 --runs 1000000', 'what hands out the cases') as never,
  async handler(args) {
    const { subject, module } = args;
    if (subject !== undefined && module !== undefined)
      throw new UsageError('the subject is named twice, by --subject and without it: leave one out');
    const flags = Object.fromEntries(
      keys
        .map((key) => [key, key === 'subject' ? (subject ?? module) : args[key]] as const)
        .filter(([, value]) => value !== undefined),
    );
    const file = await loadConfig(args.config);
    const settings = settle('fuzz', { flags, environment: process.env, file });
    const { address, campaign } = await settledQueue(args);
    // What the worker processes inherit, a subject can read.
    for (const name of ['LOGITFUZZ_QUEUE', passwordVariable]) delete process.env[name];
    const limit = settings.rssLimitMb?.from === 'default' ? undefined : textOf(settings, 'rssLimitMb');
    process.exitCode = await workFor(address, {
      subject: settings.subject?.from === 'default' ? null : textOf(settings, 'subject')!,
      ...connectionIn(settings),
      slots: parseCount('workers', textOf(settings, 'workers')!, { min: 1, max: workersMax }),
      rssLimitMb: limit === undefined ? null : parseCount('rss-limit-mb', limit, { min: 64 }),
      campaign,
      untilEnded: args.untilEnded,
      isQuiet: args.quiet,
    });
  },
};

const progressMs = 10_000;

async function workFor(
  address: QueueAddress,
  {
    isQuiet,
    ...setup
  }: Omit<MachineSetup, 'journalFolder'> & {
    readonly isQuiet: boolean;
  },
): Promise<number> {
  const journals = openJournalFolder();
  const interruption = listenForSignals();
  const { openServer, serve } = await import('../queue/index.ts');
  let last = performance.now();
  const onProgress = (standing: MachineStanding): void => {
    if (isQuiet || performance.now() - last < progressMs) return;
    last = performance.now();
    terminal.note(machineText(standing));
  };
  try {
    const server = await openServer(address, { onTrouble: (sentence) => terminal.note(sentence) });
    try {
      const how = await serve(
        server,
        { ...setup, journalFolder: journals.path },
        { onNote: (sentence) => terminal.note(sentence), onProgress, leave: interruption.signal },
      );
      if (how === 'left') terminal.note('what was under way is handed back');
      return interruption.by() === 'SIGINT' ? 130 : 0; // to be drained is no failure
    } finally {
      await server.close();
    }
  } finally {
    interruption.stop();
    journals.remove();
  }
}
