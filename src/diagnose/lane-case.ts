/** A case as its lanes: easy to vary one thing of, and made a case again. Rank 0 is one lane of one class. */
import { forwardKind, forwardShape, isIndexTarget, type Case, type Loss } from '../case/case.ts';
import type { Target } from '../contract/subject.ts';
import { createFloatArray, floatArrayFrom, isHalf, roundAll, roundTo, type Format } from '../float/format.ts';
import { laneStart, lanesOf } from '../tensor/lanes.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';

export type Lane = readonly number[];

export interface LaneLoss extends Pick<Loss, 'reduction' | 'labelSmoothing' | 'ignoreIndex'> {
  readonly weight?: Lane;
  /** One for each lane; absent where the target is probabilities. */
  readonly classes?: Lane;
  readonly probabilities?: readonly Lane[];
}

export interface LaneCase extends Pick<Case, 'operation' | 'direction' | 'format' | 'axis' | 'call'> {
  readonly shape: readonly number[];
  readonly lanes: readonly Lane[];
  readonly loss?: LaneLoss;
  /** Lane by lane; of one element each where there is one cotangent for a lane. Absent forwards. */
  readonly dy?: readonly Lane[];
}

export function toLaneCase(c: Case): LaneCase {
  const { operation, direction, format, axis, logits, cotangent, loss, call } = c;
  return {
    operation,
    direction,
    format,
    axis,
    shape: logits.shape,
    lanes: lanesIn(logits, c),
    ...(call === undefined ? {} : { call }),
    ...(loss === undefined ? {} : { loss: laneLossOf(loss, c) }),
    ...(cotangent === undefined
      ? {}
      : {
          dy:
            forwardKind(c) === 'like logits'
              ? lanesIn(cotangent, c)
              : Array.from(cotangent.data, (value) => [value]),
        }),
  };
}

function lanesIn({ data }: Tensor, { logits, axis }: Case): readonly Lane[] {
  const lanes = lanesOf(logits.shape, axis);
  return Array.from({ length: lanes.count }, (_, lane) => {
    const start = laneStart(lanes, lane);
    return Array.from({ length: lanes.length }, (_, k) => data[start + k * lanes.stride]!);
  });
}

function laneLossOf({ target, reduction, labelSmoothing, weight, ignoreIndex }: Loss, c: Case): LaneLoss {
  return {
    reduction,
    labelSmoothing,
    ...(weight === undefined ? {} : { weight: [...weight.data] }),
    ...(ignoreIndex === undefined ? {} : { ignoreIndex }),
    ...(isIndexTarget(target) ? { classes: [...target.data] } : { probabilities: lanesIn(target, c) }),
  };
}

/** Without checks: what a law says of it is not asked. The format rounds what is no number of it. */
export function fromLaneCase({
  operation,
  direction,
  format,
  axis,
  shape,
  lanes,
  loss,
  dy,
  call,
}: LaneCase): Case {
  const place = { format, shape, axis };
  const c: Case = {
    operation,
    direction,
    format,
    axis,
    logits: spread(lanes, place),
    ...(loss === undefined ? {} : { loss: lossFrom(loss, place) }),
    ...(call === undefined ? {} : { call }),
    regimes: [],
    checks: [],
  };
  if (direction === 'forward') return c;
  const dyShape = forwardShape(c);
  if (forwardKind(c) === 'like logits') return { ...c, cotangent: spread(dy!, place) };
  const size = sizeOf(dyShape);
  const data = floatArrayFrom(
    format,
    Array.from({ length: size }, (_, i) => dy![i % dy!.length]?.[0] ?? 1),
  );
  return { ...c, cotangent: { shape: dyShape, data } };
}

interface Placed {
  readonly format: Format;
  readonly shape: readonly number[];
  readonly axis: number;
}

function lossFrom(
  { reduction, labelSmoothing, ignoreIndex, weight, classes, probabilities }: LaneLoss,
  place: Placed,
): Loss {
  const { length, outerShape } = lanesOf(place.shape, place.axis);
  const target: Target =
    classes === undefined
      ? spread(probabilities!, place)
      : { shape: outerShape, data: Int32Array.from(classes) };
  return {
    target,
    reduction,
    // In halves a number of the format: a kernel that keeps ε in it is asked the same question then.
    labelSmoothing: isHalf(place.format) ? roundTo(place.format, labelSmoothing) : labelSmoothing,
    ...(weight === undefined
      ? {}
      : { weight: { shape: [length], data: floatArrayFrom(place.format, weight) } }),
    ...(ignoreIndex === undefined ? {} : { ignoreIndex }),
  };
}

function spread(values: readonly Lane[], { format, shape, axis }: Placed): Tensor {
  const lanes = lanesOf(shape, axis);
  const data = createFloatArray(format, sizeOf(shape));
  for (let lane = 0; lane < lanes.count; lane++) {
    const start = laneStart(lanes, lane);
    for (let k = 0; k < lanes.length; k++) data[start + k * lanes.stride] = values[lane]![k]!;
  }
  return { shape, data: roundAll(data, format) };
}
