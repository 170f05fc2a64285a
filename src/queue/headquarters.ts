/**
 * What a coordinator writes to its server for others to read: what the campaign is, whether it goes on, where
 * it stands, what is known. And what it takes away at the end.
 */
import type { Finding } from '../case/finding.ts';
import { packageVersion } from '../contract/package-version.ts';
import type { QueueChoices } from '../campaign/plan-file.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import { generatorVersion } from '../generate/generate-case.ts';
import { codeDigest } from './digest.ts';
import { keysLike } from './fleet.ts';
import { packedBytes, type ToConfirmApart } from './message.ts';
import { keyNames, type KeyNames } from './names.ts';
import { recordOf } from './record.ts';
import type { Server } from './server.ts';
import type { Phase, Standing } from './standing.ts';
import { afterlifeMs } from './timing.ts';

export interface Headquarters {
  readonly keys: KeyNames;
  /**
   * Writes the record where it is not there, since a server may have lost it, and with it who its machines
   * have to be like; false where it was there.
   */
  begin(): Promise<boolean>;
  say(phase: Phase): Promise<void>;
  tell(standing: Omit<Standing, 'phase'>): Promise<void>;
  publish(known: readonly (readonly [string, number])[]): Promise<void>;
  ask(findings: ToConfirmApart): Promise<void>;
  identity(): Promise<string | null>;
  /** Leaves that it has ended, and where it stood, for an hour; nothing else. */
  end(): Promise<void>;
}

/** `plan` is what the record says, also once its space is settled. */
export function headquartersOn(server: Server, choices: QueueChoices, plan: CampaignPlan): Headquarters {
  const { redis } = server;
  const { run } = choices;
  const keys = keyNames(choices.campaign);
  const written = <T>(write: () => Promise<T>): Promise<T> => server.untilAccepted(write);
  const versions = { tool: packageVersion, generatorVersion, code: codeDigest() };
  const record = JSON.stringify(recordOf(plan, choices, versions));
  let phase: Phase = 'running';
  let latest: Standing | null = null;
  let first: string | null = null;

  return {
    keys,
    async begin() {
      if ((await redis.get(keys.record)) === record) return false;
      // Before the record, by which machines come: none of them is to be the first again.
      if (first !== null) await written(() => redis.set(keys.identity, first!));
      await written(() => redis.set(keys.record, record));
      await written(() => redis.set(keys.state, JSON.stringify({ run, phase })));
      return true;
    },
    async say(next) {
      phase = next;
      await written(() => redis.set(keys.state, JSON.stringify({ run, phase })));
    },
    async tell(standing) {
      latest = { ...standing, phase };
      await written(() => redis.set(keys.standing, JSON.stringify(latest)));
    },
    async publish(known) {
      await written(() => redis.set(keys.known, packedBytes(known)));
      await written(() => redis.incr(keys.knownVersion));
    },
    async ask(findings) {
      await written(() => redis.set(keys.confirm, packedBytes(findings)));
    },
    async identity() {
      first = await redis.get(keys.identity);
      return first;
    },
    async end() {
      phase = 'ended';
      await redis.set(keys.state, JSON.stringify({ run, phase }), 'PX', afterlifeMs);
      if (latest !== null)
        await redis.set(keys.standing, JSON.stringify(atRest({ ...latest, phase })), 'PX', afterlifeMs);
      const { identity, known, knownVersion, confirm } = keys;
      await redis.del(keys.record, identity, known, knownVersion, confirm);
    },
  };
}

/** Nobody does anything any more; its rate is that of the whole. */
function atRest(standing: Standing): Standing {
  const { cases, seconds } = standing;
  const rate = cases / Math.max(seconds, 1e-3);
  return { ...standing, jobs: { waiting: 0, active: 0 }, machines: 0, slots: 0, rate };
}

/** What an earlier run of the same name has left behind, all of it. */
export async function clearCampaign({ redis }: Server, { prefix, lock }: KeyNames): Promise<void> {
  const left = (await keysLike(redis, `${prefix}:*`)).filter((key) => key !== lock);
  for (let i = 0; i < left.length; i += 500) await redis.del(...left.slice(i, i + 500));
}

/** The findings of the subject, as a machine is asked to confirm them. */
export function toConfirm(
  findings: readonly Finding[],
  { sightings, before }: Pick<ToConfirmApart, 'sightings' | 'before'>,
): ToConfirmApart {
  const names = new Set(findings.map(({ signature }) => signature));
  return {
    findings,
    sightings: sightings.filter(({ signature }) => names.has(signature)),
    before: before.filter(([signature]) => names.has(signature)),
  };
}
