/**
 * What a campaign counts to know that it looked everywhere:
 * regime × operation × direction × axis class, and × width.
 */
import type { Case } from '../case/case.ts';
import { axisClassOf, type AxisClass } from '../case/signature.ts';
import { resolveAxis } from '../tensor/lanes.ts';

/**
 * `regime/operation/direction/axis class`, one for each regime of the case: a case counts for all that it
 * holds. Of 20,000 cases over all operations each key gets at least 100 (0.5 %); only those of `empty` get
 * fewer, about 20, since an empty case has one answer for each kernel, which a hundred of them do not show
 * any better.
 */
export function coverageKeys(c: Case): readonly string[] {
  return c.regimes.map((regime) => coverageKey(regime, `${c.operation}/${c.direction}`, axisClassOf(c)));
}

/** `kernel` is `operation/direction`. */
export function coverageKey(regime: string, kernel: string, axisClass: AxisClass): string {
  return `${regime}/${kernel}/${axisClass}`;
}

/** The classes of a lane's length: where a loop, a vector, a block and a tile end. */
export const widthClasses = ['0', '1', '2-7', '8-63', '64-511', '512 and more'] as const;

/** Place in `widthClasses`. */
export function widthClassOf({ logits: { shape }, axis }: Case): number {
  const length = shape.length === 0 ? 1 : shape[resolveAxis(axis, shape.length)]!;
  return length < 2 ? length : length < 8 ? 2 : length < 64 ? 3 : length < 512 ? 4 : 5;
}

/** `regime/width class`, one for each regime of the case. */
export function widthKeys(c: Case): readonly string[] {
  return c.regimes.map((regime) => widthKey(regime, widthClasses[widthClassOf(c)]!));
}

export function widthKey(regime: string, widthClass: (typeof widthClasses)[number]): string {
  return `${regime}/${widthClass}`;
}
