/** Draws the boundary of a finding: what was asked, right or off, and the line between. */
import type { VNode } from 'preact';
import type { BoundaryView } from './finding-view.ts';

const size = { width: 460, height: 170 } as const;

export function BoundaryPicture({ boundary }: { readonly boundary: BoundaryView }): VNode {
  const { label, text, points, edge, left, right, bottom, rail, levels, ticks } = boundary;
  return (
    <figure class="plot boundary">
      <svg viewBox={`0 0 ${size.width} ${size.height}`} role="img" aria-label={text}>
        <rect class="rail" x={left} y="4" width={right - left} height="18" rx="3" />
        <text x={left - 6} y={rail + 4} text-anchor="end">
          NaN, ∞
        </text>
        {levels.map(({ at, text: level }) => (
          <>
            <line class="grid" x1={left} x2={right} y1={at} y2={at} />
            <text x={left - 6} y={at + 3.5} text-anchor="end">
              {level}
            </text>
          </>
        ))}
        <line class="one" x1={left} x2={right} y1={levels[1]!.at} y2={levels[1]!.at} />
        <line class="base" x1={left} x2={right} y1={bottom} y2={bottom} />
        {edge === null ? null : <line class="edge" x1={edge} x2={edge} y1="4" y2={bottom} />}
        {points.map(({ x, y, isOff, text: title }) => (
          <circle class={isOff ? 'off' : 'right'} cx={x} cy={y} r="3.6">
            <title>{title}</title>
          </circle>
        ))}
        {ticks.map(({ at, text: tick }, i) => (
          <text
            x={at}
            y={bottom + 14}
            text-anchor={i === 0 ? 'start' : i === ticks.length - 1 ? 'end' : 'middle'}
          >
            {tick}
          </text>
        ))}
        <text x={(left + right) / 2} y={size.height - 5} text-anchor="middle">
          {label}
        </text>
      </svg>
      <figcaption>
        Upwards: error ÷ what a careful algorithm is allowed, of each value that was asked; the line is all of
        it.
      </figcaption>
    </figure>
  );
}
