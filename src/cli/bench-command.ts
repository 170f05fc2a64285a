/**
 * `logitfuzz bench`: how fast this harness is, beside the loop that
 * people write instead, and its kernels beside the references.
 */
import type { CommandModule } from 'yargs';
import { diagnose } from '../../reference/doctor.ts';
import type { Reference } from '../../reference/index.ts';
import {
  measureIsolation,
  measureKernels,
  measureOutside,
  measureScaling,
  measureThroughput,
  outsideElements,
  type BenchPlan,
  type Comparison,
  type ThroughputRow,
} from '../bench/bench.ts';
import { timedFormat, type KernelTiming, type Rate } from '../bench/bench-job.ts';
import { measureAsked, measurePlainPython, type AskedRate, type AskedRates } from '../bench/outside.ts';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { connectionOf, connectionOptions, type ConnectionArguments } from './connection-options.ts';
import { ulpsMax } from '../text/far-off.ts';
import { openJournalFolder } from './journal-folder.ts';
import { parseDurationMs, parseNames, parseSeed } from './option-values.ts';
import { terminal } from './terminal.ts';

const ownSections = ['throughput', 'isolation', 'workers', 'kernels'] as const;
const sections = [...ownSections, 'outside'] as const;

interface BenchArguments extends ConnectionArguments {
  readonly time: string;
  readonly seed: string;
  readonly sections?: string;
  readonly subject?: string;
  readonly json: boolean;
}

export const benchCommand: CommandModule<object, BenchArguments> = {
  command: 'bench',
  describe: 'measure cases per second beside a plain fast-check loop, and the kernels beside the references',
  builder: (argv) =>
    connectionOptions(argv)
      .option('subject', { type: 'string', describe: 'of the section outside: whatever fuzz takes' })
      .option('time', {
        type: 'string',
        default: '30s',
        describe: 'of each rate beside the plain loop; others take a third',
      })
      .option('seed', { type: 'string', default: '5', describe: 'of the cases' })
      .option('sections', {
        type: 'string',
        describe: `of ${sections.join(', ')} (default: all but outside, which is of --subject)`,
      })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON document on stdout' })
      .example('$0 bench', 'everything, about twelve minutes')
      .example('$0 bench --sections throughput --time 60s', 'only cases per second, longer') as never,
  async handler(args) {
    const { json } = args;
    const journals = openJournalFolder();
    const wanted: readonly string[] =
      args.sections === undefined
        ? args.subject === undefined
          ? ownSections
          : ['outside']
        : parseNames('sections', args.sections, { known: sections, noun: 'section' });
    const plan: BenchPlan = {
      references: wanted.includes('throughput') ? await referencesToAsk() : [],
      timeMs: parseDurationMs('time', args.time),
      seed: parseSeed(args.seed),
      journalFolder: journals.path,
    };
    const print = (lines: readonly string[]): void => {
      if (!json) for (const line of lines) terminal.print(line);
    };
    try {
      const results: Record<string, unknown> = {};
      if (wanted.includes('throughput')) {
        print(throughputHead);
        results['throughput'] = await measureThroughput(plan, (row) => print([throughputLine(row)]));
      }
      if (wanted.includes('isolation')) {
        const isolation = await measureIsolation(plan);
        results['isolation'] = { ...isolation, cost: 1 - isolation.ratio };
        print(['', isolationLine(isolation)]);
      }
      if (wanted.includes('workers')) {
        const { workers, machine } = await measureScaling(plan);
        results['workers'] = { ...workers, machine };
        print([
          '',
          workersLine('two workers are', workers),
          workersLine('two processes that share nothing are', machine),
        ]);
      }
      if (wanted.includes('kernels')) {
        const kernels = await measureKernels(plan);
        results['kernels'] = kernels;
        print(kernelLines(kernels));
      }
      if (wanted.includes('outside')) {
        const outside = await measureOutsideOf(args, plan);
        results['outside'] = outside;
        print(outsideLines(outside));
      }
      if (json) {
        terminal.print(
          JSON.stringify(
            { schemaVersion: 1, command: 'bench', exitCode: 0, seed: plan.seed, ...results },
            null,
            2,
          ),
        );
      }
    } finally {
      journals.remove();
    }
  },
};

async function measureOutsideOf(args: BenchArguments, plan: BenchPlan): Promise<OutsideRates> {
  const { subject } = args;
  if (subject === undefined) throw new UsageError('--sections outside needs a --subject');
  const asked = { subject, ...connectionOf(args) };
  const outside = { subject, ...asked.connection, timeMs: plan.timeMs };
  const rates = await measureAsked(outside);
  const judged = await measureOutside(plan, asked);
  const plain = plainRate(() => measurePlainPython(outside, plan.journalFolder));
  return { subject, ...rates, judged, plain };
}

