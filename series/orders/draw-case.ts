/**
 * Draws cases for the orders of evaluation: narrow lanes, and factors at the ends of float32's range. No
 * kernel.
 */
import type { Case, Loss } from '../../src/case/case.ts';
import { kernelTable, reductions } from '../../src/contract/subject.ts';
import {
  drawBoolean,
  drawFrom,
  drawInt,
  drawMagnitude,
  drawSign,
  drawSigned,
  drawUnit,
  type RandomSource,
} from '../../src/generate/random-source.ts';

const smoothings = [0, 1 / 8, 1 / 2, 2 ** -30, 1];

export function drawExtremeCase(random: RandomSource): Case {
  const { operation, direction } = drawFrom(random, kernelTable);
  const width = drawBoolean(random, 0.04) ? 64 : 1 + drawInt(random, 9);
  const positions = operation === 'crossEntropy' ? 1 + drawInt(random, 3) : 1;
  const shape = [positions, width];
  const data = new Float32Array(positions * width);
  for (let lane = 0; lane < positions; lane++)
    data.set(drawLogits(random, width).map(Math.fround), lane * width);
  const base = { operation, direction, format: 'float32', axis: -1, regimes: [], checks: [] } as const;
  const logits = { shape, data };
  const loss = operation === 'crossEntropy' ? drawLoss(random, { positions, width, direction }) : null;
  const c: Case = loss === null ? { ...base, logits } : { ...base, logits, loss };
  if (direction === 'forward') return c;
  const isScalar = loss !== null && loss.reduction !== 'none';
  const outer = operation === 'logSumExp' || loss !== null ? [positions] : shape;
  const cotangentShape = isScalar ? [] : outer;
  const size = cotangentShape.reduce((product, n) => product * n, 1);
  return {
    ...c,
    cotangent: { shape: cotangentShape, data: Float32Array.from(drawCotangent(random, size)) },
  };
}

/** Gaps at which float32's exp is about N, about the smallest subnormal, or about half of it. */
const edges = [86.6, 87.33, 87.4, 95, 101.5, 102.6, 103.2, 103.96, 104.1];

function drawLogits(random: RandomSource, width: number): number[] {
  const kind = drawInt(random, 8);
  const drawn = Array.from({ length: width }, (): number => {
    switch (kind) {
      case 0:
        return drawSigned(random) * 4;
      case 1:
        return drawSigned(random) * 60;
      case 2:
        return drawBoolean(random, 0.5)
          ? -drawUnit(random)
          : -drawFrom(random, edges) + 0.5 * drawSigned(random);
      case 3:
        return drawBoolean(random, 0.3) ? -Infinity : drawSigned(random) * 4;
      case 4:
        return -drawUnit(random) * 45 - 12;
      case 5:
        return drawSigned(random) * 2 ** 120;
      case 6:
        return drawFrom(random, [0, 0, -(2 ** -140), -(2 ** -120), -1, -87, -104]);
      default:
        return -drawUnit(random) * 106;
    }
  });
  if (kind >= 2 && kind !== 5) drawn[drawInt(random, width)] = 0;
  return drawn;
}

function drawCotangent(random: RandomSource, size: number): number[] {
  const kind = drawInt(random, 6);
  const scale = drawMagnitude(random, { exponentMin: -121, exponentMax: 119 });
  return Array.from({ length: size }, (): number => {
    switch (kind) {
      case 0:
        return drawSigned(random);
      case 1:
        return scale * drawSigned(random);
      case 2:
        return drawSign(random) * drawMagnitude(random, { exponentMin: -149, exponentMax: 119 });
      case 3:
        return drawBoolean(random, 0.3) ? 0 : drawSign(random) * (1 + drawInt(random, 9)) * 2 ** -149;
      case 4:
        return scale * (1 + drawSigned(random) * 2 ** -12);
      default:
        return drawBoolean(random, 0.5) ? drawSigned(random) : drawSign(random) * scale;
    }
  });
}

function drawLoss(
  random: RandomSource,
  { positions, width, direction }: { positions: number; width: number; direction: Case['direction'] },
): Loss {
  const isIndex = direction !== 'targetBackward' && drawBoolean(random, 0.5);
  const target = isIndex
    ? { shape: [positions], data: Int32Array.from({ length: positions }, () => drawInt(random, width)) }
    : {
        shape: [positions, width],
        data: Float32Array.from(Array.from({ length: positions }, () => drawTarget(random, width)).flat()),
      };
  const loss = {
    target,
    reduction: drawFrom(random, reductions),
    labelSmoothing: drawBoolean(random, 0.4) ? 0 : drawFrom(random, smoothings),
  };
  if (drawBoolean(random, 0.3)) return loss;
  return { ...loss, weight: { shape: [width], data: Float32Array.from(drawWeights(random, width)) } };
}

function drawTarget(random: RandomSource, width: number): number[] {
  const kind = drawInt(random, 7);
  const hot = drawInt(random, width);
  const scale = drawMagnitude(random, { exponentMin: -149, exponentMax: 20 });
  return Array.from({ length: width }, (_, k): number => {
    switch (kind) {
      case 0:
        return k === hot ? 1 : 0;
      case 1:
        return drawUnit(random) / width;
      case 2:
        return 2 * drawSigned(random);
      case 3:
        return drawMagnitude(random, { exponentMin: -149, exponentMax: 3 });
      case 4:
        return drawBoolean(random, 0.3) ? 0 : scale * drawSigned(random);
      case 5:
        return drawSign(random) * scale;
      default:
        return k === hot ? 1 : drawFrom(random, [0, 2 ** -149, 2 ** -124, 2 ** -100, -(2 ** -124)]);
    }
  });
}

function drawWeights(random: RandomSource, width: number): number[] {
  const kind = drawInt(random, 5);
  const scale = drawMagnitude(random, { exponentMin: -126, exponentMax: 125 });
  return Array.from({ length: width }, (): number => {
    switch (kind) {
      case 0:
        return 2 * drawUnit(random);
      case 1:
        return drawMagnitude(random, { exponentMin: -126, exponentMax: 125 });
      case 2:
        return drawMagnitude(random, { exponentMin: -30, exponentMax: 30 });
      case 3:
        return drawFrom(random, [0, 1, scale]);
      default:
        return scale;
    }
  });
}
