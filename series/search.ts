/**
 * The search for the worst case against plain sampling, at equal cases: largest error ÷ tolerance of each
 * kernel. `npm run series:search -- 50000 [subject…]`; default subjects: the from-scratch kernels and a naive
 * sequential one.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, mainPath, repository, temporaryFolder } from './run.ts';

export interface SearchRow {
  readonly subject: string;
  readonly kernel: string;
  readonly plain: number;
  readonly climbed: number;
}

interface Run {
  readonly worstCases: Readonly<Record<string, { readonly ratio: number }>>;
}

/** Same seed, same number of cases, no references, float32. */
export function compareSearch(cases: number, subject: string): readonly SearchRow[] {
  const folder = temporaryFolder();
  const worst = (...more: readonly string[]): Run['worstCases'] => {
    const module = subject === 'from-scratch' ? [] : ['--subject', subject];
    const args = ['fuzz', '--json', '--seed', '7', '--runs', String(cases), '--formats', 'float32'];
    const { stdout } = spawnSync(
      process.execPath,
      [mainPath, ...args, ...module, '--references', 'none', ...more],
      { cwd: folder.path, encoding: 'utf8' },
    );
    const { run } = JSON.parse(stdout) as { readonly run: string };
    return (JSON.parse(readFileSync(join(folder.path, run, 'run.json'), 'utf8')) as Run).worstCases;
  };
  try {
    const [plain, climbed] = [worst(), worst('--maximize', 'error')];
    return Object.keys(plain)
      .sort()
      .map((kernel) => ({
        subject,
        kernel,
        plain: plain[kernel]!.ratio,
        climbed: climbed[kernel]?.ratio ?? 0,
      }));
  } finally {
    folder.remove();
  }
}

if (isMain(import.meta.url)) {
  const [cases = '50000', ...named] = process.argv.slice(2);
  const subjects =
    named.length > 0
      ? named
      : ['from-scratch', join(repository, 'examples/sound-kernels/naive-sequential.ts')];
  for (const subject of subjects) {
    for (const { kernel, plain, climbed } of compareSearch(Number(cases), subject))
      console.log(
        `${subject.split('/').at(-1)!.padEnd(22)}${kernel.padEnd(30)}${plain.toFixed(3).padStart(8)}${climbed.toFixed(3).padStart(8)}${(climbed / plain).toFixed(2).padStart(8)} ×`,
      );
  }
}
