/**
 * What run.json holds of a cause: who is blamed, how often it showed, by which signatures, where it begins.
 * For a run of old, which holds none, each finding is a cause of its own.
 */
import { z } from 'zod';
import { causesOf, type Cause } from '../case/cause.ts';
import {
  nearestSchema,
  stageSchema,
  type Diagnosis,
  type NearestRecord,
  type StageRecord,
} from '../case/diagnosis.ts';
import type { Finding } from '../case/finding.ts';
import { slugFrom } from '../case/signature.ts';
import { blameSchema } from '../case/text-schemas.ts';

/** A cause, as run.json and `--json` have it. */
export interface CauseRecord extends Pick<Cause, 'id' | 'blame' | 'severity' | 'cases'> {
  /** Those of its findings, the representative's first. */
  readonly signatures: readonly string[];
  /** The path of the representative's finding.json, as in its summary. */
  readonly finding: string;
  /** Where it begins, in a sentence; null where nothing tells, or nobody asked. */
  readonly boundary: string | null;
  /** The step in which it is made, where that is known. */
  readonly stage: StageRecord | null;
  /** The planted mistake that behaves like it, where one does. */
  readonly nearest: NearestRecord | null;
}

export const causeSchema: z.ZodType<CauseRecord> = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,120}$/, 'letters, digits and hyphens'),
  blame: blameSchema,
  severity: z.enum(['wrong', 'inaccurate']),
  cases: z.int().min(0),
  signatures: z.array(z.string()).min(1),
  finding: z.string(),
  boundary: z.string().nullable(),
  stage: stageSchema.nullable(),
  nearest: nearestSchema.nullable(),
});

/** The causes of these findings, each of which is at its path. */
export function causeRecords(
  findings: readonly Finding[],
  pathOf: (finding: Finding) => string,
): readonly CauseRecord[] {
  return causesOf(findings).map(({ id, blame, severity, cases, findings: own }) => ({
    id,
    blame,
    severity,
    cases,
    signatures: own.map(({ signature }) => signature),
    finding: pathOf(own[0]!),
    ...diagnosisOf(own),
  }));
}

/** The representative's, else that of the first that was diagnosed: not all are. */
function diagnosisOf(findings: readonly Finding[]): Pick<Diagnosis, 'boundary' | 'stage' | 'nearest'> {
  const diagnosed = findings.find(({ diagnosis }) => diagnosis !== undefined)?.diagnosis;
  const { boundary = null, stage = null, nearest = null } = diagnosed ?? {};
  return { boundary, stage, nearest };
}

/** A finding of the list of a run, as far as a cause is made of it. */
type Listed = Pick<Finding, 'signature' | 'blame' | 'severity' | 'count'> & { readonly path: string };

/** A cause with those of the listed findings that are of it, the representative first. */
export interface ListedCause<F extends Listed> extends CauseRecord {
  readonly findings: readonly [F, ...F[]];
}

/**
 * The causes of a run with their findings. A finding that is of none, as all are in a run of old, is one by
 * itself.
 */
export function listedCauses<F extends Listed>({
  causes = [],
  findings,
}: {
  readonly causes?: readonly CauseRecord[];
  readonly findings: readonly F[];
}): readonly ListedCause<F>[] {
  const bySignature = new Map<string, F[]>();
  for (const finding of findings) {
    const same = bySignature.get(finding.signature);
    if (same === undefined) bySignature.set(finding.signature, [finding]);
    else same.push(finding);
  }
  const listed: ListedCause<F>[] = [];
  for (const cause of causes) {
    const [first, ...others] = cause.signatures.flatMap((signature) => bySignature.get(signature) ?? []);
    for (const signature of cause.signatures) bySignature.delete(signature);
    if (first !== undefined) listed.push({ ...cause, findings: [first, ...others] });
  }
  return [...listed, ...[...bySignature.values()].flat().map(causeOfOne)];
}

function causeOfOne<F extends Listed>(finding: F): ListedCause<F> {
  const { signature, blame, severity, count, path } = finding;
  return {
    id: slugFrom([], signature),
    blame,
    severity,
    cases: count,
    signatures: [signature],
    finding: path,
    boundary: null,
    stage: null,
    nearest: null,
    findings: [finding],
  };
}
