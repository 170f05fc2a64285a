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
  type BenchPlan,
} from '../bench/bench.ts';
import { aheadOf } from '../bench/ahead.ts';
import { findTwenty } from '../bench/find/find-twenty.ts';
import { findLines } from '../bench/find/render-find.ts';
import { watchLoad } from '../bench/machine.ts';
import { measureAsked, measurePlainPython } from '../bench/outside.ts';
import type { ClockRate } from '../bench/rate.ts';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { connectionOf, connectionOptions, type ConnectionArguments } from './connection-options.ts';
import {
  isolationLines,
  kernelLines,
  loadLine,
  outsideLines,
  scalingLines,
  throughputHead,
  throughputLine,
  type OutsideRates,
} from './bench-lines.ts';
import { openJournalFolder } from './journal-folder.ts';
import { parseDurationMs, parseNames, parseSeed } from './option-values.ts';
import { terminal } from './terminal.ts';
import { verbs } from './verbs.ts';

const ownSections = ['throughput', 'isolation', 'workers', 'kernels'] as const;
const sections = [...ownSections, 'find', 'outside'] as const;

interface BenchArguments extends ConnectionArguments {
  readonly time: string;
  readonly seed: string;
  readonly sections?: string;
  readonly subject?: string;
  readonly json: boolean;
}

export const benchCommand: CommandModule<object, BenchArguments> = {
  ...verbs.bench,
  builder: (argv) =>
    connectionOptions(argv)
      .option('subject', { type: 'string', describe: 'of the section outside: whatever fuzz takes' })
      .option('time', {
        type: 'string',
        default: '30s',
        describe: 'of each rate, its five runs together; each kernel takes a hundredth',
      })
      .option('seed', { type: 'string', default: '5', describe: 'of the cases' })
      .option('sections', {
        type: 'string',
        describe: `of ${sections.join(', ')} (default: all but find, and outside, which is of --subject)`,
      })
      .option('json', { type: 'boolean', default: false, describe: 'one JSON document on stdout' })
      .example('$0 bench', 'everything, about twelve minutes')
      .example('$0 bench --sections throughput --time 60s', 'only cases per second, longer')
      .example('$0 bench --sections find', 'CPU seconds until planted mutants are found') as never,
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
    const loadNow = watchLoad();
    try {
      const results: Record<string, unknown> = {};
      if (wanted.includes('throughput')) {
        print(throughputHead);
        results['throughput'] = await measureThroughput(plan, (row) => print([throughputLine(row)]));
      }
      if (wanted.includes('isolation')) {
        const isolation = await measureIsolation(plan);
        results['isolation'] = { ...isolation, cost: 1 - isolation.ratio };
        print(isolationLines(isolation));
      }
      if (wanted.includes('workers')) {
        const scaling = await measureScaling(plan);
        const { workers, ...others } = scaling;
        results['workers'] = { ...workers, ...others };
        print(scalingLines(scaling));
      }
      if (wanted.includes('kernels')) {
        const kernels = await measureKernels(plan);
        const { timings, absent } = kernels;
        Object.assign(results, { kernels: timings, ahead: aheadOf(timings), absent });
        print(kernelLines(kernels));
      }
      if (wanted.includes('find')) {
        const find = await findTwenty();
        results['find'] = find;
        print(findLines(find));
      }
      if (wanted.includes('outside')) {
        const outside = await measureOutsideOf(args, plan);
        results['outside'] = outside;
        print(outsideLines(outside));
      }
      const machine = loadNow();
      print(['', loadLine(machine)]);
      if (json) {
        terminal.print(
          JSON.stringify(
            { schemaVersion: 1, command: 'bench', exitCode: 0, seed: plan.seed, machine, ...results },
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
function plainRate(measure: () => ClockRate | null): ClockRate | null {
  try {
    return measure();
  } catch (error) {
    if (!(error instanceof InfrastructureError)) throw error;
    terminal.note(error.message);
    return null;
  }
}

/** Those with a plain loop: native TensorFlow without tfjs on top has none. */
const withPlainLoop = ({ plainLoopBackend }: Reference): boolean => plainLoopBackend !== null;

async function referencesToAsk(): Promise<readonly string[]> {
  const { references } = await diagnose({ reports: '.', among: withPlainLoop });
  return references.filter(({ available }) => available).map(({ name }) => name);
}
