/** The flags that fuzz and gate share, and the plan that they make. */
import { randomBytes } from 'node:crypto';
import type { Argv } from 'yargs';
import { UsageError } from '../contract/failure.ts';
import { kernelNames, kernelTable, operations, type KernelName } from '../contract/subject.ts';
import { formats, nativeFormats } from '../float/format.ts';
import { defaultMaxElements } from '../generate/shape.ts';
import { defaultReferences, isOwnReference, referenceNames } from '../../reference/index.ts';
import { chainLength } from '../search/climb.ts';
import type { ListedKernels } from '../archive/run-record.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import { shardOf } from '../examine/range.ts';
import { ciOptions, type CiArguments } from './ci-output.ts';
import { connectionOf, connectionOptions } from './connection-options.ts';
import type { FindingsExit } from './exit-code.ts';
import { commitSeed } from './commit-seed.ts';
import { workersMax, type QueueChoices } from '../campaign/plan-file.ts';
import { parseCount, parseDurationMs, parseNames, parseSeed, parseShard } from './option-values.ts';

/**
 * The flags as yargs gives them: every value a string, so
 * that each is parsed by one function that names the flag.
 */
export interface CampaignArguments extends CiArguments {
  readonly time?: string;
  readonly runs?: string;
  readonly seed?: string;
  readonly subject?: string;
  readonly python?: string;
  readonly engine?: string;
  readonly manifest?: string;
  /** The subject, without its flag. */
  readonly module?: string;
  readonly references?: string;
  readonly require?: string;
  readonly operations?: string;
  readonly kernels?: string;
  readonly formats?: string;
  readonly maxElements?: string;
  readonly workers?: string;
  readonly queue?: string;
  readonly campaign?: string;
  readonly jobSeconds?: string;
  readonly mixedMachines?: boolean;
  readonly shard?: string;
  readonly out?: string;
  readonly maxFindings?: string;
  readonly caseTimeout?: string;
  readonly rssLimitMb?: string;
  readonly shrinkEvaluations?: string;
  readonly maximize?: string;
  readonly exhaustive?: boolean;
  readonly oneByOne?: boolean;
  readonly minCases?: string;
  readonly strict?: boolean;
  readonly strictReferences?: boolean;
  readonly findingsExit?: string;
  readonly report?: boolean;
  readonly baseline?: string;
  readonly config?: string;
  readonly printConfig: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** The flags that make the plan. */
export const planFlags: readonly (keyof CampaignArguments)[] = [
  'time',
  'runs',
  'seed',
  'subject',
  'python',
  'engine',
  'manifest',
  'references',
  'require',
  'operations',
  'kernels',
  'formats',
  'maxElements',
  'workers',
  'shard',
  'maxFindings',
  'caseTimeout',
  'rssLimitMb',
  'shrinkEvaluations',
  'maximize',
  'exhaustive',
  'oneByOne',
  'minCases',
  'strict',
  'strictReferences',
  'findingsExit',
];

/** The flag of what makes a run that is no gate. */
export const findingsExitOption = {
  type: 'string',
  describe: 'exit code where something fails: 1, or 0 for who reads the summary instead (default 1)',
} as const;

/** The flag of every command that makes a run. */
export const reportOption = {
  type: 'boolean',
  describe: 'write report.html into the run (default: yes; --no-report leaves it out)',
} as const;

export const defaults = {
  timeMs: 30_000,
  caseTimeoutMs: 10_000,
  rssLimitMb: 4_096,
  shrinkEvaluations: 2_000,
  minCases: 1,
  workers: 1,
  out: 'reports',
} as const;

export function campaignOptions(argv: Argv): Argv<CampaignArguments> {
  return connectionOptions(ciOptions(argv))
    .positional('module', { type: 'string', describe: 'module under test, as --subject names it' })
    .option('time', {
      type: 'string',
      describe: 'stop after this long: 500ms, 30s, 2m, 1h (default 30s without --runs)',
    })
    .option('runs', { type: 'string', describe: 'stop after this many cases, all shards together' })
    .option('seed', {
      type: 'string',
      describe: "integer in [0, 2^64), or 'commit' for one that the git commit gives; drawn if absent",
    })
    .option('subject', {
      type: 'string',
      describe:
        "under test: a module, .py, .onnx, .wasm, .wgsl, library, browser:MODULE, 'cmd:PROGRAM', 'from-scratch' (default) or 'textbook' (docs/subjects.md)",
    })
    .option('references', {
      type: 'string',
      describe: `of ${referenceNames.join(', ')}, or files of your own; none; all-there (default: ${defaultReferences.join(', ')}, those that are there)`,
    })
    .option('require', { type: 'string', describe: 'references that must be there, else exit 3' })
    .option('operations', { type: 'string', describe: `of ${operations.join(', ')} (default: all)` })
    .option('kernels', {
      type: 'string',
      describe: `exports to be judged, of ${kernelNames.join(', ')}; one that is missing is exit 1 (default: what the subject exports)`,
    })
    .option('formats', {
      type: 'string',
      describe: `of ${formats.join(', ')} (default: float32 and float64, and of the others those that the subject's supports.formats lists)`,
    })
    .option('max-elements', {
      type: 'string',
      describe: `most elements of the logits of one case (default ${defaultMaxElements})`,
    })
    .option('workers', { type: 'string', describe: 'worker processes (default 1)' })
    .option('shard', { type: 'string', describe: 'i/n: only this part of the cases, counted from 1' })
    .option('out', { type: 'string', describe: 'the reports root (default reports)' })
    .option('max-findings', {
      type: 'string',
      describe: 'stop once the subject has this many findings; those of the lowest indices are told',
    })
    .option('case-timeout', { type: 'string', describe: 'kill a call that takes longer (default 10s)' })
    .option('rss-limit-mb', {
      type: 'string',
      describe: 'end a worker whose memory grows beyond this, typed arrays included (default 4096)',
    })
    .option('shrink-evaluations', {
      type: 'string',
      describe: 'bound on the cases tried to shrink one finding (default 2000)',
    })
    .option('min-cases', { type: 'string', describe: 'exit 4 if fewer cases were judged (default 1)' })
    .option('strict', { type: 'boolean', describe: 'an inaccurate subject fails too' })
    .option('strict-references', {
      type: 'boolean',
      describe: 'what a reference of your own gets wrong fails too',
    })
    .option('baseline', {
      type: 'string',
      describe: 'known divergences of the subject, which do not fail (default logitfuzz.baseline.json)',
    })
    .option('report', reportOption)
    .option('config', {
      type: 'string',
      describe: 'configuration file (default logitfuzz.config.ts, .js, .mjs or .json)',
    })
    .option('print-config', {
      type: 'boolean',
      default: false,
      describe: 'print each setting and where it comes from, as JSON, and do nothing',
    })
    .option('quiet', { type: 'boolean', default: false, describe: 'the summary alone, no progress' })
    .option('verbose', {
      type: 'boolean',
      default: false,
      describe: 'a line for each batch and each finding, and what is asked',
    })
    .option('json', {
      type: 'boolean',
      default: false,
      describe: 'one JSON document on stdout, nothing else',
    }) as unknown as Argv<CampaignArguments>;
}

/** What a search may be after. */
const maximizable = { known: ['error'], noun: 'measure to maximize' } as const;

export interface CampaignRequest {
  readonly plan: CampaignPlan;
  readonly required: readonly string[];
  readonly minCases: number;
  /** Absent: 1. */
  readonly findingsExit?: 0;
  /** The kernels that the subject has to export; absent where nobody says. */
  readonly listed?: ListedKernels;
  /** There where a queue judges it. */
  readonly queue?: QueueChoices;
}

/**
 * `kernelsAt` is where the kernels are listed; default the flag.
 * @throws UsageError naming the flag and the value that cannot be.
 */
export function planOf(
  args: CampaignArguments,
  command: CampaignPlan['command'],
  { kernelsAt }: { readonly kernelsAt?: string | null | undefined } = {},
): CampaignRequest {
  const maximize =
    args.maximize !== undefined && parseNames('maximize', args.maximize, maximizable).length > 0;
  const cases = args.runs === undefined ? null : parseCount('runs', args.runs, { min: 1 });
  const runs = cases !== null && maximize ? Math.ceil(cases / chainLength) : cases; // an index is a chain
  const timeMs = args.time === undefined ? null : parseDurationMs('time', args.time);
  const required = args.require === undefined ? [] : names('require', args.require);
  const named = args.references === undefined ? null : names('references', args.references);
  // Who has to be there is asked, too.
  const asked = named ?? referenceNames.filter((name) => [...defaultReferences, ...required].includes(name));
  const unasked = required.filter((name) => !asked.includes(name));
  if (unasked.length > 0)
    throw new UsageError(`--require names ${unasked.join(', ')}, which --references leaves out`);
  const kernels = args.kernels === undefined ? null : kernelsNamed(args.kernels);
  if (kernels !== null && args.operations !== undefined)
    throw new UsageError('--kernels and --operations both say what is asked: leave one of them out');
  const plan: CampaignPlan = {
    command,
    corpus: [],
    subject: args.subject ?? null,
    ...connectionOf(args),
    references: asked,
    seed: seedOf(args.seed),
    ...askedOf(kernels, args.operations),
    ...formatsOf(args.formats),
    maxElements: count('max-elements', args.maxElements, { min: 1 }) ?? defaultMaxElements,
    maximize,
    shrinkEvaluations:
      count('shrink-evaluations', args.shrinkEvaluations, { min: 0 }) ?? defaults.shrinkEvaluations,
    runs,
    timeMs: timeMs ?? (runs === null && args.exhaustive !== true ? defaults.timeMs : null),
    workers: count('workers', args.workers, { min: 1, max: workersMax }) ?? defaults.workers,
    shard: args.shard === undefined ? { number: 1, of: 1 } : shardOf(parseShard(args.shard), runs),
    caseTimeoutMs:
      args.caseTimeout === undefined
        ? defaults.caseTimeoutMs
        : parseDurationMs('case-timeout', args.caseTimeout),
    rssLimitMb: count('rss-limit-mb', args.rssLimitMb, { min: 64 }) ?? defaults.rssLimitMb,
    maxFindings: count('max-findings', args.maxFindings, { min: 1 }),
    out: args.out ?? defaults.out,
    ...(args.exhaustive === true ? { exhaustive: true } : {}),
    ...(args.oneByOne === true ? { oneByOne: true } : {}),
    strict: args.strict ?? false,
    ...(args.strictReferences === true ? { strictReferences: true } : {}),
  };
  const minCases = count('min-cases', args.minCases, { min: 0 }) ?? defaults.minCases;
  const listed = kernels === null ? {} : { listed: { kernels, by: kernelsAt ?? '--kernels' } };
  return { plan, required, minCases, ...listed, ...findingsExitOf(args) };
}

/** Halves are drawn where they are named, and where nobody names formats and the subject declares them. */
function formatsOf(named: string | undefined): Pick<CampaignPlan, 'formats' | 'halves'> {
  if (named === undefined) return { formats: nativeFormats, halves: 'as-declared' };
  return { formats: parseNames('formats', named, { known: formats, noun: 'format' }) };
}

/** @throws UsageError for what is no exit code of findings. */
export function parseFindingsExit(text: string): FindingsExit {
  return parseCount('findings-exit', text, { min: 0, max: 1 }) === 0 ? 0 : 1;
}

function findingsExitOf({ findingsExit }: CampaignArguments): Pick<CampaignRequest, 'findingsExit'> {
  return findingsExit !== undefined && parseFindingsExit(findingsExit) === 0 ? { findingsExit: 0 } : {};
}

function kernelsNamed(text: string): readonly KernelName[] {
  return parseNames('kernels', text, { known: kernelNames, noun: 'kernel' });
}

/** What may be asked: of it a campaign draws what the subject exports. */
function askedOf(
  kernels: readonly KernelName[] | null,
  named: string | undefined,
): Pick<CampaignPlan, 'operations' | 'kernels'> {
  if (kernels !== null) {
    const rows = kernelTable.filter(({ kernel }) => kernels.includes(kernel));
    const own = operations.filter((operation) => rows.some((row) => row.operation === operation));
    return { operations: own, kernels: { among: kernels } };
  }
  const asked =
    named === undefined
      ? operations
      : parseNames('operations', named, { known: operations, noun: 'operation' });
  const among = kernelTable.filter(({ operation }) => asked.includes(operation)).map(({ kernel }) => kernel);
  return { operations: asked, kernels: { among } };
}

function seedOf(text: string | undefined): string {
  if (text === undefined) return randomBytes(8).readBigUInt64LE().toString();
  return text === 'commit' ? commitSeed() : parseSeed(text);
}

function names(flag: string, text: string): readonly string[] {
  return flag === 'references'
    ? parseReferences(text)
    : parseNames(flag, text, { known: referenceNames, noun: 'reference' });
}

/** Names of references, and what is one of the user's own; 'all-there' for all that there are. */
export function parseReferences(text: string): readonly string[] {
  if (text === 'all-there') return referenceNames;
  const words = text.split(',').map((word) => word.trim());
  const own = words.filter(isOwnReference);
  const named = words.filter((word) => !own.includes(word));
  const known = { known: referenceNames, noun: 'reference', allowNone: own.length === 0 };
  return [...(named.length === 0 ? [] : parseNames('references', named.join(','), known)), ...new Set(own)];
}

function count(flag: string, text: string | undefined, bound: { min: number; max?: number }): number | null {
  return text === undefined ? null : parseCount(flag, text, bound);
}
