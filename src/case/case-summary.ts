/** A case in one line, for a person. */
import { callFormText } from './call-form.ts';
import { invalidityText } from './invalid-arguments.ts';
import { isIndexTarget, type Case, type Loss } from './case.ts';

/**
 * A case in one line, without its values: `softmax/float32 [3, 7] axis 0`, with the direction unless it is
 * forward, the options that are not default, and how it is called where that is not the plain way.
 */
export function caseSummary(c: Case): string {
  const direction = c.direction === 'forward' ? '' : `/${c.direction}`;
  const shape = `[${c.logits.shape.join(', ')}]`;
  const options = c.loss === undefined ? '' : lossSummary(c.loss);
  const call = c.call === undefined ? '' : `, ${callFormText(c.call)}`;
  const invalid = c.invalid === undefined ? '' : `, invalid: ${invalidityText(c, c.invalid)}`;
  return `${c.operation}${direction}/${c.format} ${shape} axis ${c.axis}${options}${call}${invalid}`;
}

function lossSummary({ target, reduction, labelSmoothing, weight, ignoreIndex }: Loss): string {
  const options = [
    isIndexTarget(target) ? 'index target' : 'probability target',
    ...(reduction === 'mean' ? [] : [`reduction ${reduction}`]),
    ...(labelSmoothing === 0 ? [] : [`labelSmoothing ${labelSmoothing}`]),
    ...(weight === undefined ? [] : ['weight']),
    ...(ignoreIndex === undefined ? [] : [`ignoreIndex ${ignoreIndex}`]),
  ];
  return `, ${options.join(', ')}`;
}
