/**
 * Starts a campaign's first worker while the command line has yet to be read: both take as long to load, and
 * there is a core for each. What the words say only has to be right most of the time: a worker that is not as
 * the campaign wants it is not taken.
 */
import { forkEarly } from '../worker/fork-worker.ts';

/** These judge in no worker of their own, or not at all. */
const withoutWorkers = /^(?:--in-process|--queue|--print-config|--help|-h|--version|-V)(?:=|$)/;

export function startEarlyWorker(args: readonly string[], environment: NodeJS.ProcessEnv): void {
  if (!isCampaign(args) || args.some((word) => withoutWorkers.test(word))) return;
  const workers = Number(valueOf('--workers', args) ?? environment['LOGITFUZZ_WORKERS'] ?? 1);
  if (Number.isInteger(workers)) forkEarly({ workers });
}

function isCampaign([verb]: readonly string[]): boolean {
  return verb === 'fuzz' || verb === 'gate';
}

/** The last one counts. */
function valueOf(flag: string, args: readonly string[]): string | undefined {
  const at = args.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
  return at < 0 ? undefined : args[at] === flag ? args[at + 1] : args[at]!.slice(flag.length + 1);
}
