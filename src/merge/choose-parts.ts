/**
 * Which parts of all runs count: a choice of those that share no case, the same whatever the order. The
 * others are kept, since beside other parts they may be of the choice.
 */
import type { PartRecord } from '../archive/run-record.ts';
import { claimOf, shareCases } from './claims.ts';

export interface Choice {
  readonly parts: readonly PartRecord[];
  readonly spare: readonly PartRecord[];
}

export function chooseParts(all: readonly PartRecord[]): Choice {
  const alike = new Map<string, PartRecord>();
  for (const part of all) {
    const key = claimText(part);
    const before = alike.get(key);
    alike.set(key, before === undefined || isBefore(part, before) ? part : before);
  }
  const chosen = new Chosen();
  const spare: PartRecord[] = [];
  for (const part of [...alike.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1))) {
    const claim = claimOf(part);
    if (chosen.rivalsOf(part).some((rival) => shareCases(claim, claimOf(rival)))) spare.push(part);
    else chosen.add(part);
  }
  return { parts: chosen.all.sort(inOrder), spare: spare.sort(inOrder) };
}

/** Parts by their campaign, how it was dealt, and the number of the shard: where their rivals are. */
export class Chosen {
  readonly all: PartRecord[] = [];
  readonly #seeds = new Map<string, Map<string, Map<number, PartRecord[]>>>();

  add(part: PartRecord): void {
    this.all.push(part);
    const deals = this.#seeds.get(part.seed) ?? new Map<string, Map<number, PartRecord[]>>();
    const shards = deals.get(dealOf(part)) ?? new Map<number, PartRecord[]>();
    const own = shards.get(part.shard.number) ?? [];
    own.push(part);
    this.#seeds.set(part.seed, deals.set(dealOf(part), shards.set(part.shard.number, own)));
  }

  /** Those that may share a case with the part: other shards of one deal share none. */
  rivalsOf(part: PartRecord): readonly PartRecord[] {
    const deals = this.#seeds.get(part.seed) ?? new Map<string, Map<number, PartRecord[]>>();
    return [...deals].flatMap(([deal, shards]) =>
      deal === dealOf(part) ? (shards.get(part.shard.number) ?? []) : [...shards.values()].flat(),
    );
  }
}

/** What tells how a campaign was dealt. */
export function dealOf({ shard: { of, by } }: Pick<PartRecord, 'shard'>): string {
  return `${of} ${by ?? 'indices'}`;
}

/** Parts of one text claim the same cases. */
export function claimText(part: PartRecord): string {
  const { seed, shard, corpus, covers } = part;
  return covers === undefined
    ? `${seed} ${shard.number}/${dealOf(part)}`
    : `${seed} ${corpus} ${JSON.stringify(covers)}`;
}

/** A total order: more cases before fewer; of as many, the run that was started first. */
export function isBefore(a: PartRecord, b: PartRecord): boolean {
  if (a.cases !== b.cases) return a.cases > b.cases;
  if (a.startedAt !== b.startedAt) return a.startedAt < b.startedAt;
  const [first, second] = [claimText(a), claimText(b)]; // most often short, and other than all of a part
  return first === second ? JSON.stringify(a) < JSON.stringify(b) : first < second;
}

/** By seed, and by the number of the shard. */
function inOrder(a: PartRecord, b: PartRecord): number {
  if (a.seed !== b.seed) return BigInt(a.seed) < BigInt(b.seed) ? -1 : 1;
  if (a.shard.number !== b.shard.number) return a.shard.number - b.shard.number;
  if (a.shard.of !== b.shard.of) return a.shard.of - b.shard.of;
  return isBefore(a, b) ? -1 : 1;
}
