/** The two things that a plot can show upwards: the error in ULPs, or the error ÷ what is allowed. */
import { scaleLog, type ScaleContinuousNumeric } from 'd3-scale';
import { excessOf } from '../../archive/error-bucket.ts';
import type { Format } from '../../float/format.ts';
import { noDigitUlps, type Point } from './error-series.ts';

export type Scale = ScaleContinuousNumeric<number, number>;

export const size = { width: 360, height: 300 } as const;
export const margin = { top: 46, right: 12, bottom: 40, left: 52 } as const;
/** Above the axis: what is beyond it, and what is no number. */
export const rails = { beyond: 32, notFinite: 14 } as const;

export const verticals = ['ulps', 'ratio'] as const;
export type VerticalName = (typeof verticals)[number];

export interface Vertical {
  readonly name: VerticalName;
  /** What is less is drawn as that. */
  readonly least: number;
  /** What is that much or more stands in the rail. */
  readonly most: number;
  readonly decades: readonly number[];
  readonly leastText: string;
  readonly beyondText: string;
  /** Whether all is allowed the same: error ÷ allowed up to 1. */
  readonly isRelative: boolean;
  valueOf(point: Point): number;
  readonly scale: Scale;
}

export function verticalOf(name: VerticalName, format: Format): Vertical {
  return name === 'ulps' ? inUlps(format) : inRatio;
}

function inUlps(format: Format): Vertical {
  const [least, most] = [0.1, noDigitUlps(format)];
  return {
    name: 'ulps',
    least,
    most,
    decades: decadesUpTo(most),
    leastText: '≤ 0.1',
    beyondText: 'no digit',
    isRelative: false,
    valueOf: ({ ulps }) => ulps,
    scale: scaleFor(least, most),
  };
}

const ratioRange = [0.01, 10_000] as const;

const inRatio: Vertical = {
  name: 'ratio',
  least: ratioRange[0],
  most: ratioRange[1],
  decades: [-1, 0, 1, 2, 3],
  leastText: '≤ 0.01',
  beyondText: '≥ 10⁴',
  isRelative: true,
  valueOf: excessOf,
  scale: scaleFor(...ratioRange),
};

function scaleFor(least: number, most: number): Scale {
  return scaleLog([least, most], [size.height - margin.bottom, margin.top]);
}

/** Powers of ten, at most seven. */
function decadesUpTo(value: number): readonly number[] {
  const most = Math.floor(Math.log10(value));
  const step = most > 6 ? 3 : 1;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}

/** Where a value stands: on the scale, or in the rail above it. */
export function heightOf(value: number, { least, most, scale }: Vertical): number {
  return value >= most ? rails.beyond : scale(Math.max(least, value));
}
