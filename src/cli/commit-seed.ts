/** A seed that the git commit gives: the same for everyone on that commit, another on the next. */
import { spawnSync } from 'node:child_process';
import { UsageError } from '../contract/failure.ts';

/**
 * The first 64 bits of HEAD's hash.
 * @throws UsageError where there is no git, no repository, or no commit.
 */
export function commitSeed(folder: string = process.cwd()): string {
  const { stdout, stderr, error } = spawnSync('git', ['rev-parse', '--verify', 'HEAD'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const hash = /^[0-9a-f]{40,64}$/.exec(stdout?.trim() ?? '')?.[0];
  if (hash !== undefined) return BigInt(`0x${hash.slice(0, 16)}`).toString();
  const why = error === undefined ? stderr.trim().split('\n')[0] : error.message;
  throw new UsageError(`--seed commit: git names no commit in ${folder}: ${why}`);
}