/** The loop hands over NumPy's arrays, which a module for another library's tensors does not take. */
function plainRate(measure: () => Rate | null): Rate | null {
  try {
    return measure();
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    terminal.note(error.message);
    return null;
  }
}

interface OutsideRates extends AskedRates {
  readonly subject: string;
  readonly judged: Rate;
  /** Null where there is no loop that people write instead. */
  readonly plain: Rate | null;
}

function outsideLines({ subject, frames, stacked, judged, plain }: OutsideRates): readonly string[] {
  const rate = ({ cases, seconds }: Rate): string => `${Math.round(cases / seconds)} cases/s`;
  const asked = (how: string, { casesPerSecond, cpuMicroseconds }: AskedRate): string =>
    `  asked, ${how.padEnd(12)}${String(Math.round(casesPerSecond)).padStart(10)}  (${cpuMicroseconds.toFixed(1)} µs of this process a case)`;
  const isByFrames = frames.length > 1;
  return [
    `${subject}: float32 cases of 4 × 10 per second`,
    ...frames.map((one) =>
      asked(isByFrames ? `${String(one.frame).padStart(4)} a frame` : 'single calls', one),
    ),
    asked('stacked', stacked),
    `  judged, one worker, up to ${outsideElements} elements: ${rate(judged)}`,
    ...(plain === null
      ? []
      : [
          `  plain loop, pytest with hypothesis and allclose: ${rate(plain)} of ${(plain.elements / plain.cases).toFixed(0)} elements`,
        ]),
  ];
}

/** Those with a plain loop: native TensorFlow without tfjs on top has none. */
const withPlainLoop = ({ plainLoopBackend }: Reference): boolean => plainLoopBackend !== null;

async function referencesToAsk(): Promise<readonly string[]> {
  const { references } = await diagnose({ reports: '.', among: withPlainLoop });
  return references.filter(({ available }) => available).map(({ name }) => name);
}

const throughputHead: readonly string[] = [
  'cases per second, one worker, float32, both warm; elements: logits of a case on average',
  `${'references'.padEnd(34)}${'logitfuzz'.padStart(10)}${'elements'.padStart(10)}${'plain loop'.padStart(12)}${'elements'.padStart(10)}${'ratio'.padStart(8)}`,
];

function throughputLine(row: ThroughputRow): string {
  const cells = [
    Math.round(row.casesPerSecond).toString().padStart(10),
    row.meanElements.toFixed(1).padStart(10),
    Math.round(row.plainCasesPerSecond).toString().padStart(12),
    row.plainMeanElements.toFixed(1).padStart(10),
    row.ratio.toFixed(2).padStart(8),
  ];
  return `${(row.references.join(' ') || 'none').padEnd(34)}${cells.join('')}`;
}

function isolationLine({ baseline, measured, ratio, rounds }: Comparison): string {
  return (
    `isolation costs ${percent(1 - ratio)}: ${Math.round(measured)} cases/s in a supervised worker, ` +
    `${Math.round(baseline)} without (rounds: ${rounds.map((round) => percent(1 - round)).join(', ')})`
  );
}

function workersLine(what: string, { baseline, measured, ratio, rounds }: Comparison): string {
  return (
    `${what} ${ratio.toFixed(2)} × one: ${Math.round(measured)} and ${Math.round(baseline)} cases/s ` +
    `(rounds: ${rounds.map((round) => round.toFixed(2)).join(', ')})`
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Three digits; of what is far off only that it is. */
export function ulpsCell(ulps: number): string {
  const max = ulpsMax(timedFormat);
  return ulps < max ? ulps.toPrecision(3) : `> ${max}`;
}

/** A line for each kernel and shape: microseconds and ULPs of each implementation. */
function kernelLines(timings: readonly KernelTiming[]): readonly string[] {
  const names = [...new Set(timings.map(({ implementation }) => implementation))];
  const keyOf = ({ operation, direction, shape }: KernelTiming): string =>
    `${operation}/${direction} [${shape.join(', ')}]`;
  const keys = [...new Set(timings.map(keyOf))];
  const cell = (row: readonly KernelTiming[], name: string): string => {
    const timing = row.find(({ implementation }) => implementation === name);
    if (timing === undefined) return '-'.padStart(22);
    const ulps = timing.ulpsMax === null ? '-' : ulpsCell(timing.ulpsMax);
    return `${Math.round(timing.microseconds)} µs, ${ulps}`.padStart(22);
  };
  return [
    '',
    'microseconds of a call (median) and largest error in ULPs, axis 1',
    `${''.padEnd(46)}${names.map((name) => name.padStart(22)).join('')}`,
    ...keys.map((key) => {
      const row = timings.filter((timing) => keyOf(timing) === key);
      return `${key.padEnd(46)}${names.map((name) => cell(row, name)).join('')}`;
    }),
  ];
}
