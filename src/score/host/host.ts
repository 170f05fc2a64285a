/**
 * The host: sound kernels of every kind, each built of named steps. Mutants are it with one step done
 * otherwise. Written apart from src/kernels, and rounding as a kernel in the data's own format does. Knows
 * nothing of how it is judged.
 */
import type { AxisOptions, CrossEntropyOptions, Kernels, Target } from '../../contract/subject.ts';
import { checkHasTargetGradient, resolveLoss } from '../../contract/validate.ts';
import type { FloatArray } from '../../float/format.ts';
import { createTensor, tensorFormat, type Tensor } from '../../tensor/tensor.ts';
import { analyse, gather, scatter, soundLaneSteps, type LaneParts, type LaneSteps } from './lane-steps.ts';
import { emptyLane, soundLossSteps, type Loss, type LossSteps } from './loss-steps.ts';

export type Steps = LaneSteps & LossSteps;

export const soundSteps: Steps = { ...soundLaneSteps, ...soundLossSteps };

/** What the host exports: all of the contract's kernels, none of them returning a promise. */
export interface HostKernels extends Kernels {
  softmax(x: Tensor, options: AxisOptions): Tensor;
  softmaxBackward(x: Tensor, dy: Tensor, options: AxisOptions): Tensor;
  logSoftmax(x: Tensor, options: AxisOptions): Tensor;
  logSoftmaxBackward(x: Tensor, dy: Tensor, options: AxisOptions): Tensor;
  logSumExp(x: Tensor, options: AxisOptions): Tensor;
  logSumExpBackward(x: Tensor, dy: Tensor, options: AxisOptions): Tensor;
  crossEntropy(logits: Tensor, target: Target, options: CrossEntropyOptions): Tensor;
  crossEntropyBackward(logits: Tensor, target: Target, dy: Tensor, options: CrossEntropyOptions): Tensor;
  crossEntropyTargetBackward(
    logits: Tensor,
    target: Target,
    dy: Tensor,
    options: CrossEntropyOptions,
  ): Tensor;
}

export function buildHost(steps: Steps = soundSteps): HostKernels {
  const perLane = (x: Tensor, axis: number | undefined, lane: (parts: LaneParts) => FloatArray): Tensor => {
    const y = createTensor(x.shape, tensorFormat(x));
    eachLane(steps, x, axis, (parts) => scatter(steps, y.data, parts.place, lane(parts)));
    return y;
  };
  const dyOf = (dy: Tensor, { place }: LaneParts): FloatArray =>
    gather(steps, dy.data, place.lanes, place.lane);
  return {
    softmax: (x, { axis }) => perLane(x, axis, steps.softmax),
    softmaxBackward: (x, dy, { axis }) =>
      perLane(x, axis, (parts) => steps.softmaxVjp(steps.softmax(parts), dyOf(dy, parts), parts)),
    logSoftmax: (x, { axis }) => perLane(x, axis, steps.logSoftmax),
    logSoftmaxBackward: (x, dy, { axis }) =>
      perLane(x, axis, (parts) => steps.logSoftmaxVjp(steps.softmax(parts), dyOf(dy, parts), parts)),
    logSumExp(x, { axis }) {
      const y = createTensor(steps.lanes(x.shape, axis ?? -1).outerShape, tensorFormat(x));
      eachLane(steps, x, axis, (parts) => (y.data[parts.place.lane] = steps.logSumExp(parts)));
      return y;
    },
    logSumExpBackward: (x, dy, { axis }) =>
      perLane(x, axis, (parts) =>
        steps.logSumExpVjp(steps.softmax(parts), dy.data[parts.place.lane]!, parts),
      ),
    crossEntropy: (logits, target, options) => lossForward(steps, lossOf(steps, logits, target, options)),
    crossEntropyBackward: (logits, target, dy, options) =>
      lossBackward(steps, lossOf(steps, logits, target, options), dy),
    crossEntropyTargetBackward: (logits, target, dy, options) =>
      lossTargetBackward(steps, lossOf(steps, logits, target, options), dy),
  };
}

function eachLane(
  steps: Steps,
  x: Tensor,
  axis: number | undefined,
  visit: (parts: LaneParts) => void,
): void {
  const lanes = steps.lanes(x.shape, axis ?? -1);
  for (let lane = 0; lane < lanes.count; lane++) {
    visit(analyse(steps, { shape: x.shape, lanes, lane, data: x.data }));
  }
}

function lossOf(steps: Steps, logits: Tensor, target: Target, options: CrossEntropyOptions): Loss {
  const { shape, data } = logits;
  return {
    ...resolveLoss(logits, target, options),
    lanes: steps.lanes(shape, options.axis ?? -1),
    shape,
    data,
  };
}

function sharesOf(steps: Steps, loss: Loss, lane: number): Float64Array {
  const shares = new Float64Array(loss.lanes.length);
  for (let k = 0; k < shares.length; k++) {
    shares[k] = steps.share(steps.smoothed(steps.target(loss, lane, k), loss), loss, lane, k);
  }
  return shares;
}

/** Sound, and the same functions each time: what a mutant has of it is not asked again. */
export const soundHost: HostKernels = buildHost();

/** −0 is 0: an empty sum is not negative. */
function lossForward(steps: Steps, loss: Loss): Tensor {
  const { lanes, reduction, outputShape, shape, data } = loss;
  const losses = new Float64Array(lanes.count);
  for (let lane = 0; lane < lanes.count; lane++) {
    if (steps.isIgnored(loss, lane)) continue;
    const logP = steps.logSoftmax(analyse(steps, { shape, lanes, lane, data }));
    losses[lane] = steps.positionLoss(sharesOf(steps, loss, lane), logP, loss, lane);
  }
  const output = createTensor(outputShape, tensorFormat({ shape, data }));
  if (reduction === 'none') output.data.set(losses);
  else output.data[0] = steps.reduce(losses, steps.denominator(loss), loss);
  return output;
}

function lossBackward(steps: Steps, loss: Loss, dy: Tensor): Tensor {
  const denominator = steps.denominator(loss);
  return lossGradient(steps, loss, (parts) => {
    const { lane } = parts.place;
    const k = steps.scale(dy.data, denominator, loss, lane);
    return steps.logitGradient(steps.softmax(parts), sharesOf(steps, loss, lane), k, loss, lane);
  });
}

function lossTargetBackward(steps: Steps, loss: Loss, dy: Tensor): Tensor {
  checkHasTargetGradient(loss);
  const denominator = steps.denominator(loss);
  return lossGradient(steps, loss, (parts) => {
    const { lane } = parts.place;
    const k = steps.scale(dy.data, denominator, loss, lane);
    const gradient = emptyLane(loss);
    steps.logSoftmax(parts).forEach((logP, c) => {
      gradient[c] = steps.targetGradient(k, logP, loss, lane, c);
    });
    return gradient;
  });
}

/** 0 at ignored positions. */
function lossGradient(steps: Steps, loss: Loss, laneOf: (parts: LaneParts) => FloatArray): Tensor {
  const { shape, data, lanes } = loss;
  const gradient = createTensor(shape, tensorFormat({ shape, data }));
  for (let lane = 0; lane < lanes.count; lane++) {
    if (steps.isIgnored(loss, lane)) continue;
    const place = { shape, lanes, lane, data };
    scatter(steps, gradient.data, place, laneOf(analyse(steps, place)));
  }
  return gradient;
}
