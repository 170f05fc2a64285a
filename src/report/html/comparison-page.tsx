/** A comparison of two runs as one HTML file, with the trend of the runs under the root. */
import type { VNode } from 'preact';
import { plainText } from '../../text/plain-text.ts';
import { changeKinds, type Change, type ChangeKind, type Comparison } from '../compare/comparison.ts';
import { casesText, foundText, headline, standingText } from '../compare/render-comparison.ts';
import type { TrendPoint } from '../compare/trend.ts';
import { documentOf } from './document.tsx';
import { KernelRatios } from './kernel-ratios.tsx';
import { countText } from './kernels.ts';
import { Scroller, Section } from './section.tsx';
import { style } from './style.ts';
import { TrendPicture } from './trend-picture.tsx';

const leads: Readonly<Record<ChangeKind, string>> = {
  new: 'Found in the second run and not in the first.',
  gone: 'Found in the first run and not in the second.',
  worse: 'Found in both, further outside what is allowed in the second, or wrong where it was inaccurate.',
  better: 'Found in both, nearer to what is allowed in the second.',
};

export interface CompareParts {
  readonly comparison: Comparison | null;
  /** Null where it was not asked for. */
  readonly trend: readonly TrendPoint[] | null;
}

export function renderComparePage({ comparison, trend }: CompareParts): string {
  const name = plainText(comparison?.after.subject.name ?? '', 60);
  return documentOf({
    title: `${name}${name === '' ? '' : ': '}logitfuzz compare`,
    style,
    script: '',
    data: {},
    body: (
      <main class="compare">
        <header class="verdict">
          <p class="overline">
            <b>logitfuzz</b> compare
          </p>
          <h1>
            <span>{comparison === null ? 'The runs, one after the other' : headline(comparison)}</span>
          </h1>
          {comparison === null ? null : <Runs comparison={comparison} />}
        </header>
        {comparison === null
          ? null
          : changeKinds.map((kind) => <Changes kind={kind} changes={comparison[kind]} />)}
        {comparison === null ? null : <KernelRatios kernels={comparison.kernels} />}
        {trend === null || trend.length === 0 ? null : <TrendPicture trend={trend} />}
      </main>
    ),
  });
}

function Runs({ comparison }: { readonly comparison: Comparison }): VNode {
  return (
    <>
      <div class="answers">
        {(['before', 'after'] as const).map((which) => {
          const { run, startedAt, seed, cases, verdicts, subject } = comparison[which];
          return (
            <div class="question">
              <h2>{which === 'before' ? 'Before' : 'After'}</h2>
              <p>
                <b>{plainText(`${subject.name}@${subject.version}`, 80)}</b>
                <br />
                {countText(verdicts.diverge)} of {countText(cases - verdicts.skip)} cases off,{' '}
                {foundText(comparison[which])}
                <br />
                <small>
                  {plainText(startedAt.slice(0, 16).replace('T', ' '), 20)}, seed {plainText(seed, 24)}
                  <br />
                  {plainText(run, 200)}
                </small>
              </p>
            </div>
          );
        })}
      </div>
      <p class="note">{casesText(comparison)}</p>
    </>
  );
}

/** How many are listed; the rest is in the JSON. */
const rowsMax = 500;

function Changes({
  kind,
  changes,
}: {
  readonly kind: ChangeKind;
  readonly changes: readonly Change[];
}): VNode | null {
  if (changes.length === 0) return null;
  return (
    <Section id={kind} title={`${kind[0]!.toUpperCase()}${kind.slice(1)}`} lead={leads[kind]}>
      <Scroller label={`Findings that are ${kind}`}>
        <table class="worst">
          <thead>
            <tr>
              <th scope="col">on</th>
              <th scope="col">who</th>
              <th scope="col">before</th>
              <th scope="col">after</th>
            </tr>
          </thead>
          <tbody>
            {changes.slice(0, rowsMax).map((change) => (
              <tr>
                <th scope="row">
                  <code>{plainText(change.case, 120)}</code>
                  <br />
                  <small>{plainText(change.deviation, 100)}</small>
                </th>
                <td>
                  {plainText(change.implementation, 60)}
                  {change.known ? <small> known</small> : null}
                </td>
                <td>{standingText(change.before)}</td>
                <td>{standingText(change.after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      {changes.length > rowsMax ? (
        <p class="note">… and {countText(changes.length - rowsMax)} more.</p>
      ) : null}
    </Section>
  );
}
