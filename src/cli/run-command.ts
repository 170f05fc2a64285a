/**
 * Runs the built command as a process of its own, in a folder of its own, for the tests.
 * Not a part of the package's interface.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const mainPath: string = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'logitfuzz-test-'));
  return {
    path,
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

export function runCommand(
  args: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: NodeJS.ProcessEnv },
): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [mainPath, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', ...env },
    timeout: 110_000,
  });
  return { exitCode: status, stdout, stderr };
}
