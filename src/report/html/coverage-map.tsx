/** What was looked at: regime × kernel × axis, and regime × width, as a map of counts. */
import type { VNode } from 'preact';
import type { RunRecord } from '../../archive/run-record.ts';
import { plainText } from '../../text/plain-text.ts';
import { axisClasses } from '../../case/signature.ts';
import { widthClasses } from '../../generate/coverage.ts';
import { countText, directionTitle, kernelsOf } from './kernels.ts';
import { Scroller, Section } from './section.tsx';
import { operationTitle } from './operation-title.ts';

export function CoverageMap({ run }: { readonly run: RunRecord }): VNode {
  const kernels = kernelsOf(run);
  const regimes = [
    ...new Set([...Object.keys(run.coverage), ...Object.keys(run.widths)].map(regimeOf)),
  ].sort();
  const most = Math.max(1, ...Object.values(run.coverage));
  const mostWidth = Math.max(1, ...Object.values(run.widths));
  return (
    <Section
      id="coverage"
      title="What was looked at"
      lead="Cases by regime, the hard region of inputs that they were drawn from; a case counts for each of its own. In each pair of columns: the axis is the last one, or an inner one."
    >
      <Scroller label="Cases by regime, kernel and axis">
        <table class="map">
          <thead>
            <tr>
              <th scope="col" rowSpan={2}>
                regime
              </th>
              {kernels.map(({ operation, direction }) => (
                <th scope="colgroup" colSpan={axisClasses.length}>
                  {operationTitle(operation)}
                  <small>{directionTitle(direction)}</small>
                </th>
              ))}
              <th scope="colgroup" class="apart" colSpan={widthClasses.length}>
                logits in a lane
              </th>
            </tr>
            <tr>
              {kernels.map(() => axisClasses.map((axis) => <th scope="col">{axis}</th>))}
              {widthClasses.map((width, i) => (
                <th scope="col" class={i === 0 ? 'apart' : ''}>
                  {width.replace('-', '–').replace(' and more', '+')}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {regimes.map((regime) => (
              <tr>
                <th scope="row">{plainText(regime, 40)}</th>
                {kernels.map(({ name }) =>
                  axisClasses.map((axis) => (
                    <Count count={run.coverage[`${regime}/${name}/${axis}`] ?? 0} most={most} />
                  )),
                )}
                {widthClasses.map((width, i) => (
                  <Count count={run.widths[`${regime}/${width}`] ?? 0} most={mostWidth} isApart={i === 0} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
    </Section>
  );
}

function regimeOf(key: string): string {
  return key.split('/')[0]!;
}

const shades = 5;

/** The shade is by the logarithm: ten cases and a hundred are as far apart as a hundred and a thousand. */
function Count({
  count,
  most,
  isApart = false,
}: {
  readonly count: number;
  readonly most: number;
  readonly isApart?: boolean;
}): VNode {
  const shade = count === 0 ? 0 : 1 + Math.floor((Math.log1p(count) / Math.log1p(most)) * (shades - 0.01));
  return <td class={`shade-${shade}${isApart ? ' apart' : ''}`}>{count === 0 ? '·' : countText(count)}</td>;
}
