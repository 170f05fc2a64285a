/**
 * The budget of one element: what it is allowed as a bar of its terms, the error that was made drawn over it,
 * and the terms one by one.
 */
import type { VNode } from 'preact';
import type { BudgetView } from './finding-view.ts';

const width = 400;
const height = 26;
const bar = { y: 7, height: 12 } as const;
/** An error of more times what is allowed runs out of the picture. */
const usedMax = 4;
/** The terms beyond are of the last shade. */
const shades = 6;

export function Budget({ budget }: { readonly budget: BudgetView }): VNode {
  const { terms, allowed, error, used } = budget;
  return (
    <>
      <BudgetBar budget={budget} />
      <table class="terms">
        <tbody>
          {error === '' ? null : (
            <tr class="error">
              <th scope="row">
                <svg class="key" viewBox="0 0 12 12" aria-hidden="true">
                  <path class="needle" d="M0 6H8" />
                  <circle cx="8" cy="6" r="3.4" />
                </svg>
                its error
              </th>
              <td>{used === null ? '' : shareText(used)}</td>
              <td>{error}</td>
            </tr>
          )}
          <tr class="sum">
            <th scope="row">allowed</th>
            <td>100 %</td>
            <td>{allowed}</td>
          </tr>
          {terms.map(({ name, value, share }, i) => (
            <tr>
              <th scope="row">
                <svg class="key" viewBox="0 0 12 12" aria-hidden="true">
                  <rect class={`term-${Math.min(i, shades - 1)}`} width="12" height="12" rx="2" />
                </svg>
                {name}
              </th>
              <td>{shareText(share)}</td>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function BudgetBar({ budget: { terms, used } }: { readonly budget: BudgetView }): VNode {
  const isOut = used !== null && used > usedMax;
  const unit = (width - 12) / Math.max(1, isOut ? usedMax : (used ?? 1));
  let from = 0;
  const parts = terms.map(({ share }) => {
    const part = { x: from * unit, width: share * unit };
    from += share;
    return part;
  });
  const end = isOut ? width - 12 : (used ?? 0) * unit;
  return (
    <svg class="budget" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={budgetText(used)}>
      {parts.map(({ x, width: size }, i) => (
        <rect class={`term-${Math.min(i, shades - 1)}`} x={x} y={bar.y} width={size} height={bar.height} />
      ))}
      <path class="limit" d={`M${unit} 1V${height - 1}`} />
      {used === null ? null : (
        <g class={used > 1 ? 'used outside' : 'used'}>
          <path
            class="needle"
            d={isOut ? `M0 13H${end}M${end - 7} 7L${end + 2} 13L${end - 7} 19` : `M0 13H${end}`}
          />
          {isOut ? null : <circle cx={end} cy="13" r="5" />}
        </g>
      )}
    </svg>
  );
}

function budgetText(used: number | null): string {
  return used === null
    ? 'What is allowed, by its terms.'
    : `The error is ${shareText(used)} of what is allowed.`;
}

/** `62 %`, and from 10 times on `340 ×`. */
export function shareText(share: number): string {
  if (share >= 1e9) return `${share.toExponential(1)} ×`;
  if (share >= 10) return `${Number(share.toPrecision(3)).toLocaleString('en-US')} ×`;
  return share > 0 && share < 0.005 ? '< 1 %' : `${Math.round(100 * share)} %`;
}
