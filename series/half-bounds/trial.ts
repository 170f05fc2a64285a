/** Kernels on data of 16 bits against the bounds of numerics §20: how near the sound ones come. */
import { isAccepted } from '../../src/float/acceptance.ts';
import { halfFormats, roundTo, type HalfFormat } from '../../src/float/format.ts';
import { ulpSize } from '../../src/float/ulp.ts';
import { kernelNameOf } from '../../src/contract/subject.ts';
import type { ToleranceName } from '../../src/case/verdict.ts';
import { halfLevels, type HalfLevel } from '../../src/contract/subject.ts';
import { answerOf } from '../../src/oracles/exact.ts';
import { defaultArithmetic } from '../../src/subjects/implementation.ts';
import { drawHalfCase, randomOf } from './draw.ts';
import { answerBy, flushingStyle, sequential, styleOf, type Style } from './kernels.ts';

export interface Row {
  readonly format: HalfFormat;
  /** The kernel's level and way, or the mistake that is planted. */
  readonly kernel: string;
  readonly bound: string;
  readonly operation: string;
  /** Largest |got − exact| ÷ (tolerance + half an ULP). */
  worst: number;
  elements: number;
  outside: number;
  /** Cases with an element outside. */
  cases: number;
  /** Not finite where the answer is, since a product overflowed: excused. */
  excused: number;
  /** The same of a sum, which by the policy of §20 is `wrong`. */
  lostSums: number;
}

interface Subject {
  readonly name: string;
  readonly level: HalfLevel;
  readonly tolerance: ToleranceName;
  readonly flushesSubnormals?: boolean;
  readonly style: (format: HalfFormat) => Style;
}

const ways = ['quotient', 'reciprocal', 'through log', 'exp2'] as const;

/** Each is held against the bound that it should be inside of. */
export const soundKernels: readonly Subject[] = halfLevels.flatMap((level) => [
  ...(['quotient', 'reciprocal'] as const).map((share) => ({
    name: `${level}, careful, ${share}`,
    level,
    tolerance: 'careful' as const,
    style: (format: HalfFormat) => styleOf(format, level, { share, isCareful: true }),
  })),
  ...ways.map((share) => ({
    name: `${level}, naive, ${share}`,
    level,
    tolerance: 'naive' as const,
    style: (format: HalfFormat) => styleOf(format, level, { share, isCareful: false }),
  })),
  ...(['quotient', 'through log'] as const).map((share) => ({
    name: `${level}, flushing, ${share}`,
    level,
    tolerance: share === 'quotient' ? ('careful' as const) : ('naive' as const),
    flushesSubnormals: true,
    style: (format: HalfFormat) => flushingStyle(format, level, share),
  })),
]);

/** Wrong by the default: outside naive composed. */
export const wrongKernels: readonly Subject[] = [
  {
    name: 'sums in the half, one after the other, else float32',
    level: 'composed',
    tolerance: 'naive',
    style: (format) => ({
      ...styleOf(format, 'fused', { share: 'quotient', isCareful: true }),
      sum: sequential((value) => roundTo(format, value)),
    }),
  },
  {
    name: 'subnormals flushed, undeclared',
    level: 'composed',
    tolerance: 'naive',
    style: (format) => flushingStyle(format, 'composed', 'quotient'),
  },
  {
    name: 'no maximum subtracted, exp in the half',
    level: 'composed',
    tolerance: 'naive',
    style: (format) => ({
      ...styleOf(format, 'composed', { share: 'quotient', isCareful: true }),
      isShifted: false,
    }),
  },
];

export function tryKernels(kernels: readonly Subject[], count: number, seed: number): Row[] {
  const rows = new Map<string, Row>();
  for (const format of halfFormats) {
    const random = randomOf(seed);
    for (let n = 0; n < count; n++) {
      const c = drawHalfCase(random, format);
      for (const { name, level, tolerance, style, flushesSubnormals = false } of kernels) {
        const operation = kernelNameOf(c.operation, c.direction);
        const key = `${format} ${name} ${operation}`;
        const bound = `${level} ${tolerance}`;
        if (!rows.has(key))
          rows.set(key, {
            format,
            kernel: name,
            bound,
            operation,
            worst: 0,
            elements: 0,
            outside: 0,
            cases: 0,
            excused: 0,
            lostSums: 0,
          });
        const row = rows.get(key)!;
        const arithmetic = { ...defaultArithmetic, flushesSubnormals };
        const answer = answerOf(c, { ...arithmetic, halves: level });
        const { mayOverflow: sumMayOverflow } = answerOf(c, { ...arithmetic, halves: 'storage' });
        const allowed = answer[tolerance];
        const before = row.outside;
        answerBy(c, format, style(format)).forEach((got, i) => {
          const exact = answer.exact[i]!;
          if (Number.isFinite(exact)) row.elements++;
          if (!Number.isFinite(exact) && allowed[i] === Infinity) return;
          if (isAccepted(got, { exact, tolerance: allowed[i]!, format })) {
            if (Number.isFinite(got) && Number.isFinite(exact))
              row.worst = Math.max(row.worst, errorOver(got, exact, allowed[i]!, format));
          } else if (!Number.isFinite(got) && answer.mayOverflow[i] === 1) row.excused++;
          else if (!Number.isFinite(got) && sumMayOverflow[i] === 1) row.lostSums++;
          else {
            row.outside++;
            if (Number.isFinite(got) && Number.isFinite(exact))
              row.worst = Math.max(row.worst, errorOver(got, exact, allowed[i]!, format));
          }
        });
        if (row.outside > before) row.cases++;
      }
    }
  }
  return [...rows.values()];
}

function errorOver(got: number, exact: number, allowed: number, format: HalfFormat): number {
  return Math.abs(got - exact) / (allowed + ulpSize(exact, format) / 2);
}
