/**
 * What the golden cases must hold: each regime, and each
 * option of the loss, in every kernel and both formats.
 */
import { isIndexTarget, type Case } from '../../case/case.ts';

/** `operation/direction/format/…` for each regime and each option that is there. */
export function goldenKinds(c: Case): readonly string[] {
  const kernel = `${c.operation}/${c.direction}/${c.format}`;
  return [...c.regimes, ...optionsOf(c)].map((kind) => `${kernel}/${kind}`);
}

function optionsOf({ loss }: Case): readonly string[] {
  if (loss === undefined) return [];
  const { target, reduction, labelSmoothing, weight, ignoreIndex } = loss;
  return [
    isIndexTarget(target) ? 'index' : 'probability',
    reduction,
    ...(labelSmoothing > 0 ? ['labelSmoothing'] : []),
    ...(weight === undefined ? [] : ['weight']),
    ...(ignoreIndex === undefined ? [] : ['ignoreIndex']),
  ];
}
