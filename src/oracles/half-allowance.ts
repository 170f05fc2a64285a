/**
 * What an algorithm on data of 16 bits is allowed (docs/numerics.md §20): by level, the formats that its
 * intermediate results are stored in, and by tolerance.
 */
import { isLossInFloat32 } from '../case/answer-format.ts';
import type { Case } from '../case/case.ts';
import type { ToleranceName } from '../case/verdict.ts';
import type { AssumedArithmetic, HalfLevel } from '../contract/subject.ts';
import { halfFacts, type HalfFormat } from '../float/format.ts';
import { allowanceFor, carefulSum, type Allowance } from './tolerance.ts';
import { flushingUnderflow, floorOf, gradualUnderflow } from './underflow.ts';

/** What a case asks for, as far as the level depends on it. */
type Asked = Pick<Case, 'operation' | 'direction'>;
type Declared = Pick<AssumedArithmetic, 'halves' | 'lossDtype'>;

/** The level that the tolerance is of. */
export function levelOf(c: Asked, tolerance: ToleranceName, declared: Declared): HalfLevel {
  if (isLossInFloat32(c, declared)) return 'fused';
  return declared.halves ?? (tolerance === 'careful' ? 'fused' : 'composed');
}

export function halfAllowance(
  tolerance: ToleranceName,
  level: HalfLevel,
  { format, arithmetic }: { readonly format: HalfFormat; readonly arithmetic: AssumedArithmetic },
): Allowance {
  const inFloat32 = allowanceFor(tolerance, 'float32', arithmetic);
  const { unitRoundoff, smallestNormal, smallestSubnormal: eta } = halfFacts(format);
  // bfloat16 has the exponents of float32: hardware that flushes those flushes these.
  const isFlushed = format === 'bfloat16' || arithmetic.flushesSubnormals;
  const floor = isFlushed ? Math.max(2 * smallestNormal, floorOf('float32')) : eta;
  const underflow = isFlushed ? flushingUnderflow(floor, eta) : gradualUnderflow(smallestNormal, eta);
  if (level === 'fused') {
    if (format === 'bfloat16' || !isFlushed) return inFloat32;
    return { ...inFloat32, floor, underflow, exp: inFloat32.exp + flushedGap(smallestNormal, inFloat32.u) };
  }
  const u = unitRoundoff;
  const isNaive = tolerance === 'naive';
  const own = units[level][tolerance];
  const wider = inFloat32.u / u;
  const exp = Math.max(
    own,
    2 * arithmetic.expUlps * (level === 'storage' ? 1 : wider) + (level === 'storage' ? 0 : 1),
  );
  const log = Math.max(
    own,
    2 * arithmetic.logUlps * (level === 'storage' ? 1 : wider) + (level === 'storage' ? 0 : 1),
  );
  return {
    u,
    exp: exp + (isFlushed ? flushedGap(smallestNormal, u) : 0),
    log,
    division: 2,
    shift: isNaive ? 2.5 : 1,
    throughLog: isNaive ? 1 : 0,
    floor,
    underflow,
    coarse: {
      throughLog: isNaive ? (level === 'storage' ? 1 + log : 1) : 0,
      lostOfPower: isFlushed
        ? (power) => (power < floor ? power : 0)
        : (power, growth) => (power < smallestNormal ? Math.min(power * Math.exp(growth), eta / 2) : 0),
    },
    sum: sums[level](tolerance, u, inFloat32),
  };
}

/** E and E_l. Composed: float32's, and one rounding. */
const units: Readonly<Record<'composed' | 'storage', Readonly<Record<ToleranceName, number>>>> = {
  composed: { careful: 1.25, naive: 2 },
  storage: { careful: 2, naive: 4 },
};

type Sum = (n: number) => number;

const sums: Readonly<
  Record<'composed' | 'storage', (tolerance: ToleranceName, u: number, inFloat32: Allowance) => Sum>
> = {
  composed: composedSum,
  /**
   * Naive: one after the other only as far as that is a sum at all, an eighth; pairwise above. Whoever sums
   * in float32 is within it too.
   */
  storage: (tolerance, u, inFloat32) => {
    const composed = composedSum(tolerance, u, inFloat32);
    const own =
      tolerance === 'careful'
        ? carefulSum
        : (n: number) => Math.min(n - 1, 1 / (8 * u) + Math.ceil(Math.log2(n)));
    return (n) => (n <= 1 ? 0 : Math.max(own(n), composed(n)));
  },
};

/** That of float32, and one rounding of what is stored. */
function composedSum(_: ToleranceName, u: number, inFloat32: Allowance): Sum {
  return (n) => (n <= 1 ? 0 : 1 + (inFloat32.sum(n) * inFloat32.u) / u);
}

/** x and max read as 0 where subnormal: their gap is off by up to twice the smallest normal. */
function flushedGap(smallestNormal: number, u: number): number {
  return (2 * smallestNormal) / u;
}
