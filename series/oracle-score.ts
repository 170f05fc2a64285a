/**
 * Planted defects in the oracles' own code, one after the other in a copy of the tree, and whether the
 * oracles' tests catch each. `npm run series:oracle-score -- [text that the file's name holds]`
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { oracleMutations, type OracleMutation } from './oracle-mutations.ts';
import { isMain, repository, temporaryFolder } from './run.ts';

/** All else of the tree is copied: what the tests' configuration imports, too. */
const left = ['.git', 'node_modules', 'dist', 'reports'];
/** The quick ones first: the others are asked of what these let pass. */
const stages = [
  [
    'src/oracles/golden',
    'src/oracles/half',
    'src/oracles/judge',
    'src/oracles/overflow',
    'src/oracles/underflow',
    'src/oracles/tolerance',
    'src/oracles/exact',
    'src/oracles/conduct',
    'src/oracles/differential',
    'src/oracles/violations',
    'src/float',
  ],
  ['src/oracles/gradient', 'properties'],
];

/** A defect that makes a test run for ever is caught, too. */
const timeoutMs = 600_000;

/** The text with the defect. @throws where `from` does not stand in it exactly once. */
export function planted(source: string, { file, from, to }: OracleMutation): string {
  const places = source.split(from).length - 1;
  if (places !== 1) throw new Error(`${JSON.stringify(from)} stands ${places} times in ${file}`);
  return source.replace(from, () => to);
}

function score(chosen: readonly OracleMutation[]): number {
  const folder = temporaryFolder();
  try {
    for (const name of readdirSync(repository).filter((entry) => !left.includes(entry)))
      cpSync(join(repository, name), join(folder.path, name), { recursive: true });
    mkdirSync(join(folder.path, 'dist'));
    symlinkSync(join(repository, 'node_modules'), join(folder.path, 'node_modules'));
    if (!passes(folder.path, 'inherit')) throw new Error('the tests fail with no defect planted');
    let survivors = 0;
    for (const mutation of chosen) {
      const path = join(folder.path, mutation.file);
      const source = readFileSync(path, 'utf8');
      writeFileSync(path, planted(source, mutation));
      const isKilled = !passes(folder.path);
      writeFileSync(path, source);
      if (!isKilled) survivors++;
      console.log(
        `${isKilled ? 'killed  ' : 'survived'} ${mutation.file}: ${mutation.from} → ${mutation.to}`,
      );
    }
    console.log(`${chosen.length - survivors} of ${chosen.length} killed`);
    return survivors;
  } finally {
    folder.remove();
  }
}

function passes(cwd: string, stdio: 'ignore' | 'inherit' = 'ignore'): boolean {
  const vitest = join(repository, 'node_modules/vitest/vitest.mjs');
  return stages.every((tests) => {
    const args = [vitest, 'run', ...tests, '--bail', '1', '--maxWorkers', '1'];
    const { status } = spawnSync(process.execPath, args, { cwd, stdio, timeout: timeoutMs });
    return status === 0;
  });
}

if (isMain(import.meta.url)) {
  const named = process.argv[2] ?? '';
  const survivors = score(oracleMutations.filter(({ file }) => file.includes(named)));
  if (survivors > 0) process.exitCode = 1;
}
