/**
 * Each wrong kernel is blamed within 2,000 cases, for what its first line says, on a case that fits a screen.
 */
// @module-tag processes
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { runCommand, temporaryFolder } from '../../src/cli/run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const here = fileURLToPath(new URL('.', import.meta.url));

interface Mistake {
  readonly kernel: string;
  readonly symptom: string;
  /** Default 2,000. Where each finding takes processes of its own to be asked again, as few as show it. */
  readonly runs?: number;
}

/** Kernel → where it must be blamed, and for what at least once. */
const mistakes: Readonly<Record<string, Mistake>> = {
  'diagonal-jacobian': { kernel: 'softmax/backward', symptom: 'ulps' },
  'dropped-tail': { kernel: 'softmax/forward', symptom: 'ulps' },
  'gradient-of-the-maximum': { kernel: 'logSumExp/backward', symptom: 'ulps' },
  'log-of-softmax': { kernel: 'logSoftmax/forward', symptom: 'inf' },
  'masked-lane-zero': { kernel: 'logSoftmax/forward', symptom: 'nan' },
  'mean-over-positions': { kernel: 'crossEntropy/forward', symptom: 'ulps' },
  'nan-swallowed': { kernel: 'softmax/forward', symptom: 'nan' },
  'negative-axis-is-last': { kernel: 'logSoftmax/backward', symptom: 'ulps' },
  'no-max-shift': { kernel: 'softmax/forward', symptom: 'nan' },
  'remembers-the-last-call': { kernel: 'softmax/forward', symptom: 'not-repeatable', runs: 200 },
  'reshape-not-transpose': { kernel: 'softmax/forward', symptom: 'ulps' },
  'shifts-in-place': { kernel: 'logSumExp/forward', symptom: 'input-written' },
  'smoothing-not-in-gradient': { kernel: 'crossEntropy/backward', symptom: 'ulps' },
  'unnormalised-target-gradient': { kernel: 'crossEntropy/backward', symptom: 'ulps' },
};

/** What depends on how many calls came before cannot be shrunk: each try is a call. */
const unshrinkable = 'depends-on-earlier-calls';

interface FoundRecord {
  readonly operation: string;
  readonly direction: string;
  readonly symptom: string;
  readonly blame: string;
  readonly path: string;
}

const elementsOnAScreen = 32;

test('every wrong kernel of the folder is in the table', () => {
  const kernels = readdirSync(here)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'lane-map.ts')
    .map((name) => name.slice(0, -3));

  expect(kernels.sort()).toEqual(Object.keys(mistakes).sort());
});

test.each(Object.entries(mistakes))('%s is caught', (name, { kernel, symptom, runs = 2_000 }) => {
  const subject = join(here, `${name}.ts`);
  const args = [
    'fuzz',
    '--subject',
    subject,
    '--runs',
    String(runs),
    '--seed',
    '7',
    '--references',
    'none',
    '--json',
  ];

  const { exitCode, stdout } = runCommand(args, { cwd: folder.path });

  const findings = (JSON.parse(stdout) as { findings: FoundRecord[] }).findings;
  const symptoms = findings.map(
    (found) => `${found.operation}/${found.direction} ${found.symptom} of ${found.blame}`,
  );
  expect(symptoms).toContain(`${kernel} ${symptom} of subject`);
  expect(exitCode).toBe(1);
  const shrinkable = findings.filter((found) => found.symptom !== unshrinkable);
  const sizes = shrinkable.map(({ path }) => {
    const finding = JSON.parse(readFileSync(join(folder.path, path), 'utf8')) as {
      minimal: { logits: { shape: number[] } };
    };
    return finding.minimal.logits.shape.reduce((a, b) => a * b, 1);
  });
  expect(Math.max(...sizes)).toBeLessThanOrEqual(elementsOnAScreen);
});
