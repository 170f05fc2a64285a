/** Whether a Case is one that the contract allows: what is asked of no implementation otherwise. */
import { kernelTable } from '../contract/subject.ts';
import { isHalf, isHeldAs, type Format } from '../float/format.ts';
import { isRepresentable } from '../float/ulp.ts';
import { lanesOf, resolveAxis, type Lanes } from '../tensor/lanes.ts';
import { isSameShape, sizeOf, type IndexTensor, type Tensor } from '../tensor/tensor.ts';
import { canBeInvalid } from './invalid-arguments.ts';
import { forwardShape, isIndexTarget, type Case, type Loss } from './case.ts';

/** Null for a valid case; else a sentence that names the part and its value. */
export function whyInvalid(c: Case): string | null {
  const { operation, direction, logits, axis } = c;
  if (!kernelTable.some((row) => row.operation === operation && row.direction === direction)) {
    return `${operation} has no ${direction}`;
  }
  const axes = Math.max(logits.shape.length, 1);
  if (!Number.isInteger(axis) || axis < -axes || axis >= axes) {
    return `axis ${axis} is not an integer in [${-axes}, ${axes - 1}]`;
  }
  return (
    whyBadTensor('logits', logits, { shape: logits.shape, format: c.format }) ??
    whyBadLoss(c) ??
    whyBadCotangent(c) ??
    whyBadCall(c) ??
    whyBadInvalidity(c)
  );
}

interface Expected {
  readonly shape: readonly number[];
  readonly format: Format;
}

function whyBadTensor(name: string, tensor: Tensor, { shape, format }: Expected): string | null {
  if (!isSameShape(tensor.shape, shape)) return `${name} has shape ${text(tensor.shape)}, not ${text(shape)}`;
  if (!isHeldAs(format, tensor.data)) return `${name} is a ${tensor.data.constructor.name}, not ${format}`;
  const elements = sizeOf(shape);
  if (tensor.data.length !== elements) return `${name} holds ${tensor.data.length} elements, not ${elements}`;
  const at = isHalf(format) ? tensor.data.findIndex((value) => !isRepresentable(value, format)) : -1;
  return at < 0 ? null : `${name}[${at}] is ${tensor.data[at]}, which no ${format} is`;
}

function whyNotFinite(
  name: string,
  tensor: Tensor,
  { min = -Infinity }: { min?: number } = {},
): string | null {
  const at = tensor.data.findIndex((value) => !Number.isFinite(value) || value < min);
  if (at < 0) return null;
  return `${name}[${at}] is ${tensor.data[at]}, not a finite number${min === 0 ? ' of at least 0' : ''}`;
}

function whyBadCotangent(c: Case): string | null {
  if ((c.cotangent !== undefined) !== (c.direction !== 'forward')) {
    return c.cotangent === undefined
      ? `cotangent is missing for ${c.direction}`
      : 'cotangent is there for forward';
  }
  if (c.cotangent === undefined) return null;
  const expected = { shape: forwardShape(c), format: c.format };
  return whyBadTensor('cotangent', c.cotangent, expected) ?? whyNotFinite('cotangent', c.cotangent);
}

function whyBadLoss(c: Case): string | null {
  if ((c.loss !== undefined) !== (c.operation === 'crossEntropy')) {
    return c.loss === undefined ? 'loss is missing for crossEntropy' : `loss is there for ${c.operation}`;
  }
  if (c.loss === undefined) return null;
  const lanes = lanesOf(c.logits.shape, resolveAxis(c.axis, c.logits.shape.length));
  const { labelSmoothing: smoothing } = c.loss;
  if (!(smoothing >= 0 && smoothing <= 1)) return `labelSmoothing ${smoothing} is not in [0, 1]`;
  return whyBadWeight(c, c.loss, lanes) ?? whyBadTarget(c, c.loss, lanes);
}

function whyBadWeight(c: Case, { weight }: Loss, lanes: Lanes): string | null {
  if (weight === undefined) return null;
  const expected = { shape: [lanes.length], format: c.format };
  return whyBadTensor('weight', weight, expected) ?? whyNotFinite('weight', weight, { min: 0 });
}

function whyBadTarget(c: Case, { target, ignoreIndex }: Loss, lanes: Lanes): string | null {
  if (isIndexTarget(target)) {
    if (c.direction === 'targetBackward')
      return 'target is class indices, but targetBackward is for probabilities';
    return whyBadIndices(target, { lanes, ignoreIndex });
  }
  if (ignoreIndex !== undefined) return `ignoreIndex ${ignoreIndex} is there, but target is probabilities`;
  const expected = { shape: c.logits.shape, format: c.format };
  return whyBadTensor('target', target, expected) ?? whyNotFinite('target', target);
}

function whyBadIndices(
  target: IndexTensor,
  { lanes, ignoreIndex }: { lanes: Lanes; ignoreIndex: number | undefined },
): string | null {
  if (ignoreIndex !== undefined && !Number.isSafeInteger(ignoreIndex))
    return `ignoreIndex ${ignoreIndex} is no integer`;
  const { outerShape, length: classes } = lanes;
  if (!isSameShape(target.shape, outerShape)) {
    return `target has shape ${text(target.shape)}, not ${text(outerShape)}`;
  }
  if (target.data.length !== sizeOf(outerShape)) {
    return `target holds ${target.data.length} elements, not ${sizeOf(outerShape)}`;
  }
  const at = target.data.findIndex((y) => y !== ignoreIndex && (y < 0 || y >= classes));
  return at < 0 ? null : `target[${at}] is ${target.data[at]}, not a class in [0, ${classes})`;
}

function whyBadCall({ call, axis, logits, operation, loss }: Case): string | null {
  if (call?.kind === 'defaults' && loss === undefined)
    return `call is about defaults, and ${operation} has no option that has one but the axis`;
  const rank = logits.shape.length;
  if (call?.kind === 'axis' && rank > 0 && resolveAxis(axis, rank) !== rank - 1)
    return `call leaves the axis to its default, but axis ${axis} is not the last of ${rank}`;
  return null;
}

/** Without what is made wrong an invalid case is a valid one, that has what is made wrong. */
function whyBadInvalidity(c: Case): string | null {
  if (c.invalid === undefined || canBeInvalid(c, c.invalid)) return null;
  return `invalid is '${c.invalid}', and the case has nothing that this makes wrong`;
}

function text(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
