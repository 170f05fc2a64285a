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
import { settledSpace } from '../worker/space.ts';
import { startWorker } from '../worker/supervise.ts';
import { codeDigest } from './digest.ts';
import { identityOf, otherTool, readIdentity, type Identity } from './identity.ts';
import { Machine, type MachineObservers, type MachineSetup, type Surroundings } from './machine.ts';
import { keyNames, type KeyNames } from './names.ts';
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
  let done: string | null = null; // the run that it has worked for
  let isFirst = true;
  for (;;) {
    const record = await nextRecord(server, keys, { done, isFirst, setup, observers });
    if (record === 'left' || record === 'ended') return record;
    isFirst = false;
    const how = await serveCampaign(server, record, { keys, setup, observers });
    if (how === 'left') return 'left';
    observers.onNote(`the campaign ${setup.campaign} has ended`);
    if (setup.untilEnded) return 'ended';
    done = record.run;
  }
}

/** Whoever comes after the end of a campaign waits for the next one so long: it may be about to begin. */
const nextMs = 30_000;

/** The record of a campaign that goes on, other than the one that is done. */
async function nextRecord(
  { redis }: Server,
  keys: KeyNames,
  {
    done,
    isFirst,
    setup,
    observers,
  }: { readonly done: string | null; readonly isFirst: boolean } & Omit<Surroundings, 'keys'>,
): Promise<CampaignRecord | 'left' | 'ended'> {
  let isTold = false;
  const began = performance.now();
  while (!observers.leave.aborted) {
    const hasJustCome = (): boolean => isFirst && setup.untilEnded;
    const [text, stateText] = await redis.mget(keys.record, keys.state);
    const state = stateText == null ? null : stateSchema.safeParse(parsed(stateText)).data;
    if (text != null) {
      const record = recordIn(text);
      if (record.run !== done) return record;
    } else if (hasJustCome() && state?.phase === 'ended' && performance.now() - began > nextMs) {
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
  const tool = (value as { readonly tool?: unknown } | null)?.tool;
  if (typeof tool === 'string' && tool !== packageVersion && tool.length < 100)
    throw new UsageError(otherTool(tool, packageVersion));
  if (result.success) return result.data;
  throw new InfrastructureError(
    'what the queue holds as the record of the campaign is none: somebody else writes to it, or it is damaged',
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
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
  if (identity === null) return 'left';

  const settled = settledSpace(plan, identity.own.subject);
  const machine = new Machine(server, { keys, setup, observers, record, plan: settled, id, ...identity });
  const slotObservers = { onStall: observers.onNote, onRetry: observers.onNote };
  const slots: LastingSlot[] = [];
  try {
    const opening = Array.from({ length: workers }, () =>
      openSlot(settled, slotObservers, { journalFolder, startWorker: start }),
    );
    for (const slot of await Promise.allSettled(opening))
      if (slot.status === 'fulfilled') slots.push(slot.value);
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
  await server.untilAccepted(() => redis.set(keys.identity, JSON.stringify(own), 'NX'), { signal });
  const text = await redis.get(keys.identity);
  const campaign = text === null ? own : readIdentity(text);
  const why = whyDiffers(campaign, own, record);
  if (why !== null) throw new UsageError(why);
  return { own, campaign };
}

const startTimeoutMs = 120_000; // native TensorFlow on a cold disk
