/**
 * The baseline: the committed list of the subject's divergences
 * that are known, so that only a new one fails a run.
 */
import { z } from 'zod';
import type { Finding } from '../case/finding.ts';
import type { Severity } from '../case/verdict.ts';
import { UsageError } from '../contract/failure.ts';
import { kernelNames, kernelTable, type KernelName } from '../contract/subject.ts';
import { isThere, readData, realFileSystem, writeFile, type FileSystem } from './file-system.ts';

export interface Baseline {
  readonly schemaVersion: 1;
  /** Name of the subject whose divergences these are. */
  readonly subject: string;
  /** Signature → severity: one line each, so that it reads as a diff. */
  readonly findings: Readonly<Record<string, Severity>>;
}

export const baselineSchema: z.ZodType<Baseline> = z.strictObject({
  schemaVersion: z.literal(1),
  subject: z.string(),
  findings: z.record(z.string(), z.enum(['wrong', 'inaccurate'])),
});

/** @throws UsageError naming the file, and the entry that blames no subject or contradicts itself. */
export function loadBaseline(path: string, fs: FileSystem = realFileSystem): Baseline {
  const { data } = readData(fs, path, { schema: baselineSchema, name: 'logitfuzz.baseline.json' });
  for (const [signature, severity] of Object.entries(data.findings)) {
    const parts = partsOf(signature);
    if (parts === null) {
      throw new UsageError(
        `${path}: ${JSON.stringify(signature)} is no signature of a subject's finding ` +
          '(what references get wrong is not for the baseline)',
      );
    }
    if (parts.severity !== severity)
      throw new UsageError(`${path}: ${signature} is ${parts.severity}, and is listed as ${severity}`);
  }
  return data;
}

/** Null where there is no such file. */
export function loadBaselineIfThere(path: string, fs: FileSystem = realFileSystem): Baseline | null {
  return isThere(fs, path) ? loadBaseline(path, fs) : null;
}

/** Entries sorted by signature. */
export function saveBaseline(path: string, baseline: Baseline, fs: FileSystem = realFileSystem): void {
  const findings = Object.fromEntries(Object.entries(baseline.findings).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFile(fs, path, `${JSON.stringify({ ...baseline, findings }, null, 2)}\n`);
}

type Listed = Pick<Finding, 'blame' | 'signature'>;

/** Never true of a reference's finding: those are the ledger's. */
export function isListed(baseline: Baseline | null, { blame, signature }: Listed): boolean {
  return blame === 'subject' && baseline !== null && Object.hasOwn(baseline.findings, signature);
}

/** What a run could find: an entry outside of it is neither confirmed nor fixed by the run. */
export interface Reach {
  /** The kernels that were drawn. */
  readonly kernels: readonly KernelName[];
  readonly formats: readonly string[];
  /** Every reference that was asked for is there: a divergence between two answers needs both. */
  readonly isComplete: boolean;
}

/** Entries that the run could have found, and did not; sorted. */
export function fixedEntries(
  baseline: Baseline | null,
  { findings, reach }: { readonly findings: readonly Listed[]; readonly reach: Reach },
): readonly string[] {
  const found = new Set(findings.map(({ signature }) => signature));
  return Object.keys(baseline?.findings ?? {})
    .filter((signature) => isWithin(signature, reach) && !found.has(signature))
    .sort();
}

/** The kernels that entries are of: the subject exported them when the baseline was written. */
export function kernelsListed(baseline: Baseline | null): readonly KernelName[] {
  const kernels = Object.keys(baseline?.findings ?? {}).map((signature) => partsOf(signature)!.kernel);
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
    readonly findings: readonly (Listed & Pick<Finding, 'severity'>)[];
    readonly reach: Reach;
    /** The kernels that the subject exports. */
    readonly exported: readonly KernelName[];
  },
): Baseline {
  const kept = Object.entries(baseline?.findings ?? {}).filter(
    ([signature]) => !isWithin(signature, run.reach) && run.exported.includes(partsOf(signature)!.kernel),
  );
  const found = run.findings
    .filter(({ blame }) => blame === 'subject')
    .map(({ signature, severity }) => [signature, severity] as const);
  return { schemaVersion: 1, subject: run.subject, findings: Object.fromEntries([...kept, ...found]) };
}

function isWithin(signature: string, { kernels, formats, isComplete }: Reach): boolean {
  const { kernel, format, oracle } = partsOf(signature)!;
  if (oracle === 'differential' && !isComplete) return false;
  return kernels.includes(kernel) && formats.includes(format);
}

interface SignatureParts {
  readonly kernel: KernelName;
  readonly format: string;
  readonly oracle: string;
  readonly severity: string;
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
    string,
  ];
  const row = kernelTable.find((other) => other.operation === operation && other.direction === direction);
  return row === undefined ? null : { kernel: row.kernel, format, oracle, severity };
}
