/**
 * The inputs that people draw instead: fast-check's floats
 * within ±10, rows of up to 16 classes, default options.
 */
import fc from 'fast-check';
import { forwardShape, type Case, type Loss } from '../case/case.ts';
import { kernelTable, type Target } from '../contract/subject.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';

const magnitudeMax = 10;
const rowsMax = 8;
const classesMax = 16;

interface PlainDraw {
  readonly rows: number;
  readonly classes: number;
  readonly logits: Float32Array;
  readonly targets: Float32Array;
  readonly cotangent: Float32Array;
  readonly indices: readonly number[];
  readonly isIndex: boolean;
}

const draws: fc.Arbitrary<PlainDraw> = fc
  .record({ rows: fc.integer({ min: 1, max: rowsMax }), classes: fc.integer({ min: 1, max: classesMax }) })
  .chain(({ rows, classes }) => {
    const floats = floatsWithin(rows * classes);
    return fc.record({
      rows: fc.constant(rows),
      classes: fc.constant(classes),
      logits: floats,
      targets: floats,
      cotangent: floats,
      indices: fc.array(fc.nat(classes - 1), { minLength: rows, maxLength: rows }),
      isIndex: fc.boolean(),
    });
  });

function floatsWithin(length: number): fc.Arbitrary<Float32Array> {
  const range = { min: -magnitudeMax, max: magnitudeMax, noNaN: true };
  return fc.float32Array({ minLength: length, maxLength: length, ...range });
}

/**
 * Draws so many cases, each kernel in its turn. Class indices and probabilities alike;
 * the cotangent is drawn as the logits are.
 */
export function drawPlainCases(runs: number, seed: number): readonly Case[] {
  return fc.sample(draws, { numRuns: runs, seed }).map(caseFrom);
}

function caseFrom(draw: PlainDraw, place: number): Case {
  const { operation, direction } = kernelTable[place % kernelTable.length]!;
  const { rows, classes } = draw;
  const logits: Tensor = { shape: [rows, classes], data: draw.logits };
  const base = {
    operation,
    direction,
    format: 'float32',
    axis: -1,
    logits,
    regimes: [],
    checks: [],
  } as const;
  const loss: { loss?: Loss } =
    operation === 'crossEntropy'
      ? { loss: { target: targetFrom(draw, direction), reduction: 'mean', labelSmoothing: 0 } }
      : {};
  if (direction === 'forward') return { ...base, ...loss };
  const shape = forwardShape({ ...base, ...loss });
  return { ...base, ...loss, cotangent: { shape, data: draw.cotangent.slice(0, sizeOf(shape)) } };
}

/** The gradient to the targets has no meaning for indices. */
function targetFrom(
  { rows, classes, targets, indices, isIndex }: PlainDraw,
  direction: Case['direction'],
): Target {
  if (isIndex && direction !== 'targetBackward') return { shape: [rows], data: Int32Array.from(indices) };
  const data = new Float32Array(targets.length);
  for (let start = 0; start < data.length; start += classes) {
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.abs(targets[start + k]!) + 1;
    for (let k = 0; k < classes; k++) data[start + k] = (Math.abs(targets[start + k]!) + 1) / sum;
  }
  return { shape: [rows, classes], data };
}
