/**
 * The settings of one command line of fuzz or gate:
 * what it is to do, what it is measured by, what it writes beside the run.
 */
import { loadBaseline, loadBaselineIfThere, type Baseline } from '../archive/baseline.ts';
import { UsageError } from '../contract/failure.ts';
import { halfFormats, nativeFormats } from '../float/format.ts';
import type { CampaignArguments } from './campaign-options.ts';
import { loadConfig, type ConfigFile } from './config.ts';
import { queueIn } from './queue-options.ts';
import { asFlag, settle, textOf, type Key, type Settings } from './settings.ts';
import { terminal, type Detail } from './terminal.ts';
import { checkOutputFiles, checkOutputFolder } from './output-files.ts';
import { ciFilesOf, type CiOutput } from './ci-output.ts';

interface Output extends CiOutput {
  readonly json: boolean;
  readonly detail: Detail;
}

export interface RunSettings {
  readonly baselinePath: string;
  /** Null where there is none: then nothing is known. */
  readonly baseline: Baseline | null;
  /** Write the baseline anew from what this run finds. */
  readonly update: boolean;
  /** This share of its cases has to be judged, whatever they are. */
  readonly judgedShareMin: number;
  /** The corpus that the smallest cases of the subject's findings are added to. */
  readonly saveCorpus: string | null;
  /** Whether report.html is written into the run. */
  readonly report: boolean;
  readonly output: Output;
}

/**
 * A gate that judged less says little, where nobody said how much is enough. It lies beside no share that a
 * subject leaves by declining one choice or two (a half for the last axis only, or for class indices only; a
 * third for one reduction; a quarter for two halves), so that it is not the seed that says which side.
 */
export const gateShareMin = 0.3;

export interface Settled {
  readonly file: ConfigFile | null;
  readonly settings: Settings;
}

export async function settleArguments(
  args: CampaignArguments & { readonly corpus?: string; readonly saveCorpus?: string },
  command: 'fuzz' | 'gate',
): Promise<Settled> {
  const file = await loadConfig(args.config);
  return { file, settings: settle(command, { flags: args, environment: process.env, file }) };
}

/** A subject that is named without its flag is one that is named by it. @throws UsageError for both. */
export function withSubject<T extends CampaignArguments>(args: T): T {
  const { module, subject } = args;
  if (module === undefined) return args;
  if (subject !== undefined)
    throw new UsageError(
      `the subject is named twice, as ${JSON.stringify(module)} and by --subject ${JSON.stringify(subject)}: leave one out`,
    );
  return { ...args, subject: module };
}

/**
 * The arguments as if every setting had been a flag;
 * the default subject stays unnamed, so that no printed command names it.
 */
export function withSettings(args: CampaignArguments, { settings }: Settled): CampaignArguments {
  const flags = Object.entries(settings).map(([key, setting]) => [
    key,
    key === 'subject' && setting.from === 'default' ? undefined : asFlag(setting),
  ]);
  return { ...args, ...(Object.fromEntries(flags) as Partial<CampaignArguments>) };
}

/** Where the kernels are listed that have to be there. */
export function kernelsOf({ settings }: Settled): { readonly kernelsAt: string | null | undefined } {
  return { kernelsAt: settings.kernels?.at };
}

/**
 * @throws UsageError where a baseline that was named is not there, or one is no baseline; for --quiet and
 * --verbose at once.
 */
export function runSettingsOf(
  { settings }: Settled,
  args: Pick<CampaignArguments, 'json' | 'quiet' | 'verbose'> & { readonly update: boolean },
): RunSettings {
  const { json, update } = args;
  const baselinePath = textOf(settings, 'baseline')!;
  const isOptional = update || settings.baseline?.from === 'default';
  const fileOf = (key: Key): string | null => textOf(settings, key) ?? null;
  const output: Output = {
    json,
    detail: detailOf(args),
    junit: fileOf('junit'),
    sarif: fileOf('sarif'),
    github: settings.github?.value === true,
  };
  checkOutputs({ baselinePath, update, saveCorpus: fileOf('saveCorpus'), output });
  return {
    baselinePath,
    baseline: isOptional ? loadBaselineIfThere(baselinePath) : loadBaseline(baselinePath),
    update,
    judgedShareMin: settings.minCases?.value === null ? gateShareMin : 0,
    saveCorpus: fileOf('saveCorpus'),
    report: settings.report?.value === true,
    output,
  };
}

/** @throws UsageError for what could not be written at the end of the run. */
function checkOutputs({
  baselinePath,
  update,
  saveCorpus,
  output,
}: Pick<RunSettings, 'baselinePath' | 'update' | 'saveCorpus' | 'output'>): void {
  const baseline = { flag: '--baseline', path: baselinePath, use: update ? 'kept' : 'read' } as const;
  checkOutputFiles([baseline, ...ciFilesOf(output)], output);
  if (saveCorpus !== null) checkOutputFolder('--save-corpus', saveCorpus);
}

/** @throws UsageError for both at once. */
function detailOf({ quiet, verbose }: Pick<CampaignArguments, 'quiet' | 'verbose'>): Detail {
  if (quiet && verbose)
    throw new UsageError("--quiet and --verbose are each other's opposite: leave one of them out");
  return quiet ? 'quiet' : verbose ? 'verbose' : 'plain';
}

export function printSettings(command: string, { file, settings }: Settled): void {
  const shown = withDrawnFormats(withoutPassword(settings));
  terminal.printJson({ schemaVersion: 1, command, exitCode: 0, file: file?.path ?? null, settings: shown });
}

/** Formats that nobody named are no setting that could be given: what is drawn depends on the subject. */
function withDrawnFormats(settings: Settings): Settings {
  if (settings.formats?.from !== 'default') return settings;
  const at = `and ${halfFormats.join(' and ')} where the subject's supports.formats lists them`;
  return { ...settings, formats: { value: nativeFormats, from: 'default', at } };
}

function withoutPassword(settings: Settings): Settings {
  const address = queueIn(settings, process.env)?.address;
  return address === undefined
    ? settings
    : { ...settings, queue: { ...settings.queue!, value: address.shown } };
}

/** The reports root, for a command that runs no campaign. */
export async function settledOut(args: { readonly out?: string; readonly config?: string }): Promise<string> {
  const file = await loadConfig(args.config);
  const flags = args.out === undefined ? {} : { out: args.out };
  return textOf(settle('fuzz', { flags, environment: process.env, file }), 'out')!;
}
