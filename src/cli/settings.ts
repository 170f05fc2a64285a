/**
 * Where each setting of a campaign comes from: flags over environment over configuration file over defaults.
 */
import { z } from 'zod';
import { defaultBaseline } from '../archive/baseline.ts';
import { parseData } from '../case/parse-data.ts';
import { UsageError } from '../contract/failure.ts';
import { defaultReferences } from '../../reference/index.ts';
import { operations } from '../contract/subject.ts';
import { defaultMaxElements } from '../generate/shape.ts';
import { defaultCampaign } from '../queue/names.ts';
import { defaults } from './campaign-options.ts';
import { connectionOf, type ConnectionArguments } from './connection-options.ts';
import { keySchemas, type CampaignConfig, type ConfigFile } from './config.ts';

export type Key = keyof CampaignConfig;
type Value = string | number | boolean | readonly string[];
type Campaigning = 'fuzz' | 'gate';

interface SettingRow {
  readonly key: Key;
  readonly variable: string;
  /** How the variable's text is read. */
  readonly kind: 'text' | 'names' | 'count' | 'switch';
  /** The default of each command; null where there is none. Undefined: the command has no such setting. */
  readonly defaults: Readonly<Record<Campaigning, Value | null | undefined>>;
}

const both = (value: Value | null): SettingRow['defaults'] => ({ fuzz: value, gate: value });
const seconds = (ms: number): string => `${ms / 1000}s`;

export const gateDefaults = {
  /** The same in every run, so that a gate that turns red was turned by the change. */
  seed: '20240229',
  /** About a minute with tfjs-cpu and tfjs-wasm on two cores that others use too. */
  runs: 20_000,
  corpus: 'corpus',
} as const;

export const settings: readonly SettingRow[] = [
  { key: 'subject', variable: 'LOGITFUZZ_SUBJECT', kind: 'text', defaults: both('from-scratch') },
  { key: 'python', variable: 'LOGITFUZZ_PYTHON', kind: 'text', defaults: both(null) },
  { key: 'engine', variable: 'LOGITFUZZ_ENGINE', kind: 'text', defaults: both(null) },
  { key: 'manifest', variable: 'LOGITFUZZ_MANIFEST', kind: 'text', defaults: both(null) },
  { key: 'references', variable: 'LOGITFUZZ_REFERENCES', kind: 'names', defaults: both(defaultReferences) },
  { key: 'require', variable: 'LOGITFUZZ_REQUIRE', kind: 'names', defaults: both(null) },
  { key: 'operations', variable: 'LOGITFUZZ_OPERATIONS', kind: 'names', defaults: both(operations) },
  { key: 'kernels', variable: 'LOGITFUZZ_KERNELS', kind: 'names', defaults: both(null) },
  { key: 'formats', variable: 'LOGITFUZZ_FORMATS', kind: 'names', defaults: both(null) },
  {
    key: 'time',
    variable: 'LOGITFUZZ_TIME',
    kind: 'text',
    defaults: { fuzz: seconds(defaults.timeMs), gate: null },
  },
  {
    key: 'runs',
    variable: 'LOGITFUZZ_RUNS',
    kind: 'count',
    defaults: { fuzz: null, gate: gateDefaults.runs },
  },
  {
    key: 'seed',
    variable: 'LOGITFUZZ_SEED',
    kind: 'text',
    defaults: { fuzz: null, gate: gateDefaults.seed },
  },
  {
    key: 'maxElements',
    variable: 'LOGITFUZZ_MAX_ELEMENTS',
    kind: 'count',
    defaults: both(defaultMaxElements),
  },
  { key: 'workers', variable: 'LOGITFUZZ_WORKERS', kind: 'count', defaults: both(defaults.workers) },
  { key: 'shard', variable: 'LOGITFUZZ_SHARD', kind: 'text', defaults: both('1/1') },
  { key: 'out', variable: 'LOGITFUZZ_OUT', kind: 'text', defaults: both(defaults.out) },
  { key: 'maxFindings', variable: 'LOGITFUZZ_MAX_FINDINGS', kind: 'count', defaults: both(null) },
  {
    key: 'caseTimeout',
    variable: 'LOGITFUZZ_CASE_TIMEOUT',
    kind: 'text',
    defaults: both(seconds(defaults.caseTimeoutMs)),
  },
  {
    key: 'rssLimitMb',
    variable: 'LOGITFUZZ_RSS_LIMIT_MB',
    kind: 'count',
    defaults: both(defaults.rssLimitMb),
  },
  {
    key: 'shrinkEvaluations',
    variable: 'LOGITFUZZ_SHRINK_EVALUATIONS',
    kind: 'count',
    defaults: both(defaults.shrinkEvaluations),
  },
  {
    key: 'minCases',
    variable: 'LOGITFUZZ_MIN_CASES',
    kind: 'count',
    defaults: { fuzz: defaults.minCases, gate: null },
  },
  { key: 'strict', variable: 'LOGITFUZZ_STRICT', kind: 'switch', defaults: both(false) },
  {
    key: 'strictReferences',
    variable: 'LOGITFUZZ_STRICT_REFERENCES',
    kind: 'switch',
    defaults: both(false),
  },
  {
    key: 'findingsExit',
    variable: 'LOGITFUZZ_FINDINGS_EXIT',
    kind: 'count',
    defaults: { fuzz: 1, gate: undefined },
  },
  {
    key: 'corpus',
    variable: 'LOGITFUZZ_CORPUS',
    kind: 'text',
    defaults: { fuzz: undefined, gate: gateDefaults.corpus },
  },
  { key: 'baseline', variable: 'LOGITFUZZ_BASELINE', kind: 'text', defaults: both(defaultBaseline) },
  {
    key: 'saveCorpus',
    variable: 'LOGITFUZZ_SAVE_CORPUS',
    kind: 'text',
    defaults: { fuzz: null, gate: undefined },
  },
  { key: 'junit', variable: 'LOGITFUZZ_JUNIT', kind: 'text', defaults: both(null) },
  { key: 'sarif', variable: 'LOGITFUZZ_SARIF', kind: 'text', defaults: both(null) },
  { key: 'github', variable: 'LOGITFUZZ_GITHUB', kind: 'switch', defaults: both(false) },
  { key: 'report', variable: 'LOGITFUZZ_REPORT', kind: 'switch', defaults: both(true) },
  { key: 'queue', variable: 'LOGITFUZZ_QUEUE', kind: 'text', defaults: { fuzz: null, gate: undefined } },
  {
    key: 'campaign',
    variable: 'LOGITFUZZ_CAMPAIGN',
    kind: 'text',
    defaults: { fuzz: defaultCampaign, gate: undefined },
  },
];

