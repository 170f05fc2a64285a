/**
 * The calls that a careful person has fast-check draw: any rank up to 4 and any axis, small widths and some
 * large, logits of several magnitudes, some −∞ or whatever there is among them, all options of a loss.
 */
import fc from 'fast-check';
import { reductions, type KernelName } from '../../contract/subject.ts';
import type { FloatArray, NativeFormat } from '../../float/format.ts';
import { forwardShapeOf, outerShape, type LoopCall, type LoopLoss } from './loop-call.ts';

type Floats = fc.Arbitrary<FloatArray>;

interface Frame {
  readonly format: NativeFormat;
  readonly shape: readonly number[];
  readonly axis: number;
  readonly passedAxis: number | null;
}

/** float32 three times in four: it is what kernels are written for. */
const formatDraws = fc.constantFrom<NativeFormat>('float32', 'float32', 'float32', 'float64');
const widthDraws = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 16 }) },
  { weight: 3, arbitrary: fc.integer({ min: 17, max: 129 }) },
  { weight: 1, arbitrary: fc.integer({ min: 130, max: 1100 }) },
);
const sizeDraws = fc.oneof(
  { weight: 19, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 1, arbitrary: fc.constant(0) },
);
/** A wide tensor has few rows, or a loop would draw little else. */
const wide = 64;

const frames: fc.Arbitrary<Frame> = fc
  .record({
    format: formatDraws,
    width: widthDraws,
    outer: fc.array(sizeDraws, { maxLength: 3 }),
    place: fc.nat(3),
    form: fc.constantFrom('front', 'back', 'left out'),
    isScalar: fc.integer({ min: 0, max: 39 }).map((n) => n === 0),
  })
  .map(({ format, width, outer, place, form, isScalar }) => {
    if (isScalar) return { format, shape: [], axis: 0, passedAxis: form === 'front' ? 0 : null };
    const others = width > wide ? outer.slice(0, 1) : outer;
    const isLeftOut = form === 'left out';
    const axis = isLeftOut ? others.length : place % (others.length + 1);
    const shape = [...others.slice(0, axis), width, ...others.slice(axis)];
    return {
      format,
      shape,
      axis,
      passedAxis: isLeftOut ? null : form === 'front' ? axis : axis - shape.length,
    };
  });

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function floatsWithin(format: NativeFormat, length: number, magnitude: number): Floats {
  const range = { minLength: length, maxLength: length, min: -magnitude, max: magnitude, noNaN: true };
  return format === 'float32' ? fc.float32Array(range) : fc.float64Array(range);
}

/** Mostly numbers as they come, of some magnitude; now and then with masked ones, or all that there are. */
function logitsOf(format: NativeFormat, length: number): Floats {
  const sized = { minLength: length, maxLength: length };
  const anything: Floats = format === 'float32' ? fc.float32Array(sized) : fc.float64Array(sized);
  const masked = fc
    .tuple(floatsWithin(format, length, 10), fc.array(fc.nat(3), sized))
    .map(([data, masks]) => data.map((value, i) => (masks[i] === 0 ? -Infinity : value)) as FloatArray);
  return fc.oneof(
    { weight: 4, arbitrary: floatsWithin(format, length, 10) },
    { weight: 2, arbitrary: floatsWithin(format, length, 1) },
    { weight: 2, arbitrary: floatsWithin(format, length, 100) },
    { weight: 1, arbitrary: floatsWithin(format, length, 1000) },
    { weight: 1, arbitrary: masked },
    { weight: 1, arbitrary: anything },
  );
}

export function callsOf(kernel: KernelName): fc.Arbitrary<LoopCall> {
  return frames.chain((frame) => {
    const logits = logitsOf(frame.format, sizeOf(frame.shape));
    const isForward = !kernel.endsWith('Backward');
    const losses = kernel.startsWith('crossEntropy') ? lossesOf(kernel, frame) : fc.constant(null);
    return losses.chain((loss) => {
      const { format, ...rest } = frame;
      const call = { kernel, ...rest, loss };
      const dy: fc.Arbitrary<FloatArray | null> = isForward
        ? fc.constant(null)
        : floatsWithin(format, sizeOf(forwardShapeOf(call)), 2);
      return fc.record({ logits, dy }).map((drawn) => ({ ...call, ...drawn }));
    });
  });
}

function lossesOf(kernel: KernelName, { format, shape, axis }: Frame): fc.Arbitrary<LoopLoss> {
  const classes = shape[axis] ?? 1;
  const positions = sizeOf(outerShape({ shape, axis }));
  const isIndex = kernel === 'crossEntropyTargetBackward' ? fc.constant(false) : fc.boolean();
  const common = {
    reduction: fc.constantFrom(...reductions),
    labelSmoothing: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
    weight: fc.option(weightsOf(format, classes)),
  };
  const ofIndices = fc
    .record({
      ...common,
      indices: fc.array(fc.nat(classes - 1), { minLength: positions, maxLength: positions }),
      ignored: fc.option(fc.constantFrom(-100, 0, classes - 1)),
      isHidden: fc.array(fc.nat(3), { minLength: positions, maxLength: positions }),
    })
    .map(({ indices, ignored, isHidden, ...loss }) => ({
      ...loss,
      probabilities: null,
      indices: Int32Array.from(indices, (y, i) => (ignored !== null && isHidden[i] === 0 ? ignored : y)),
      ignoreIndex: ignored,
    }));
  const ofProbabilities = fc
    .record({ ...common, raw: floatsWithin(format, sizeOf(shape), 1) })
    .map(({ raw, ...loss }) => ({
      ...loss,
      indices: null,
      ignoreIndex: null,
      probabilities: sharesOf(raw, classes),
    }));
  return isIndex.chain((is): fc.Arbitrary<LoopLoss> => (is ? ofIndices : ofProbabilities));
}

function weightsOf(format: NativeFormat, classes: number): Floats {
  return floatsWithin(format, classes, 2).map((data) => data.map(Math.abs) as FloatArray);
}

/** They need not sum to 1: a kernel that takes that for granted is found by others alone. */
function sharesOf(raw: FloatArray, classes: number): FloatArray {
  return raw.map((value) => Math.abs(value) / Math.max(classes, 1)) as FloatArray;
}
