/**
 * The configuration file: its keys, each checked, and how one is found and loaded.
 * Flags and environment: settings.ts.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { readData, realFileSystem } from '../archive/file-system.ts';
import { parseData } from '../case/parse-data.ts';
import { pathSchema } from '../case/text-schemas.ts';
import { UsageError } from '../contract/failure.ts';
import { kernelNames, operations, type KernelName, type Operation } from '../contract/subject.ts';
import { formats, type Format } from '../float/format.ts';
import { referenceNames } from '../../reference/index.ts';
import { referenceSchema } from '../campaign/plan-file.ts';
import { importModule } from '../subjects/import-module.ts';
import { campaignNamed } from '../queue/names.ts';
import { parseDurationMs, parseSeed, parseShard } from './option-values.ts';

/**
 * Each key is the flag of the same name; paths are taken from the working directory, as on the command line.
 */
export interface CampaignConfig {
  readonly subject?: string;
  /** The Python that runs a subject that is a `.py`. */
  readonly python?: string;
  /** What runs a subject that is a model or a shader. */
  readonly engine?: string;
  /** A file that says how the functions of a subject that is a library are called. */
  readonly manifest?: string;
  /** Names, and files of references of one's own. */
  readonly references?: 'none' | 'all-there' | readonly string[];
  readonly require?: readonly string[];
  readonly operations?: readonly Operation[];
  /** The exports that are judged: one that is missing fails the run. Not beside `operations`. */
  readonly kernels?: readonly KernelName[];
  readonly formats?: readonly Format[];
  /** Most elements of the logits of one case. */
  readonly maxElements?: number;
  /** A duration with its unit: '30s'. */
  readonly time?: string;
  readonly runs?: number;
  /** Text where it is above 2^53; 'commit' derives it from the git commit. */
  readonly seed?: number | string;
  readonly workers?: number;
  /** 'i/n'. */
  readonly shard?: string;
  readonly out?: string;
  readonly maxFindings?: number;
  readonly caseTimeout?: string;
  readonly rssLimitMb?: number;
  readonly shrinkEvaluations?: number;
  readonly minCases?: number;
  readonly strict?: boolean;
  /** What a reference of one's own gets wrong fails too. */
  readonly strictReferences?: boolean;
  /** 0: `fuzz` does not say by its exit code that something fails. A gate always does. */
  readonly findingsExit?: 0 | 1;
  readonly corpus?: string;
  readonly baseline?: string;
  readonly saveCorpus?: string;
  readonly junit?: string;
  readonly sarif?: string;
  readonly github?: boolean;
  /** Whether the run writes report.html. */
  readonly report?: boolean;
  /** The URL of a server of Redis or Valkey; its password is better in LOGITFUZZ_QUEUE_PASSWORD. */
  readonly queue?: string;
  /** What the campaign is called on the queue. */
  readonly campaign?: string;
}

/** What holds for every command, and beside it what holds for one only. */
export interface Config extends CampaignConfig {
  /** The schema of the file, for editors. */
  readonly $schema?: string;
  readonly fuzz?: CampaignConfig;
  readonly gate?: CampaignConfig;
}

/** Returns the configuration itself: for the types, in `logitfuzz.config.ts`. */
export function defineConfig(config: Config): Config {
  return config;
}

const path = pathSchema;
const duration = z
  .string()
  .refine((text) => parses(() => parseDurationMs('time', text)), 'a duration with a unit, as in "30s"');
const seed = z.union([
  z.int().min(0),
  z
    .string()
    .refine((text) => text === 'commit' || parses(() => parseSeed(text)), 'digits below 2^64, or "commit"'),
]);
const shard = z
  .string()
  .refine((text) => parses(() => parseShard(text)), '"i/n" with 1 ≤ i ≤ n, as in "2/3"');
const campaign = z
  .string()
  .refine((text) => parses(() => campaignNamed(text)), 'a name of small letters, digits and hyphens');
const references = z.union([z.literal('none'), z.literal('all-there'), z.array(referenceSchema)]);
const atLeast = (min: number): z.ZodType<number> => z.int().min(min);

/** A row for each key: a table, so that the environment can be checked key by key. */
export const keySchemas: Readonly<Record<keyof CampaignConfig, z.ZodType>> = {
  subject: path,
  python: path,
  engine: path,
  manifest: path,
  references,
  require: z.array(z.enum(referenceNames)).min(1),
  operations: z.array(z.enum(operations)).min(1),
  kernels: z.array(z.enum(kernelNames)).min(1),
  formats: z.array(z.enum(formats)).min(1),
  maxElements: atLeast(1),
  time: duration,
  runs: atLeast(1),
  seed,
  workers: atLeast(1),
  shard,
  out: path,
  maxFindings: atLeast(1),
  caseTimeout: duration,
  rssLimitMb: atLeast(64),
  shrinkEvaluations: atLeast(0),
  minCases: atLeast(0),
  strict: z.boolean(),
  strictReferences: z.boolean(),
  findingsExit: z.union([z.literal(0), z.literal(1)]),
  corpus: path,
  baseline: path,
  saveCorpus: path,
  junit: path,
  sarif: path,
  github: z.boolean(),
  report: z.boolean(),
  queue: z.string().min(1),
  campaign,
};

function parses(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

const campaignShape = Object.fromEntries(
  Object.entries(keySchemas).map(([key, schema]) => [key, z.exactOptional(schema)]),
);

export const configSchema: z.ZodType<Config> = z.strictObject({
  $schema: z.exactOptional(z.string()),
  ...campaignShape,
  fuzz: z.exactOptional(z.strictObject(campaignShape)),
  gate: z.exactOptional(z.strictObject(campaignShape)),
});

export const configNames: readonly string[] = ['ts', 'js', 'mjs', 'json'].map(
  (ending) => `logitfuzz.config.${ending}`,
);

export interface ConfigFile {
  /** The path as named on the command line, or the file's name in the working directory. */
  readonly path: string;
  readonly config: Config;
}

/**
 * The file named, or the one that is in the working directory; null where there is none.
 * @throws UsageError naming the file: not there, one of two, cannot be loaded, or holds what it must not.
 */
export async function loadConfig(named: string | undefined): Promise<ConfigFile | null> {
  const found = named === undefined ? foundIn('.') : named;
  if (found === null) return null;
  if (!existsSync(found)) throw new UsageError(`the configuration ${JSON.stringify(found)} is not there`);
  const config = found.endsWith('.json')
    ? readData(realFileSystem, found, { schema: configSchema, name: found }).data
    : parseData(configSchema, await exportOf(found), { name: found });
  return { path: found, config };
}

function foundIn(folder: string): string | null {
  const found = configNames.filter((name) => existsSync(resolve(folder, name)));
  if (found.length > 1)
    throw new UsageError(`there are ${found.join(' and ')}: keep one, or name one with --config`);
  return found[0] ?? null;
}

async function exportOf(file: string): Promise<unknown> {
  let loaded: unknown;
  try {
    loaded = await importModule(resolve(file));
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new UsageError(`the configuration ${JSON.stringify(file)} could not be loaded: ${why}`);
  }
  if (typeof loaded === 'object' && loaded !== null && 'default' in loaded) return loaded.default;
  throw new UsageError(`the configuration ${JSON.stringify(file)} has no default export`);
}
