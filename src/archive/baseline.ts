/**
 * The baseline: the committed list of the subject's divergences that are known, and of how bad each was when
 * it was listed, so that only what is new or much worse fails a run.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { seedSchema, type Finding, type Growth } from '../case/finding.ts';
import { hasGrown, ratioSchema, type Ratio } from '../case/ratio.ts';
import { abbreviated } from '../case/parse-data.ts';
import type { Severity } from '../case/verdict.ts';
import { supportsSchema } from '../case/supports.ts';
import { kernelNames, kernelTable, type KernelName, type Supports } from '../contract/subject.ts';
import { UsageError } from '../contract/failure.ts';
import { formats, type Format } from '../float/format.ts';
import type { CauseRecord } from './cause-record.ts';
import { isThere, readData, realFileSystem, writeFile, type FileSystem } from './file-system.ts';

/** Where it is, where nobody says. */
export const defaultBaseline = 'logitfuzz.baseline.json';

export interface Baseline {
  /** Name of the subject whose divergences these are. */
  readonly subject: string;
  /** The cases that the entries were written of; null for a file of old, which does not say. */
  readonly cases: JudgedCases | null;
  /** By signature. */
  readonly findings: Readonly<Record<string, BaselineEntry>>;
}

export interface BaselineEntry {
  readonly severity: Severity;
  /** The ratio of the worst of its cases; null for conduct, and where a file of old does not say. */
  readonly ratio: Ratio;
  /** In how many cases it was seen; null where a file of old does not say. */
  readonly cases: number | null;
  /** The id of the cause that it is of; not there where a file of old does not say. */
  readonly cause?: string;
}

/** What decides which cases a campaign judges. */
export interface JudgedCases {
  readonly seed: string;
  /** Null for no bound. */
  readonly runs: number | null;
  readonly generatorVersion: number;
  /** The kernels that were asked, by their names in the contract, in its order. */
  readonly kernels: readonly KernelName[];
  readonly formats: readonly Format[];
  /** What the subject said that it supports; not there where it said nothing. */
  readonly supports?: Supports;
  /** Most elements of a case's logits; not there in files of old, which do not say. */
  readonly maxElements?: number;
}

/** The file as version 1 has it: of each entry its severity, and nothing else. */
interface FileOfOld {
  readonly schemaVersion: 1;
  readonly subject: string;
  readonly findings: Readonly<Record<string, Severity>>;
}

/** Version 2: of each entry how bad it was, but no causes. */
interface FileWithoutCauses extends JudgedCases, Pick<Baseline, 'subject' | 'findings'> {
  readonly schemaVersion: 2;
}

type StoredEntry = Omit<BaselineEntry, 'cause'>;

interface FileOfToday extends JudgedCases, Pick<Baseline, 'subject'> {
  readonly schemaVersion: 3;
  /** By the id of the cause; those of which a file of old did not say it under `ungrouped`. */
  readonly causes: Readonly<Record<string, { readonly signatures: Readonly<Record<string, StoredEntry>> }>>;
}

const ungrouped = 'ungrouped';

const severity = z.enum(['wrong', 'inaccurate']);
const judgedShape = {
  seed: seedSchema,
  runs: z.int().min(1).nullable(),
  generatorVersion: z.int(),
  kernels: z.array(z.enum(kernelNames)),
  formats: z.array(z.enum(formats)),
  supports: z.exactOptional(supportsSchema),
  maxElements: z.exactOptional(z.int().min(1)),
};
const entriesSchema = z.record(
  z.string(),
  z.strictObject({ severity, ratio: ratioSchema, cases: z.int().min(0).nullable() }),
);