export interface Setting {
  /** Null where it is not set and has no default. */
  readonly value: Value | null;
  readonly from: 'flag' | 'environment' | 'file' | 'default';
  /** The flag, the variable or the file; null for a default that depends on nothing. */
  readonly at: string | null;
}

export type Settings = Readonly<Partial<Record<Key, Setting>>>;

export interface Sources {
  readonly flags: Readonly<Partial<Record<Key, unknown>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file: ConfigFile | null;
}

/**
 * Every setting that the command has.
 * @throws UsageError naming the flag or the variable whose value cannot be.
 */
export function settle(command: Campaigning, sources: Sources): Settings {
  const rows = settings.filter((row) => row.defaults[command] !== undefined);
  const given = rows.map((row) => [row, givenFor(row, command, sources)] as const);
  const settled: Partial<Record<Key, Setting>> = {};
  for (const [row, setting] of given) {
    const rival = given.find(([{ key }]) => key === rivals[row.key])?.[1] ?? null;
    const isOverruled = rival !== null && rankOf(rival) < rankOf(setting);
    settled[row.key] = isOverruled || setting === null ? defaultFor(row, command, rival) : setting;
  }
  const isAction = sources.environment['GITHUB_ACTIONS'] === 'true';
  if (isAction && settled.github?.from === 'default')
    settled.github = { value: true, from: 'default', at: 'GITHUB_ACTIONS' };
  if (settled.report?.from === 'default' && !isReportDefault(sources.environment))
    settled.report = { value: false, from: 'default', at: 'VITEST' };
  return settled;
}

/** Whether a run has a report where nobody says: not in tests, which start hundreds of runs. */
export function isReportDefault(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment['VITEST'] !== 'true';
}

/**
 * The two bounds of a run, and the two ways to say what is asked: who sets one of them where it counts more
 * has set both.
 */
const rivals: Partial<Record<Key, Key>> = {
  time: 'runs',
  runs: 'time',
  operations: 'kernels',
  kernels: 'operations',
};

function rankOf(setting: Setting | null): number {
  return setting === null ? Infinity : ['flag', 'environment', 'file'].indexOf(setting.from);
}

function defaultFor(
  { key, defaults: byCommand }: SettingRow,
  command: Campaigning,
  rival: Setting | null,
): Setting {
  const isVoid = key in rivals && rival !== null;
  return { value: isVoid ? null : (byCommand[command] ?? null), from: 'default', at: null };
}

function givenFor(
  row: SettingRow,
  command: Campaigning,
  { flags, environment, file }: Sources,
): Setting | null {
  const flag = flags[row.key];
  if (flag === '') throw new UsageError(`${flagOf(row.key)} needs a value`);
  if (flag !== undefined) return { value: flag as Value, from: 'flag', at: flagOf(row.key) };
  const text = environment[row.variable];
  if (text !== undefined && text !== '') {
    return { value: readVariable(row, text), from: 'environment', at: row.variable };
  }
  const value = file?.config[command]?.[row.key] ?? file?.config[row.key];
  return value === undefined ? null : { value, from: 'file', at: file!.path };
}

function readVariable({ key, variable, kind }: SettingRow, text: string): Value {
  const checked = parseData(
    z.object({ [key]: keySchemas[key] }),
    { [key]: valueOf(kind, text) },
    { name: variable },
  );
  return checked[key] as Value;
}

function valueOf(kind: SettingRow['kind'], text: string): Value {
  if (kind === 'names' && text !== 'none' && text !== 'all-there')
    return text.split(',').map((name) => name.trim());
  if (kind === 'count' && /^\d+$/.test(text)) return Number(text);
  if (kind === 'switch') return ({ true: true, '1': true, false: false, '0': false } as const)[text] ?? text;
  return text;
}

/** 'maxFindings' → '--max-findings' */
export function flagOf(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The value as its flag would be given it; undefined where it is not set. */
export function asFlag({ value }: Setting): string | boolean | undefined {
  if (value === null) return undefined;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  return value.length === 0 ? 'none' : value.join(',');
}

/** What its flag would be given, for a setting that is text; undefined where it is not set. */
export function textOf(settled: Settings, key: Key): string | undefined {
  const setting = settled[key];
  const value = setting === undefined ? undefined : asFlag(setting);
  return value === undefined ? undefined : String(value);
}

/** What the settings say of the subject beside its name. */
export function connectionIn(settled: Settings): ReturnType<typeof connectionOf> {
  const flags = (['python', 'engine', 'manifest'] as const).map((key) => [key, textOf(settled, key)]);
  return connectionOf(Object.fromEntries(flags) as ConnectionArguments);
}
