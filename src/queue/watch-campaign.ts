/**
 * What a machine sees of its campaign while it works: whether it goes on, how much time is left, what is
 * known.
 */
import { parseData } from '../case/parse-data.ts';
import { knownSchema, unpacked } from './message.ts';
import type { KeyNames } from './names.ts';
import type { Server } from './server.ts';
import { standingSchema, stateSchema, type Phase } from './standing.ts';
import { pollMs } from './timing.ts';

export interface CampaignWatch {
  readonly known: readonly (readonly [string, number])[];
  /** What is left of the campaign's time; null where it has no limit. */
  leftMs(): number | null;
  stop(): void;
}

/** Calls `onPhase` where the campaign passes on, with 'ended' also where another run has taken its place. */
export function watchCampaign(
  { redis, tell }: Pick<Server, 'redis' | 'tell'>,
  keys: KeyNames,
  { run, onPhase }: { readonly run: string; readonly onPhase: (phase: Phase) => void },
): CampaignWatch {
  let phase: Phase | null = null;
  let known: CampaignWatch['known'] = [];
  let version: string | null = null;
  let [isBusy, isStopped] = [false, false];
  let time: { readonly leftMs: number; readonly at: number } | null = null;

  async function look(): Promise<void> {
    const [state, standing, newest] = await redis.mget(keys.state, keys.standing, keys.knownVersion);
    if (isStopped) return;
    if (newest !== version && newest !== undefined && newest !== null) {
      const bytes = await redis.getBuffer(keys.known);
      if (bytes !== null) known = unpacked(bytes, { schema: knownSchema, name: 'what is known' });
      version = newest;
    }
    time = timeIn(standing ?? null, run);
    if (state === null || state === undefined) return; // a server that has forgotten it is told again
    const seen = parseData(stateSchema, JSON.parse(state), { name: "the campaign's state" });
    const next = seen.run === run ? seen.phase : 'ended';
    if (next === phase || isStopped) return;
    phase = next;
    onPhase(next);
  }

  const clock = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    look()
      .catch(tell)
      .finally(() => (isBusy = false));
  }, pollMs);

  return {
    get known() {
      return known;
    },
    leftMs: () => (time === null ? null : Math.max(0, time.leftMs - (performance.now() - time.at))),
    stop() {
      isStopped = true;
      clearInterval(clock);
    },
  };
}

function timeIn(text: string | null, run: string): { readonly leftMs: number; readonly at: number } | null {
  if (text === null) return null;
  const standing = standingSchema.safeParse(JSON.parse(text));
  if (!standing.success || standing.data.run !== run || standing.data.timeMs === null) return null;
  const { timeMs, seconds } = standing.data;
  return { leftMs: timeMs - 1000 * seconds, at: performance.now() };
}
