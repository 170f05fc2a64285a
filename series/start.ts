/**
 * How long a command takes to begin: `--help`, `--version`, and `fuzz` until the subject is called for the
 * first time in its worker, beside Node alone, in runs that alternate.
 * `npm run series:start -- 20`, and with other clones to compare with `-- 20 ../another`
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { treeCpuSeconds } from '../src/bench/cpu-time.ts';
import { watchLoad } from '../src/bench/machine.ts';
import { isMain, repository, temporaryFolder } from './run.ts';

interface Row {
  readonly name: string;
  readonly args: readonly string[];
}

/**
 * Milliseconds: medians of all runs, but for the CPU time of a command, which is their mean, since Linux
 * counts it in hundredths of a second.
 */
export interface StartFigures {
  readonly name: string;
  readonly wallMs: number;
  /** User and system, children included that it has waited for. */
  readonly cpuMs: number;
  /** From the start of the command to the first call of the subject; and of that, the CPU of the worker. */
  readonly firstCase?: { readonly wallMs: number; readonly workerCpuMs: number };
}

/**
 * Preloaded: notes when a worker says in its journal that it judges, which is right before the first call.
 * In words that every version understands, since another clone may be an old one.
 */
const preload = `
const fs = require('node:fs');
const { writeSync, appendFileSync } = fs;
let isDue = process.argv[1]?.endsWith('worker.js') === true;
fs.writeSync = (descriptor, bytes, ...rest) => {
  if (isDue && bytes.BYTES_PER_ELEMENT === 8 && bytes.length === 5 && bytes[2] === 2) {
    isDue = false;
    const { user, system } = process.cpuUsage();
    appendFileSync(process.env.LOGITFUZZ_START, performance.timeOrigin + performance.now() + ' ' + (user + system) / 1000);
  }
  return writeSync(descriptor, bytes, ...rest);
};`;

export function measureStart(runs: number, clones: readonly string[]): readonly StartFigures[] {
  const folder = temporaryFolder();
  try {
    writeFileSync(join(folder.path, 'preload.cjs'), preload);
    writeFileSync(join(folder.path, 'empty.mjs'), '');
    const rows = [
      { name: 'node -e 0', args: ['-e', '0'] },
      { name: 'node, an empty module', args: ['empty.mjs'] },
      ...clones.flatMap(rowsOf),
    ];
    const measured = rows.map(() => [] as Measured[]);
    for (let run = 0; run < runs; run++)
      for (const [i, row] of rows.entries()) measured[i]!.push(measure(row, folder.path));
    return rows.map(({ name }, i) => figuresOf(name, measured[i]!));
  } finally {
    folder.remove();
  }
}

function rowsOf(clone: string): readonly Row[] {
  const main = join(resolve(clone), 'dist/src/cli/main.js');
  const fuzz = ['fuzz', '--references', 'none', '--runs', '1', '--seed', '1'];
  return [['--version'], ['--help'], ['fuzz', '--help'], fuzz].map((args) => ({
    name: `${clone} ${args.join(' ')}`,
    args: [main, ...args],
  }));
}

interface Measured {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly first: { readonly wallMs: number; readonly workerCpuMs: number } | null;
}

function measure({ args }: Row, cwd: string): Measured {
  const noted = join(cwd, 'noted.txt');
  rmSync(noted, { force: true });
  const preloads = args.includes('--runs') ? { NODE_OPTIONS: `--require=${join(cwd, 'preload.cjs')}` } : {};
  const env = { ...process.env, ...preloads, LOGITFUZZ_START: noted };
  const [cpu, start] = [treeCpuSeconds(), performance.now()];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8' });
  const wallMs = performance.now() - start;
  if (status !== 0) throw new Error(`node ${args.join(' ')} ends with ${status}: ${stderr}`);
  const cpuMs = 1000 * (treeCpuSeconds() - cpu);
  if (!existsSync(noted)) return { wallMs, cpuMs, first: null };
  const [at, workerCpuMs] = readFileSync(noted, 'utf8').split(' ').map(Number) as [number, number];
  return { wallMs, cpuMs, first: { wallMs: at - performance.timeOrigin - start, workerCpuMs } };
}

function figuresOf(name: string, measured: readonly Measured[]): StartFigures {
  const firsts = measured.flatMap(({ first }) => (first === null ? [] : [first]));
  const cpuMs = measured.reduce((sum, one) => sum + one.cpuMs, 0) / measured.length;
  const figures = { name, wallMs: medianOf(measured.map(({ wallMs }) => wallMs)), cpuMs };
  if (firsts.length === 0) return figures;
  const wallMs = medianOf(firsts.map((first) => first.wallMs));
  return {
    ...figures,
    firstCase: { wallMs, workerCpuMs: medianOf(firsts.map((first) => first.workerCpuMs)) },
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

if (isMain(import.meta.url)) {
  const [runs = '20', ...others] = process.argv.slice(2);
  const load = watchLoad();
  const figures = measureStart(Number(runs), [repository, ...others]);
  console.log(`${runs} runs of each; milliseconds`);
  for (const { name, wallMs, cpuMs, firstCase } of figures) {
    const first =
      firstCase === undefined
        ? ''
        : `, first case after ${firstCase.wallMs.toFixed(0)}, when its worker has taken ${firstCase.workerCpuMs.toFixed(0)} of CPU`;
    console.log(`${wallMs.toFixed(0).padStart(6)} wall ${cpuMs.toFixed(0).padStart(6)} CPU  ${name}${first}`);
  }
  console.log(load());
}
