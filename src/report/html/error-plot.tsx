/** One plot as SVG: errors against one measure, and what the same elements are allowed, as steps. */
import { scaleLinear } from 'd3-scale';
import type { VNode } from 'preact';
import { ulpsMax } from '../../text/far-off.ts';
import { roundedText } from '../../text/number-text.ts';
import { excessOf, type Measure } from '../../archive/error-bucket.ts';
import type { Format } from '../../float/format.ts';
import { AllowedSteps } from './allowed-steps.tsx';
import { isOutside, type Point, type Series } from './error-series.ts';
import { implementationMark } from './implementation-mark.tsx';
import { plural } from './kernels.ts';
import { Axes } from './plot-axes.tsx';
import {
  heightOf,
  margin,
  rails,
  size,
  verticalOf,
  verticals,
  type Scale,
  type Vertical,
} from './plot-vertical.ts';

const titles: Readonly<Record<Measure, { readonly title: string; readonly axis: string }>> = {
  magnitude: { title: 'by magnitude', axis: 'largest |logit|' },
  spread: { title: 'by spread', axis: 'max − min of a lane' },
  width: { title: 'by width', axis: 'logits in a lane' },
};

export function ErrorPlot({
  measure,
  series,
  format,
  places,
}: {
  readonly measure: Measure;
  readonly series: readonly Series[];
  readonly format: Format;
  /** The place of each implementation among the columns, which gives its mark. */
  readonly places: ReadonlyMap<string, number>;
}): VNode {
  const [least, most] = extentOf(series);
  const x = scaleLinear([least - 0.7, most + 0.7], [margin.left, size.width - margin.right]);
  const { title, axis } = titles[measure];
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      {verticals.map((name) => {
        const vertical = verticalOf(name, format);
        return (
          <svg
            class={`in-${name}`}
            viewBox={`0 0 ${size.width} ${size.height}`}
            role="img"
            aria-label={summaryOf(measure, series, format)}
          >
            <Axes
              x={x}
              vertical={vertical}
              least={least}
              most={most}
              label={axis}
              isWidth={measure === 'width'}
            />
            <AllowedSteps series={series} x={x} vertical={vertical} least={least} format={format} />
            {[...series].reverse().map(({ column, points }) => (
              <g class={implementationMark(places.get(column.name)!).colour}>
                {points.map((point) => (
                  <Marker
                    point={point}
                    label={column.label}
                    place={places.get(column.name)!}
                    x={x}
                    vertical={vertical}
                    least={least}
                    format={format}
                  />
                ))}
              </g>
            ))}
          </svg>
        );
      })}
    </figure>
  );
}

/** A measure of 0 stands two places before the least exponent. */
function extentOf(series: readonly Series[]): readonly [number, number] {
  const all = series.flatMap(({ points }) => points.map(({ exponent }) => exponent));
  const exponents = all.filter((exponent) => exponent !== null);
  const [min, max] = [Math.min(0, ...exponents), Math.max(3, ...exponents)];
  return [all.includes(null) ? min - 2 : min, max];
}

function Marker({
  point,
  label,
  place,
  x,
  vertical,
  least,
  format,
}: {
  readonly point: Point;
  readonly label: string;
  readonly place: number;
  readonly x: Scale;
  readonly vertical: Vertical;
  readonly least: number;
  readonly format: Format;
}): VNode | null {
  if (point.allowed === 0 && point.ulps === 0 && point.notFinite === 0) return null;
  const at = (x(point.exponent ?? least) + dodge(place, x)).toFixed(1);
  const { shape } = implementationMark(place);
  const outside = isOutside({ ...point, notFinite: 0 });
  const text = `${label}: ${errorText(point, format)} (${plural(point.cases, 'case')})`;
  return (
    <>
      {point.allowed === 0 && point.ulps === 0 ? null : (
        <use
          class={outside ? 'marker outside' : 'marker'}
          href={`#${shape}`}
          x={at}
          y={heightOf(vertical.valueOf(point), vertical).toFixed(1)}
        >
          <title>{text}</title>
        </use>
      )}
      {point.notFinite === 0 ? null : (
        <use class="marker outside" href={`#${shape}`} x={at} y={rails.notFinite}>
          <title>{`${label}: NaN or ∞ out of place in ${plural(point.notFinite, 'case')} of ${point.cases}`}</title>
        </use>
      )}
    </>
  );
}

/** How far off the point is: in ULPs as far as those say something, then in times what is allowed. */
function errorText(point: Point, format: Format): string {
  return point.ulps < ulpsMax(format)
    ? `${roundedText(point.ulps)} ULPs off, ${roundedText(point.allowed)} allowed`
    : `${timesAllowed(excessOf(point))} off`;
}

function timesAllowed(times: number): string {
  return Number.isFinite(times) ? `${roundedText(times)} times the allowed error` : 'more than is allowed';
}

/** References often answer the same: side by side, within their column, both are seen. */
function dodge(place: number, x: Scale): number {
  const column = x(1) - x(0);
  return place === 0 ? 0 : (place % 2 === 0 ? 1 : -1) * Math.ceil(place / 2) * Math.min(5, column / 3.2);
}

/** What the plot shows, for whoever does not see it. */
function summaryOf(measure: Measure, series: readonly Series[], format: Format): string {
  const parts = series.map(({ column, points }) => {
    const outside = points.filter(isOutside).length;
    const finite = points.filter(({ allowed }) => allowed > 0);
    const most = Math.max(0, ...finite.map(({ ulps }) => ulps));
    const atMost =
      most < ulpsMax(format)
        ? `${roundedText(most)} ULPs`
        : timesAllowed(Math.max(...finite.map((point) => excessOf(point))));
    return `${column.label}: at most ${atMost}, outside its tolerance in ${outside} of ${points.length} columns`;
  });
  return `Errors in ULPs ${titles[measure].title}. ${parts.join('; ')}.`;
}
