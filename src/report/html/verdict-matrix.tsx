/** Verdicts by operation, direction and implementation. */
import type { VNode } from 'preact';
import type { RunRecord } from '../../archive/run-record.ts';
import { cellOf, columnsOf, countText, directionTitle, kernelsOf, type Cell } from './kernels.ts';
import type { Column, Kernel } from './kernels.ts';
import { Mark } from './mark.tsx';
import { operationTitle } from './operation-title.ts';
import { Scroller, Section } from './section.tsx';

export function VerdictMatrix({ run }: { readonly run: RunRecord }): VNode {
  const columns = columnsOf(run);
  const kernels = kernelsOf(run);
  return (
    <Section
      id="verdicts"
      title="Verdicts"
      lead="Of the cases that each implementation took, how many were off. Each is judged against the exact answer, never against the others."
    >
      <Scroller label="Verdicts by kernel and implementation">
        <table class="matrix">
          <thead>
            <tr>
              <th scope="col" colSpan={2}>
                kernel
              </th>
              {columns.map(({ label, isSubject }) => (
                <th scope="col" class={isSubject ? 'subject' : ''}>
                  {label}
                  {isSubject ? <small>the subject</small> : null}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {kernels.map((kernel, i) => (
              <Row
                run={run}
                kernel={kernel}
                columns={columns}
                isFirst={kernels[i - 1]?.operation !== kernel.operation}
              />
            ))}
          </tbody>
        </table>
      </Scroller>
      <p class="legend">
        <Legend kind="agree" text="none is off" />
        <Legend kind="inaccurate" text="worse than a careful algorithm" />
        <Legend kind="wrong" text="no sound algorithm explains it" />
        <Legend kind="inconclusive" text="inconclusive: no verdict possible" />
        <Legend kind="skip" text="not offered, or declined" />
      </p>
    </Section>
  );
}

function Legend({ kind, text }: { readonly kind: Cell['kind']; readonly text: string }): VNode {
  return (
    <span>
      <Mark kind={kind} /> {text}
    </span>
  );
}

function Row({
  run,
  kernel,
  columns,
  isFirst,
}: {
  readonly run: RunRecord;
  readonly kernel: Kernel;
  readonly columns: readonly Column[];
  readonly isFirst: boolean;
}): VNode {
  return (
    <tr class={isFirst ? 'first' : ''}>
      <th scope="row" class="operation">
        <span class={isFirst ? '' : 'repeated'}>{operationTitle(kernel.operation)}</span>
      </th>
      <th scope="row" class="direction">
        {directionTitle(kernel.direction)}
      </th>
      {columns.map((column) => (
        <td class={column.isSubject ? 'subject' : ''}>
          <CellContent cell={cellOf(run, kernel, column)} kernel={kernel} column={column} />
        </td>
      ))}
    </tr>
  );
}

const words: Readonly<Record<Cell['kind'], string>> = {
  agree: 'agrees',
  inaccurate: 'inaccurate',
  wrong: 'wrong',
  inconclusive: 'inconclusive',
  skip: 'skipped',
};

function CellContent({
  cell,
  kernel,
  column,
}: {
  readonly cell: Cell | null;
  readonly kernel: Kernel;
  readonly column: Column;
}): VNode {
  const kind = cell?.kind ?? 'skip';
  if (cell === null || kind === 'skip') {
    return (
      <span class="cell skip">
        <Mark kind="skip" />
        <span class="hidden">{words.skip}</span>
      </span>
    );
  }
  const { counts, judged, findings } = cell;
  const content = (
    <>
      <Mark kind={kind} />
      <span class="hidden">{words[kind]}: </span>
      {counts.diverge > 0 ? (
        <span>
          <b>{countText(counts.diverge)}</b> <small>of {countText(judged)}</small>
        </span>
      ) : (
        <span>
          <small>{countText(judged)}</small>
        </span>
      )}
    </>
  );
  if (findings.length === 0) return <span class={`cell ${kind}`}>{content}</span>;
  const blame = encodeURIComponent(column.isSubject ? 'subject' : column.label);
  const query = `blame=${blame}&operation=${kernel.operation}&direction=${kernel.direction}`;
  return (
    <a class={`cell ${kind}`} href={`#findings?${query}`} title={`${findings.length} findings`}>
      {content}
    </a>
  );
}
