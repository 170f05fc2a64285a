/**
 * What the exact oracle works out of a column: the answers, their own error, and the tolerances of every
 * element, each when it is first asked for.
 */
import { outputShape, type Case } from '../case/case.ts';
import type { ToleranceName } from '../case/verdict.ts';
import type { AssumedArithmetic } from '../contract/subject.ts';
import { formatFacts, isHalf, type Format } from '../float/format.ts';
import { pool, zerosOf, type ArrayPool } from '../float/pool.ts';
import type { Answer } from './answer.ts';
import { exactInDoubleDouble } from './exact-double-double.ts';
import { exactInFloat64 } from './exact-float64.ts';
import { flattened, type FlatColumn } from './flat-column.ts';
import { analyseLanes, regular, type Analysis } from './lane-analysis.ts';
import { hasFiniteTerms, lossFactsOf, type LossFacts } from './loss-facts.ts';
import { limitsOf, overflowsOf, type OverflowLimits } from './overflow.ts';
import { rulesFor, unjudgedOf, type Rules } from './rules.ts';
import {
  doubleDoubleOracle,
  float64Oracle,
  tolerancesOf,
  type Allowance,
  type BoundedColumn,
} from './tolerance.ts';

/** What all who are judged on the cases share, which are of one kernel and format, and one at least. */
export class ExactWork {
  readonly #cases: readonly Case[];
  readonly #pool: ArrayPool;
  #facts: ColumnFacts | null = null;
  #inFloat64: PreciseWork | null = null;
  #inDoubleDouble: PreciseWork | null = null;

  /** What the answers are held in is taken from `from`. */
  constructor(cases: readonly Case[], from: ArrayPool = pool) {
    this.#cases = cases;
    this.#pool = from;
  }

