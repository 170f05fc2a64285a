/**
 * What a machine sends back: compressed, bounded before and after, and checked, since whoever may write to
 * the queue may have written it. What is too large for one message goes in several.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { findingSchema, type Finding } from '../case/finding.ts';
import { parseData } from '../case/parse-data.ts';
import { blameSchema } from '../case/text-schemas.ts';
import type { Break } from '../campaign/breaker.ts';
import type { Gained } from '../campaign/lasting-slot.ts';
import {
  fromStored,
  rangeSchema,
  sightingSchema,
  tallySchema,
  toStored,
  type StoredRange,
} from '../campaign/progress.ts';
import type { Asked } from '../campaign/asked.ts';
import type { Sighting } from '../examine/sighting.ts';
import type { Tally } from '../examine/tally.ts';
import { UsageError } from '../contract/failure.ts';
import { unstackedSchema, type JudgeJob } from './job.ts';

/** A message of the results' queue. */
export interface Envelope {
  readonly run: string;
  /** The id of the job that it is of. */
  readonly job: string;
  /** The body: JSON, gzip, base64. */
  readonly body: string;
}

/** What was judged of a job, as a message holds it. */
export interface JudgedBody {
  readonly kind: 'judged';
  readonly tally: Tally;
  readonly sightings: readonly Sighting[];
  readonly findings: readonly Finding[];
  readonly before: readonly (readonly [string, readonly StoredRange[]])[];
  readonly losses: number;
  readonly lastBreak: Break | null;
  readonly workersDied: number;
  readonly unstacked: JudgeJob['unstacked'];
  readonly left: readonly StoredRange[];
  readonly seconds: number;
}

/** Findings of a job whose counts come in a later message. */
interface FindingsBody {
  readonly kind: 'findings';
  readonly findings: readonly Finding[];
}

/**
 * The findings of the subject once a fresh process was asked, in one or more messages: the last has `last`.
 */
export interface ConfirmedBody {
  readonly kind: 'confirmed';
  readonly findings: readonly Finding[];
  readonly sightings: readonly Sighting[];
}

export type Body = JudgedBody | FindingsBody | ConfirmedBody;

/** Bytes of a body, compressed and not. */
const bodyBytesMax = 16 * 2 ** 20;
const bodyTextMax = 64 * 2 ** 20;
/** Findings of one message, in characters of JSON: far below the bound. */
const findingsTextMax = 16 * 2 ** 20;

const breakSchema: z.ZodType<Break | null> = z
  .strictObject({ blame: blameSchema, symptom: z.string().max(1_000) })
  .nullable();
const count = z.int().min(0);
const beforeSchema = z.array(z.tuple([z.string(), z.array(rangeSchema)]));

const bodySchema: z.ZodType<Body> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('judged'),
    tally: tallySchema,
    sightings: z.array(sightingSchema),
    findings: z.array(findingSchema),
    before: beforeSchema,
    losses: count,
    lastBreak: breakSchema,
    workersDied: count,
    unstacked: unstackedSchema,
    left: z.array(rangeSchema),
    seconds: z.number().min(0),
  }),
  z.strictObject({ kind: z.literal('findings'), findings: z.array(findingSchema) }),
  z.strictObject({
    kind: z.literal('confirmed'),
    findings: z.array(findingSchema),
    sightings: z.array(sightingSchema),
  }),
]);

const envelopeSchema: z.ZodType<Envelope> = z.strictObject({
  run: z.string().max(100),
  job: z.string().max(200),
  body: z.string(),
});

/** The bodies of what was judged, in the order in which they are to be sent. */
export function bodiesOf(gained: Gained): readonly Body[] {
  const chunks = chunksOf(gained.findings);
  const judged: JudgedBody = {
    kind: 'judged',
    tally: gained.tally,
    sightings: gained.sightings,
    findings: chunks.at(-1) ?? [],
    before: [...gained.before].map(([signature, asked]) => [signature, asked.map(toStored)]),
    losses: gained.deaths.cases,
    lastBreak: gained.deaths.last,
    workersDied: gained.workersDied,
    unstacked: [...gained.unstacked],
    left: gained.left.map(toStored),
    seconds: gained.seconds,
  };
  return [...chunks.slice(0, -1).map((findings) => ({ kind: 'findings' as const, findings })), judged];
}

/** The same of what was confirmed. */
export function bodiesOfConfirmed({
  findings,
  sightings,
}: Pick<ConfirmedBody, 'findings' | 'sightings'>): readonly Body[] {
  const chunks = chunksOf(findings);
  const last: ConfirmedBody = { kind: 'confirmed', findings: chunks.at(-1) ?? [], sightings };
  return [...chunks.slice(0, -1).map((some) => ({ kind: 'findings' as const, findings: some })), last];
}

function chunksOf(findings: readonly Finding[]): readonly (readonly Finding[])[] {
  const chunks: Finding[][] = [];
  let room = 0;
  for (const finding of findings) {
    const size = JSON.stringify(finding).length;
    if (chunks.length === 0 || size > room) {
      chunks.push([]);
      room = findingsTextMax;
    }
    chunks.at(-1)!.push(finding);
    room -= size;
  }
  return chunks;
}

/** @throws UsageError where it is larger than a message may be. */
export function packed(value: unknown): string {
  const bytes = packedBytes(value);
  if (bytes.length > bodyBytesMax)
    throw new UsageError(`a result of ${bytes.length} bytes, compressed, is larger than a message may be`);
  return bytes.toString('base64');
}

export function packedBytes(value: unknown): Buffer {
  return gzipSync(JSON.stringify(value), { level: 4 });
}

/** @throws UsageError for what is no body, or too large for one: a sentence that names what is wrong. */
export function openEnvelope(data: unknown): { readonly run: string; readonly job: string; body(): Body } {
  const { run, job, body } = parseData(envelopeSchema, data, { name: 'a result' });
  return {
    run,
    job,
    body() {
      if (body.length > (bodyBytesMax / 3) * 4 + 4)
        throw new UsageError(`a result of ${body.length} characters is larger than a message may be`);
      return unpacked(Buffer.from(body, 'base64'), { schema: bodySchema, name: `a result of job ${job}` });
    },
  };
}

/** @throws UsageError for what does not unpack, or is not what the schema says. */
export function unpacked<T>(
  bytes: Buffer,
  { schema, name }: { readonly schema: z.ZodType<T>; readonly name: string },
): T {
  let value: unknown;
  try {
    value = JSON.parse(gunzipSync(bytes, { maxOutputLength: bodyTextMax }).toString('utf8'));
  } catch (error) {
    throw new UsageError(`${name} does not unpack: ${(error as Error).message}`);
  }
  return parseData(schema, value, { name });
}

/** What a worker had been asked, as a campaign keeps it. */
export function askedIn(ranges: readonly StoredRange[]): Asked {
  return ranges.map(fromStored);
}

/** What a machine needs to ask the subject's findings again. */
export interface ToConfirmApart {
  readonly findings: readonly Finding[];
  readonly sightings: readonly Sighting[];
  readonly before: JudgedBody['before'];
}

export const toConfirmSchema: z.ZodType<ToConfirmApart> = z.strictObject({
  findings: z.array(findingSchema),
  sightings: z.array(sightingSchema),
  before: beforeSchema,
});

/** What the coordinator keeps, as machines are told it. */
export const knownSchema: z.ZodType<readonly (readonly [string, number])[]> = z.array(
  z.tuple([z.string(), z.int()]),
);
