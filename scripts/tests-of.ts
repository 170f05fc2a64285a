/** Which tests `npm run dev` runs for a file that changed. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The in-process tests that import it, however far, and of those that start processes the ones in its folder:
 * nearly every source is part of every process. Paths are relative to the working directory.
 */
export function testsOf(
  changed: string,
  {
    folders,
    withProcesses,
  }: { readonly folders: readonly string[]; readonly withProcesses: readonly string[] },
): string[] {
  const importers = importersIn(folders);
  const reached = new Set([changed]);
  for (const path of reached) for (const importer of importers.get(path) ?? []) reached.add(importer);
  const tests = [...reached].filter((path) => path.endsWith('.test.ts') && !withProcesses.includes(path));
  const beside = withProcesses.filter((path) => dirname(path) === dirname(changed));
  return changed.endsWith('.test.ts') ? [changed] : [...tests, ...beside];
}

function importersIn(folders: readonly string[]): Map<string, string[]> {
  const importers = new Map<string, string[]>();
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  for (const file of files.filter((name) => /\.tsx?$/.test(name)))
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/'(\.[^']+\.tsx?)'/g)) {
      const imported = join(dirname(file), specifier!);
      importers.set(imported, [...(importers.get(imported) ?? []), file]);
    }
  return importers;
}
