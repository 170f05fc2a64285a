/** The trend of a subject's runs: a column for each, oldest first, and the same as a table. */
import type { VNode } from 'preact';
import { plainText } from '../../text/plain-text.ts';
import { shareOff, type TrendPoint } from '../compare/trend.ts';
import { shareText } from './budget.tsx';
import { countText } from './kernels.ts';
import { Scroller, Section } from './section.tsx';

/** The newest ones. */
const pointsMax = 60;

export function TrendPicture({ trend }: { readonly trend: readonly TrendPoint[] }): VNode {
  const shown = trend.slice(-pointsMax);
  return (
    <Section
      id="trend"
      title="The trend"
      lead={`${countText(trend.length)} ${trend.length === 1 ? 'run' : 'runs'} of the subject under the reports root, oldest first${trend.length > pointsMax ? `; the newest ${pointsMax} are shown` : ''}. Runs of other seeds and lengths judged other cases.`}
    >
      <div class="plots">
        <div class="row">
          <Columns title="share of the cases that are off" values={shown.map(shareOff)} trend={shown} />
          <Columns
            title="worst error ÷ allowed where right"
            values={shown.map(({ worstRatio }) => worstRatio ?? 0)}
            trend={shown}
          />
        </div>
      </div>
      <details>
        <summary>The runs</summary>
        <Scroller label="The runs">
          <table class="counts">
            <thead>
              <tr>
                {['started', 'version', 'cases off', 'wrong', 'inaccurate', 'worst ratio'].map((title) => (
                  <th scope="col">{title}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((point) => (
                <tr>
                  <th scope="row">{plainText(point.startedAt.slice(0, 16).replace('T', ' '), 20)}</th>
                  <td>{plainText(point.version, 30)}</td>
                  <td>
                    {countText(point.diverge)} of {countText(point.judged)}
                  </td>
                  <td>{countText(point.wrong)}</td>
                  <td>{countText(point.inaccurate)}</td>
                  <td>{point.worstRatio === null ? '' : Number(point.worstRatio.toPrecision(3))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      </details>
    </Section>
  );
}

const size = { width: 360, height: 110 } as const;
const [top, bottom, left] = [8, 90, 46];

function Columns({
  title,
  values,
  trend,
}: {
  readonly title: string;
  readonly values: readonly number[];
  readonly trend: readonly TrendPoint[];
}): VNode {
  const most = Math.max(...values, 0.01);
  const pitch = Math.min(24, (size.width - left - 4) / Math.max(1, values.length));
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <svg
        viewBox={`0 0 ${size.width} ${size.height}`}
        role="img"
        aria-label={`${title}: ${values.map(shareText).join(', ')}`}
      >
        <text x={left - 6} y={top + 8} text-anchor="end">
          {shareText(most)}
        </text>
        <text x={left - 6} y={bottom} text-anchor="end">
          0
        </text>
        <path class="base" d={`M${left} ${bottom}H${size.width}`} />
        {values.map((value, i) => {
          const height = (bottom - top) * (value / most);
          return (
            <rect
              class="column"
              x={left + 2 + i * pitch}
              y={bottom - height}
              width={Math.max(1, pitch - 3)}
              height={Math.max(value > 0 ? 1 : 0, height)}
            >
              <title>{`${plainText(trend[i]!.startedAt.slice(0, 16).replace('T', ' '), 20)}: ${shareText(value)}`}</title>
            </rect>
          );
        })}
      </svg>
    </figure>
  );
}
