/**
 * What is known of a finding: the smallest case, what everybody
 * answered, what is allowed, and how to see it again.
 */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { BoundaryPicture } from '../boundary-picture.tsx';
import { Budget } from '../budget.tsx';
import type { DetailView, FindingView, RowView, TableView } from '../finding-view.ts';
import { Mark } from '../mark.tsx';
import { CopyButton } from './copy-button.tsx';
import { KernelSource } from './kernel-source.tsx';
import { detailOf } from './data.ts';

export function FindingDetail({ finding }: { readonly finding: FindingView }): VNode | null {
  const [detail, setDetail] = useState<DetailView | null>(null);
  useEffect(() => void detailOf(finding).then(setDetail), [finding]);
  return detail === null ? null : <Detail finding={finding} detail={detail} />;
}

function Detail({
  finding: { id, story },
  detail,
}: {
  readonly finding: FindingView;
  readonly detail: DetailView;
}): VNode {
  const { why, diagnosis, boundary, tables, call, trial, replay, source, facts } = detail;
  return (
    <div class="detail">
      <p class="telling">{story}</p>
      <div class="command">
        <code>{replay}</code>
        <CopyButton text={replay} label="Copy the replay command" />
      </div>
      {diagnosis.length === 0 ? null : (
        <>
          <h4>Diagnosis</h4>
          <div class="columns">
            <ul class="why">
              {diagnosis.map((sentence) => (
                <li>{sentence}</li>
              ))}
            </ul>
            {boundary === null ? null : <BoundaryPicture boundary={boundary} />}
          </div>
        </>
      )}
      <h4>The smallest case</h4>
      <div class="scroller" role="region" aria-label="The smallest case" tabIndex={0}>
        {tables.map((table) => (
          <CaseTable table={table} />
        ))}
      </div>
      {trial === '' ? null : (
        <p class="note to-try">
          <a href={trial}>Try this lane</a>: change a logit, or paste another answer.
        </p>
      )}
      <div class="columns">
        <div>
          <Answers detail={detail} />
        </div>
        <div>
          <Tolerance detail={detail} />
        </div>
      </div>
      {call === '' ? null : (
        <>
          <h4>The call</h4>
          <div class="call">
            <pre>
              <code>{call}</code>
            </pre>
            <CopyButton text={call} label="Copy the call" />
          </div>
        </>
      )}
      {source === null ? null : <KernelSource place={source} />}
      <h4>Why it is held against it</h4>
      <ul class="why">
        {why.map((line) => (
          <li>{line}</li>
        ))}
      </ul>
      <dl class="provenance">
        {facts.map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>link</dt>
          <dd>
            <a href={`#${id}`}>#{id}</a>
          </dd>
        </div>
      </dl>
    </div>
  );
}

function CaseTable({ table: { header, rows } }: { readonly table: TableView }): VNode {
  return (
    <table class="case">
      <thead>
        <tr>
          {header.map((name) => (
            <th scope="col">{name}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <CaseRow row={row} />
        ))}
      </tbody>
    </table>
  );
}

const signs: Readonly<Record<RowView['kind'], string>> = { plain: '', gap: '', guilty: '◁', worst: '◀' };

function CaseRow({ row: { cells, kind } }: { readonly row: RowView }): VNode {
  const [place, ...rest] = cells;
  return (
    <tr class={kind}>
      <th scope="row">
        {place} {signs[kind] === '' ? null : <span title="outside its tolerance">{signs[kind]}</span>}
      </th>
      {rest.map((cell) => (
        <td>{cell}</td>
      ))}
    </tr>
  );
}

function Answers({ detail: { answers, at } }: { readonly detail: DetailView }): VNode | null {
  if (answers.length === 0) return null;
  return (
    <>
      <h4>What each answered</h4>
      <table class="answered">
        <thead>
          <tr>
            <th scope="col">implementation</th>
            <th scope="col">{at}</th>
            <th scope="col">verdict</th>
          </tr>
        </thead>
        <tbody>
          {answers.map(({ name, isSubject, verdict, kind, value, reason }) => (
            <tr>
              <th scope="row">
                {name}
                {isSubject ? <small> the subject</small> : null}
              </th>
              <td>{value}</td>
              <td class={`cell ${kind}`}>
                <span>
                  <Mark kind={kind} /> {verdict}
                </span>
                {verdict === 'skip' || verdict === 'inconclusive' ? <small>{reason}</small> : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Tolerance({ detail: { budget, assumed } }: { readonly detail: DetailView }): VNode | null {
  if (budget.allowed === '') return null;
  return (
    <>
      <h4>What it is allowed there</h4>
      <Budget budget={budget} />
      <p class="note">Assumed: {assumed}.</p>
    </>
  );
}
