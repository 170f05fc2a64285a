/** One plot as SVG: errors in ULPs against one measure, the tolerance of the same elements as a band. */
import { scaleLinear, scaleLog, type ScaleContinuousNumeric } from 'd3-scale';
import {
  area,
  curveMonotoneX,
  line,
  symbol,
  symbolCircle,
  symbolDiamond,
  symbolSquare,
  symbolTriangle,
} from 'd3-shape';
import type { VNode } from 'preact';
import { ulpsMax } from '../../text/far-off.ts';
import { roundedText } from '../../text/number-text.ts';
import { excessOf, type Measure } from '../../archive/error-bucket.ts';
import type { Format } from '../../float/format.ts';
import { isOutside, noDigitUlps, type Point, type Series } from './error-series.ts';
import { plural } from './kernels.ts';

const size = { width: 360, height: 300 } as const;
const margin = { top: 46, right: 12, bottom: 40, left: 52 } as const;
/** Above the axis: answers without a right digit, and those that are no number. */
const rails = { noDigit: 32, notFinite: 14 } as const;
/** What is below a tenth of an ULP is drawn as one. */
const leastUlps = 0.1;

const titles: Readonly<Record<Measure, { readonly title: string; readonly axis: string }>> = {
  magnitude: { title: 'by magnitude', axis: 'largest |logit|' },
  spread: { title: 'by spread', axis: 'max − min of a lane' },
  width: { title: 'by width', axis: 'logits in a lane' },
};

/** One for each implementation, the subject's first; a fifth reference begins anew. */
const markers = [symbolCircle, symbolSquare, symbolTriangle, symbolDiamond];
export const markerCount: number = markers.length;

export function markerPath(place: number): string {
  return symbol(markers[place % markers.length]!, place === 0 ? 34 : 26)()!;
}

type Scale = ScaleContinuousNumeric<number, number>;

export function ErrorPlot({
  measure,
  series,
  format,
  places,
}: {
  readonly measure: Measure;
  readonly series: readonly Series[];
  readonly format: Format;
  /** The place of each implementation among the columns, which gives its marker and colour. */
  readonly places: ReadonlyMap<string, number>;
}): VNode {
  const [least, most] = extentOf(series);
  const x = scaleLinear([least - 0.7, most + 0.7], [margin.left, size.width - margin.right]);
  const y = scaleLog([leastUlps, noDigitUlps(format)], [size.height - margin.bottom, margin.top]);
  const { title, axis } = titles[measure];
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <svg
        viewBox={`0 0 ${size.width} ${size.height}`}
        role="img"
        aria-label={summaryOf(measure, series, format)}
      >
        <Axes
          x={x}
          y={y}
          least={least}
          most={most}
          format={format}
          label={axis}
          isWidth={measure === 'width'}
        />
        <Band series={series} x={x} y={y} least={least} format={format} />
        {[...series].reverse().map(({ column, points }) => (
          <g class={`series-${places.get(column.name)! % markers.length}`}>
            {points.map((point) => (
              <Marker
                point={point}
                label={column.label}
                place={places.get(column.name)!}
                x={x}
                y={y}
                least={least}
                format={format}
              />
            ))}
          </g>
        ))}
      </svg>
    </figure>
  );
}

/** A measure of 0 stands one place before the least exponent. */
function placeOf(exponent: number | null, least: number): number {
  return exponent ?? least;
}

function extentOf(series: readonly Series[]): readonly [number, number] {
  const all = series.flatMap(({ points }) => points.map(({ exponent }) => exponent));
  const exponents = all.filter((exponent) => exponent !== null);
  const [min, max] = [Math.min(0, ...exponents), Math.max(3, ...exponents)];
  return [all.includes(null) ? min - 2 : min, max];
}

/** Powers of ten up to where no digit is left, at most seven. */
function decadesOf(format: Format): readonly number[] {
  const most = Math.floor(Math.log10(noDigitUlps(format)));
  const step = most > 6 ? 3 : 1;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}

