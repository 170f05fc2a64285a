/**
 * The sample of errors: how far off each implementation is, against what the case is like. Judges nothing.
 */
import type { Case } from '../case/case.ts';
import { acceptedError } from '../float/acceptance.ts';
import { formats, isHalf, type FloatArray, type Format } from '../float/format.ts';
import { exponentOf, ulpSize } from '../float/ulp.ts';
import { kernelPlaceOf, kernelTable } from '../contract/subject.ts';
import type { ImplementationJudgement } from '../judge/judge-case.ts';
import { lanesOf, laneStart } from '../tensor/lanes.ts';
import {
  excessOf,
  isWorse,
  measures,
  type ErrorBucket,
  type ErrorInUlps,
  type Measure,
} from '../archive/error-bucket.ts';

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

/** What an implementation gave, and what was due, which stands from element `from` on. */
export interface Answered {
  readonly got: FloatArray;
  readonly exact: Float64Array;
  readonly exactLow: Float64Array;
  readonly careful: Float64Array;
  readonly from: number;
}

/** What implementations were off by, under a number for each key of the sample that they make. */
export class ErrorCounts {
  readonly #byImplementation = new Map<string, Buckets>();

  /** Adds what each of them was off by, if it gave values. */
  add(c: Case, judgements: readonly ImplementationJudgement[]): void {
    for (const { implementation, outcome, answer, verdict } of judgements) {
      if (outcome.kind !== 'values' || outcome.tensor === null || answer === null) continue;
      const isLost =
        verdict.kind === 'diverge' &&
        verdict.divergences.some(
          ({ oracle, symptom }) => oracle === 'exact' && (symptom === 'nan' || symptom === 'inf'),
        );
      const { exact, exactLow, careful } = answer;
      this.addValues(
        c,
        implementation,
        { got: outcome.tensor.data, exact, exactLow, careful, from: 0 },
        isLost,
      );
    }
  }

  /** `isLost` says that a NaN or an infinity came where it is not due, or the reverse. */
  addValues(c: Case, implementation: string, answered: Answered, isLost = false): void {
    let buckets = this.#byImplementation.get(implementation);
    if (buckets === undefined) this.#byImplementation.set(implementation, (buckets = new Map()));
    measure(c);
    for (let m = 0; m < places.length; m++) {
      const place = places[m]!;
      const bucket = buckets.get(place);
      if (bucket === undefined)
        buckets.set(place, { cases: 1, ulps: 0, allowed: 0, notFinite: isLost ? 1 : 0 });
      else {
        bucket.cases++;
        if (isLost) bucket.notFinite++;
      }
    }
    const at = worstElement(c.format, answered);
    if (at !== null) noteWorst(buckets, errorAt(at, c.format, answered));
  }

  sample(): Record<string, ErrorBucket> {
    const sample: Record<string, ErrorBucket> = Object.create(null) as Record<string, ErrorBucket>;
    for (const [implementation, buckets] of this.#byImplementation) {
      for (const [place, bucket] of buckets) sample[`${keyOf(place)}/${implementation}`] = { ...bucket };
    }
    return sample;
  }
}

type Buckets = Map<number, { -readonly [K in keyof ErrorBucket]: ErrorBucket[K] }>;

function errorAt(at: number, format: Format, { got, exact, exactLow, careful, from }: Answered): ErrorInUlps {
  const due = from + at;
  const ulp = ulpSize(exact[due]!, format);
  const error = Math.abs(got[at]! - exact[due]! - exactLow[due]!);
  return { ulps: error / ulp, allowed: allowedFor(got[at]!, exact[due]!, careful[due]!, format) / ulp };
}

/** Rounding to three digits changes a quotient of two numbers by no more, unless one of them is extreme. */
const roundingOfQuotient = 1.02;
const [extremelySmall, extremelyLarge] = [1e-300, 1e300];

/** Puts the error into the buckets of `places` where it is worse than theirs: seldom, after a while. */
function noteWorst(buckets: Buckets, exactly: ErrorInUlps): void {
  const { ulps, allowed } = exactly;
  const isPlain = ulps === 0 || (ulps > extremelySmall && allowed < extremelyLarge);
  const most = isPlain ? excessOf(exactly) * roundingOfQuotient : Infinity;
  let told: ErrorInUlps | null = null;
  for (let m = 0; m < places.length; m++) {
    const bucket = buckets.get(places[m]!)!;
    if (most < excessOf(bucket)) continue;
    told ??= { ulps: rounded(ulps), allowed: rounded(allowed) };
    if (!isWorse(told, bucket)) continue;
    bucket.ulps = told.ulps;
    bucket.allowed = told.allowed;
  }
}

/**
 * Compared by error ÷ what a careful algorithm is allowed. An ULP says nothing of an answer that may be off
 * by its own size, one that cancels to almost nothing or underflows: it counts only where even so it is off
 * by more.
 */
function worstElement(format: Format, { got, exact, exactLow, careful, from }: Answered): number | null {
  let worst: number | null = null;
  let most = -1;
  for (let i = 0, due = from; i < got.length; i++, due++) {
    const error = Math.abs(got[i]! - exact[due]! - exactLow[due]!);
    if (!(error < Infinity) || careful[due] === Infinity) continue;
    const allowed = allowedFor(got[i]!, exact[due]!, careful[due]!, format);
    if (error <= allowed && allowed >= Math.abs(exact[due]!)) continue;
    const excess = error === 0 ? 0 : error / allowed;
    if (excess <= most) continue;
    most = excess;
    worst = i;
  }
  return worst;
}

function allowedFor(got: number, exact: number, tolerance: number, format: Format): number {
  return isHalf(format) ? acceptedError(got, { exact, tolerance, format }) : tolerance;
}

/** Three digits: it is for a picture. 0 stays 0; what is beyond float64 becomes its largest. */
function rounded(value: number): number {
  return value === 0 ? 0 : Number(Math.min(value, Number.MAX_VALUE / 2).toPrecision(3));
}

/** One number for each measure of the case that was measured last: of kernel, format, measure and bucket. */
const places = new Int32Array(measures.length);

/** `operation/direction/format/measure/bucket`. */
function keyOf(place: number): string {
  const bucket = place % bucketCount;
  const of = Math.floor(place / bucketCount);
  const format = formats[Math.floor(of / measures.length) % formats.length]!;
  const { operation, direction } = kernelTable[Math.floor(of / measures.length / formats.length)]!;
  const name = bucket === 0 ? 'zero' : String(leastBucket + bucket - 1);
  return [operation, direction, format, measures[of % measures.length]!, name].join('/');
}

/** Writes `places`. */
function measure({ operation, direction, format, logits, axis }: Case): void {
  const lanes = lanesOf(logits.shape, axis);
  const { data } = logits;
  let magnitude = 0;
  let spread = 0;
  for (let lane = 0; lane < lanes.count; lane++) {
    let least = Infinity;
    let most = -Infinity;
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
  const of =
    (kernelPlaceOf(operation, direction) * formats.length + formats.indexOf(format)) * measures.length;
  const values: Readonly<Record<Measure, number>> = { magnitude, spread, width: lanes.length };
  for (let m = 0; m < places.length; m++)
    places[m] = (of + m) * bucketCount + bucketPlaceOf(values[measures[m]!]);
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
