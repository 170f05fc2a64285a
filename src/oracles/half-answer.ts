/**
 * The exact answer to a case whose values are those of a format of 16 bits, with the tolerances of such
 * arithmetic. Not yet asked by any oracle: no case has such a format.
 */
import { outputKind, outputShape, type Case } from '../case/case.ts';
import type { ToleranceName } from '../case/verdict.ts';
import { formatFacts, halfFacts, type HalfFormat } from '../float/format.ts';
import { zerosOf } from '../float/pool.ts';
import type { Answer } from './answer.ts';
import { exactInFloat64 } from './exact-float64.ts';
import { halfAllowance, levelOf, type HalfArithmetic, type HalfLevel } from './half-allowance.ts';
import { laneStart } from '../tensor/lanes.ts';
import { analyseLanes, regular } from './lane-analysis.ts';
import { lossFactsOf } from './loss-facts.ts';
import { overflowsOf, type OverflowLimits } from './overflow.ts';
import { silencedOf, type Silencing } from './silenced.ts';
import { float64Oracle, tolerancesOf, type BoundedCase } from './tolerance.ts';

/** All that the tolerances of any level stand on: the case holds the values of the half in float64. */
export function boundedHalf(held: Case): BoundedCase {
  const analysis = analyseLanes(held);
  const facts = held.loss === undefined ? null : lossFactsOf(held);
  return { case: held, analysis, facts, exact: exactInFloat64(held, analysis, facts) };
}

export function halfTolerances(
  bounded: BoundedCase,
  tolerance: ToleranceName,
  level: HalfLevel,
  of: { readonly format: HalfFormat; readonly arithmetic: HalfArithmetic },
): Float64Array {
  return tolerancesOf(bounded, halfAllowance(tolerance, level, of));
}

/** What a product or sum may not be beyond (§20), by the level of what is declared; by default composed. */
function limitsOf(format: HalfFormat, level: HalfLevel, { floor }: Silencing): OverflowLimits {
  const ofHalf = halfFacts(format).largestFinite / 2;
  const ofFloat32 = format === 'bfloat16' ? ofHalf : formatFacts('float32').largestFinite / 2;
  return {
    products: level === 'fused' ? ofFloat32 : ofHalf,
    sums: level === 'storage' ? ofHalf : ofFloat32,
    floor,
  };
}

export function halfAnswerOf(held: Case, format: HalfFormat, arithmetic: HalfArithmetic): Answer {
  const bounded = boundedHalf(held);
  const { analysis, facts, exact } = bounded;
  const level = levelOf(held, 'naive', arithmetic);
  const widest = halfAllowance('naive', level, { format, arithmetic });
  const unknown = [
    ...(facts === null ? [] : silencedOf(held, analysis, facts, exact, widest)),
    ...(level === 'storage' ? withLostSums(bounded, halfFacts(format).largestFinite / 2) : []),
  ];
  const known = (tolerance: ToleranceName): Float64Array => {
    const tolerances = halfTolerances(bounded, tolerance, levelOf(held, tolerance, arithmetic), {
      format,
      arithmetic,
    });
    for (const i of unknown) tolerances[i] = Infinity;
    return tolerances;
  };
  return {
    shape: outputShape(held),
    exact,
    exactLow: zerosOf(exact.length),
    uncertainty: tolerancesOf(bounded, float64Oracle),
    careful: known('careful'),
    naive: known('naive'),
    mayOverflow: overflowsOf(held, analysis, facts, exact.length, limitsOf(format, level, widest)),
  };
}

/** Elements of lanes whose S may overflow where it is stored: 1/∞ is 0, finite and nobody's mistake. */
function withLostSums({ case: c, analysis }: BoundedCase, limit: number): readonly number[] {
  const { lanes, rest, state } = analysis;
  const kind = outputKind(c);
  const found: number[] = [];
  for (let lane = 0; lane < lanes.count; lane++) {
    if (state[lane] !== regular || 1 + rest[lane]! <= limit) continue;
    if (kind === 'reduced') return [0];
    if (kind === 'per lane') found.push(lane);
    else for (let k = 0, i = laneStart(lanes, lane); k < lanes.length; k++, i += lanes.stride) found.push(i);
  }
  return found;
}
