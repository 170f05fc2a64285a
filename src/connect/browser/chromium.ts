/**
 * A headless Chromium of one's own: found, started in a process group of its own, and ended with all that it
 * has started. It also ends by itself when whoever started it is gone, since its pipes are closed then.
 * Knows nothing of what its pages are asked.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { hasProcessGroups, killGroup } from '../process-group.ts';
import { openDevtools, type BrowserEvent, type Devtools } from './devtools.ts';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** What a user does about a browser that is not there, in words that follow a semicolon or a colon. */
export const chromiumRemedy = 'apt-get install chromium gets it, and LOGITFUZZ_CHROMIUM names another one';

/** Where Chromium is; null where it is not. What LOGITFUZZ_CHROMIUM names is the only place then. */
export function findChromium(): string | null {
  const named = process.env['LOGITFUZZ_CHROMIUM'] ?? '';
  return (named === '' ? places : [named]).find((path) => existsSync(path)) ?? null;
}

/** Everything computes in software, the same on each machine, and nothing goes to the network by itself. */
const flags = [
  'headless',
  'remote-debugging-pipe',
  'no-sandbox',
  'enable-unsafe-webgpu',
  'use-webgpu-adapter=swiftshader',
  'enable-unsafe-swiftshader',
  'no-first-run',
  'no-default-browser-check',
  'mute-audio',
  'disable-quic',
  'disable-sync',
  'disable-breakpad',
  'disable-extensions',
  'disable-default-apps',
  'disable-dev-shm-usage',
  'disable-component-update',
  'disable-background-networking',
  'disable-renderer-backgrounding',
  'disable-background-timer-throttling',
  'disable-backgrounding-occluded-windows',
  'disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider',
  'metrics-recording-only',
  'password-store=basic',
  'use-mock-keychain',
];

export interface Chromium {
  readonly devtools: Devtools;
  /** Leads the group of all processes of the browser. */
  readonly pid: number;
  /** What it last wrote to its standard error. */
  lastWords(): string;
  /** Ends it and all that it has started, at once. */
  kill(): void;
}

interface StartOptions {
  readonly onEvent: (event: BrowserEvent) => void;
  readonly onExit: () => void;
  /** What the heap of a page may take. */
  readonly heapLimitMb: number;
}

const lastWordsMax = 2000;

/** @throws Error where the executable cannot be started. */
export async function startChromium(
  executable: string,
  { onEvent, onExit, heapLimitMb }: StartOptions,
): Promise<Chromium> {
  const profile = createProfile();
  const own = [`user-data-dir=${profile}`, `js-flags=--max-old-space-size=${heapLimitMb}`];
  const child = spawn(executable, [...[...flags, ...own].map((flag) => `--${flag}`), 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    detached: hasProcessGroups,
  });
  let text = '';
  child.stderr!.on('data', (bytes: Buffer) => (text = (text + bytes.toString()).slice(-lastWordsMax)));
  const [, , , to, from] = child.stdio as unknown as [null, null, Readable, Writable, Readable];
  const devtools = openDevtools({ to, from }, onEvent);
  child.once('exit', () => {
    onExit();
    removeProfile(profile);
  });
  await started(child);
  const pid = child.pid!;
  return { devtools, pid, lastWords: () => text.trim(), kill: () => killGroup(pid) };
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
}

/** The folder of a browser's profile, which has the number of the process that it belongs to in its name. */
const profilePrefix = 'logitfuzz-chromium-';

/** Makes one, and removes those of processes that are gone: who is killed can remove nothing. */
function createProfile(): string {
  for (const name of readdirSync(tmpdir())) {
    const [, owner] = /^logitfuzz-chromium-(\d+)-/.exec(name) ?? [];
    if (owner !== undefined && !isThere(Number(owner))) removeProfile(join(tmpdir(), name));
  }
  return mkdtempSync(join(tmpdir(), `${profilePrefix}${process.pid}-`));
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Processes that are just ending may still write there: what stays is removed another time. */
function removeProfile(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 50 });
  } catch {
    // somebody else's, or not yet empty
  }
}
