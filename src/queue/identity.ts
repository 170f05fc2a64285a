/**
 * What a machine is, as far as its answers may depend on it: all machines of a campaign have one identity.
 * It lies on a server that others may write to, so it is read as strictly as it is bounded. It names no
 * module and no path, and nothing of it is ever loaded or run.
 */
import { cpus } from 'node:os';
import { z } from 'zod';
import { lineSchema, type MachineRecord } from '../archive/machine-record.ts';
import { parseData } from '../case/parse-data.ts';
import { supportsSchema } from '../case/supports.ts';
import { blameSchema } from '../case/text-schemas.ts';
import { InfrastructureError, UsageError } from '../contract/failure.ts';
import { arithmeticSchema } from '../case/arithmetic.ts';
import { kernelNames, kernelTable } from '../contract/subject.ts';
import { packageVersion } from '../contract/package-version.ts';
import type { ReferenceState, SubjectState } from '../examine/sighting.ts';
import { canarySize, canaryWord, type Canary } from '../examine/canary.ts';
import { generatorVersion } from '../generate/generate-case.ts';
import { formats } from '../float/format.ts';
import { plainText } from '../text/plain-text.ts';
import type { CampaignPlan } from '../campaign/plan.ts';
import type { Worker } from '../worker/supervise.ts';
import { askCanary } from './canary.ts';
import { codeDigest } from './digest.ts';
import { parsed } from './parsed.ts';
import { subjectContentOf, type SubjectContent } from './subject-content.ts';

export interface Identity {
  readonly tool: string;
  readonly generatorVersion: number;
  /** A digest of logitfuzz's own code. */
  readonly code: string;
  readonly subject: SubjectState;
  readonly content: SubjectContent;
  readonly references: readonly ReferenceState[];
  readonly node: string;
  readonly v8: string;
  /** Operating system and processor, as in 'linux x64'. */
  readonly platform: string;
  /** The processor's model: recorded, and never compared. */
  readonly cpu: string;
  readonly canary: Canary;
}

const [wordMax, nameMax, textMax] = [200, 1_000, 1_000];
const referencesMax = 32;
/** Ten times what the largest has. */
const identityCharactersMax = 2 ** 18;

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'a digest: 64 hexadecimal digits');
const word = lineSchema(wordMax);
const text = lineSchema(textMax);

const subjectSchema: z.ZodType<SubjectState> = z.strictObject({
  name: lineSchema(nameMax),
  version: word,
  kernels: z
    .array(z.enum(kernelTable.map(({ operation, direction }) => `${operation}/${direction}`)))
    .max(kernelTable.length),
  formats: z.exactOptional(z.array(z.enum(formats))),
  supports: z.exactOptional(supportsSchema),
  arithmetic: z.exactOptional(arithmeticSchema),
  refuses: z.exactOptional(z.literal(true)),
  engine: z.exactOptional(text),
  conventions: z.exactOptional(text),
});

const contentSchema: z.ZodType<SubjectContent> = z.strictObject({
  files: digest.nullable(),
  native: digest.nullable(),
  lock: digest.nullable(),
});

/** Without `module`: a reference of somebody's own is a file or a command. */
const referenceSchema: z.ZodType<ReferenceState> = z.strictObject({
  name: blameSchema,
  available: z.boolean(),
  version: word.nullable(),
  engine: text.nullable(),
  reason: text.nullable(),
  conventions: z.exactOptional(text),
});

const words = z.array(z.string().regex(canaryWord)).length(canarySize);

const canarySchema: z.ZodType<Canary> = z.strictObject({
  kernels: z.array(z.enum(kernelNames)).length(canarySize),
  cases: words,
  outcomes: z
    .record(z.string().max(nameMax), words)
    .refine((outcomes) => Object.keys(outcomes).length <= referencesMax + 1, 'of a few implementations'),
});

const identitySchema: z.ZodType<Identity> = z.strictObject({
  tool: word,
  generatorVersion: z.int().min(1),
  code: digest,
  subject: subjectSchema,
  content: contentSchema,
  references: z.array(referenceSchema).max(referencesMax),
  node: word,
  v8: word,
  platform: word,
  cpu: word,
  canary: canarySchema,
});

/** What this machine is, beside what it has loaded. */
export function machineHere(): Pick<MachineRecord, 'node' | 'v8' | 'platform' | 'cpu'> {
  return {
    node: process.version,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    cpu: plainText(cpus()[0]?.model ?? '', wordMax) || 'unknown',
  };
}

/**
 * What this machine says of itself: `start` starts a worker process of the plan each time that it is called,
 * which is asked the canary and stopped. Null where `signal` was aborted.
 * @throws as `start` does; UsageError or InfrastructureError where there is none to be had.
 */
export async function identityOf(
  { subject, connection }: Pick<CampaignPlan, 'subject' | 'connection'>,
  start: () => Promise<Worker>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Identity | null> {
  const content = await subjectContentOf(subject, connection);
  const asked = await askCanary(start, options);
  if (asked === null) return null;
  const { canary, ready } = asked;
  return identityHere({ code: codeDigest(), content, canary, ...ready });
}

/**
 * The identity of this machine out of its parts.
 * @throws UsageError where a reference is a file or a command of somebody's own.
 */
export function identityHere({
  code,
  subject,
  content,
  references,
  canary,
}: Pick<Identity, 'code' | 'subject' | 'content' | 'references' | 'canary'>): Identity {
  const own = references.find(({ module }) => module !== undefined);
  if (own !== undefined)
    throw new UsageError(
      `the reference ${JSON.stringify(own.module)} is a file or a command of your own, which a campaign of several machines does not ask: leave it out of --references`,
    );
  const plain: Identity = {
    tool: packageVersion,
    generatorVersion,
    code,
    subject: withPlainTexts(subject),
    content,
    references: references.map(withPlainTexts),
    ...machineHere(),
    canary,
  };
  return parseData(identitySchema, plain, { name: 'the identity of this machine' });
}

/** What was said by somebody beyond this process may be of any length, and on several lines. */
function withPlainTexts<T extends object>(state: T): T {
  const fields = Object.entries(state).map(([key, value]) => [
    key,
    typeof value === 'string' && key !== 'name'
      ? plainText(value, key === 'version' ? wordMax : textMax)
      : value,
  ]);
  return Object.fromEntries(fields) as T;
}

/**
 * The identity that the campaign's first machine wrote, out of its text.
 * @throws UsageError where it is of another version of logitfuzz, InfrastructureError where it is none.
 */
export function readIdentity(source: string): Identity {
  const written = source.length > identityCharactersMax ? undefined : parsed(source);
  const result = identitySchema.safeParse(written);
  if (result.success) return result.data;
  const { tool } = z.looseObject({ tool: word }).safeParse(written).data ?? {};
  if (tool !== undefined && tool !== packageVersion) throw new UsageError(otherTool(tool, packageVersion));
  throw new InfrastructureError(
    'what the queue holds as the identity of the campaign is none: somebody else writes to it, or it is damaged',
  );
}

/** What is said of a campaign of another version. */
export function otherTool(campaign: string, own: string): string {
  return `the campaign is of logitfuzz ${campaign}, and this machine has ${own}: install logitfuzz@${campaign}`;
}
