/**
 * A machine of a campaign: it takes jobs from the queue, has them judged by worker processes of its own, and
 * sends back what they say.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { packageVersion } from '../contract/package-version.ts';
import { openSlot, type LastingSlot } from '../campaign/lasting-slot.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import { unlessAborted } from '../campaign/unless-aborted.ts';
import { settledSpace } from '../worker/space.ts';
import { startWorker } from '../worker/supervise.ts';
import { codeDigest } from './digest.ts';
import { identityOf, otherTool, readIdentity, type Identity } from './identity.ts';
import { Machine, type MachineObservers, type MachineSetup, type Surroundings } from './machine.ts';
import { keyNames, type KeyNames } from './names.ts';
import { parsed } from './parsed.ts';
import { planFrom, recordSchema, type CampaignRecord } from './record.ts';
import type { Server } from './server.ts';
import { stateSchema } from './standing.ts';
import { pollMs } from './timing.ts';
import { whyDiffers } from './why-differs.ts';

/** Works for one campaign after another of that name, until it is told to leave. */
export async function serve(
  server: Server,
  setup: MachineSetup,
  observers: MachineObservers,
): Promise<'ended' | 'left'> {
  const keys = keyNames(setup.campaign);
  let isFirst = true;
  for (;;) {
    const record = await nextRecord(server, keys, { isFirst, setup, observers });
    if (record === 'left' || record === 'ended') return record;
    isFirst = false;
    const how = await serveCampaign(server, record, { keys, setup, observers });
    if (how === 'left') return 'left';
    observers.onNote(`the campaign ${setup.campaign} has ended`);
    if (setup.untilEnded) return 'ended';
  }
}

/** Whoever comes after the end of a campaign waits for the next one so long: it may be about to begin. */
const nextMs = 30_000;

/** The record of a campaign that goes on; one that was interrupted and is resumed is there again. */
async function nextRecord(
  { redis }: Server,
  keys: KeyNames,
  { isFirst, setup, observers }: { readonly isFirst: boolean } & Omit<Surroundings, 'keys'>,
): Promise<CampaignRecord | 'left' | 'ended'> {
  let isTold = false;
  const began = performance.now();
  while (!observers.leave.aborted) {
    const answer = await unlessAborted(redis.mget(keys.record, keys.state), observers.leave);
    if (answer === 'aborted') break;
    const [text, stateText] = answer;
    const state = stateText == null ? null : stateSchema.safeParse(parsed(stateText)).data;
    if (text != null) {
      if (state?.phase !== 'ended') return recordIn(text);
    } else if (
      isFirst &&
      setup.untilEnded &&
      state?.phase === 'ended' &&
      performance.now() - began > nextMs
    ) {
      observers.onNote(`the campaign ${setup.campaign} has ended already`);
      return 'ended';
    }
    if (!isTold) observers.onNote(`waiting for a campaign ${setup.campaign}: logitfuzz fuzz --queue …`);
    isTold = true;
    await pause(pollMs, undefined, { signal: observers.leave }).catch(() => undefined);
  }
  return 'left';
}

/** @throws UsageError where the campaign is of another version, InfrastructureError where it is none. */
function recordIn(text: string): CampaignRecord {
  const value = parsed(text);
  const result = recordSchema.safeParse(value);
  const tool = (value as { readonly tool?: unknown } | null | undefined)?.tool;
  if (typeof tool === 'string' && tool !== packageVersion && tool.length < 100)
    throw new UsageError(otherTool(tool, packageVersion));
  if (result.success) return result.data;
  throw new InfrastructureError(
    'what the queue holds as the record of the campaign is none: somebody else writes to it, or it is damaged',
  );
}

/** Works for one campaign to its end, or until it is told to leave. */
async function serveCampaign(
  server: Server,
  record: CampaignRecord,
  { keys, setup, observers }: Surroundings,
): Promise<'ended' | 'left'> {
  const { subject, connection, slots: workers, rssLimitMb, journalFolder } = setup;
  if (record.code !== codeDigest()) {
    throw new UsageError(
      `logitfuzz ${packageVersion} is other code here than where the campaign was started: install the same build on both`,
    );
  }
  const own = { subject, workers, rssLimitMb, ...(connection === undefined ? {} : { connection }) };
  const plan = planFrom(record, own);
  const id = randomBytes(6).toString('hex');
  let journals = 0;
  const start: typeof startWorker = (given, options) =>
    startWorker(given, { ...options, journal: `${journalFolder}/journal-${id}-${++journals}` });
  const identity = await join(server, keys, { plan, record, start, signal: observers.leave });
  if (identity === null) return observers.leave.aborted ? 'left' : 'ended';

  const settled = settledSpace(plan, identity.own.subject);
  const machine = new Machine(server, { keys, setup, observers, record, plan: settled, id, ...identity });
  const slotObservers = { onStall: observers.onNote, onRetry: observers.onNote };
  const slots: LastingSlot[] = [];
  try {
    const opening = Array.from({ length: workers }, () =>
      openSlot(
        settled,
        { ...slotObservers, interrupt: observers.leave },
        { journalFolder, startWorker: start },
      ),
    );
    for (const slot of await Promise.allSettled(opening))
      if (slot.status === 'fulfilled') slots.push(slot.value);
    if (observers.leave.aborted) return 'left';
    await Promise.all(opening); // throws what one of them has thrown
    return await machine.work(slots, start);
  } finally {
    for (const slot of slots) slot.stop();
  }
}

/** @throws UsageError naming what differs from the campaign's first machine. Null where it is to leave. */
async function join(
  server: Server,
  keys: KeyNames,
  {
    plan,
    record,
    start,
    signal,
  }: {
    readonly plan: CampaignPlan;
    readonly record: CampaignRecord;
    readonly start: typeof startWorker;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly own: Identity; readonly campaign: Identity } | null> {
  const { redis } = server;
  const { caseTimeoutMs } = plan;
  const watch = { journal: '', caseTimeoutMs, startTimeoutMs, signal };
  const own = await identityOf(plan, () => start(plan, watch), { signal });
  if (own === null) return null;
  const write = (): Promise<unknown> => redis.set(keys.identity, JSON.stringify(own), 'NX');
  const written = server.untilAccepted(write, { signal }).then(() => redis.get(keys.identity));
  const text = await unlessAborted(written, signal);
  if (text === 'aborted') return null;
  const campaign = text === null ? own : readIdentity(text);
  const hasEnded = text !== null && (await unlessAborted(isOver(server, keys, record), signal));
  if (hasEnded === 'aborted') return null;
  if (hasEnded) {
    await unlessAborted(redis.del(keys.identity), signal); // it came too late, and nobody else takes it away
    return null;
  }
  const why = whyDiffers(campaign, own, record);
  if (why !== null) throw new UsageError(why);
  return { own, campaign };
}

async function isOver({ redis }: Server, keys: KeyNames, { run }: CampaignRecord): Promise<boolean> {
  const text = await redis.get(keys.state);
  const state = text === null ? undefined : stateSchema.safeParse(parsed(text)).data;
  return state?.run === run && state.phase === 'ended';
}

const startTimeoutMs = 120_000; // native TensorFlow on a cold disk
