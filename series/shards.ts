/**
 * The shards of a campaign, merged, against the undivided run: for numbers of shards that divide the strands
 * of a block and others, and for one more than there are blocks, which is dealt by single cases; merged in
 * one, one after the other, with a shard that ran twice, and from shards of two numbers.
 * `npm run series:shards -- 30000`, or with a reference, which reads what memory holds: `-- 3000 tfjs-wasm`
 */
import { spawnSync } from 'node:child_process';
import { contentOf, differences, type Json } from './run-content.ts';
import { isMain, mainPath, temporaryFolder } from './run.ts';

export interface ShardReport {
  readonly runs: number;
  readonly cases: number;
  readonly findings: number;
  /** Fields and findings that are not those of the undivided run, by what was merged. */
  readonly different: Readonly<Record<string, readonly string[]>>;
}

export function compareShards(runs: number, references = 'none'): ShardReport {
  const folder = temporaryFolder();
  const plan = [
    'fuzz',
    '--runs',
    String(runs),
    '--seed',
    '9',
    '--references',
    references,
    '--subject',
    'textbook',
  ];
  const made = (...args: string[]): string => madeIn(folder.path, args);
  const shard = (i: number, n: number): string => made(...plan, '--shard', `${i}/${n}`);
  try {
    const whole = contentOf(folder.path, made(...plan));
    const different: Record<string, readonly string[]> = {};
    for (const n of [2, 5, 7, 12, 13]) {
      const shards = Array.from({ length: n }, (_, i) => shard(i + 1, n));
      const compare = (how: string, path: string): void => {
        different[`${n} shards, ${how}`] = differences(whole, contentOf(folder.path, path));
      };
      compare('merged at once', made('merge', ...shards));
      compare('last to first', made('merge', ...shards.toReversed()));
      compare(
        'one after the other',
        shards.reduce((merged, next) => made('merge', merged, next)),
      );
      compare('and the second again', made('merge', ...shards, shard(2, n)));
    }
    const halves = [shard(1, 2), shard(4, 4), shard(2, 4)];
    different['a half and two quarters'] = differences(
      whole,
      contentOf(folder.path, made('merge', ...halves)),
    );
    const { cases, findings } = whole;
    return { runs, cases: Number(cases), findings: Object.keys(findings as Json).length, different };
  } finally {
    folder.remove();
  }
}

/** @returns the run's path. */
function madeIn(cwd: string, args: readonly string[]): string {
  const { stdout } = spawnSync(process.execPath, [mainPath, ...args, '--json'], { cwd, encoding: 'utf8' });
  return String((JSON.parse(stdout) as Json)['run']);
}

if (isMain(import.meta.url)) console.log(compareShards(Number(process.argv[2] ?? 30_000), process.argv[3]));
