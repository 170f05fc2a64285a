/** What a queue's faults are tried on: a real server, processes of the built command, a small campaign. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { queueAddress } from '../../src/queue/address.ts';
import { keysLike } from '../../src/queue/fleet.ts';
import { keyNames, type KeyNames } from '../../src/queue/names.ts';
import { openServer, type Server } from '../../src/queue/server.ts';
import type { Standing } from '../../src/queue/standing.ts';
import { mainPath, temporaryFolder } from '../run.ts';
import { contentOf, differences, type Json } from '../run-content.ts';
import { startValkey, type Valkey, type ValkeyOptions } from '../valkey.ts';

/** Twelve blocks of 2,000 cases: a job is a second or two of one slot. */
export function campaignWith(references: string): readonly string[] {
  return ['--runs', '24000', '--seed', '9', '--references', references];
}
export const subject = 'textbook';
/** How long a job is its machine's without a word of it: 30 s at users'. */
const lockMs = 2_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.ended = once(child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  /** What it is, whether it is still there, and what it said last. */
  lastWords(): string {
    const { spawnargs, exitCode, signalCode } = this.child;
    const end = exitCode ?? signalCode ?? 'still there';
    const said = `${this.#stderr}${this.#stdout}`.trim().split('\n').slice(-12).join('\n    ');
    return `  ${spawnargs.slice(2).join(' ')}: ${end}\n    ${said}`;
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    if (signal === 'SIGKILL') await this.ended;
  }
}

export class Stage {
  readonly folder: string;
  readonly keys: KeyNames = keyNames('main');
  readonly #remove: () => void;
  /** In the environment of all that is started here, and of what that starts. */
  readonly #marker = randomBytes(8).toString('hex');
  readonly #servers: Valkey[] = [];
  readonly #running: Running[] = [];
  #valkey: Valkey | null = null;
  #server: Server | null = null;

  readonly #references: string;

  constructor(references = 'none') {
    this.#references = references;
    const { path, remove } = temporaryFolder();
    this.folder = path;
    this.#remove = remove;
  }

  /** Starts the queue of this campaign. */
  async serve(options: ValkeyOptions = {}): Promise<Valkey> {
    this.#valkey = await this.another({ password: 'loopback', appendOnly: true, ...options });
    this.#server = await openServer(queueAddress(this.#valkey.url, {}), { onTrouble: () => undefined });
    return this.#valkey;
  }

  /** Starts a server that is not the campaign's. */
  async another(options: ValkeyOptions): Promise<Valkey> {
    const valkey = await startValkey(options);
    this.#servers.push(valkey);
    return valkey;
  }

  get server(): Server {
    return this.#server!;
  }

  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    const child = spawn(process.execPath, [mainPath, ...args], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        NO_COLOR: '1',
        LOGITFUZZ_QUEUE_LOCK_MS: String(lockMs),
        LOGITFUZZ_SERIES: this.#marker,
        ...(this.#valkey !== null && { LOGITFUZZ_QUEUE: this.#valkey.url }),
        ...env,
      },
    });
    const running = new Running(child);
    this.#running.push(running);
    return running;
  }

  /** For whoever looks for what went wrong. */
  lastWords(): string {
    return this.#running.map((running) => running.lastWords()).join('\n');
  }

  coordinator(...more: readonly string[]): Running {
    return this.start(['fuzz', ...campaignWith(this.#references), '--json', '--no-report', ...more]);
  }

  /** Goes on with the only run that is here. */
  resume(...more: readonly string[]): Running {
    const [run] = readdirSync(`${this.folder}/reports/runs`);
    return this.start(['fuzz', '--resume', `reports/runs/${run!}`, '--json', '--no-report', ...more]);
  }

  worker(...more: readonly string[]): Running {
    return this.start(['worker', subject, '--workers', '1', '--until-ended', ...more]);
  }

  async standing(): Promise<Standing | null> {
    const text = await this.server.redis.get(this.keys.standing);
    return text === null ? null : (JSON.parse(text) as Standing);
  }

  /** Waits until a coordinator has said what the campaign is. @returns its record. */
  async begun(): Promise<Json> {
    for (const end = performance.now() + 40_000; performance.now() < end; await sleep(50)) {
      const text = await this.server.redis.get(this.keys.record);
      if (text !== null) return JSON.parse(text) as Json;
    }
    throw new Error('waited 40 s in vain until a coordinator waits');
  }

  /** Waits until the campaign has come to where `isThere` is true. */
  async until(what: string, isThere: (standing: Standing) => boolean, ms = 40_000): Promise<Standing> {
    for (const end = performance.now() + ms; performance.now() < end; await sleep(50)) {
      const standing = await this.standing();
      if (standing !== null && isThere(standing)) return standing;
    }
    throw new Error(`waited ${ms / 1000} s in vain until ${what}`);
  }

  /** Waits until cases were gathered and jobs are under way. */
  midway(cases = 1): Promise<Standing> {
    return this.until('cases were gathered and jobs are under way', (standing) => {
      return standing.cases >= cases && standing.jobs.active > 0;
    });
  }

  /** What differs of a coordinator's run and the undivided one. */
  differencesOf({ stdout }: Ended): readonly string[] {
    const { run } = JSON.parse(stdout) as { run: string };
    return differences(wholeRun(this.#references), contentOf(this.folder, run));
  }

  runOf({ stdout }: Ended): Json {
    return JSON.parse(stdout) as Json;
  }

  /**
   * Keys that it left on its server: others than those that say how it ended and those of machines that were
   * killed, or without a time to live.
   */
  async keysLeft(): Promise<readonly string[]> {
    if (this.#server === null) return [];
    const { redis } = this.#server;
    const keys = await keysLike(redis, '*');
    const left: string[] = [];
    for (const key of keys) {
      const isKept =
        key === this.keys.state || key === this.keys.standing || key.startsWith(this.keys.machine(''));
      if (!isKept || (await redis.ttl(key)) < 0) left.push(key);
    }
    return left;
  }

  /** Processes of this stage that are still there. */
  processesLeft(): readonly string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        const environment = textOf(`/proc/${pid}/environ`);
        return environment.includes(`LOGITFUZZ_SERIES=${this.#marker}`)
          ? [`${pid} ${textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').slice(0, 120)}`]
          : [];
      });
  }

  async clear(): Promise<void> {
    for (const { child } of this.#running) if (child.exitCode === null) child.kill('SIGKILL');
    await this.#server?.close();
    for (const valkey of this.#servers) await valkey.stop();
    for (const line of this.processesLeft()) tryKill(Number(line.split(' ', 1)[0]));
    this.#remove();
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended
  }
}

const whole = new Map<string, Json>();

/** What the campaign finds on one machine, without a queue. */
export function wholeRun(references = 'none'): Json {
  const known = whole.get(references);
  if (known !== undefined) return known;
  const folder = temporaryFolder();
  try {
    const args = [
      'fuzz',
      ...campaignWith(references),
      '--subject',
      subject,
      '--workers',
      '2',
      '--json',
      '--no-report',
    ];
    const { LOGITFUZZ_QUEUE: _, ...env } = process.env;
    const { stdout } = spawnSync(process.execPath, [mainPath, ...args], {
      cwd: folder.path,
      encoding: 'utf8',
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const content = contentOf(folder.path, (JSON.parse(stdout) as { run: string }).run);
    whole.set(references, content);
    return content;
  } finally {
    folder.remove();
  }
}
