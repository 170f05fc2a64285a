/**
 * Campaigns of hostile subjects: every one ends with a finding or a sentence, in time, and never with a stack
 * trace. `npm run series:hostile -- 1` (every module; `10 3`: every tenth, from the third on)
 */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostileModules, type HostileModule } from './misdeeds.ts';
import { isMain, mainPath, temporaryFolder } from './run.ts';

export interface HostileReport {
  readonly modules: number;
  /** How often each exit code was seen. */
  readonly exitCodes: Readonly<Record<string, number>>;
  /** Ended with a stack trace, without a sentence, with an exit code that is not due, or not at all. */
  readonly untold: readonly string[];
}

const plan = ['--runs', '12', '--seed', '5', '--references', 'none', '--kernels', 'softmax', '--json'];
const limits = ['--workers', '1', '--case-timeout', '2s', '--rss-limit-mb', '1000'];
const timeoutMs = 90_000;

/** `onEach` is told how each ended. */
export function judgeHostile(
  chosen: readonly HostileModule[],
  onEach?: (line: string) => void,
): HostileReport {
  const folder = temporaryFolder();
  const exitCodes: Record<string, number> = {};
  const untold: string[] = [];
  try {
    for (const hostile of chosen) {
      const began = performance.now();
      const { status, stdout, stderr } = campaign(folder.path, hostile);
      exitCodes[String(status)] = (exitCodes[String(status)] ?? 0) + 1;
      const why = whyUntold(hostile, { status, stdout, stderr });
      if (why !== null) untold.push(`${hostile.name}: ${why}`);
      onEach?.(
        `${status} ${((performance.now() - began) / 1000).toFixed(1)} s ${hostile.name}${why === null ? '' : `: ${why}`}`,
      );
    }
    return { modules: chosen.length, exitCodes, untold };
  } finally {
    folder.remove();
  }
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function campaign(cwd: string, { source }: HostileModule): Ended {
  rmSync(join(cwd, 'reports'), { recursive: true, force: true });
  writeFileSync(join(cwd, 'hostile.mjs'), source);
  const args = [mainPath, 'fuzz', '--subject', './hostile.mjs', ...plan, ...limits];
  return spawnSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: timeoutMs });
}

interface Document {
  readonly error?: { readonly message: string };
  readonly findings?: readonly { readonly sentence: string }[];
}

/** Null where it is told as it should be. */
function whyUntold({ exits }: HostileModule, { status, stdout, stderr }: Ended): string | null {
  if (status === null) return 'it did not end';
  if (!exits.includes(status)) return `exit ${status}: ${tail(stdout + stderr)}`;
  if (/^ +at .*:\d+:\d+\)?$/m.test(stderr)) return `a stack trace: ${tail(stderr)}`;
  if (stdout.length + stderr.length > 2 ** 20) return 'it told a megabyte';
  const document = parsed(stdout);
  if (document === null) return `no JSON document: ${tail(stdout + stderr)}`;
  const sentences =
    document.error === undefined
      ? document.findings!.map(({ sentence }) => sentence)
      : [document.error.message];
  if (status === 0) return null;
  return sentences.some((sentence) => sentence.length > 10) ? null : 'no sentence';
}

function parsed(text: string): Document | null {
  try {
    return JSON.parse(text) as Document;
  } catch {
    return null;
  }
}

function tail(text: string): string {
  return text.trim().slice(-300).replaceAll('\n', ' ');
}

if (isMain(import.meta.url)) {
  const [step, from] = [Number(process.argv[2] ?? 1), Number(process.argv[3] ?? 0)];
  const chosen = hostileModules.filter((_, i) => i >= from && (i - from) % step === 0);
  const report = judgeHostile(chosen, (line) => console.error(line));
  console.log(report);
  process.exitCode = report.untold.length === 0 ? 0 : 1;
}
