/** `fuzz --exhaustive`, end to end: all small lanes of halves, and nothing else. */
// @module-tag processes
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { checkExhaustive, exhaustiveSettings } from './exhaustive-options.ts';
import type { CampaignArguments } from './campaign-options.ts';
import { runCommand, temporaryFolder } from './run-command.ts';
import { settle } from './settings.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const oneLane = fileURLToPath(new URL('fixtures/one-lane.mjs', import.meta.url));
const lanes = 'all lanes [x], [0, g], [g, 0]';

interface Summary {
  readonly exitCode: number;
  readonly cases: number;
  readonly run: string;
  readonly exhaustive?: string;
  readonly seed: string;
  readonly stoppedBy: string;
  readonly findings: readonly { readonly path: string; readonly index: number; readonly replay: string }[];
}

function fuzz(...args: string[]): Summary {
  const { stdout } = runCommand(['fuzz', '--json', '--exhaustive', ...args], { cwd: folder.path });
  return JSON.parse(stdout) as Summary;
}

test('one wrong lane of a half is found, shrunk to itself, replayed, and told with what was judged', () => {
  const one = fuzz(oneLane, '--formats', 'bfloat16', '--workers', '2');

  expect(one).toMatchObject({
    exitCode: 1,
    exhaustive: lanes,
    seed: '0',
    stoppedBy: 'runs',
  });
  expect(one.cases).toBe((3 * 65_536) / 4_096);
  expect(one.findings).toHaveLength(1);
  const [found] = one.findings;
  const finding = JSON.parse(readFileSync(join(folder.path, found!.path), 'utf8')) as {
    readonly original: { readonly logits: { readonly shape: readonly number[] } };
    readonly minimal: { readonly logits: { readonly shape: readonly number[] } };
  };
  expect(finding.original.logits.shape).toEqual([4_096, 2]);
  expect(finding.minimal.logits.shape).toEqual([2]);
  const replayed = runCommand(['replay', found!.path, '--subject', oneLane], { cwd: folder.path });
  expect(replayed.exitCode).toBe(1);
  expect(found!.replay).not.toContain('--index');
});

test('what is right everywhere is OK, and its report, comparison and merge say what was judged', () => {
  const kernels = ['--kernels', 'softmax', '--formats', 'float16'];
  const { run, exitCode } = fuzz(...kernels);
  const again = fuzz(...kernels);

  expect(exitCode).toBe(0);
  const { stdout } = runCommand(['report', run], { cwd: folder.path });
  expect(stdout).toContain('report');
  expect(readFileSync(join(folder.path, run, 'report.md'), 'utf8')).toContain(`${lanes}; softmax; float16`);
  expect(JSON.parse(readFileSync(join(folder.path, run, 'report.json'), 'utf8'))).toMatchObject({
    exhaustive: lanes,
  });
  expect(runCommand(['compare', run, again.run], { cwd: folder.path }).exitCode).toBe(0);
  const merged = runCommand(['merge', run, '--json'], { cwd: folder.path });
  expect(JSON.parse(merged.stdout)).toMatchObject({ exhaustive: lanes, cases: 48 });
});

describe('what would be void is refused', () => {
  const refusal = (args: object): string => {
    try {
      checkExhaustive(args as CampaignArguments);
    } catch (error) {
      return (error as Error).message;
    }
    return '';
  };

  test.each([
    [{ runs: '9' }, '--runs'],
    [{ time: '9s' }, '--time'],
    [{ seed: '9' }, '--seed'],
    [{ shard: '1/2' }, '--shard'],
    [{ maximize: 'error' }, '--maximize'],
    [{ queue: 'redis://here' }, '--queue'],
    [{ maxElements: '9' }, '--max-elements'],
    [{ runs: '9', seed: '9' }, '--runs, --seed'],
  ])('%j', (args, flags) => {
    expect(refusal(args)).toBe(
      `--exhaustive judges ${lanes}, once, so ${flags} can have no effect: leave it out`,
    );
  });

  test('a format that is no half, beside one that is', () => {
    expect(refusal({ formats: 'float16, float32' })).toBe(
      '--exhaustive asks every pattern of 16 bits: --formats may name float16 and bfloat16, not float32',
    );
    expect(refusal({ formats: 'bfloat16' })).toBe('');
  });

  test('by the command, before anything is loaded', () => {
    const { exitCode, stderr } = runCommand(['fuzz', '--exhaustive', '--runs', '9'], { cwd: folder.path });

    expect(exitCode).toBe(2);
    expect(stderr).toContain('--runs can have no effect');
  });
});

test('what a file says of bounds, seeds and formats is void, and --print-config says by what', () => {
  const file = {
    path: 'logitfuzz.config.ts',
    config: { runs: 9, seed: '7', formats: ['float32', 'float16'] },
  };
  const settled = settle('fuzz', { flags: {}, environment: {}, file: file as never });

  const { runs, time, seed, formats } = exhaustiveSettings(settled);

  const by = { from: 'flag', at: '--exhaustive' };
  expect([runs, time, seed]).toEqual([
    { value: null, ...by },
    { value: null, ...by },
    { value: '0', ...by },
  ]);
  expect(formats).toEqual({ value: ['float16'], ...by });
});

test('a subject that takes no lane of two is told so', () => {
  const { exitCode, stderr } = runCommand(
    ['fuzz', '--exhaustive', fileURLToPath(new URL('fixtures/one-element.mjs', import.meta.url))],
    { cwd: folder.path },
  );

  expect(exitCode).toBe(2);
  expect(stderr).toContain('up to 1 elements: --exhaustive asks lanes of two');
});
