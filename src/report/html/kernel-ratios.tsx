/** The worst error ÷ allowed of each kernel in two runs, as two marks on one line. */
import type { VNode } from 'preact';
import { plainText } from '../../text/plain-text.ts';
import type { KernelChange } from '../compare/comparison.ts';
import { kernelText } from '../compare/render-comparison.ts';
import { kernelTitle } from './kernels.ts';
import { Scroller, Section } from './section.tsx';

export function KernelRatios({ kernels }: { readonly kernels: readonly KernelChange[] }): VNode | null {
  if (kernels.length === 0) return null;
  return (
    <Section
      id="kernels"
      title="Kernel by kernel"
      lead="Where it is right, how much of what a careful algorithm is allowed it used at most: hollow before, full after. The line ends at all of it."
    >
      <Scroller label="The worst ratio of each kernel">
        <table class="worst">
          <thead>
            <tr>
              <th scope="col">kernel</th>
              <th scope="col">who</th>
              <th scope="col">before</th>
              <th scope="col" />
              <th scope="col">after</th>
            </tr>
          </thead>
          <tbody>
            {kernels.map(({ kernel, implementation, isSubject, before, after }) => {
              const [operation, direction] = kernel.split('/') as [string, string];
              return (
                <tr>
                  <th scope="row">{kernelTitle({ operation, direction })}</th>
                  <td>
                    {plainText(implementation, 40)}
                    {isSubject ? <small> the subject</small> : null}
                  </td>
                  <td>{kernelText(before)}</td>
                  <td>
                    <Line before={before?.worstRatio ?? null} after={after?.worstRatio ?? null} />
                  </td>
                  <td>{kernelText(after)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroller>
    </Section>
  );
}

const width = 140;

function Line({ before, after }: { readonly before: number | null; readonly after: number | null }): VNode {
  const x = (ratio: number): number => 6 + (width - 12) * Math.min(1, ratio);
  return (
    <svg class="ratios" viewBox={`0 0 ${width} 12`} aria-hidden="true">
      <path class="base" d={`M6 6H${width - 6}`} />
      {before === null || after === null ? null : <path class="needle" d={`M${x(before)} 6H${x(after)}`} />}
      {before === null ? null : <circle class="before" cx={x(before)} cy="6" r="4" />}
      {after === null ? null : <circle cx={x(after)} cy="6" r="4" />}
    </svg>
  );
}
