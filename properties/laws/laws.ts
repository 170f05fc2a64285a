/** All laws, in one table. The order is that in which their turns come. */
import type { Law } from '../law.ts';
import { gradientLaws } from './gradient.ts';
import { invarianceLaws } from './invariance.ts';
import { kinshipLaws } from './kinship.ts';
import { laneShapeLaws } from './lane-shape.ts';
import { lossLaws } from './loss.ts';

export const laws: readonly Law[] = [
  ...invarianceLaws,
  ...laneShapeLaws,
  ...kinshipLaws,
  ...gradientLaws,
  ...lossLaws,
];
