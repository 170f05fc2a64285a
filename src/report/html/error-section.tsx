/**
 * The picture that convinces: errors against magnitude,
 * spread and width, everybody on one plot with the tolerance.
 */
import { render } from 'preact-render-to-string';
import type { VNode } from 'preact';
import { measures } from '../../archive/error-bucket.ts';
import type { RunRecord } from '../../archive/run-record.ts';
import { ErrorPlot } from './error-plot.tsx';
import { foremostPlot, isOutside, plotsOf, type Plot } from './error-series.ts';
import { MarkShapes, Swatch } from './implementation-mark.tsx';
import { columnsOf, directionTitle, kernelTitle } from './kernels.ts';
import { operationTitle } from './operation-title.ts';
import { Section } from './section.tsx';

type Places = ReadonlyMap<string, number>;

export function ErrorSection({ run }: { readonly run: RunRecord }): VNode | null {
  const plots = plotsOf(run);
  if (plots.length === 0) return null;
  const foremost = foremostPlot(plots);
  return (
    <Section
      id="errors"
      title="How far off"
      lead="Each mark is the element of its column that came nearest to what it is allowed, or went furthest beyond. Under the grey steps: what those elements are allowed."
    >
      <MarkShapes />
      <div class="tabs" role="group" aria-label="Which kernel is shown">
        {plots.map((plot, i) => (
          <label>
            <input type="radio" name="plot" value={String(i)} checked={i === foremost} />
            <span>
              {operationTitle(plot.kernel.operation)} <small>{directionTitle(plot.kernel.direction)}</small>
              {plot.format === 'float32' ? null : <small> {plot.format}</small>}
              {hasOutside(plot) ? <i aria-label=", something is outside" /> : null}
            </span>
          </label>
        ))}
      </div>
      <div class="tabs" role="group" aria-label="What is shown upwards">
        <label>
          <input type="radio" name="vertical" value="ulps" checked />
          <span>error in ULPs</span>
        </label>
        <label>
          <input type="radio" name="vertical" value="ratio" />
          <span>error ÷ allowed</span>
        </label>
      </div>
      {plots.map((plot, i) => (
        <div class="plots" id={`plot-${i}`} data-plot={i === foremost ? 'foremost' : 'other'}>
          {i === foremost ? <Plots plot={plot} places={placesOf(run)} /> : null}
        </div>
      ))}
      <noscript>
        <p class="note">The other kernels’ plots need scripts, which are off.</p>
      </noscript>
      <Legend run={run} />
      <p class="note">
        A sample: one case in eight, and every case that is off. An answer that cancels or underflows to less
        than its own tolerance is left out unless it is off by more: an ULP tells nothing there. “No digit”:
        off by its own size or more.
      </p>
    </Section>
  );
}

/** The plots in the order of their tabs, each as HTML; '' for the one that stands in the page itself. */
export function plotsData(run: RunRecord): readonly string[] {
  const plots = plotsOf(run);
  const [foremost, places] = [foremostPlot(plots), placesOf(run)];
  return plots.map((plot, i) => (i === foremost ? '' : render(<Plots plot={plot} places={places} />)));
}

function placesOf(run: RunRecord): Places {
  return new Map(columnsOf(run).map(({ name }, i) => [name, i]));
}

function Plots({ plot, places }: { readonly plot: Plot; readonly places: Places }): VNode {
  return (
    <>
      <h3>
        {kernelTitle(plot.kernel)}, {plot.format}
      </h3>
      <div class="row">
        {measures.map((measure) => (
          <ErrorPlot measure={measure} series={plot.measures[measure]} format={plot.format} places={places} />
        ))}
      </div>
    </>
  );
}

function Legend({ run }: { readonly run: RunRecord }): VNode {
  return (
    <p class="legend">
      {columnsOf(run).map(({ label, isSubject }, i) => (
        <span>
          <Swatch place={i} />
          {label}
          {isSubject ? ' (the subject)' : ''}
        </span>
      ))}
      <span>
        <svg class="swatch" viewBox="-7 -7 14 14" aria-hidden="true">
          <use class="marker" href="#shape-subject" />
        </svg>
        hollow: within what it is allowed; full: outside
      </span>
      <span>
        <svg class="swatch band" viewBox="0 0 14 14" aria-hidden="true">
          <rect class="fill" y="4" width="14" height="10" />
          <path class="high" d="M0 4H14" />
          <path class="low" d="M0 9H14" />
        </svg>
        allowed, from the least to the most of a column
      </span>
    </p>
  );
}

function hasOutside({ measures: { width } }: Plot): boolean {
  return width.some(({ column, points }) => column.isSubject && points.some(isOutside));
}
