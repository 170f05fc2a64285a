/** What a finding's case departs from plain ones in, in the tags of the probe cases. */
import { isIndexTarget, type Case } from '../case/case.ts';
import { axisClassOf } from '../case/signature.ts';
import { toLaneCase, type Lane } from './lane-case.ts';
import type { Tag } from './probe-cases.ts';
import { gapOf, magnitudeOf } from './vary.ts';

/** Logits within this count as near 0; lanes up to this width as narrow, and as too narrow for a tail. */
const [nearMax, narrowMax, tailMin] = [2, 2, 5];

/** Every tag that may be behind its being wrong. */
export function tagsOf(c: Case): ReadonlySet<Tag> {
  const tags = new Set<Tag>(['plain', 'cotangent', 'subnormal']);
  const lanes = toLaneCase(c);
  const add = (tag: Tag, is: boolean): void => void (is && tags.add(tag));
  const some = (test: (x: number) => boolean): boolean => c.logits.data.some((x) => test(x));
  add('nan', some(Number.isNaN));
  add(
    '+inf',
    some((x) => x === Infinity),
  );
  add(
    '-inf',
    some((x) => x === -Infinity),
  );
  add(
    'masked lane',
    lanes.lanes.some((lane) => lane.length > 0 && lane.every((x) => x === -Infinity)),
  );
  add('empty', c.logits.data.length === 0 || isAllIgnored(c));
  // An infinity is the limit of large numbers.
  add('offset', magnitudeOf(lanes.lanes) > nearMax || some((x) => x === Infinity));
  add('gap', gapOf(lanes.lanes) > 0 || some((x) => x === -Infinity));
  add('width', (lanes.lanes[0]?.length ?? 0) > narrowMax);
  add('high tail', (lanes.lanes[0]?.length ?? 0) >= tailMin);
  add('rows', lanes.lanes.length > 1);
  add('inner axis', axisClassOf(c) === 'inner');
  add('negative axis', c.axis < 0);
  add('rank', c.logits.shape.length > 2 || c.logits.shape.length === 0);
  add(
    'tie',
    lanes.lanes.some((lane) => new Set(lane).size < lane.length),
  );
  if (c.loss !== undefined) addLoss(c.loss, lanes.loss?.probabilities ?? [], add);
  return tags;
}

function addLoss(
  { target, reduction, labelSmoothing, weight, ignoreIndex }: NonNullable<Case['loss']>,
  probabilities: readonly Lane[],
  add: (tag: Tag, is: boolean) => void,
): void {
  const sums = probabilities.map((lane) => lane.reduce((a, b) => a + b, 0));
  add('class', isIndexTarget(target));
  add('probabilities', !isIndexTarget(target));
  add(
    'not a distribution',
    sums.some((sum) => Math.abs(sum - 1) > 1e-3) || probabilities.flat().some((t) => t < 0),
  );
  add('reduction', reduction !== 'none');
  add('weight', weight !== undefined);
  add('ignoreIndex', ignoreIndex !== undefined);
  add('smoothing', labelSmoothing !== 0);
}

function isAllIgnored({ loss }: Case): boolean {
  return loss?.ignoreIndex !== undefined && loss.target.data.every((y) => y === loss.ignoreIndex);
}
