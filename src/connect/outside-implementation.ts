/**
 * An implementation beyond this process, over a channel: cases in frames, and what becomes of those that a
 * frame ended with. Nothing that the other side does is thrown: it is the outcome of a case.
 */
import type { Case } from '../case/case.ts';
import { isEnding, type Ending, type Outcome } from '../case/outcome.ts';
import { whyUnsupported } from '../case/why-unsupported.ts';
import { UsageError, InfrastructureError } from '../contract/failure.ts';
import { kernelNameOf, type Kernels } from '../contract/subject.ts';
import { canBeInvalid } from '../case/invalid-arguments.ts';
import { defaultArithmetic, type Implementation } from '../subjects/implementation.ts';
import type { Stacking } from '../subjects/stacking.ts';
import { endsMax, givenUp } from './given-up.ts';
import type { Channel, OpenChannel } from './channel.ts';
import { policyText, whyOtherConvention } from './policy.ts';
import { encodeRun, recordBytesOf, whyNotSayable } from './records.ts';
import { decodeResults } from './results.ts';
import type { Welcome } from './welcome.ts';

export interface OutsideOptions {
  /** Where the other side says none. */
  readonly name: string;
  readonly role: Implementation['role'];
  /** For a frame of one case. */
  readonly caseTimeoutMs: number;
  /** For this process and the other together. */
  readonly rssLimitMb: number;
  readonly stacking?: Stacking;
  /** Called several times a second while an answer is waited for. */
  readonly onWait?: () => void;
}

export interface OutsideImplementation extends Implementation {
  readonly welcome: Welcome;
  runMany(cases: readonly Case[]): Promise<readonly Outcome[]>;
  dispose(): void;
}

/** What each further case of a frame may take. */
const furtherCaseMs = 2;
const waitMs = 200;
/** The case's record, its frame and the answer around it. */
const overheadBytes = 1024;

/** Starts the other side, and asks it what it has. @throws as `open` does. */
export async function outsideImplementation(
  open: OpenChannel,
  options: OutsideOptions,
): Promise<OutsideImplementation> {
  const lives = keepAlive(open, options);
  const { welcome } = await lives.channel();
  const { supports, policy, refuses = false, arithmetic, version, maxFrameBytes } = welcome;
  const conventions = policy === undefined ? '' : policyText(policy);
  const kernels = new Set<keyof Kernels>(welcome.kernels);

  /** How many cases of frames have ended it, with no answer between. */
  let ends = 0;

  async function runMany(cases: readonly Case[]): Promise<readonly Outcome[]> {
    if (ends >= endsMax) return cases.map(() => givenUp);
    const outcomes = await ask(cases);
    ends = outcomes.reduce(endsAfter, ends);
    return outcomes;
  }

  async function ask(cases: readonly Case[]): Promise<readonly Outcome[]> {
    for (;;) {
      const channel = await waiting(lives.channel(), options.onWait);
      const limitMs = options.caseTimeoutMs + furtherCaseMs * (cases.length - 1);
      const reply = await waiting(channel.ask(encodeRun(cases), limitMs), options.onWait);
      if (reply.kind === 'unasked') continue;
      const outcomes = reply.kind === 'results' ? decodeResults(reply.body, cases, arithmetic) : null;
      if (outcomes !== null && typeof outcomes !== 'string') {
        lives.renewIfLarge(channel);
        return outcomes;
      }
      lives.bury(channel);
      const ending: Ending =
        reply.kind === 'ended' ? reply.outcome : { kind: 'crashed', detail: outcomes as string };
      if (cases.length > 1) return askEach(cases, ending);
      return [ending.kind === 'timed-out' ? { ...ending, limitMs: options.caseTimeoutMs } : ending];
    }
  }

  /** One by one, so that whoever did it does it again; where nobody does, the first is blamed. */
  async function askEach(cases: readonly Case[], ending: Ending): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    let inRow = ends;
    for (const c of cases) {
      const [outcome] = inRow >= endsMax ? [givenUp] : await ask([c]);
      outcomes.push(outcome!);
      inRow = endsAfter(inRow, outcome!);
    }
    if (outcomes.some(isEnding)) return outcomes;
    return [strayOf(ending, cases.length), ...outcomes.slice(1)];
  }

  return {
    welcome,
    name: welcome.name ?? options.name,
    version: version ?? 'unversioned',
    ...engineOf(welcome),
    ...(conventions === '' ? {} : { conventions }),
    role: options.role,
    arithmetic: { ...defaultArithmetic, ...arithmetic },
    ...(options.stacking === undefined ? {} : { stacking: options.stacking }),
    declines(c) {
      const kernel = kernelNameOf(c.operation, c.direction);
      if (!kernels.has(kernel)) return `no kernel ${kernel}`;
      if (c.invalid !== undefined && !refuses)
        return 'invalid arguments, which it does not say that it refuses';
      if (c.invalid !== undefined && !canBeInvalid(c, c.invalid)) return 'nothing is invalid';
      const notSayable = whyNotSayable(c);
      if (notSayable !== null) return notSayable;
      if (recordBytesOf(c) + overheadBytes > maxFrameBytes) return `more than ${maxFrameBytes} bytes`;
      if (!welcome.formats.includes(c.format)) return `${c.format}, which the kit does not say that it takes`;
      return (
        (supports === undefined ? null : whyUnsupported(c, supports)) ??
        (policy === undefined ? null : whyOtherConvention(c, policy))
      );
    },
    async run(c) {
      const [outcome] = await ask([c]);
      return outcome!;
    },
    runMany,
    dispose: lives.dispose,
  };
}

