/** `logitfuzz status --queue URL`: where a campaign stands, and its machines. */
import type { CommandModule } from 'yargs';
import { InfrastructureError } from '../contract/failure.ts';
import { openServer } from '../queue/server.ts';
import { statusText } from '../queue/status-text.ts';
import { statusOf, type CampaignStatus, type StatusDocument } from '../queue/status.ts';
import { queueOptions, settledQueue, type QueueArguments, type QueueChoice } from './queue-options.ts';
import { terminal } from './terminal.ts';
import { verbs } from './verbs.ts';

interface StatusArguments extends QueueArguments {
  readonly json: boolean;
}

export const statusCommand: CommandModule<object, StatusArguments> = {
  ...verbs.status,
  builder: (argv) =>
    queueOptions(argv)
      .option('json', { type: 'boolean', default: false, describe: 'one JSON document on stdout' })
      .example('$0 status --queue redis://queue:6379', 'how far is it, and who works on it?') as never,
  async handler({ json, ...args }) {
    const choice = await settledQueue(args);
    const status = await read(choice);
    const queue = choice.address.shown;
    const document: StatusDocument = { schemaVersion: 1, command: 'status', exitCode: 0, queue, ...status };
    if (json) terminal.printJson(document);
    else terminal.print(statusText(status, { queue, width: terminal.width }));
  },
};

/** A server that answered the first questions may be gone before the last. */
const answerMs = 10_000;

async function read({ address, campaign }: QueueChoice): Promise<CampaignStatus> {
  const server = await openServer(address, {
    onTrouble: (sentence) => terminal.note(sentence),
    writes: false,
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), answerMs)));
  try {
    const reading = statusOf(server, campaign);
    const status = await Promise.race([reading, late]);
    if (status !== null) return status;
    reading.catch(() => undefined); // it is rejected when its connection ends
    throw new InfrastructureError(`the queue ${address.shown} did not answer in ${answerMs / 1000} s`);
  } finally {
    clearTimeout(timer);
    await server.close();
  }
}
