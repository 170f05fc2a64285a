/**
 * What the long series share: the built command, a folder of
 * one's own, and whether a script is the one that was started.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const mainPath: string = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../dist/src/cli/main.js' : '../src/cli/main.js',
    import.meta.url,
  ),
);

/** The repository, whether this runs from source or from dist/. */
export const repository: string = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '..' : '../..', import.meta.url),
);

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'logitfuzz-series-'));
  return {
    path,
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

/**
 * Makes another text of docs/`name`, and writes it once it is formatted: whatever ends this process before
 * that, the old one is still there.
 * @throws where the text cannot be formatted.
 */
export function rewriteDocument(name: string, textOf: (before: string) => string): void {
  const path = join(repository, 'docs', name);
  const { status, stdout, stderr } = spawnSync('npx', ['prettier', '--stdin-filepath', path], {
    cwd: repository,
    encoding: 'utf8',
    input: textOf(readFileSync(path, 'utf8')),
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`docs/${name} could not be formatted: ${stderr}`);
  writeFileSync(path, stdout);
}

export function isMain(url: string): boolean {
  return process.argv[1] !== undefined && fileURLToPath(url) === process.argv[1];
}