function engineOf({ language, engine }: Welcome): { readonly engine?: string } {
  const said = [engine, language].filter((text) => text !== undefined);
  return said.length === 0 ? {} : { engine: said.join(', ') };
}

function endsAfter(ends: number, outcome: Outcome): number {
  if (outcome === givenUp) return ends;
  return isEnding(outcome) ? ends + 1 : 0;
}

function strayOf(ending: Ending, count: number): Outcome {
  const text = ending.kind === 'timed-out' ? `no answer within ${ending.limitMs} ms` : ending.detail;
  const where = `while it was asked ${count} cases at once; none of them did it when asked alone`;
  return { kind: 'crashed', detail: `${text} (${where})` };
}

interface Lives {
  /** The one that is alive, started where there is none. */
  channel(): Promise<Channel>;
  /** It has ended, or has to. */
  bury(channel: Channel): void;
  /** Another is started in its place where it holds much more than at its start. */
  renewIfLarge(channel: Channel): void;
  dispose(): void;
}

const memoryLookMs = 250;
/** Half of the limit, and half as much again as at the start: as for a worker. */
const [renewedShare, renewedGrowth] = [1 / 2, 3 / 2];

/** Once one has ended, the next is started ahead: a kit may take seconds to load. */
function keepAlive(open: OpenChannel, { rssLimitMb, name }: OutsideOptions): Lives {
  let alive: Promise<Channel> | null = null;
  let spare: Promise<Channel> | null = null;
  let isStarted = false;
  let startMb = 0;
  const start = (): Promise<Channel> => {
    const opening = open().catch((error: unknown) => {
      if (!isStarted || !(error instanceof UsageError)) throw error;
      throw new InfrastructureError(`${name} could not be started again: ${error.message}`);
    });
    opening.catch(() => undefined); // a spare may never be asked for
    return opening;
  };
  const next = async (): Promise<Channel> => {
    const channel = await (spare ?? start());
    spare = isStarted ? start() : null;
    isStarted = true;
    startMb = channel.residentMb();
    return channel;
  };
  const closeAll = (): void => {
    for (const one of [alive, spare]) one?.then((channel) => channel.close()).catch(() => undefined);
    alive = spare = null;
  };
  let current: Channel | null = null;
  let lookedAt = -Infinity;
  return {
    async channel() {
      alive ??= next();
      const channel = await alive;
      current = channel;
      return channel;
    },
    bury(channel) {
      channel.close();
      if (channel === current) alive = current = null;
    },
    renewIfLarge(channel) {
      const now = performance.now();
      if (now - lookedAt < memoryLookMs) return;
      lookedAt = now;
      const held = channel.residentMb();
      if (held > renewedShare * rssLimitMb && held > renewedGrowth * startMb) this.bury(channel);
    },
    dispose: closeAll,
  };
}

/** The promise, with `onWait` called until it is kept. */
async function waiting<T>(promise: Promise<T>, onWait: (() => void) | undefined): Promise<T> {
  if (onWait === undefined) return promise;
  const clock = setInterval(onWait, waitMs);
  try {
    return await promise;
  } finally {
    clearInterval(clock);
  }
}
