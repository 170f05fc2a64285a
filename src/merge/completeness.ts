/** How much of its campaigns a merged run has, what is missing of them, and the commands that judge that. */
import { isDeepStrictEqual } from 'node:util';
import type { CompletenessRecord, MissingRecord, PartRecord, RunRecord } from '../archive/run-record.ts';
import { blockCount } from '../examine/range.ts';
import { resumeCommand } from '../text/resume-command.ts';
import { dealOf } from './choose-parts.ts';
import { blocksIn, casesIn, claimOf, commonIn, wholeShard } from './claims.ts';
import { shardCommand } from './missing-command.ts';
import { partName, type RunAt, type Union } from './union.ts';

/** So many of what is missing are named. */
const shownMax = 10;
/** Blocks of a campaign for which each one's state is kept: 10^12 cases. */
const blocksMax = 2 ** 26;

export function completenessOf(runs: readonly RunAt[], union: Union): CompletenessRecord {
  const total = { judged: 0, of: 0, missing: [] as MissingRecord[], more: 0 };
  const homes = homesOf(runs);
  for (const [seed, parts] of bySeed(union.parts)) {
    const bound = parts[0]!.runs;
    const judged = parts.reduce((sum, part) => sum + judgedIn(part), 0);
    total.judged += bound === null ? 0 : judged;
    total.of += bound ?? 0;
    if (judged === bound) continue;
    const campaign = { seed, runs: bound, record: runs[0]!.record, command: commandOf(runs, parts) };
    for (const { what, command } of missingOf(campaign, parts, homes)) {
      if (typeof what === 'number') total.more += what;
      else if (total.missing.length === shownMax) total.more++;
      else total.missing.push({ what, command });
    }
  }
  return total;
}

/** A line that says it, and one for each command. */
export function completenessText({ judged, of, missing, more }: CompletenessRecord): readonly string[] {
  const share = of === 0 ? [] : [`covered ${shareText(judged, of)}`];
  if (missing.length === 0) return share.length > 0 && judged < of ? share : [];
  const whats = missing.map(({ what }) => what).join(', ');
  const rest = more === 0 ? '' : `, and ${more} more`;
  const commands = missing.flatMap(({ what, command }) => (command === null ? [] : [`${what}: ${command}`]));
  return [[...share, `missing ${whats}${rest}`].join(', '), ...commands];
}

/** Never 100 % where something is missing. */
function shareText(judged: number, of: number): string {
  const thousandths = Math.floor((1000 * judged) / of) / 10;
  return `${thousandths.toFixed(1)} % of ${of} cases`;
}

function bySeed(parts: readonly PartRecord[]): ReadonlyMap<string, readonly PartRecord[]> {
  const seeds = new Map<string, PartRecord[]>();
  for (const part of parts) {
    const own = seeds.get(part.seed);
    if (own === undefined) seeds.set(part.seed, [part]);
    else own.push(part);
  }
  return seeds;
}

/** Indices of the campaign; of a part of old that did not come to its end as many as it has cases. */
function judgedIn(part: PartRecord): number {
  const claim = claimOf(part).filter(({ from }) => from >= 0);
  const claimed = casesIn(claim);
  return part.covers !== undefined || part.stoppedBy === 'runs' ? claimed : Math.min(part.cases, claimed);
}

type Homes = ReadonlyMap<string, readonly RunAt[]>;

/** The runs of one part, by the name of the part: where it can be resumed. */
function homesOf(runs: readonly RunAt[]): Homes {
  const homes = new Map<string, RunAt[]>();
  for (const run of runs) {
    const [only, ...others] = run.record.parts;
    if (others.length > 0) continue;
    homes.set(partName(only!), [...(homes.get(partName(only!)) ?? []), run]);
  }
  return homes;
}

interface Campaign extends Pick<PartRecord, 'seed' | 'runs'> {
  readonly record: RunRecord;
  readonly command: 'fuzz' | 'gate';
}

/** Only a gate judges a corpus, and its first shard all of it. */
function commandOf(runs: readonly RunAt[], parts: readonly PartRecord[]): Campaign['command'] {
  const isGate = runs.some(({ record }) => record.command === 'gate') || parts.some(({ corpus }) => corpus);
  return isGate ? 'gate' : 'fuzz';
}

/** Something that is missing; or how many more such things are. */
interface Missing {
  readonly what: string | number;
  readonly command: string | null;
}

function missingOf(campaign: Campaign, parts: readonly PartRecord[], homes: Homes): readonly Missing[] {
  const deals = new Set(parts.map(dealOf));
  const unfinished = parts.filter((part) => isUnfinished(part));
  const atHome = parts.filter((part) => hasLost(part) && lacksOfOwn(part, parts) && !isUnfinished(part));
  const lost = atHome.flatMap((part) => lostOf(part, homeOf(part, homes)));
  const told = [...unfinished, ...lost.map(({ part }) => part)];
  const isOfBlocks = deals.size > 1 || parts.some((part) => hasLost(part));
  return [
    ...unfinished.map((part) => unfinishedPart(part, homes)),
    ...lost.map(({ missing }) => missing),
    ...(deals.size > 1 ? [] : missingShards(campaign, parts)),
    ...(isOfBlocks ? missingBlocks(campaign, parts, { isAnywhere: deals.size > 1, told }) : []),
  ];
}

