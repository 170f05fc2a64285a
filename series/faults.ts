/**
 * A campaign whose k-th file operation fails, for every k and each of four errors, in the reports as in the
 * journals: it ends with a sentence and an exit code, tears no file, and resumed it ends with every finding.
 * `npm run series:faults -- 1` (every k; 10: every tenth)
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMain, mainPath, repository, temporaryFolder } from './run.ts';

const codes = ['EIO', 'ENOSPC', 'EACCES', 'EMFILE'] as const;
const subject = join(repository, 'src/cli/fixtures/thousandth-off.mjs');
const plan = [
  '--runs',
  '24',
  '--seed',
  '9',
  '--references',
  'none',
  '--operations',
  'softmax',
  '--subject',
  subject,
];

export interface FaultReport {
  /** File operations of a campaign in which none fails. */
  readonly operations: number;
  readonly faults: number;
  /** How often each exit code was seen. */
  readonly exitCodes: Readonly<Record<string, number>>;
  /** Faults without a sentence on stderr, or with a stack trace. */
  readonly speechless: readonly string[];
  readonly torn: readonly string[];
  /** Findings on disk before, and not in the resumed campaign. */
  readonly lost: readonly string[];
  /** Resumed campaigns that did not end as the undisturbed one. */
  readonly different: readonly string[];
}

export function failEverywhere(step: number, chosen: readonly string[] = codes): FaultReport {
  const folder = temporaryFolder();
  try {
    const whole = campaign(folder.path, { at: 0, code: 'EIO' });
    const operations = Number(readFileSync(join(folder.path, 'count'), 'utf8').trim());
    const expected = essenceOf(whole.stdout);
    const report = {
      exitCodes: {} as Record<string, number>,
      speechless: [],
      torn: [],
      lost: [],
      different: [],
    };
    let faults = 0;
    for (const code of chosen) {
      for (let at = 1 + (faults % step); at <= operations; at += step) {
        faults++;
        examine(folder.path, { at, code }, expected, report);
      }
    }
    return { operations, faults, ...report };
  } finally {
    folder.remove();
  }
}

interface Fault {
  readonly at: number;
  readonly code: string;
}

function campaign(cwd: string, fault: Fault): { status: number | null; stdout: string; stderr: string } {
  for (const folder of ['reports', 'tmp']) rmSync(join(cwd, folder), { recursive: true, force: true });
  mkdirSync(join(cwd, 'tmp'));
  const preload = pathToFileURL(join(repository, 'dist/series/fail-at.js')).href;
  const setting = { root: cwd, countPath: join(cwd, 'count'), ...fault };
  return spawnSync(process.execPath, ['--import', preload, mainPath, 'fuzz', ...plan, '--json'], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, LOGITFUZZ_FAULT: JSON.stringify(setting), TMPDIR: join(cwd, 'tmp') },
  });
}

interface Failures {
  readonly exitCodes: Record<string, number>;
  readonly speechless: string[];
  readonly torn: string[];
  readonly lost: string[];
  readonly different: string[];
}

function examine(cwd: string, fault: Fault, expected: string, failures: Failures): void {
  const name = `${fault.code} at operation ${fault.at}`;
  const { status, stdout, stderr } = campaign(cwd, fault);
  failures.exitCodes[String(status)] = (failures.exitCodes[String(status)] ?? 0) + 1;
  const isAsIfNothing = status === 1 && isJson(stdout) && essenceOf(stdout) === expected;
  if (!isAsIfNothing && !isError(stdout))
    failures.speechless.push(`${name}: exit ${status}: ${stdout}${stderr}`.slice(0, 400));
  const files = filesUnder(join(cwd, 'reports'));
  failures.torn.push(
    ...files
      .filter((path) => path.endsWith('.json') && !isJson(readFileSync(path, 'utf8')))
      .map((path) => `${name}: ${path}`),
  );
  const plans = files.filter((path) => path.endsWith('/plan.json'));
  if (isAsIfNothing || plans.length === 0 || files.some((path) => path.endsWith('/run.json'))) return;
  const found = files
    .filter((path) => path.endsWith('/finding.json'))
    .map((path) => (JSON.parse(readFileSync(path, 'utf8')) as { signature: string }).signature);
  const resumed = spawnSync(process.execPath, [mainPath, 'fuzz', '--resume', plans[0]!, '--json'], {
    cwd,
    encoding: 'utf8',
  });
  if (!isJson(resumed.stdout) || essenceOf(resumed.stdout) !== expected) {
    failures.different.push(`${name}: ${resumed.stdout}${resumed.stderr}`.slice(0, 400));
    return;
  }
  const after = new Set((JSON.parse(resumed.stdout) as Summary).findings.map(({ signature }) => signature));
  failures.lost.push(
    ...found.filter((signature) => !after.has(signature)).map((signature) => `${name}: ${signature}`),
  );
}

interface Summary {
  readonly cases: number;
  readonly findings: readonly { readonly signature: string; readonly count: number }[];
}

function essenceOf(json: string): string {
  const { cases, findings } = JSON.parse(json) as Summary;
  return JSON.stringify([cases, findings?.map(({ signature, count }) => [signature, count])]);
}

/** The one JSON document of a command that failed, with a sentence. */
function isError(stdout: string): boolean {
  if (!isJson(stdout)) return false;
  const { error, exitCode } = JSON.parse(stdout) as { error?: { message: string }; exitCode: number };
  return error !== undefined && error.message.length > 10 && (exitCode === 2 || exitCode === 3);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

if (isMain(import.meta.url)) console.log(failEverywhere(Number(process.argv[2] ?? 1)));
