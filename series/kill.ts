/**
 * Campaigns killed by `kill -9` at random moments and resumed: no torn file, no lost finding, no process left
 * behind, and the same findings as a campaign that nobody killed. `npm run series:kill -- 50`
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, mainPath, repository, temporaryFolder } from './run.ts';

export interface KillReport {
  readonly times: number;
  /** Killed before they came to their end. */
  readonly killed: number;
  /** Files under the reports root that are no whole JSON after a kill. */
  readonly tornFiles: number;
  /** Findings on disk when a campaign was killed that the resumed one does not end with. */
  readonly lostFindings: number;
  /** Campaigns that ended with other findings or counts than the one that nobody killed. */
  readonly different: number;
  /** Processes still there a second after their parent was killed. */
  readonly orphans: number;
  /** Half-written files that a resumed campaign left lying. */
  readonly leftovers: number;
}

const subject = join(repository, 'src/cli/fixtures/thousandth-off.mjs');
const plan = [
  '--runs',
  '30000',
  '--seed',
  '9',
  '--references',
  'none',
  '--operations',
  'softmax',
  '--workers',
  '2',
];

export async function killCampaigns(times: number, random: () => number = Math.random): Promise<KillReport> {
  const folder = temporaryFolder();
  try {
    const start = performance.now();
    const whole = await finished(
      launch(folder.path, ['fuzz', ...plan, '--subject', subject, '--json', '--out', 'whole']),
    );
    const wholeMs = performance.now() - start;
    const expected = essenceOf(whole);
    const counts = { killed: 0, tornFiles: 0, lostFindings: 0, different: 0, orphans: 0, leftovers: 0 };
    for (let n = 0; n < times; n++)
      await killOne(folder.path, `out-${n}`, random() * wholeMs, expected, counts);
    return { times, ...counts };
  } finally {
    folder.remove();
  }
}

type Counts = { -readonly [K in keyof Omit<KillReport, 'times'>]: number };

async function killOne(
  cwd: string,
  out: string,
  afterMs: number,
  expected: string,
  counts: Counts,
): Promise<void> {
  const child = launch(cwd, ['fuzz', ...plan, '--subject', subject, '--json', '--out', out]);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const workers = childrenOf(child.pid!);
  const isKilled = child.exitCode === null;
  child.kill('SIGKILL');
  await gone(child);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  counts.orphans += workers.filter(isAlive).length;
  const root = join(cwd, out);
  const files = existsSync(root) ? filesUnder(root) : [];
  counts.tornFiles += files.filter((path) => path.endsWith('.json') && !isWhole(path)).length;
  const [run] = existsSync(join(root, 'runs')) ? readdirSync(join(root, 'runs')) : [];
  if (!isKilled) return;
  counts.killed++;
  // killed before it had a plan
  if (run === undefined || !existsSync(join(root, 'runs', run, 'plan.json'))) return;
  if (existsSync(join(root, 'runs', run, 'run.json'))) return; // between its last file and its exit
  const found = signaturesUnder(join(root, 'runs', run));
  const resumed = await finished(launch(cwd, ['fuzz', '--resume', join(out, 'runs', run), '--json']));
  const signatures = new Set(findingsOf(resumed).map(({ signature }) => signature));
  counts.lostFindings += found.filter((signature) => !signatures.has(signature)).length;
  if (essenceOf(resumed) !== expected) counts.different++;
  counts.leftovers += filesUnder(root).filter((path) => /\.\d+$/.test(path)).length;
}

function launch(cwd: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [mainPath, ...args], { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
}

function finished(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return new Promise((resolve) => child.on('close', () => resolve(text)));
}

function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.on('exit', () => resolve()));
}

interface Summary {
  readonly cases: number;
  readonly verdicts: unknown;
  readonly findings: readonly { readonly signature: string; readonly count: number; readonly case: string }[];
}

function findingsOf(json: string): Summary['findings'] {
  return (JSON.parse(json) as Summary).findings;
}

/** What must not depend on having been killed. */
function essenceOf(json: string): string {
  const { cases, verdicts, findings } = JSON.parse(json) as Summary;
  return JSON.stringify([
    cases,
    verdicts,
    findings.map(({ signature, count, case: c }) => [signature, count, c]),
  ]);
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return text === '' ? [] : text.split(' ').map(Number);
  } catch {
    return [];
  }
}

/** A zombie has ended: nobody has asked for its exit code yet. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function isWhole(path: string): boolean {
  try {
    JSON.parse(readFileSync(path, 'utf8'));
    return true;
  } catch {
    return false;
  }
}

function signaturesUnder(run: string): string[] {
  return filesUnder(run)
    .filter((path) => path.endsWith('/finding.json'))
    .map((path) => (JSON.parse(readFileSync(path, 'utf8')) as { signature: string }).signature);
}

if (isMain(import.meta.url)) console.log(await killCampaigns(Number(process.argv[2] ?? 50)));
