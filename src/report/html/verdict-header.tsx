/** The top of the page: is it wrong, where, and how badly. */
import type { ComponentChildren, VNode } from 'preact';
import { plainText } from '../../text/plain-text.ts';
import type { FindingSummary, RunRecord } from '../../archive/run-record.ts';
import type { FindingAt } from '../render-json.ts';
import { storyOf } from '../story.ts';
import { byBadness, cellOf, columnsOf, countText, kernelTitle, kernelsOf, plural } from './kernels.ts';
import { Mark, type MarkKind } from './mark.tsx';
import { boundaryText } from './cause-views.ts';
import type { CauseView } from './finding-view.ts';
import { findingId } from './view-finding.ts';

interface Headline {
  readonly kind: MarkKind;
  readonly verdict: string;
}

export function VerdictHeader({
  run,
  findings,
  causes,
}: {
  readonly run: RunRecord;
  readonly findings: readonly FindingAt[];
  readonly causes: readonly CauseView[];
}): VNode {
  const own = run.findings.filter(({ blame }) => blame === 'subject').sort(byBadness);
  const name = plainText(run.subject.name, 60);
  const { kind, verdict } = headlineOf(run, own);
  const ofSubject = causes.filter(({ places }) => findings[places[0]!]!.finding.blame === 'subject');
  return (
    <header class={`verdict ${kind}`}>
      <p class="overline">
        <b>logitfuzz</b> {plainText(run.command, 20)} report,{' '}
        <time datetime={run.startedAt}>{dateText(run)}</time>
      </p>
      <h1>
        <Mark kind={kind} />
        <span>
          <span class="name">{name}</span> {verdict}
        </span>
      </h1>
      <div class="answers">
        <Question title="Is it wrong?">{isItWrong(run, own, ofSubject.length)}</Question>
        <Question title="Where?">{where(run)}</Question>
        <Question title="How badly?">{howBadly(run, own, findings)}</Question>
      </div>
      <Facts run={run} />
    </header>
  );
}

function headlineOf({ cases, verdicts }: RunRecord, own: readonly FindingSummary[]): Headline {
  if (own.some(({ severity }) => severity === 'wrong')) return { kind: 'wrong', verdict: 'is wrong' };
  if (own.length > 0) return { kind: 'inaccurate', verdict: 'is inaccurate' };
  if (cases === verdicts.skip) return { kind: 'skip', verdict: 'was not judged' };
  return { kind: 'agree', verdict: 'is not found wrong' };
}

function Question({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}): VNode {
  return (
    <div class="question">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

function isItWrong({ cases, verdicts }: RunRecord, own: readonly FindingSummary[], causes: number): VNode {
  const judged = cases - verdicts.skip;
  if (judged === 0) return <p>It took none of the {countText(cases)} cases.</p>;
  if (own.length === 0) {
    return (
      <p>
        <b>No.</b> No findings in the {countText(judged)} cases that it took
        {verdicts.inconclusive === 0 ? '' : `; ${countText(verdicts.inconclusive)} of them are inconclusive`}.
      </p>
    );
  }
  const wrong = own.filter(({ severity }) => severity === 'wrong').length;
  const inaccurate = own.length - wrong;
  return (
    <p>
      <b>{wrong > 0 ? 'Yes.' : 'It is inaccurate.'}</b> {countText(verdicts.diverge)} of the{' '}
      {countText(judged)} cases that it took are off, from{' '}
      <a href="#findings?blame=subject">{plural(Math.max(1, causes), 'cause')}</a>
      {own.length > causes ? `, in ${plural(own.length, 'kind')}` : ''}
      {wrong > 0 && inaccurate > 0 ? `: ${wrong} wrong, ${inaccurate} inaccurate` : ''}.
    </p>
  );
}

function where(run: RunRecord): VNode {
  const [subject] = columnsOf(run);
  const cells = kernelsOf(run).map((kernel) => ({ kernel, cell: cellOf(run, kernel, subject!) }));
  const off = cells.filter(({ cell }) => cell !== null && cell.findings.length > 0);
  const right = cells.filter(({ cell }) => cell?.kind === 'agree').length;
  const sound = plural(right, 'kernel');
  if (off.length === 0) {
    return <p>{right === 0 ? 'Nothing was judged.' : `Nowhere in the ${sound} that it was asked for.`}</p>;
  }
  return (
    <p>
      {off.slice(0, 4).map(({ kernel, cell }, i) => (
        <>
          {i === 0 ? '' : '; '}
          <a href={`#findings?blame=subject&operation=${kernel.operation}&direction=${kernel.direction}`}>
            {kernelTitle(kernel)}
          </a>{' '}
          ({countText(cell!.counts.diverge)} of {countText(cell!.judged)})
        </>
      ))}
      {off.length > 4 ? `; and ${off.length - 4} more` : ''}.{' '}
      {right === 0 ? '' : `No findings in the other ${sound}.`}
    </p>
  );
}

function howBadly(run: RunRecord, own: readonly FindingSummary[], findings: readonly FindingAt[]): VNode {
  const [worst] = own;
  if (worst !== undefined) {
    const at = findings.find(({ finding }) => finding.signature === worst.signature);
    if (at !== undefined) {
      return (
        <p>
          {storyOf(at.finding)}{' '}
          {boundaryText(
            at.finding,
            findings.map(({ finding }) => finding),
          )}{' '}
          <a href={`#${findingId(at.finding)}`}>Show it</a>
        </p>
      );
    }
    return <p>{plainText(worst.deviation, 120)}</p>;
  }
  const ratios = kernelsOf(run).map(({ name }) => run.worstRatio[`${name}/${run.subject.name}`] ?? 0);
  const most = Math.max(0, ...ratios);
  if (run.cases === run.verdicts.skip) return <p>Not known: it took none of the cases.</p>;
  return <p>At its worst it used {Math.round(100 * most)} % of what a careful algorithm is allowed.</p>;
}

function Facts({ run }: { readonly run: RunRecord }): VNode {
  const share = run.finiteElements === 0 ? 0 : (100 * run.inconclusiveElements) / run.finiteElements;
  const asked = run.references.filter(({ available }) => available).map(({ name }) => plainText(name, 30));
  const facts: readonly (readonly [string, string])[] = [
    ['cases', countText(run.cases)],
    ['elements judged', countText(run.finiteElements)],
    ['undecided', `${share < 0.001 && share > 0 ? '< 0.001' : Number(share.toPrecision(2))} %`],
    ['cases a second', countText(Math.round(run.casesPerSecond))],
    ['seed', plainText(run.seed, 24)],
    ['references', asked.length === 0 ? 'none' : asked.join(', ')],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function dateText({ startedAt }: RunRecord): string {
  const date = new Date(startedAt);
  if (Number.isNaN(date.getTime())) return plainText(startedAt, 40);
  return `${date.toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })} UTC`;
}