function Axes({
  x,
  y,
  least,
  most,
  format,
  label,
  isWidth,
}: {
  readonly x: Scale;
  readonly y: Scale;
  readonly least: number;
  readonly most: number;
  readonly format: Format;
  readonly label: string;
  readonly isWidth: boolean;
}): VNode {
  const [left, right, bottom] = [margin.left, size.width - margin.right, size.height - margin.bottom];
  const decades = decadesOf(format);
  const step = most - least > 20 ? 6 : most - least > 10 ? 4 : 2;
  const ticks = Array.from({ length: most - least + 1 }, (_, i) => least + i).filter(
    (exponent) => exponent % step === 0 && exponent > least + (step > 2 ? 3 : 0),
  );
  return (
    <g class="axes">
      <rect class="rail" x={left} y={4} width={right - left} height={margin.top - 8} rx="3" />
      <text class="tick" x={left - 6} y={rails.notFinite + 4} text-anchor="end">
        NaN, ∞
      </text>
      <text class="tick" x={left - 6} y={rails.noDigit + 4} text-anchor="end">
        no digit
      </text>
      {decades.map((decade) => (
        <>
          <line class="grid" x1={left} x2={right} y1={y(10 ** decade)} y2={y(10 ** decade)} />
          <text class="tick" x={left - 6} y={y(10 ** decade) + 3.5} text-anchor="end">
            <Power base="10" exponent={decade} plain={10 ** decade} />
          </text>
        </>
      ))}
      <text class="tick" x={left - 6} y={bottom + 3.5} text-anchor="end">
        ≤ 0.1
      </text>
      <line class="base" x1={left} x2={right} y1={bottom} y2={bottom} />
      {ticks.map((exponent) => (
        <text class="tick" x={x(exponent)} y={bottom + 16} text-anchor="middle">
          <Power
            base="2"
            exponent={exponent}
            plain={isWidth || (exponent >= 0 && exponent < 7) ? 2 ** exponent : null}
          />
        </text>
      ))}
      <text class="tick" x={x(least)} y={bottom + 16} text-anchor="middle">
        {isWidth ? (least < 0 ? '0' : String(2 ** least)) : '0'}
      </text>
      <text class="axis" x={(left + right) / 2} y={size.height - 6} text-anchor="middle">
        {label}
      </text>
    </g>
  );
}

function Power({
  base,
  exponent,
  plain,
}: {
  readonly base: string;
  readonly exponent: number;
  readonly plain: number | null;
}): VNode {
  if (plain !== null && plain <= 1_000) return <>{plain}</>;
  return (
    <>
      {base}
      <tspan class="power" dy="-4">
        {String(exponent).replace('-', '−')}
      </tspan>
    </>
  );
}

interface BandPlace {
  readonly exponent: number;
  readonly low: number;
  readonly high: number;
}

/** The least and the largest tolerance of the elements at each place, over the implementations. */
function bandOf(series: readonly Series[], least: number, format: Format): readonly BandPlace[] {
  const byExponent = new Map<number, number[]>();
  for (const { exponent, allowed } of series.flatMap(({ points }) => points)) {
    // nothing was measured; or an answer that cancels
    if (allowed === 0 || allowed >= noDigitUlps(format)) continue;
    const place = placeOf(exponent, least);
    byExponent.set(place, [...(byExponent.get(place) ?? []), allowed]);
  }
  return [...byExponent]
    .map(([exponent, allowed]) => ({ exponent, low: Math.min(...allowed), high: Math.max(...allowed) }))
    .sort((a, b) => a.exponent - b.exponent);
}

function Band({
  series,
  x,
  y,
  least,
  format,
}: {
  readonly series: readonly Series[];
  readonly x: Scale;
  readonly y: Scale;
  readonly least: number;
  readonly format: Format;
}): VNode {
  const places = [...bandOf(series, least, format)];
  const fill = area<BandPlace>()
    .x(({ exponent }) => x(exponent))
    .y0(size.height - margin.bottom)
    .y1(({ high }) => y(Math.max(leastUlps, high)))
    .curve(curveMonotoneX);
  const edge = (key: 'low' | 'high'): string | null =>
    line<BandPlace>()
      .x(({ exponent }) => x(exponent))
      .y((place) => y(Math.max(leastUlps, place[key])))
      .curve(curveMonotoneX)(places);
  return (
    <g class="band">
      <path class="fill" d={fill(places) ?? ''} />
      <path class="low" d={edge('low') ?? ''} />
      <path class="high" d={edge('high') ?? ''} />
    </g>
  );
}

function Marker({
  point,
  label,
  place,
  x,
  y,
  least,
  format,
}: {
  readonly point: Point;
  readonly label: string;
  readonly place: number;
  readonly x: Scale;
  readonly y: Scale;
  readonly least: number;
  readonly format: Format;
}): VNode | null {
  if (point.allowed === 0 && point.ulps === 0 && point.notFinite === 0) return null;
  const at = x(placeOf(point.exponent, least)) + dodge(place, x);
  const height = point.ulps >= noDigitUlps(format) ? rails.noDigit : y(Math.max(leastUlps, point.ulps));
  const outside = isOutside({ ...point, notFinite: 0 });
  const text = `${label}: ${errorText(point, format)} (${plural(point.cases, 'case')})`;
  return (
    <>
      {point.allowed === 0 && point.ulps === 0 ? null : (
        <path
          class={outside ? 'marker outside' : 'marker'}
          d={markerPath(place)}
          transform={`translate(${at.toFixed(1)} ${height.toFixed(1)})`}
        >
          <title>{text}</title>
        </path>
      )}
      {point.notFinite === 0 ? null : (
        <path
          class="marker outside"
          d={markerPath(place)}
          transform={`translate(${at.toFixed(1)} ${rails.notFinite})`}
        >
          <title>{`${label}: NaN or ∞ out of place in ${plural(point.notFinite, 'case')} of ${point.cases}`}</title>
        </path>
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
