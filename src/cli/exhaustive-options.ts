/** What `fuzz --exhaustive` leaves to be said: which lanes it asks is settled, so nothing says it again. */
import { UsageError } from '../contract/failure.ts';
import { halfFormats, isHalf, type Format } from '../float/format.ts';
import { exhaustiveLanes } from '../generate/exhaustive.ts';
import type { CampaignArguments } from './campaign-options.ts';
import { flagOf, textOf, type Setting, type Settings } from './settings.ts';

/** The flags that would be silently void, so they are refused. */
const voidFlags = [
  'runs',
  'time',
  'seed',
  'maxElements',
  'shard',
  'maximize',
  'queue',
  'campaign',
  'jobSeconds',
  'mixedMachines',
] as const;

/** @throws UsageError naming the flags that can have no effect, and formats that have more than 16 bits. */
export function checkExhaustive(args: CampaignArguments): void {
  const given = voidFlags.filter((flag) => args[flag] !== undefined && args[flag] !== false);
  if (given.length > 0)
    throw new UsageError(
      `--exhaustive judges ${exhaustiveLanes}, once, so ${given.map(flagOf).join(', ')} can have no effect: leave it out`,
    );
  const wide = (args.formats ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !isHalf(name as Format));
  if (wide.length > 0)
    throw new UsageError(
      `--exhaustive asks every pattern of 16 bits: --formats may name ${halfFormats.join(' and ')}, not ${wide.join(', ')}`,
    );
}

/** The settings with what --exhaustive says: what a file or the environment says beside it is void. */
export function exhaustiveSettings(settings: Settings): Settings {
  const by = (value: Setting['value']): Setting => ({ value, from: 'flag', at: '--exhaustive' });
  const named = (textOf(settings, 'formats') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => isHalf(name as Format));
  return {
    ...settings,
    time: by(null),
    runs: by(null),
    seed: by('0'),
    shard: by('1/1'),
    queue: by(null),
    formats: by(named.length > 0 ? named : halfFormats),
  };
}