/** Whether nobody has judged some of the part's shard. */
function lacksOfOwn(part: PartRecord, parts: readonly PartRecord[]): boolean {
  const shard = wholeShard(part);
  return parts.reduce((sum, one) => sum + commonIn(shard, claimOf(one)), 0) < casesIn(shard);
}

/** What a run says that it has lost, which is tried again where it is resumed. */
function lostOf(
  part: PartRecord,
  home: RunAt | undefined,
): readonly { readonly part: PartRecord; readonly missing: Missing }[] {
  if (part.lost === undefined || home === undefined) return [];
  const what = `${casesIn(part.lost)} lost cases of ${partName(part)}`;
  return [{ part, missing: resumed(what, home) }];
}

/** Whether a part did not come to the end of its shard, and says so. */
function isUnfinished(part: PartRecord): boolean {
  return part.stoppedBy !== 'runs' && (part.runs !== null || part.stoppedBy === 'interrupted');
}

function unfinishedPart(part: PartRecord, homes: Homes): Missing {
  const whole = part.runs === null ? '' : ` of ${casesIn(wholeShard(part))}`;
  const how = part.stoppedBy === 'interrupted' ? 'interrupted' : `stopped by ${part.stoppedBy}`;
  const what = `the rest of ${partName(part)}, which was ${how} after ${judgedIn(part)}${whole} cases`;
  const home = part.stoppedBy === 'interrupted' ? homeOf(part, homes) : undefined;
  return home === undefined ? { what, command: null } : resumed(what, home);
}

/** The run of this part alone, which can be resumed. */
function homeOf(part: PartRecord, homes: Homes): RunAt | undefined {
  return homes.get(partName(part))?.find(({ record }) => isDeepStrictEqual(record.parts[0], part));
}

function resumed(what: string, home: RunAt): Missing {
  const { subject, references, machines } = home.record;
  const isQueued = machines !== undefined;
  return { what, command: resumeCommand({ run: home.path, subject, references, isQueued }) };
}

/** Whether a part came to its end without some of its blocks: nobody has survived them. */
function hasLost(part: PartRecord): boolean {
  if (part.lost !== undefined) return true;
  return part.stoppedBy === 'runs' && part.runs !== null && judgedIn(part) < casesIn(wholeShard(part));
}

function missingShards(campaign: Campaign, parts: readonly PartRecord[]): readonly Missing[] {
  const { seed, runs, record, command } = campaign;
  const { of } = parts[0]!.shard;
  const there = new Set(parts.map(({ shard }) => shard.number));
  const last = Math.min(of, runs ?? Infinity); // what comes after has no case
  const first: Missing[] = [];
  for (let number = 1; number <= last && first.length < shownMax; number++) {
    const shard = `${number}/${of}`;
    if (!there.has(number))
      first.push({
        what: `shard ${shard} of seed ${seed}`,
        command: shardCommand(record, { seed, runs, shard }, command),
      });
  }
  const more = last - there.size - first.length;
  return more > 0 ? [...first, { what: more, command: null }] : first;
}

/** Blocks that nobody has a case of; where all are of one deal, those of the shards that are there. */
function missingBlocks(
  { seed, runs, record, command }: Campaign,
  parts: readonly PartRecord[],
  { isAnywhere, told }: { readonly isAnywhere: boolean; readonly told: readonly PartRecord[] },
): readonly Missing[] {
  const count = blockCount(runs);
  if (count > blocksMax) return [];
  const missing = new Uint8Array(count).fill(isAnywhere ? 1 : 0);
  const mark = (part: PartRecord, claim: ReturnType<typeof claimOf>, state: number): void => {
    for (const cover of claim.filter(({ from }) => from >= 0))
      for (const { block } of blocksIn(cover, part.runs)) missing[block] = state;
  };
  if (!isAnywhere) for (const part of parts.filter(hasLost)) mark(part, wholeShard(part), 1);
  for (const part of parts) mark(part, claimOf(part), 0);
  for (const part of told) mark(part, wholeShard(part), 0);
  const first: Missing[] = [];
  let more = 0;
  for (let block = missing.indexOf(1); block >= 0; block = missing.indexOf(1, block + 1)) {
    const shard = count === 1 ? null : `${block + 1}/${count}`;
    const what = `block ${block} of seed ${seed}`;
    if (first.length === shownMax) more++;
    else first.push({ what, command: shardCommand(record, { seed, runs, shard }, command) });
  }
  return more > 0 ? [...first, { what: more, command: null }] : first;
}
