/** The worst case of each kernel: the finding to look at first, or how near it came to what is allowed. */
import type { VNode } from 'preact';
import { plainText } from '../../text/plain-text.ts';
import { roundedText } from '../../text/number-text.ts';
import type { RunRecord } from '../../archive/run-record.ts';
import { cellOf, columnsOf, kernelTitle, kernelsOf, type Cell, type Column } from './kernels.ts';
import { Mark } from './mark.tsx';
import { Scroller, Section } from './section.tsx';

/** The page's element for each finding, by its signature. */
export type Links = ReadonlyMap<string, string>;

export function WorstTable({ run, links }: { readonly run: RunRecord; readonly links: Links }): VNode {
  const [subject, ...references] = columnsOf(run);
  return (
    <Section
      id="worst"
      title="The worst of each kernel"
      lead="Where it is off, the finding that is furthest off. Where it is right, how much of what a careful algorithm is allowed it used at most."
    >
      <Table run={run} column={subject!} links={links} />
      {references.length === 0 ? null : (
        <details>
          <summary>The same of the references</summary>
          {references.map((column) => (
            <>
              <h3>{column.label}</h3>
              <Table run={run} column={column} links={links} />
            </>
          ))}
        </details>
      )}
    </Section>
  );
}

function Table({
  run,
  column,
  links,
}: {
  readonly run: RunRecord;
  readonly column: Column;
  readonly links: Links;
}): VNode {
  const rows = kernelsOf(run).flatMap((kernel) => {
    const cell = cellOf(run, kernel, column);
    return cell === null || cell.kind === 'skip' ? [] : [{ kernel, cell }];
  });
  return (
    <Scroller label={`The worst of each kernel of ${column.label}`}>
      <table class="worst">
        <thead>
          <tr>
            <th scope="col">kernel</th>
            <th scope="col">at its worst</th>
            <th scope="col">on</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ kernel, cell }) => (
            <tr>
              <th scope="row">{kernelTitle(kernel)}</th>
              <td>
                <Worst cell={cell} />
              </td>
              <td>
                <Where cell={cell} links={links} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function Worst({ cell: { kind, findings, ratio } }: { readonly cell: Cell }): VNode {
  const [worst] = findings;
  if (worst !== undefined) {
    return (
      <span class={`cell ${kind}`}>
        <Mark kind={kind} /> {plainText(worst.deviation, 80)}
      </span>
    );
  }
  return (
    <span class={`cell ${kind}`}>
      <Mark kind={kind} />
      {ratio === null ? <small>not decided</small> : <Meter ratio={ratio} />}
    </span>
  );
}

const meterWidth = 120;

function Meter({ ratio }: { readonly ratio: number }): VNode {
  return (
    <>
      <svg class="meter" viewBox={`0 0 ${meterWidth} 8`} aria-hidden="true">
        <rect class="whole" width={meterWidth} height="8" rx="4" />
        <rect class="part" width={Math.max(4, meterWidth * Math.min(1, ratio))} height="8" rx="4" />
      </svg>
      <span>
        {roundedText(Number((100 * ratio).toPrecision(2)))} % <small>of what is allowed</small>
      </span>
    </>
  );
}

function Where({ cell: { findings }, links }: { readonly cell: Cell; readonly links: Links }): VNode | null {
  const [worst] = findings;
  if (worst === undefined) return null;
  const id = links.get(worst.signature);
  const text = <code>{plainText(worst.case, 120)}</code>;
  return id === undefined ? text : <a href={`#${id}`}>{text}</a>;
}
