/**
 * The sample of errors of a run, sorted into what one plot shows:
 * by kernel and format, measure, implementation.
 */
import { excessOf, measures, type ErrorBucket, type Measure } from '../../archive/error-bucket.ts';
import type { RunRecord } from '../../archive/run-record.ts';
import { formatFacts, formats, type Format } from '../../float/format.ts';
import { columnsOf, kernelsOf, type Column, type Kernel } from './kernels.ts';

export interface Point extends ErrorBucket {
  /** floor(log2 of the measure); null for a measure of 0. */
  readonly exponent: number | null;
}

export interface Series {
  readonly column: Column;
  /** The points in the order of their exponents. */
  readonly points: readonly Point[];
}

export interface Plot {
  readonly kernel: Kernel;
  readonly format: Format;
  readonly measures: Readonly<Record<Measure, readonly Series[]>>;
}

export function plotsOf(run: RunRecord): readonly Plot[] {
  const byKey = new Map<string, Point[]>();
  for (const [key, bucket] of Object.entries(run.errors)) {
    const parts = key.split('/');
    const [exponent, name] = [parts[4], parts.slice(5).join('/')]; // a name may have a slash
    const series = [...parts.slice(0, 4), name].join('/');
    const points = byKey.get(series) ?? [];
    points.push({ ...bucket, exponent: exponent === 'zero' ? null : Number(exponent) });
    byKey.set(series, points);
  }
  for (const points of byKey.values()) points.sort(byExponent);
  const plots = kernelsOf(run).flatMap((kernel) =>
    formats.map((format): Plot => {
      const of = (measure: Measure): readonly Series[] =>
        columnsOf(run).flatMap((column) => {
          const points = byKey.get(`${kernel.name}/${format}/${measure}/${column.name}`);
          return points === undefined ? [] : [{ column, points }];
        });
      return {
        kernel,
        format,
        measures: { magnitude: of('magnitude'), spread: of('spread'), width: of('width') },
      };
    }),
  );
  return plots.filter((plot) => measures.some((measure) => plot.measures[measure].length > 0));
}

function byExponent(a: Point, b: Point): number {
  return (a.exponent ?? -Infinity) < (b.exponent ?? -Infinity) ? -1 : 1;
}

/**
 * The number of ULPs from which on an answer is off by its own size or more: 0 for 1 is 2^23 of float32's.
 */
export function noDigitUlps(format: Format): number {
  return 2 ** (formatFacts(format).significandBits - 1);
}

export function isOutside(point: Point): boolean {
  return point.notFinite > 0 || excessOf(point) > 1;
}

/** The plot to be seen first: where the subject is furthest off, else where anybody is, else the first. */
export function foremostPlot(plots: readonly Plot[]): number {
  const scoreOf = ({ measures: { width } }: Plot): number => {
    const worstOf = (isSubject: boolean): number =>
      Math.max(
        0,
        ...width
          .filter(({ column }) => column.isSubject === isSubject)
          .flatMap(({ points }) => points.map((point) => (point.notFinite > 0 ? Infinity : excessOf(point)))),
      );
    return worstOf(true) > 1 ? 2 : worstOf(false) > 1 ? 1 : 0;
  };
  const scores = plots.map(scoreOf);
  return Math.max(0, scores.indexOf(Math.max(...scores)));
}
