/** The axes of a plot: powers of two across, powers of ten upwards, and the rails above. */
import type { VNode } from 'preact';
import { margin, rails, size, type Scale, type Vertical } from './plot-vertical.ts';

export function Axes({
  x,
  vertical: { decades, leastText, beyondText, scale },
  least,
  most,
  label,
  isWidth,
}: {
  readonly x: Scale;
  readonly vertical: Vertical;
  /** The least and the largest exponent. */
  readonly least: number;
  readonly most: number;
  readonly label: string;
  readonly isWidth: boolean;
}): VNode {
  const [left, right, bottom] = [margin.left, size.width - margin.right, size.height - margin.bottom];
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
      <text class="tick" x={left - 6} y={rails.beyond + 4} text-anchor="end">
        {beyondText}
      </text>
      {decades.map((decade) => (
        <>
          <line class="grid" x1={left} x2={right} y1={scale(10 ** decade)} y2={scale(10 ** decade)} />
          <text class="tick" x={left - 6} y={scale(10 ** decade) + 3.5} text-anchor="end">
            <Power base="10" exponent={decade} plain={10 ** decade} />
          </text>
        </>
      ))}
      <text class="tick" x={left - 6} y={bottom + 3.5} text-anchor="end">
        {leastText}
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
