/** What is told of a trial: the verdict, every element with its exact answer and tolerances, one budget. */
import type { VNode } from 'preact';
import { isHalf, type Format } from '../../../../float/format.ts';
import { isToldInUlps, ulpsText } from '../../../../text/far-off.ts';
import { elementText, numberText, roundedText } from '../../../../text/number-text.ts';
import { Budget } from '../../budget.tsx';
import { budgetView } from '../../budget-view.ts';
import { Mark } from '../../mark.tsx';
import { verdictOn, type ElementTrial, type Trial } from './trial.ts';

const sentences = {
  agree: 'Right: every element is within what a careful algorithm is allowed.',
  inaccurate: 'Inaccurate: a sound algorithm may answer that, a careful one does better.',
  wrong: 'Wrong: no sound algorithm explains it.',
  inconclusive: 'Inconclusive: an element cannot be judged.',
} as const;

/** What is sound in 16 bits depends on what is stored on the way. */
const sentencesOfHalves = {
  ...sentences,
  inaccurate: 'Inaccurate: float32 inside and one rounding would have been nearer.',
  wrong: 'Wrong: no sound algorithm with sums in float32 explains it.',
} as const;

export function TrialTold({ trial }: { readonly trial: Trial }): VNode {
  const { elements, told, tolerance, terms, format } = trial;
  const texts = isHalf(format) ? sentencesOfHalves : sentences;
  const verdict = verdictOn(trial);
  const element = elements[told]!;
  const budget = budgetView({
    terms,
    allowed: element[tolerance],
    error: element.got === null ? null : Math.abs(element.got - element.exact),
  });
  return (
    <>
      {verdict === null ? null : (
        <p class={`sentence cell ${verdict}`}>
          <Mark kind={verdict} /> <b>{texts[verdict]}</b>
        </p>
      )}
      <div class="scroller" role="region" aria-label="The elements" tabIndex={0}>
        <Elements trial={trial} />
      </div>
      {terms.length === 0 ? null : (
        <div class="allowed">
          <h4>
            {tolerance === 'naive' ? 'Any sound algorithm' : 'A careful algorithm'} is allowed at [{told}]
          </h4>
          <Budget budget={budget} />
        </div>
      )}
    </>
  );
}

const rowsMax = 100;

/** The first ones, and those that are not right wherever they stand. */
function shownOf(elements: readonly ElementTrial[]): readonly number[] {
  const places = [...elements.keys()];
  const off = places.filter((i) => i >= rowsMax && (elements[i]!.verdict ?? 'agree') !== 'agree');
  return [...places.slice(0, rowsMax), ...off.slice(0, rowsMax)];
}

function Elements({ trial: { elements, format } }: { readonly trial: Trial }): VNode {
  const shown = shownOf(elements);
  const hasLogit = elements[0]?.logit !== null;
  const hasGot = elements[0]?.got !== null;
  return (
    <>
      <table class="case">
        <thead>
          <tr>
            <th scope="col">at</th>
            {hasGot ? <th scope="col">verdict</th> : null}
            {hasLogit ? <th scope="col">logit</th> : null}
            <th scope="col">exact</th>
            <th scope="col">careful, ±</th>
            <th scope="col">naive, ±</th>
            {hasGot ? <th scope="col">your answer</th> : null}
            {hasGot ? <th scope="col">ULPs off</th> : null}
          </tr>
        </thead>
        <tbody>
          {shown.map((i) => {
            const { logit, exact, careful, naive, carefulUlps, naiveUlps, got, ulps, verdict } = elements[i]!;
            return (
              <tr class={verdict === 'wrong' || verdict === 'inaccurate' ? 'guilty' : ''}>
                <th scope="row">[{i}]</th>
                {verdict === null ? null : <td>{verdict}</td>}
                {logit === null ? null : <td>{elementText(logit, format)}</td>}
                <td>{numberText(exact, 'float64')}</td>
                <td>{allowedText({ exact, format }, careful, carefulUlps)}</td>
                <td>{allowedText({ exact, format }, naive, naiveUlps)}</td>
                {got === null ? null : <td>{elementText(got, format)}</td>}
                {hasGot ? <td>{ulpsText(ulps, { exact, format })}</td> : null}
              </tr>
            );
          })}
        </tbody>
      </table>
      {shown.length < elements.length ? (
        <p class="note">… and {(elements.length - shown.length).toLocaleString('en-US')} more.</p>
      ) : null}
    </>
  );
}

/** `8.2 ULPs`, or as an absolute error where ULPs say nothing. */
function allowedText(
  { exact, format }: { readonly exact: number; readonly format: Format },
  allowed: number,
  ulps: number | null,
): string {
  if (!Number.isFinite(exact)) return 'exactly';
  if (allowed === Infinity) return 'any';
  return isToldInUlps(ulps, { exact, format })
    ? `${roundedText(Number(ulps.toPrecision(3)))} ULPs`
    : roundedText(allowed);
}
