/**
 * What is allowed, column by column, as steps: each column has a tolerance of its own elements, and between
 * two columns there is none. Where a column has no tolerance, nothing is drawn.
 */
import type { VNode } from 'preact';
import type { Format } from '../../float/format.ts';
import { noDigitUlps, type Series } from './error-series.ts';
import { margin, size, type Scale, type Vertical } from './plot-vertical.ts';

interface Step {
  /** The column's place: an exponent. */
  readonly place: number;
  /** The least and the largest tolerance of its elements, over the implementations, in ULPs. */
  readonly low: number;
  readonly high: number;
}

export function AllowedSteps({
  series,
  x,
  vertical,
  least,
  format,
}: {
  readonly series: readonly Series[];
  readonly x: Scale;
  readonly vertical: Vertical;
  /** The place of a measure of 0. */
  readonly least: number;
  readonly format: Format;
}): VNode {
  const steps = stepsOf(series, least, format).map((step): Step =>
    vertical.isRelative ? { ...step, low: 1, high: 1 } : step,
  );
  const y = (value: number): number =>
    vertical.scale(Math.min(vertical.most, Math.max(vertical.least, value)));
  const runs = runsOf(steps);
  const edge = (key: 'low' | 'high'): string =>
    runs.map((run) => edgePath(run, x, (step) => y(step[key]))).join('');
  const bottom = size.height - margin.bottom;
  const fill = runs.map(
    (run) => `${edgePath(run, x, ({ high }) => y(high))}V${bottom}H${rounded(x(run[0]!.place - 0.5))}Z`,
  );
  return (
    <g class="band">
      <path class="fill" d={fill.join('')} />
      {vertical.isRelative ? null : <path class="low" d={edge('low')} />}
      <path class="high" d={edge('high')} />
    </g>
  );
}

export function stepsOf(series: readonly Series[], least: number, format: Format): readonly Step[] {
  const byPlace = new Map<number, number[]>();
  for (const { exponent, allowed } of series.flatMap(({ points }) => points)) {
    // nothing was measured; or an answer that cancels
    if (allowed === 0 || allowed >= noDigitUlps(format)) continue;
    const place = exponent ?? least;
    byPlace.set(place, [...(byPlace.get(place) ?? []), allowed]);
  }
  return [...byPlace]
    .map(([place, allowed]) => ({ place, low: Math.min(...allowed), high: Math.max(...allowed) }))
    .sort((a, b) => a.place - b.place);
}

/** Columns that stand side by side. */
function runsOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const runs: Step[][] = [];
  for (const step of steps) {
    const last = runs.at(-1);
    if (last?.at(-1)?.place === step.place - 1) last.push(step);
    else runs.push([step]);
  }
  return runs;
}

/** Level over the whole of each column, upright between two. */
function edgePath(run: readonly Step[], x: Scale, y: (step: Step) => number): string {
  const start = `M${rounded(x(run[0]!.place - 0.5))} ${rounded(y(run[0]!))}`;
  return start + run.map((step) => `V${rounded(y(step))}H${rounded(x(step.place + 0.5))}`).join('');
}

function rounded(value: number): string {
  return String(Math.round(10 * value) / 10);
}