  /** In float64 with compensated sums for float32 data, in double-double for float64 data. */
  get specified(): PreciseWork {
    const { exactPrecision } = formatFacts(this.#cases[0]!.format);
    return exactPrecision === 'double-double' ? this.refined : this.rough;
  }

  /** In float64 whatever the format. */
  get rough(): PreciseWork {
    return (this.#inFloat64 ??= new PreciseWork(this.#known, 'float64'));
  }

  /** In double-double whatever the format. */
  get refined(): PreciseWork {
    return (this.#inDoubleDouble ??= new PreciseWork(this.#known, 'double-double'));
  }

  get #known(): ColumnFacts {
    return (this.#facts ??= factsOf(this.#cases, this.#pool));
  }
}

/** What both precisions stand on. */
interface ColumnFacts {
  readonly column: FlatColumn;
  readonly analysis: Analysis;
  readonly facts: LossFacts | null;
}

function factsOf(cases: readonly Case[], from: ArrayPool): ColumnFacts {
  const column = flattened(cases, from);
  const facts = cases[0]!.operation === 'crossEntropy' ? lossFactsOf(column) : null;
  return { column, analysis: analyseLanes(column), facts };
}

/** All that does not depend on who is judged, in one precision. */
export class PreciseWork {
  readonly bounded: BoundedColumn;
  readonly exactLow: Float64Array;
  /** The oracle's own allowance: what the answers' uncertainty is bounded with. */
  readonly #oracle: Allowance;
  /** Elements that nobody can be judged by, since the answer overflowed in the oracle itself. */
  readonly #overflowed: readonly number[];
  /** The answers with the tolerances of each arithmetic that an implementation assumes. */
  readonly #answers: FlatAnswer[] = [];
  #uncertainty: Float64Array | null = null;

  constructor(known: ColumnFacts, precision: 'float64' | 'double-double') {
    const { column, analysis, facts } = known;
    if (precision === 'float64') {
      const exact = exactInFloat64(column, analysis, facts);
      this.bounded = { ...known, exact };
      this.exactLow = zerosOf(exact.length);
      this.#oracle = float64Oracle;
      this.#overflowed = overflowedLosses(this.bounded);
      return;
    }
    const { exact, exactLow, unknown } = exactInDoubleDouble(column, analysis, facts);
    this.bounded = { ...known, exact };
    this.exactLow = exactLow;
    this.#oracle = doubleDoubleOracle;
    this.#overflowed = column.cases[0]!.direction === 'backward' ? overflowedIn(this.bounded) : unknown;
  }

  answer(arithmetic: AssumedArithmetic): FlatAnswer {
    const known = this.#answers.find((answer) => answer.isFor(arithmetic));
    if (known !== undefined) return known;
    const answer = new FlatAnswer(this, arithmetic);
    this.#answers.push(answer);
    return answer;
  }

  /** Bound on the oracle's own error. */
  get uncertainty(): Float64Array {
    return (this.#uncertainty ??= tolerancesOf(this.bounded, this.#oracle));
  }

  /** The tolerances by these rules; Infinity where nobody can be judged. */
  tolerances(rules: Rules, tolerance: ToleranceName, unjudged: readonly number[]): Float64Array {
    const tolerances = tolerancesOf(this.bounded, rules.allowance(tolerance));
    for (const i of this.#overflowed) tolerances[i] = Infinity;
    for (const i of unjudged) tolerances[i] = Infinity;
    return tolerances;
  }
}

/**
 * Double-double reaches no further than float64. Where a gradient to the logits may overflow on the way and
 * came out as no number though its lane is regular, that is the oracle's failure and not the specification.
 * So is what is divided by a D that is beyond float64.
 */
function overflowedIn(bounded: BoundedColumn): number[] {
  const { column, analysis, exact } = bounded;
  const unknown = overDenominators(bounded);
  if (exact.every(Number.isFinite)) return unknown;
  const mayOverflow = overflowsIn(bounded, limitsOf(isHalf(column.format) ? 'float32' : column.format));
  const { lanes, state } = analysis;
  for (let lane = 0; lane < lanes.count; lane++) {
    if (state[lane] !== regular) continue;
    const stride = lanes.stride[lane]!;
    const length = lanes.length[lane]!;
    for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) {
      if (mayOverflow[i] === 1 && !Number.isFinite(exact[i]!)) unknown.push(i);
    }
  }
  return unknown;
}

/** Elements of a loss's gradient that are over a D beyond float64. */
function overDenominators({ column, facts }: BoundedColumn): number[] {
  const { lanes } = column;
  const unknown: number[] = [];
  if (facts === null || !facts.denominator.includes(Infinity)) return unknown;
  for (let lane = 0; lane < lanes.count; lane++) {
    if (facts.kept[lane] === 0 || facts.denominator[lanes.caseOf[lane]!] !== Infinity) continue;
    const stride = lanes.stride[lane]!;
    for (let k = 0, i = lanes.start[lane]!; k < lanes.length[lane]!; k++, i += stride) unknown.push(i);
  }
  return unknown;
}

/** Losses of finite terms that are no number in float64: on float64 data alone, whose limits are the same. */
function overflowedLosses({ column, analysis, facts, exact }: BoundedColumn): number[] {
  const { cases, kernel, lanesFrom, outputsFrom } = column;
  const unknown: number[] = [];
  if (kernel !== 'crossEntropy' || exact.every(Number.isFinite)) return unknown;
  for (let i = 0; i < cases.length; i++) {
    const [first, end, output] = [lanesFrom[i]!, lanesFrom[i + 1]!, outputsFrom[i]!];
    if (facts!.denominator[i] === 0) continue; // NaN by definition
    const isReduced = facts!.losses[i]!.reduction !== 'none';
    for (let at = output; at < outputsFrom[i + 1]!; at++) {
      const [from, to] = isReduced ? [first, end] : [first + at - output, first + at - output + 1];
      if (!Number.isFinite(exact[at]!) && hasFiniteTerms(column, analysis, facts!, from, to))
        unknown.push(at);
    }
  }
  return unknown;
}

function overflowsIn({ column, analysis, facts }: BoundedColumn, limits: OverflowLimits): Uint8Array {
  return overflowsOf(column, analysis, facts, limits);
}

/**
 * The answers of a column with the tolerances of one arithmetic. Most of them agree within the careful one:
 * what else there is to say is worked out when it is first asked for.
 */
export class FlatAnswer implements Answer {
  readonly exact: Float64Array;
  readonly exactLow: Float64Array;
  readonly careful: Float64Array;
  /** The output of case i goes from offsets[i] to offsets[i + 1]. */
  readonly offsets: Int32Array;
  readonly format: Format;
  readonly rules: Rules;
  readonly #work: PreciseWork;
  readonly #arithmetic: AssumedArithmetic;
  readonly #unjudged: readonly number[];
  #naive: Float64Array | null = null;
  #mayOverflow: Uint8Array | null = null;

  constructor(work: PreciseWork, arithmetic: AssumedArithmetic) {
    const { column, exact } = work.bounded;
    this.#work = work;
    this.#arithmetic = arithmetic;
    this.rules = rulesFor(column.cases[0]!, arithmetic);
    this.format = this.rules.format;
    this.offsets = column.outputsFrom;
    this.exact = exact;
    this.exactLow = work.exactLow;
    this.#unjudged = unjudgedOf(work.bounded, this.rules);
    this.careful = work.tolerances(this.rules, 'careful', this.#unjudged);
  }

  isFor({ expUlps, logUlps, flushesSubnormals, halves, lossDtype }: AssumedArithmetic): boolean {
    const own = this.#arithmetic;
    return (
      own.expUlps === expUlps &&
      own.logUlps === logUlps &&
      own.flushesSubnormals === flushesSubnormals &&
      own.halves === halves &&
      own.lossDtype === lossDtype
    );
  }

  /** That of the first case: for a column of one. */
  get shape(): readonly number[] {
    return outputShape(this.#work.bounded.column.cases[0]!);
  }

  get uncertainty(): Float64Array {
    return this.#work.uncertainty;
  }

  get naive(): Float64Array {
    return (this.#naive ??= this.#work.tolerances(this.rules, 'naive', this.#unjudged));
  }

  get mayOverflow(): Uint8Array {
    return (this.#mayOverflow ??= overflowsIn(this.#work.bounded, this.rules.limits));
  }
}
