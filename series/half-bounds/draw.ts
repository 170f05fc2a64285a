/** Draws cases whose values are those of a format of 16 bits, held in float64. */
import { forwardShape, type Case, type Loss } from '../../src/case/case.ts';
import { kernelTable } from '../../src/contract/subject.ts';
import { halfFacts, roundTo, type HalfFormat } from '../../src/float/format.ts';

const widths = [1, 2, 3, 5, 17, 64, 300, 1024, 4096];
const spreads = [2 ** -16, 0, 0.1, 1, 4, 10, 40, 2e4];
const offsets = [0, 0, 0, 8, 100, 1000, -3e4, 6.5e4];

/** mulberry32: a number in [0, 1). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function drawHalfCase(random: () => number, format: HalfFormat): Case {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const round = (value: number): number => {
    const { largestFinite } = halfFacts(format);
    return Math.max(-largestFinite, Math.min(largestFinite, roundTo(format, value)));
  };
  const { operation, direction } = pick(kernelTable);
  const width = pick(widths);
  const rows = Math.max(1, Math.min(pick([1, 2, 7, 40]), Math.floor(8192 / width)));
  const [spread, offset, mask] = [pick(spreads), pick(offsets), random() < 0.15 ? 0.3 : 0];
  const logits = Float64Array.from({ length: rows * width }, (_, i) =>
    i % width > 0 && random() < mask ? -Infinity : round(offset + spread * normal()),
  );
  const shape = [rows, width];
  const c = {
    operation,
    direction,
    format,
    axis: 1,
    logits: { shape, data: logits },
    regimes: [],
    checks: [],
    ...(operation === 'crossEntropy' ? { loss: drawLoss() } : {}),
  };
  if (direction === 'forward') return c;
  const like = forwardShape(c);
  const size = 2 ** pick([-20, -12, -3, 0, 0, 5, 14]);
  const count = like.reduce((product, length) => product * length, 1);
  return {
    ...c,
    cotangent: { shape: like, data: Float64Array.from({ length: count }, () => round(size * normal())) },
  };

  function drawLoss(): Loss {
    const scale = 2 ** pick([0, 0, -13, 12]);
    const isIndex = direction !== 'targetBackward' && random() < 0.5;
    return {
      reduction: pick(['none', 'sum', 'mean'] as const),
      labelSmoothing: pick([0, 0, 1 / 8, 3 / 32]),
      target: isIndex
        ? { shape: [rows], data: Int32Array.from({ length: rows }, () => Math.floor(random() * width)) }
        : { shape, data: Float64Array.from({ length: rows * width }, () => round(random() / width)) },
      ...(random() < 0.4
        ? {
            weight: {
              shape: [width],
              data: Float64Array.from({ length: width }, () => round((0.2 + random()) * scale)),
            },
          }
        : {}),
    };
  }
}
