/** Whether a case is within what a subject says that it supports. */
import type { CrossEntropySupports, Supports } from '../contract/subject.ts';
import { lanesOf } from '../tensor/lanes.ts';
import { caseSize, isIndexTarget, type Case, type Loss } from './case.ts';

/** Why the subject does not support the case, as a reason to skip it; null where it does. */
export function whyUnsupported(c: Case, supports: Supports): string | null {
  const { format, logits, axis, loss } = c;
  const { formats: known, rank: ranks, maxElements } = supports;
  const size = logits.shape.length;
  if (known !== undefined && !known.includes(format)) return `supports no ${format}`;
  if (ranks !== undefined && (size < ranks[0] || size > ranks[1]))
    return `supports ranks from ${ranks[0]} to ${ranks[1]}`;
  if (maxElements !== undefined && caseSize(c) > maxElements) return `supports up to ${maxElements} elements`;
  const lanes = lanesOf(logits.shape, axis);
  if (supports.axis === 'last' && size > 0 && lanes.axis !== size - 1) return 'supports the last axis only';
  const { empty = 'any' } = supports;
  if (lanes.length === 0 && (empty === 'none' || empty === 'lanes')) return 'supports no lane of no classes';
  if (lanes.count === 0 && (empty === 'none' || empty === 'classes')) return 'supports no case without lanes';
  return loss === undefined ? null : whyLossUnsupported(loss, supports.crossEntropy ?? {});
}

function whyLossUnsupported(loss: Loss, supports: CrossEntropySupports): string | null {
  const target = isIndexTarget(loss.target) ? 'indices' : 'probabilities';
  if (!(supports.target?.includes(target) ?? true)) return `supports no target of ${target}`;
  if (!(supports.reduction?.includes(loss.reduction) ?? true))
    return `supports no reduction '${loss.reduction}'`;
  if (supports.labelSmoothing === false && loss.labelSmoothing !== 0) return 'supports no labelSmoothing';
  if (supports.weight === false && loss.weight !== undefined) return 'supports no weight';
  return supports.ignoreIndex === false && loss.ignoreIndex !== undefined ? 'supports no ignoreIndex' : null;
}
