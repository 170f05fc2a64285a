/** Whether a kit keeps to docs/protocol.md: a line for each thing that can be seen from outside. */
import { listed } from '../../case/supports.ts';
import { UsageError } from '../../contract/failure.ts';
import type { Program } from '../connector.ts';
import { frameTypes } from '../wire.ts';
import { protocols, welcomeFrom, type Welcome } from '../welcome.ts';
import { checks, expectFail, type Check } from './checks.ts';
import { converse, NotSeen, type Conversation } from './conversation.ts';
import { echoName } from './echo.ts';
import { helloFrame, startKit, type KitProcess } from './kit-process.ts';

export interface ConformanceLine {
  readonly check: string;
  /** `skip` where the kit has no kernel that would show it. */
  readonly result: 'pass' | 'fail' | 'skip';
  readonly seen: string;
}

export interface Conformance {
  readonly welcome: Welcome | null;
  readonly lines: readonly ConformanceLine[];
}

export interface ConformanceOptions {
  /** For sentences. */
  readonly whose: string;
  /** A kit may load libraries of gigabytes. */
  readonly startMs: number;
  /** Nothing that is asked is work. */
  readonly answerMs?: number;
}

const defaultAnswerMs = 10_000;

/** Starts the kit a few times, and asks it what any kit can be asked. Leaves no process. */
export async function checkConformance(program: Program, options: ConformanceOptions): Promise<Conformance> {
  const lines: ConformanceLine[] = [];
  let talk: Conversation | null = null;
  let welcome: Welcome | null = null;
  const look = async (check: string, run: () => Promise<string>): Promise<boolean> => {
    const line = await lineOf(check, run);
    lines.push(line);
    return line.result === 'pass';
  };
  try {
    const hasBegun = await look('hello and welcome', async () => {
      talk = await begin(program, options);
      welcome = talk.welcome;
      const { kit = 'a kit', kernels, formats } = welcome;
      return `${kit}, ${kernels.length} kernels${talk.hasEcho ? ' and echo' : ''}, in ${listed(formats)}`;
    });
    if (!hasBegun) return { welcome, lines };
    await look('a protocol that it does not know', () => otherProtocol(program, options));
    for (const check of checks) {
      if (check.needsEcho && !talk!.hasEcho) {
        lines.push({ check: check.name, result: 'skip', seen: `the kit has no kernel ${echoName}` });
        continue;
      }
      const passed = await look(check.name, async () => {
        talk ??= await begin(program, options);
        return check.run(talk);
      });
      if (passed && check.isLast !== true) continue;
      (talk as Conversation | null)?.kit.kill(); // what is under way may answer late
      talk = null;
      if (check !== checks.at(-1)) talk = await begin(program, options);
    }
    await look('killed within a frame, and started again', () => killedBetween(program, options));
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error;
    lines.push({ check: 'start again', result: 'fail', seen: error.message });
  } finally {
    (talk as Conversation | null)?.kit.kill();
  }
  return { welcome, lines };
}

async function lineOf(check: string, run: () => Promise<string>): Promise<ConformanceLine> {
  try {
    return { check, result: 'pass', seen: await run() };
  } catch (error) {
    if (!(error instanceof NotSeen)) throw error;
    return { check, result: 'fail', seen: error.message };
  }
}

/** A process that has said welcome. @throws NotSeen */
async function begin(
  program: Program,
  { whose, startMs, answerMs = defaultAnswerMs }: ConformanceOptions,
): Promise<Conversation> {
  const kit = startKit(program);
  try {
    kit.write(helloFrame(protocols));
    const body = await firstBody(kit, startMs);
    const { welcome, hasEcho } = readWelcome(body, whose);
    return converse({ kit, welcome, hasEcho, answerMs });
  } catch (error) {
    kit.kill();
    throw error instanceof UsageError ? new NotSeen(error.message) : error;
  }
}

async function firstBody(kit: KitProcess, startMs: number): Promise<Uint8Array> {
  const next = await kit.next(startMs);
  if (next.kind === 'none') throw new NotSeen(next.why);
  const { type, sequence, body } = next.frame;
  if (type === frameTypes.fail) throw new NotSeen(`it said fail: ${new TextDecoder().decode(body)}`);
  if (type !== frameTypes.welcome || sequence !== 0)
    throw new NotSeen(`a frame of type ${type} with the number ${sequence}, not welcome with 0`);
  return body;
}

/** A welcome that lists echo among its kernels. Without a kernel beside it there is nothing to judge. */
function readWelcome(
  body: Uint8Array,
  whose: string,
): { readonly welcome: Welcome; readonly hasEcho: boolean } {
  const text = new TextDecoder().decode(body);
  const data = JSON.parse(text) as { readonly kernels?: unknown };
  if (!Array.isArray(data.kernels) || !data.kernels.includes(echoName))
    return { welcome: welcomeFrom(body, whose), hasEcho: false };
  const kernels = (data.kernels as readonly unknown[]).filter((name) => name !== echoName);
  const rest = new TextEncoder().encode(JSON.stringify({ ...data, kernels }));
  return { welcome: welcomeFrom(rest, whose), hasEcho: true };
}

const unknownProtocol = 2 ** 31 - 1;

async function otherProtocol(program: Program, { startMs }: ConformanceOptions): Promise<string> {
  const kit = startKit(program);
  try {
    kit.write(helloFrame([unknownProtocol]));
    return await expectFail(kit, startMs);
  } finally {
    kit.kill();
  }
}

/** Nothing of a killed process is in the way of the next. */
async function killedBetween(program: Program, options: ConformanceOptions): Promise<string> {
  const first = await begin(program, options);
  const [check] = checks.filter(({ name }) => name === 'two frames in one read') as [Check];
  try {
    first.kit.write(helloFrame(protocols).subarray(0, 20)); // half a frame, which it waits for the rest of
  } finally {
    first.kit.kill();
  }
  const ended = await first.kit.exit(first.answerMs);
  if (ended === null) throw new NotSeen('it is still there after SIGKILL');
  const second = await begin(program, options);
  try {
    await check.run(second);
    return `${ended}, and the next one answered`;
  } finally {
    second.kit.kill();
  }
}
