/** `cmd:…`: whatever program speaks `lfz/1` (docs/protocol.md). */
import type { Connecting, Program } from './connector.ts';
import { wordsOf } from './command-line.ts';
import { connectOutside } from './connect-outside.ts';
import { processOpener } from './process-channel.ts';

const prefix = 'cmd:';
/** A kit may load libraries of gigabytes. */
export const kitStartMs = 60_000;

export const commandConnector: Connecting = {
  program: programOf,
  async connect(specifier, options) {
    const { rssLimitMb, role = 'subject' } = options;
    const { command, args } = programOf(specifier);
    const whose = `the ${role} ${JSON.stringify(specifier)}`;
    const open = processOpener({ command, args, whose, rssLimitMb, startTimeoutMs: kitStartMs });
    return connectOutside(open, nameOf(command), options);
  },
};

function programOf(specifier: string): Program {
  const [command, ...args] = wordsOf(specifier.slice(prefix.length));
  return { command, args };
}

/** The last part of the path. */
function nameOf(command: string): string {
  return command.split(/[\\/]/).at(-1)!;
}