export const baselineSchema: z.ZodType<FileOfOld | FileWithoutCauses | FileOfToday> = z.discriminatedUnion(
  'schemaVersion',
  [
    z.strictObject({
      schemaVersion: z.literal(1),
      subject: z.string(),
      findings: z.record(z.string(), severity),
    }),
    z.strictObject({
      schemaVersion: z.literal(2),
      subject: z.string(),
      ...judgedShape,
      findings: entriesSchema,
    }),
    z.strictObject({
      schemaVersion: z.literal(3),
      subject: z.string(),
      ...judgedShape,
      causes: z.record(z.string(), z.strictObject({ signatures: entriesSchema })),
    }),
  ],
);

/** @throws UsageError naming the file, and the entry that blames no subject or contradicts itself. */
export function loadBaseline(path: string, fs: FileSystem = realFileSystem): Baseline {
  const baseline = fromFile(
    readData(fs, path, { schema: baselineSchema, name: 'logitfuzz.baseline.json', versions: [1, 2, 3] }).data,
  );
  for (const [signature, { severity: listed }] of Object.entries(baseline.findings)) {
    const parts = partsOf(signature);
    if (parts === null) {
      throw new UsageError(
        `${path}: ${abbreviated(signature)} is no signature of a subject's finding ` +
          '(what references get wrong is not for the baseline)',
      );
    }
    if (parts.severity !== listed)
      throw new UsageError(`${path}: ${signature} is ${parts.severity}, and is listed as ${listed}`);
  }
  return baseline;
}

function fromFile(file: FileOfOld | FileWithoutCauses | FileOfToday): Baseline {
  if (file.schemaVersion === 3) {
    const { schemaVersion: _version, subject, causes, ...cases } = file;
    const entries = Object.entries(causes).flatMap(([cause, { signatures }]) =>
      Object.entries(signatures).map(
        ([signature, entry]) => [signature, cause === ungrouped ? entry : { ...entry, cause }] as const,
      ),
    );
    return { subject, cases, findings: Object.fromEntries(entries) };
  }
  if (file.schemaVersion === 2) {
    const { schemaVersion: _version, subject, findings, ...cases } = file;
    return { subject, cases, findings };
  }
  const findings = Object.entries(file.findings).map(([signature, ofOld]) => [
    signature,
    { severity: ofOld, ratio: null, cases: null },
  ]);
  return {
    subject: file.subject,
    cases: null,
    findings: Object.fromEntries(findings) as Baseline['findings'],
  };
}

/** Null where there is no such file. */
export function loadBaselineIfThere(path: string, fs: FileSystem = realFileSystem): Baseline | null {
  return isThere(fs, path) ? loadBaseline(path, fs) : null;
}

/** By cause, and in it by signature, one a line, so that a change reads as a diff. */
export function saveBaseline(
  path: string,
  { subject, cases, findings }: Baseline & { readonly cases: JudgedCases },
  fs: FileSystem = realFileSystem,
): void {
  const line = (key: string, value: unknown): string => `${JSON.stringify(key)}: ${lineOf(value)}`;
  const causes = new Map<string, string[]>();
  for (const [signature, { cause = ungrouped, ...entry }] of Object.entries(findings).sort(byKey)) {
    const lines = causes.get(cause) ?? [];
    lines.push(`        ${line(signature, { ...entry, ratio: inThreeDigits(entry.ratio) })}`);
    causes.set(cause, lines);
  }
  const blocks = [...causes]
    .sort(byKey)
    .map(
      ([id, lines]) =>
        `    ${JSON.stringify(id)}: {\n      "signatures": {\n${lines.join(',\n')}\n      }\n    }`,
    );
  const list = blocks.length === 0 ? '{}' : `{\n${blocks.join(',\n')}\n  }`;
  const head = Object.entries({ schemaVersion: 3, subject, ...cases });
  const lines = [...head.map(([key, value]) => `  ${line(key, value)}`), `  "causes": ${list}`];
  writeFile(fs, path, `{\n${lines.join(',\n')}\n}\n`);
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : Number(a > b);
}

