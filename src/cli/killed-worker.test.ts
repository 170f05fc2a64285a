/** A worker that somebody kills: its share is done again, and the run ends as one that nobody disturbed. */
// @module-tag processes
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { mainPath, temporaryFolder } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const subject = fileURLToPath(new URL('fixtures/thousandth-off.mjs', import.meta.url));
const plan = [
  '--runs',
  '8000',
  '--seed',
  '9',
  '--references',
  'none',
  '--operations',
  'softmax',
  '--shrink-evaluations',
  '100',
];

/** Kills a worker with `kill -9` as often as `kills` says, each as soon as a new one is at work. */
async function campaign(kills: number): Promise<{ stdout: string; stderr: string }> {
  const args = [mainPath, 'fuzz', ...plan, '--subject', subject, '--json'];
  const child = spawn(process.execPath, args, { cwd: folder.path });
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => (texts[stream] += text));
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const killed = new Set<number>();
  const clock = setInterval(() => {
    const victim = workersOf(child.pid!).find((pid) => !killed.has(pid) && secondsOfWork(pid) > 0.9);
    if (victim === undefined || killed.size >= kills) return;
    killed.add(victim);
    process.kill(victim, 'SIGKILL');
  }, 100);
  await ended;
  clearInterval(clock);
  expect(killed.size).toBe(kills);
  return texts;
}

function workersOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** Seconds of the processor in user mode: loading takes about half a second. */
function secondsOfWork(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return Number(fields[11]) / 100;
}

function essenceOf(json: string): unknown {
  const { exitCode, cases, verdicts, findings } = JSON.parse(json) as Record<string, unknown> & {
    readonly findings: Record<string, unknown>[];
  };
  const told = findings.map(({ path: _1, replay: _2, ...finding }) => finding);
  return { exitCode, cases, verdicts, findings: told };
}

test.runIf(process.platform === 'linux')('kill -9 of a worker changes nothing, and is told of', async () => {
  const undisturbed = await campaign(0);

  const disturbed = await campaign(1);

  expect(essenceOf(disturbed.stdout)).toEqual(essenceOf(undisturbed.stdout));
  expect(disturbed.stderr.match(/a worker died .* is done again: .* was killed by SIGKILL/g)).toHaveLength(1);
});
