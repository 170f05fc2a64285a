/**
 * By what rules the answers of an arithmetic are judged: its allowances, what may overflow or underflow on
 * the way, and what nobody can be judged by. Of halves they depend on the level (docs/numerics.md §20).
 */
import type { Case } from '../case/case.ts';
import { answerFormat } from '../case/answer-format.ts';
import type { ToleranceName } from '../case/verdict.ts';
import type { AssumedArithmetic, HalfLevel } from '../contract/subject.ts';
import {
  formatFacts,
  halfFacts,
  isHalf,
  type Format,
  type HalfFormat,
  type NativeFormat,
} from '../float/format.ts';
import type { ColumnLanes } from './flat-column.ts';
import { halfAllowance, levelOf } from './half-allowance.ts';
import { regular } from './lane-analysis.ts';
import { limitsOf, type OverflowLimits } from './overflow.ts';
import { silencedOf, silencingOf, type Silencing } from './silenced.ts';
import { allowanceFor, type Allowance, type BoundedColumn } from './tolerance.ts';

export interface Rules {
  /** What the ends of a tolerance are rounded to, and the answers are in. */
  readonly format: Format;
  readonly limits: OverflowLimits;
  readonly silencing: Silencing;
  allowance(tolerance: ToleranceName): Allowance;
  /** Beyond it S and D are lost where they are stored; Infinity where they are not. */
  readonly storedSumMax: number;
}

export function rulesFor(c: Case, arithmetic: AssumedArithmetic): Rules {
  const { format } = c;
  return isHalf(format)
    ? rulesOfHalf(c, format, arithmetic)
    : {
        ...ofNative[format],
        allowance: (tolerance) => allowanceFor(tolerance, format, arithmetic),
      };
}

const ofNative: Readonly<Record<NativeFormat, Omit<Rules, 'allowance'>>> = {
  float32: nativeRules('float32'),
  float64: nativeRules('float64'),
};

/** What does not depend on the arithmetic. */
function nativeRules(format: NativeFormat): Omit<Rules, 'allowance'> {
  return { format, limits: limitsOf(format), silencing: silencingOf(format), storedSumMax: Infinity };
}

function rulesOfHalf(c: Case, format: HalfFormat, arithmetic: AssumedArithmetic): Rules {
  const level = levelOf(c, 'naive', arithmetic);
  const widest = halfAllowance('naive', level, { format, arithmetic });
  return {
    format: answerFormat(c, arithmetic),
    limits: limitsOfHalf(format, level, widest),
    silencing: widest,
    allowance: (tolerance) =>
      tolerance === 'naive'
        ? widest
        : halfAllowance(tolerance, levelOf(c, tolerance, arithmetic), { format, arithmetic }),
    storedSumMax: level === 'storage' ? halfFacts(format).largestFinite / 2 : Infinity,
  };
}

/** What a product or sum may not be beyond (§20), by the level of what is declared; by default composed. */
function limitsOfHalf(format: HalfFormat, level: HalfLevel, { floor }: Silencing): OverflowLimits {
  const ofHalf = halfFacts(format).largestFinite / 2;
  const ofFloat32 = format === 'bfloat16' ? ofHalf : formatFacts('float32').largestFinite / 2;
  return {
    products: level === 'fused' ? ofFloat32 : ofHalf,
    sums: level === 'storage' ? ofHalf : ofFloat32,
    floor,
  };
}

/** Output elements that nobody can be judged by: they hang on a factor that may flush, or on a lost sum. */
export function unjudgedOf(bounded: BoundedColumn, { silencing, storedSumMax }: Rules): readonly number[] {
  const { column, analysis, facts, exact } = bounded;
  const silenced = facts === null ? nobody : silencedOf(column, analysis, facts, exact, silencing);
  if (storedSumMax === Infinity) return silenced;
  return [...silenced, ...withLostSums(bounded, storedSumMax), ...withLostDenominator(bounded, storedSumMax)];
}

const nobody: readonly number[] = [];

/** What is divided by a D that may overflow where it is stored; an ignored position has its 0 without. */
function withLostDenominator({ column, facts }: BoundedColumn, limit: number): readonly number[] {
  const found: number[] = [];
  if (facts === null) return found;
  const { cases, kernel, lanes, lanesFrom, outputsFrom } = column;
  for (let i = 0; i < cases.length; i++) {
    if (facts.denominator[i]! <= limit) continue;
    if (kernel === 'crossEntropy') found.push(outputsFrom[i]!);
    else
      for (let lane = lanesFrom[i]!; lane < lanesFrom[i + 1]!; lane++)
        if (facts.kept[lane] === 1) addElements(found, lanes, lane);
  }
  return found;
}

/** Elements of lanes whose S may overflow where it is stored: 1/∞ is 0, finite and nobody's mistake. */
function withLostSums({ column, analysis, facts }: BoundedColumn, limit: number): readonly number[] {
  const { lanes, lanesFrom, outputsFrom, kernel } = column;
  const { rest, state } = analysis;
  const found: number[] = [];
  for (let lane = 0; lane < lanes.count; lane++) {
    if (state[lane] !== regular || 1 + rest[lane]! <= limit) continue;
    const i = lanes.caseOf[lane]!;
    const output = outputsFrom[i]!;
    if (kernel === 'crossEntropy' && facts!.losses[i]!.reduction !== 'none') found.push(output);
    else if (kernel === 'crossEntropy' || kernel === 'logSumExp') found.push(output + lane - lanesFrom[i]!);
    else addElements(found, lanes, lane);
  }
  return found;
}

function addElements(found: number[], lanes: ColumnLanes, lane: number): void {
  const length = lanes.length[lane]!;
  const stride = lanes.stride[lane]!;
  for (let k = 0, i = lanes.start[lane]!; k < length; k++, i += stride) found.push(i);
}
