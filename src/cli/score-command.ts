/**
 * `logitfuzz score`: how many cases each planted wrong kernel
 * survives, under the campaign and under each oracle alone.
 */
import type { CommandModule } from 'yargs';
import { saveScore } from '../archive/score-record.ts';
import { oracleNames } from '../case/verdict.ts';
import { UsageError } from '../contract/failure.ts';
import { formats, isHalf, nativeFormats } from '../float/format.ts';
import { renderScore } from '../report/render-score.ts';
import type { Progress } from '../score/run-score.ts';
import { scoreInProcess } from '../score/score.ts';
import { defaults } from './campaign-options.ts';
import { checkOutputFolder } from './output-files.ts';
import { parseCount, parseNames, parseSeed } from './option-values.ts';
import { terminal } from './terminal.ts';
import { verbs } from './verbs.ts';

interface ScoreArguments {
  readonly seeds: string;
  readonly runs: string;
  readonly seed: string;
  readonly mutants?: string;
  readonly formats: string;
  readonly oracles: string;
  readonly elsewhere: boolean;
  readonly out: string;
  readonly json: boolean;
}

export const scoreCommand: CommandModule<object, ScoreArguments> = {
  ...verbs.score,
  builder: (argv) =>
    argv
      .option('seeds', { type: 'string', default: '10', describe: 'campaigns, of consecutive seeds' })
      .option('runs', { type: 'string', default: '20000', describe: 'most cases of each' })
      .option('seed', { type: 'string', default: '1', describe: 'the first of the seeds' })
      .option('mutants', { type: 'string', describe: 'names, comma-separated (default: all)' })
      .option('formats', {
        type: 'string',
        default: nativeFormats.join(','),
        describe: 'what the cases are drawn in: float16 or bfloat16 too',
      })
      .option('oracles', {
        type: 'string',
        default: oracleNames.join(','),
        describe: 'the oracles that also judge alone, or none',
      })
      .option('elsewhere', {
        type: 'boolean',
        default: true,
        describe: 'judge by the tolerances in use elsewhere too (--no-elsewhere: not)',
      })
      .option('out', { type: 'string', default: defaults.out, describe: 'the reports root' })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON document on stdout' })
      .example('$0 score', 'everything')
      .example('$0 score --seeds 1 --oracles none --no-elsewhere', 'only whether all are killed') as never,
  async handler(args) {
    const drawn = parseNames('formats', args.formats, { known: formats, noun: 'format' });
    const { mutantsIn } = await import('../score/mutants/in-halves.ts'); // no other verb waits for them to load
    const known = mutantsIn(drawn).map(({ name }) => name);
    const oracles = parseNames('oracles', args.oracles, {
      known: oracleNames,
      noun: 'oracle',
      allowNone: true,
    });
    const chosen =
      args.mutants === undefined ? known : parseNames('mutants', args.mutants, { known, noun: 'mutant' });
    const seeds = seedsFrom(parseSeed(args.seed), parseCount('seeds', args.seeds, { min: 1 }));
    const runs = parseCount('runs', args.runs, { min: 1 });
    checkOutputFolder('--out', args.out);
    const isNative = !drawn.some(isHalf);
    const job = {
      mutants: chosen,
      seeds,
      runs,
      oracles,
      // What is in use elsewhere is tried in float32.
      elsewhere: args.elsewhere && isNative,
      ...(drawn.join() === nativeFormats.join() ? {} : { formats: drawn }),
    };
    const record = await scoreInProcess(job, noteNowAndThen());
    const path = saveScore(args.out, record);
    terminal.print(args.json ? JSON.stringify(record, null, 2) : renderScore(record));
    if (!args.json) terminal.print(`\nwritten to ${path}`);
    process.exitCode = record.exitCode;
  },
};

function seedsFrom(first: string, count: number): readonly string[] {
  const last = BigInt(first) + BigInt(count) - 1n;
  if (last >= 2n ** 64n) throw new UsageError(`--seeds ${count} from --seed ${first} go beyond 2^64 − 1`);
  return Array.from({ length: count }, (_, i) => String(BigInt(first) + BigInt(i)));
}

const quietMs = 10_000;

function noteNowAndThen(): (progress: Progress) => void {
  let last = performance.now();
  return ({ stage, cases, of }) => {
    if (performance.now() - last < quietMs) return;
    last = performance.now();
    terminal.note(`${stage}: ${cases} of ${of} cases`);
  };
}
