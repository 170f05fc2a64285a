/** The example of a shader, on SwiftShader. The first try is wrong from the width that is told. */
// @module-tag processes
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCommand, temporaryFolder } from '../src/cli/run-command.ts';
import { needs } from '../src/connect/fixtures/needs.ts';
import { findSwiftShader } from '../src/connect/wgsl/webgpu.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const source = join(import.meta.dirname, 'wgsl-softmax');
const { isSkipped, reason } = needs('webgpu', 'chromium');

const gate = (name: string, runs: number) => {
  const subject = ['--subject', `${name}.wgsl`, '--manifest', 'shader.json'];
  const flags = ['--references', 'none', '--runs', String(runs), '--out', folder.path, '--no-report'];
  const { exitCode, stdout } = runCommand(['gate', '--strict', ...subject, ...flags, '--json'], {
    cwd: source,
    env: { GITHUB_ACTIONS: '', VK_ICD_FILENAMES: findSwiftShader() ?? '' },
  });
  const { verdicts, causes, findings } = JSON.parse(stdout) as {
    verdicts: { agree: number };
    causes: Readonly<Record<string, unknown>>[];
    findings: { case: string }[];
  };
  return { exitCode, agree: verdicts.agree, causes, cases: findings.map((finding) => finding.case) };
};

test.skipIf(isSkipped)(`the shader passes the strict gate${reason}`, () => {
  const { exitCode, agree, causes } = gate('softmax', 300);

  expect({ exitCode, causes }).toEqual({ exitCode: 0, causes: [] });
  expect(agree).toBeGreaterThan(250);
});

test.skipIf(isSkipped)(`the first try has no invocation for a 65th class${reason}`, () => {
  const { exitCode, causes, cases } = gate('first-try', 100);

  expect(exitCode).toBe(1);
  expect(causes).toMatchObject([
    { severity: 'wrong', boundary: 'wrong from width 65 on', stage: { name: 'tail' } },
  ]);
  expect(cases).toContainEqual(expect.stringMatching(/^softmax\/float32 \[65\] /));
});
