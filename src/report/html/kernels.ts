/**
 * The kernels of a run, who was asked of each, and what came of it:
 * the rows and columns of the page's tables.
 */
import type { FindingSummary, RunRecord, VerdictCounts } from '../../archive/run-record.ts';
import { plainText } from '../../text/plain-text.ts';
import { kernelTable } from '../../contract/subject.ts';
import type { MarkKind } from './mark.tsx';
import { operationTitle } from './operation-title.ts';

export interface Column {
  /** The implementation's name, as in the run's tables. */
  readonly name: string;
  readonly label: string;
  readonly isSubject: boolean;
}

/** The subject first, then the references that were asked. */
export function columnsOf({ byImplementation, subject }: RunRecord): readonly Column[] {
  const references = Object.keys(byImplementation).filter((name) => name !== subject.name);
  return [subject.name, ...references].map((name, i) => ({
    name,
    label: plainText(name, 40),
    isSubject: i === 0,
  }));
}

export interface Cell {
  readonly counts: VerdictCounts;
  readonly judged: number;
  readonly kind: MarkKind;
  /** Those of this kernel that blame this implementation, the worst first. */
  readonly findings: readonly FindingSummary[];
  /** Largest error ÷ careful tolerance where it agrees; null where nothing does. */
  readonly ratio: number | null;
}

export interface Kernel {
  /** `operation/direction` */
  readonly name: string;
  readonly operation: string;
  readonly direction: string;
}

/** Those of which a case was drawn, in the contract's order. */
export function kernelsOf({ byKernel }: RunRecord): readonly Kernel[] {
  const drawn = Object.keys(byKernel);
  return kernelTable
    .map(({ operation, direction }) => ({ name: `${operation}/${direction}`, operation, direction }))
    .filter(({ name }) => drawn.some((key) => key.startsWith(`${name}/`)));
}

/** Null where it was never asked. */
export function cellOf(run: RunRecord, kernel: Kernel, column: Column): Cell | null {
  const key = `${kernel.name}/${column.name}`;
  const counts = run.byKernel[key];
  if (counts === undefined) return null;
  const blame = column.isSubject ? 'subject' : column.name;
  const findings = run.findings
    .filter(
      (finding) =>
        finding.blame === blame &&
        finding.operation === kernel.operation &&
        finding.direction === kernel.direction,
    )
    .sort(byBadness);
  const ratio = counts.agree === 0 ? null : (run.worstRatio[key] ?? null);
  return {
    counts,
    judged: counts.agree + counts.diverge + counts.inconclusive,
    kind: kindOf(counts, findings),
    findings,
    ratio,
  };
}

function kindOf(counts: VerdictCounts, findings: readonly FindingSummary[]): MarkKind {
  if (counts.diverge > 0 || findings.length > 0) {
    return findings.length > 0 && findings.every(({ severity }) => severity === 'inaccurate')
      ? 'inaccurate'
      : 'wrong';
  }
  if (counts.agree > 0) return 'agree';
  return counts.inconclusive > 0 ? 'inconclusive' : 'skip';
}

/**
 * wrong first; then what is not finite; then by how many times it is outside of what it is allowed, or by
 * ULPs where a run of old does not say that of both.
 */
export function byBadness(a: FindingSummary, b: FindingSummary): number {
  if (a.severity !== b.severity) return a.severity === 'wrong' ? -1 : 1;
  const areKnown = a.ratio !== undefined && b.ratio !== undefined;
  const [x, y] = [a, b].map(({ ratio, ulps }) => (areKnown ? Number(ratio ?? Infinity) : (ulps ?? Infinity)));
  return x === y ? b.count - a.count : y! - x!;
}

const directionTitles: Readonly<Record<string, string>> = {
  forward: 'forward',
  backward: 'backward',
  targetBackward: 'backward to the target',
};

export function kernelTitle({ operation, direction }: Pick<Kernel, 'operation' | 'direction'>): string {
  return `${operationTitle(operation)}, ${directionTitles[direction] ?? direction}`;
}

export function directionTitle(direction: string): string {
  return directionTitles[direction] ?? direction;
}

export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}
