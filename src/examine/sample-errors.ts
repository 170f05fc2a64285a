/**
 * The sample of errors: how far off each implementation is, against what the case is like. Judges nothing.
 */
import type { Case } from '../case/case.ts';
import type { Answer } from '../oracles/answer.ts';
import { acceptedError } from '../float/acceptance.ts';
import { formats } from '../float/format.ts';
import { exponentOf, ulpSize } from '../float/ulp.ts';
import { kernelPlaceOf, kernelTable } from '../contract/subject.ts';
import type { ImplementationJudgement } from '../judge/judge-case.ts';
import { lanesOf, laneStart } from '../tensor/lanes.ts';
import { measures, sumOfBuckets, type ErrorBucket, type Measure } from '../archive/error-bucket.ts';

/** One generated case in so many: enough for a picture, and below a hundredth of the time. */
const sampledOneIn = 8;

/**
 * Whether a case is in the sample, by a hash of its index, so that no shard or stride sees more of them; a
 * divergence is in the sample wherever it is.
 */
export function isSampled(index: number): boolean {
  // π and the golden ratio, for want of anything special
  const mixed = Math.imul(index ^ 0x243f6a88, 0x9e3779b1);
  return ((mixed ^ (mixed >>> 15)) >>> 0) % sampledOneIn === 0;
}

/** What implementations were off by, under a number for each key of the sample that they make. */
export class ErrorCounts {
  readonly #byImplementation = new Map<string, Map<number, ErrorBucket>>();

  /** Adds what each of them was off by, if it gave values. */
  add(c: Case, judgements: readonly ImplementationJudgement[]): void {
    let at: readonly number[] | null = null;
    for (const judged of judgements) {
      const more = bucketOf(c, judged);
      if (more === null) continue;
      at ??= placesOf(c);
      let buckets = this.#byImplementation.get(judged.implementation);
      if (buckets === undefined) this.#byImplementation.set(judged.implementation, (buckets = new Map()));
      for (const place of at) {
        const before = buckets.get(place);
        buckets.set(place, before === undefined ? more : sumOfBuckets(before, more));
      }
    }
  }

  sample(): Record<string, ErrorBucket> {
    const sample: Record<string, ErrorBucket> = Object.create(null) as Record<string, ErrorBucket>;
    for (const [implementation, buckets] of this.#byImplementation) {
      for (const [place, bucket] of buckets) sample[`${keyOf(place)}/${implementation}`] = bucket;
    }
    return sample;
  }
}

function bucketOf(c: Case, { outcome, answer, verdict }: ImplementationJudgement): ErrorBucket | null {
  if (outcome.kind !== 'values' || outcome.tensor === null || answer === null) return null;
  const isLost =
    verdict.kind === 'diverge' &&
    verdict.divergences.some(
      ({ oracle, symptom }) => oracle === 'exact' && (symptom === 'nan' || symptom === 'inf'),
    );
  const at = worstElement(outcome.tensor.data, answer);
  if (at === null) return { cases: 1, ulps: 0, allowed: 0, notFinite: isLost ? 1 : 0 };
  const ulp = ulpSize(answer.exact[at]!, c.format);
  const error = Math.abs(outcome.tensor.data[at]! - answer.exact[at]! - answer.exactLow[at]!);
  return {
    cases: 1,
    ulps: rounded(error / ulp),
    allowed: rounded(allowedAt(at, outcome.tensor.data, answer) / ulp),
    notFinite: isLost ? 1 : 0,
  };
}

/**
 * Compared by error ÷ what a careful algorithm is allowed. An ULP says nothing of an answer that may be off
 * by its own size, one that cancels to almost nothing or underflows: it counts only where even so it is off
 * by more.
 */
function worstElement(got: ArrayLike<number>, answer: Answer): number | null {
  const { exact, exactLow, careful } = answer;
  let worst: number | null = null;
  let most = -1;
  for (let i = 0; i < exact.length; i++) {
    const error = Math.abs(got[i]! - exact[i]! - exactLow[i]!);
    if (!(error < Infinity) || careful[i] === Infinity) continue;
    const allowed = allowedAt(i, got, answer);
    if (error <= allowed && allowed >= Math.abs(exact[i]!)) continue;
    const excess = error === 0 ? 0 : error / allowed;
    if (excess <= most) continue;
    most = excess;
    worst = i;
  }
  return worst;
}

function allowedAt(at: number, got: ArrayLike<number>, { exact, careful, format }: Answer): number {
  return acceptedError(got[at]!, { exact: exact[at]!, tolerance: careful[at]!, format });
}

/** Three digits: it is for a picture. 0 stays 0; what is beyond float64 becomes its largest. */
function rounded(value: number): number {
  return Number(Math.min(value, Number.MAX_VALUE / 2).toPrecision(3));
}

/** One number for each measure: of kernel, format, measure and bucket. */
function placesOf(c: Case): readonly number[] {
  const values = measured(c);
  const of =
    (kernelPlaceOf(c.operation, c.direction) * formats.length + formats.indexOf(c.format)) * measures.length;
  return measures.map((measure, m) => (of + m) * bucketCount + bucketPlaceOf(values[measure]));
}

/** `operation/direction/format/measure/bucket`. */
function keyOf(place: number): string {
  const bucket = place % bucketCount;
  const of = Math.floor(place / bucketCount);
  const format = formats[Math.floor(of / measures.length) % formats.length]!;
  const { operation, direction } = kernelTable[Math.floor(of / measures.length / formats.length)]!;
  const name = bucket === 0 ? 'zero' : String(leastBucket + bucket - 1);
  return [operation, direction, format, measures[of % measures.length]!, name].join('/');
}

function measured({ logits, axis }: Case): Readonly<Record<Measure, number>> {
  const lanes = lanesOf(logits.shape, axis);
  const { data } = logits;
  let [magnitude, spread] = [0, 0];
  for (let lane = 0; lane < lanes.count; lane++) {
    let [least, most] = [Infinity, -Infinity];
    for (let k = 0, i = laneStart(lanes, lane); k < lanes.length; k++, i += lanes.stride) {
      const value = data[i]!;
      if (!(Math.abs(value) < Infinity)) continue;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    if (most < least) continue;
    magnitude = Math.max(magnitude, most, -least);
    spread = Math.max(spread, most - least);
  }
  return { magnitude, spread, width: lanes.length };
}

/** Below and above these the buckets are one: a picture has no room for the whole range of exponents. */
const [leastBucket, mostBucket] = [-12, 24];
/** Those, and one for 0. */
const bucketCount = mostBucket - leastBucket + 2;

function bucketPlaceOf(value: number): number {
  if (value === 0) return 0;
  const exponent = value < Infinity ? exponentOf(value) : mostBucket;
  return 1 + Math.min(mostBucket, Math.max(leastBucket, exponent)) - leastBucket;
}