/** JSON on one line, with spaces, as prettier writes it. */
function lineOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(lineOf).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}: ${lineOf(field)}`);
  return `{ ${fields.join(', ')} }`;
}

/** As many digits as say how bad it was: the rest differs from machine to machine. */
function inThreeDigits(ratio: Ratio): Ratio {
  return typeof ratio === 'number' ? Number(ratio.toPrecision(3)) : ratio;
}

type Listed = Pick<Finding, 'blame' | 'signature' | 'formerly'>;

/** Never true of a reference's finding: those are the ledger's. */
export function isListed(baseline: Baseline | null, finding: Listed): boolean {
  return listedAs(baseline, finding, (signature) => signature) !== null;
}

/**
 * The entry of a finding, by its signature or, of a file of old, by the one it had in version 1; null where
 * neither is listed. `variant` is of the signature what is looked for.
 */
function listedAs(
  baseline: Baseline | null,
  { blame, signature, formerly }: Listed,
  variant: (signature: string) => string | null,
): BaselineEntry | null {
  if (baseline === null || blame !== 'subject') return null;
  for (const name of [signature, formerly]) {
    const text = name === undefined ? null : variant(name);
    if (text !== null && Object.hasOwn(baseline.findings, text)) return baseline.findings[text]!;
  }
  return null;
}

/** The signature of what is the same and only inaccurate; null where it is no more than that. */
function milderThan(signature: string): string | null {
  const milder = signature.replace(/^((?:[^/]*\/){5})wrong\//, '$1inaccurate/');
  return milder === signature ? null : milder;
}

/**
 * How much worse a finding of the subject is than when it was listed; null where it is not, where it is new,
 * and where the baseline does not say how bad it was. A signature that is wrong has grown, too, where it is
 * not listed, and is listed as inaccurate. `judged` is null where the run searched for the worst: those are
 * other cases.
 */
export function growthOf(
  baseline: Baseline | null,
  finding: Listed & Pick<Finding, 'ratio'>,
  judged: JudgedCases | null,
): Growth | null {
  if (baseline === null || baseline.cases === null) return null;
  const sameCases =
    judged !== null && isDrawnAlike(baseline.cases, judged) && baseline.cases.runs === judged.runs;
  const listed = listedAs(baseline, finding, (signature) => signature);
  if (listed !== null)
    return hasGrown(listed.ratio, finding.ratio)
      ? { severity: listed.severity, ratio: listed.ratio, sameCases }
      : null;
  const milder = listedAs(baseline, finding, milderThan);
  return milder === null ? null : { severity: 'inaccurate', ratio: milder.ratio, sameCases };
}

/** What a run could find: an entry outside of it is neither confirmed nor fixed by the run. */
export interface Reach {
  /** The kernels that were drawn. */
  readonly kernels: readonly KernelName[];
  readonly formats: readonly string[];
  /** Every reference that was asked for is there: a divergence between two answers needs both. */
  readonly isComplete: boolean;
}

/** Whether an index is the same case in both; what a file of old does not say is held to be the same. */
function isDrawnAlike(written: JudgedCases, judged: JudgedCases): boolean {
  const { maxElements } = written;
  const drawn = { ...judged, runs: written.runs };
  if (maxElements === undefined) delete drawn.maxElements;
  return isDeepStrictEqual(written, drawn);
}

/**
 * Whether a run judged all cases that the baseline was written of, and perhaps more: of fewer cases, or of
 * others, nobody can say that what was found in those is gone. What a file of old does not say is not asked.
 */
function hasJudged(written: JudgedCases | null, judged: JudgedCases): boolean {
  if (written === null) return true;
  return isDrawnAlike(written, judged) && (judged.runs ?? Infinity) >= (written.runs ?? Infinity);
}

/** Entries that the run would have found, and did not; sorted. `cases` are all that it judged. */
export function fixedEntries(
  baseline: Baseline | null,
  {
    findings,
    reach,
    cases,
  }: { readonly findings: readonly Listed[]; readonly reach: Reach; readonly cases: JudgedCases },
): readonly string[] {
  if (baseline === null || !hasJudged(baseline.cases, cases)) return [];
  const found = new Set(findings.flatMap(({ signature, formerly }) => [signature, formerly]));
  const alike = new Set(findings.map(({ signature }) => likenessOf(signature)));
  return Object.keys(baseline.findings)
    .filter((signature) => isWithin(signature, reach) && !found.has(signature))
    .filter((signature) => !signature.startsWith('1:') || !alike.has(likenessOf(signature)))
    .sort();
}

/**
 * What a signature has in either version: one of today stands for several of version 1, and the finding names
 * only one of them.
 */
function likenessOf(signature: string): string {
  const [kernel, direction, , ...rest] = signature.replace(/^\d+:/, '').split('/');
  return [kernel, direction, ...rest.slice(0, 4)].join('/');
}

/** The kernels that it names, or an entry is of: the subject exported them when the baseline was written. */
export function kernelsListed({ cases, findings }: Baseline): readonly KernelName[] {
  const kernels = Object.keys(findings).map((signature) => partsOf(signature)!.kernel);
  kernels.push(...(cases?.kernels ?? []));
  return kernelNames.filter((kernel) => kernels.includes(kernel));
}

/**
 * What the run found of the subject, and the entries that it could not have found; none of a kernel that the
 * subject no longer exports.
 */
export function updatedBaseline(
  baseline: Baseline | null,
  run: {
    readonly subject: string;
    readonly cases: JudgedCases;
    readonly findings: readonly (Listed & Pick<Finding, 'severity' | 'ratio' | 'count'>)[];
    /** The causes of these findings. */
    readonly causes?: readonly Pick<CauseRecord, 'id' | 'signatures'>[];
    readonly reach: Reach;
    /** The kernels that the subject exports. */
    readonly exported: readonly KernelName[];
  },
): Baseline & { readonly cases: JudgedCases } {
  const kept = Object.entries(baseline?.findings ?? {}).filter(
    ([signature]) => !isWithin(signature, run.reach) && run.exported.includes(partsOf(signature)!.kernel),
  );
  const { causes = [] } = run;
  const causeOf = new Map(
    causes.flatMap(({ id, signatures }) => signatures.map((one) => [one, id] as const)),
  );
  const found = run.findings
    .filter(({ blame }) => blame === 'subject')
    .map(({ signature, severity: ofMinimal, ratio = null, count }) => {
      const cause = causeOf.get(signature);
      // Shrinking may have come to a worse case than those that the signature is of.
      const entry = { severity: partsOf(signature)?.severity ?? ofMinimal, ratio, cases: count };
      return [signature, cause === undefined ? entry : { ...entry, cause }] as const;
    });
  return { subject: run.subject, cases: run.cases, findings: Object.fromEntries([...kept, ...found]) };
}

function isWithin(signature: string, { kernels, formats: asked, isComplete }: Reach): boolean {
  const { kernel, format, oracle } = partsOf(signature)!;
  if (oracle === 'differential' && !isComplete) return false;
  return kernels.includes(kernel) && (asked.includes(format) || (format === 'any' && asked.length > 0));
}

interface SignatureParts {
  readonly kernel: KernelName;
  readonly format: string;
  readonly oracle: string;
  readonly severity: Severity;
}

/** The parts of a text that `signatureText` wrote of a subject's finding; null for any other. */
function partsOf(signature: string): SignatureParts | null {
  const match = /^\d+:([^/]+)\/([^/]+)\/([^/]+)\/subject\/([^/]+)\/(wrong|inaccurate)\//.exec(signature);
  if (match === null) return null;
  const [operation, direction, format, oracle, severity] = match.slice(1) as [
    string,
    string,
    string,
    string,
    Severity,
  ];
  const row = kernelTable.find((other) => other.operation === operation && other.direction === direction);
  return row === undefined ? null : { kernel: row.kernel, format, oracle, severity };
}
