/** How the page is to be read: six sentences, and one element worked through as a picture. */
import type { VNode } from 'preact';
import { ulpSize } from '../../float/ulp.ts';
import { trialAddress } from './try-address.ts';

/**
 * The third number of softmax([1, 2, 3]) in float32: what is due, the two bounds in ULPs, and three answers.
 * A report judges nothing, so these are written down; how-to-read.test.ts asks the oracle.
 */
export const worked = {
  lane: '1, 2, 3',
  others: '0.09003057, 0.24472848',
  exact: 0.6652409557748219,
  careful: 5.6,
  naive: 9.97,
  answers: [
    { text: '0.66524094', verdict: 'agree' },
    { text: '0.66524143', verdict: 'inaccurate' },
    { text: '0.66524', verdict: 'wrong' },
  ],
} as const;

const sentences: readonly string[] = [
  'Inputs were drawn and given to each kernel, and each number that it answered was held against the exact one, worked out with far more digits.',
  'Distances are counted in ULPs: steps from one number that the format can hold to the next.',
  'Each number has two bounds of its own, derived from the roundings that cannot be avoided: the careful one, and the naive one, beyond which no sound algorithm comes.',
  'Within the first an answer is right, between the two it is inaccurate, and beyond the second, or NaN where a number is due, it is wrong.',
  'Whoever is outside their own bounds is to blame, the subject or a reference: nobody is outvoted.',
  'What was found is shown on the smallest input that still shows it, with a command that judges it again on your machine.',
];

export function HowToRead(): VNode {
  return (
    <section id="how-to-read" class="how" aria-labelledby="how-to-read-title">
      <h2 id="how-to-read-title">How to read this</h2>
      <div class="columns">
        <ol>
          {sentences.map((sentence) => (
            <li>{sentence}</li>
          ))}
        </ol>
        <figure>
          <NumberLine />
          <figcaption>
            softmax of [{worked.lane}] in float32, its third number: {worked.exact} is due. Each small tick is
            a float32. <a href={address()}>Try another answer</a>
          </figcaption>
        </figure>
      </div>
    </section>
  );
}

function address(): string {
  const answer = `${worked.others}, ${worked.answers[2].text}`;
  return trialAddress({ operation: 'softmax', format: 'float32', lane: worked.lane, target: '', answer });
}

const size = { width: 400, height: 122 } as const;
const axis = 74;
/** The picture reaches that many ULPs to either side. */
const reach = 18;

/** In ULPs from what is due. */
function x(ulps: number): number {
  return Math.round((size.width / 2) * (1 + ulps / reach) * 10) / 10;
}

/** The answer's distance from what is due, with its sign. */
export function stepsOff(answer: string): number {
  return (Math.fround(Number(answer)) - worked.exact) / ulpSize(worked.exact, 'float32');
}

function NumberLine(): VNode {
  const ticks = Array.from(
    { length: 2 * reach },
    (_, i) => Math.ceil(-reach - stepsOff(worked.answers[0].text)) + i,
  );
  return (
    <svg class="line" viewBox={`0 0 ${size.width} ${size.height}`} role="img" aria-label={pictureText()}>
      <rect
        class="naive"
        x={x(-worked.naive)}
        width={x(worked.naive) - x(-worked.naive)}
        y="44"
        height="30"
      />
      <rect
        class="careful"
        x={x(-worked.careful)}
        width={x(worked.careful) - x(-worked.careful)}
        y="44"
        height="30"
      />
      {ticks.map((tick) => (
        <path class="step" d={`M${x(tick + stepsOff(worked.answers[0].text))} ${axis}v5`} />
      ))}
      <path class="base" d={`M0 ${axis}H${size.width}`} />
      <path class="due" d={`M${x(0)} 38V${axis + 8}`} />
      <text x={x(0)} y="30" text-anchor="middle">
        exact
      </text>
      <text x={x(-worked.careful) + 4} y="57">
        careful
      </text>
      <text x={x(-worked.careful) + 4} y="69">
        ± {worked.careful}
      </text>
      <text x={x(-worked.naive) + 3} y="57">
        naive
      </text>
      <text x={x(-worked.naive) + 3} y="69">
        ± {worked.naive}
      </text>
      {worked.answers.map(({ text, verdict }) => (
        <g class={`at ${verdict}`}>
          <path class="pointer" d={`M${x(stepsOff(text))} ${axis + 3}l-5 10h10Z`} />
          <text x={x(stepsOff(text))} y={axis + 28} text-anchor="middle">
            {text}
          </text>
          <text class="verdict" x={x(stepsOff(text))} y={axis + 43} text-anchor="middle">
            {verdict === 'agree' ? 'right' : verdict}
          </text>
        </g>
      ))}
    </svg>
  );
}

function pictureText(): string {
  const answers = worked.answers.map(({ text, verdict }) => {
    const ulps = Math.abs(stepsOff(text)).toPrecision(2);
    return `${text} is ${ulps} ULPs off: ${verdict === 'agree' ? 'right' : verdict}`;
  });
  return `${answers.join('; ')}. Careful: ${worked.careful} ULPs; naive: ${worked.naive}.`;
}
