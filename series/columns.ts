/**
 * Campaigns judged in columns against the same ones judged case by case (`--one-by-one`): every count,
 * sighting and finding.json has to be the same, to the last digit; times, rates and the names of runs are not
 * compared. `npm run series:columns`; `--runs`, `--references` and `--subjects` (names or files, with commas)
 * take the place of the whole series, `--sample` is what takes a minute. `--without` is as in
 * same-findings.ts: memory that nobody wrote is not the same twice. Exit 1 on a difference.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { listRuns } from '../src/archive/run-folder.ts';
import { compareRuns, entriesNamed, readObserved } from './same-findings.ts';
import { isMain, mainPath, repository, temporaryFolder } from './run.ts';

interface Compared {
  readonly subjects: readonly string[];
  readonly references: string;
  readonly runs: number;
  /** Entries of the ledger that are left out. */
  readonly without: readonly string[];
}

const kernel = (name: string): string => join(repository, 'examples/wrong-kernels', `${name}.ts`);

/** Those whose answers do not hang on how many calls were made before. */
const wrongKernels = readdirSync(join(repository, 'examples/wrong-kernels'))
  .filter((name) => name.endsWith('.ts') && !/test\.ts$|^lane-map|^remembers/.test(name))
  .map((name) => kernel(name.slice(0, -3)));

const unwritten = ['unwritten-reduction', 'unwritten-scalar-softmax'];

const series: readonly Compared[] = [
  { subjects: ['from-scratch'], references: 'none', runs: 1_000_000, without: [] },
  { subjects: ['textbook', ...wrongKernels], references: 'none', runs: 20_000, without: [] },
  { subjects: ['from-scratch'], references: 'tfjs-cpu', runs: 50_000, without: [] },
  { subjects: ['from-scratch'], references: 'tfjs-wasm', runs: 50_000, without: unwritten },
  { subjects: ['from-scratch'], references: 'tfjs-node', runs: 50_000, without: [] },
  {
    subjects: ['from-scratch'],
    references: 'tfjs-cpu,tfjs-wasm,tfjs-node',
    runs: 50_000,
    without: unwritten,
  },
];

const sample: readonly Compared[] = [
  { subjects: ['from-scratch'], references: 'none', runs: 30_000, without: [] },
  { subjects: ['textbook', kernel('dropped-tail')], references: 'none', runs: 2_000, without: [] },
  { subjects: ['from-scratch'], references: 'tfjs-cpu', runs: 2_000, without: [] },
];

type Json = Readonly<Record<string, unknown>>;

/** What a run has written, but for what is of the one run and not of what it found. */
interface Written {
  readonly record: Json;
  /** By the folder's name. */
  readonly findings: Json;
}

function writtenBy(root: string): Written {
  const [run] = listRuns(root);
  if (run === undefined) throw new Error(`no run came to its end in ${root}`);
  const read = (path: string): Json =>
    JSON.parse(readFileSync(path, 'utf8').replaceAll(run.path, 'RUN')) as Json;
  const folder = join(run.path, 'findings');
  const names = isThere(folder) ? readdirSync(folder).sort() : [];
  return {
    record: timeless(read(join(run.path, 'run.json'))) as Json,
    findings: Object.fromEntries(
      names.map((name) => [name, timeless(read(join(folder, name, 'finding.json')))]),
    ),
  };
}

function isThere(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}

const ofTheRun: readonly string[] = ['run', 'startedAt', 'seconds', 'casesPerSecond'];

function timeless(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(timeless);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !ofTheRun.includes(key))
      .map(([key, inner]) => [key, timeless(inner)]),
  );
}

/** A line for each place where two values differ, as a path. */
export function differencesOf(a: unknown, b: unknown, path = ''): readonly string[] {
  if (isDeepStrictEqual(a, b)) return [];
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return [`${path}: ${JSON.stringify(a)} in columns, ${JSON.stringify(b)} one by one`];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) => differencesOf((a as Json)[key], (b as Json)[key], `${path}/${key}`));
}

interface Outcome {
  readonly differences: readonly string[];
  readonly cases: number;
  readonly findings: number;
  readonly seconds: readonly [number, number];
}

function compareOne(subject: string, { references, runs, without }: Compared, seed: string): Outcome {
  const folder = temporaryFolder();
  try {
    const ways = [[], ['--one-by-one']].map((flags, i) => {
      const out = join(folder.path, String(i));
      const asked = ['--subject', subject, '--references', references, '--runs', String(runs)];
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [mainPath, 'fuzz', ...asked, '--seed', seed, '--out', out, '--json', '--no-report', ...flags],
        { cwd: repository, encoding: 'utf8', maxBuffer: 2 ** 30 },
      );
      if (status !== 0 && status !== 1) throw new Error(`fuzz ended with ${status}: ${stderr}`);
      const { cases, seconds } = JSON.parse(stdout) as { cases: number; seconds: number };
      return { out, cases, seconds };
    });
    const [inColumns, oneByOne] = ways as [(typeof ways)[0], (typeof ways)[0]];
    const [a, b] = [writtenBy(inColumns.out), writtenBy(oneByOne.out)];
    const same = compareRuns(
      readObserved(inColumns.out),
      readObserved(oneByOne.out),
      entriesNamed(without),
    ).differences;
    return {
      differences: without.length > 0 ? same : [...same, ...differencesOf(a, b)],
      cases: inColumns.cases,
      findings: Object.keys(a.findings).length,
      seconds: [inColumns.seconds, oneByOne.seconds],
    };
  } finally {
    folder.remove();
  }
}

const linesMax = 20;

/** @returns the exit code. */
function main(): number {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string' },
      references: { type: 'string' },
      subjects: { type: 'string' },
      without: { type: 'string', default: '' },
      seed: { type: 'string', default: '7' },
      sample: { type: 'boolean', default: false },
    },
  });
  const { runs, references, subjects, without, seed } = values;
  const own: Compared = {
    subjects: subjects?.split(',') ?? ['from-scratch'],
    references: references ?? 'none',
    runs: Number(runs ?? 20_000),
    without: without.split(',').filter((id) => id !== ''),
  };
  const isOwn = runs !== undefined || references !== undefined || subjects !== undefined;
  let count = 0;
  for (const compared of isOwn ? [own] : values.sample ? sample : series) {
    for (const subject of compared.subjects) {
      const { differences, cases, findings, seconds } = compareOne(subject, compared, seed);
      const [inColumns, oneByOne] = seconds.map((time) => time.toFixed(1));
      console.log(
        `${differences.length === 0 ? 'the same' : `${differences.length} differences`}: ${subject}, references ${compared.references}, ` +
          `${cases} cases, ${findings} findings; ${inColumns} s in columns, ${oneByOne} s one by one`,
      );
      for (const line of differences.slice(0, linesMax)) console.log(`  ${line}`);
      count += differences.length;
    }
  }
  return count === 0 ? 0 : 1;
}

if (isMain(import.meta.url)) process.exitCode = main();
