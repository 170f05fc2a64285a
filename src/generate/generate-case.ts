/** Case i of a campaign, as a pure function of seed, i and the chosen space. Runs and judges nothing. */
import { forwardShape, type Case } from '../case/case.ts';
import { canBeInvalid } from '../case/invalid-arguments.ts';
import { invalidities, type Invalidity } from '../case/invalidity.ts';
import type { CrossEntropySupports } from '../contract/subject.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';
import { fillCotangent } from './cotangent.ts';
import { fillLogits, type DrawnRegimes } from './logits.ts';
import { fillLoss } from './loss-tensors.ts';
import { exhaustiveCase } from './exhaustive.ts';
import { drawCallForm } from './call-draw.ts';
import { drawCase, type CampaignSpace, type CaseDraw } from './case-draw.ts';
import { drawBoolean, drawFrom, randomSourceFor, type RandomSource } from './random-source.ts';

export type { CampaignSpace } from './case-draw.ts';

/**
 * The version of the generator, raised with every change that gives some (seed, index) another case: findings
 * name it beside their seed.
 */
export const generatorVersion = 6;

/**
 * Case `index` of the campaign with this seed: the same bytes for the same arguments, in any order of calls
 * and on any machine; valid by the contract, but for the share whose arguments are invalid in a space for
 * subjects that refuse such.
 * @throws RangeError for a seed outside [0, 2^64 − 1], an index that is no integer in [0, 2^53), or an empty
 * space.
 */
export function generateCase({ seed, index }: { seed: bigint; index: number }, space: CampaignSpace): Case {
  if (space.exhaustive === true) return exhaustiveCase(index, space);
  const random = randomSourceFor({ seed, index });
  const draft = fillCase(random, drawCase(random, space));
  const call = drawCallForm(random, draft);
  if (space.refuses === true && drawBoolean(random, invalidShare)) makeInvalid(random, draft, space);
  else if (call !== undefined) draft.call = call;
  return draft;
}

/** So many that 20,000 cases meet each kernel with each invalidity four times or more, on average. */
const invalidShare = 1 / 16;

/** A class out of range is what data really has, and only two kernels take classes: three times as often. */
const weightedInvalidities: readonly Invalidity[] = invalidities.flatMap((invalidity) =>
  invalidity.startsWith('class') ? [invalidity, invalidity, invalidity] : [invalidity],
);

/** Makes one of the arguments invalid, of those that the subject takes. Judged by that alone. */
function makeInvalid(random: RandomSource, draft: Draft, { supports = {} }: CampaignSpace): void {
  const possible: Invalidity[] = [];
  for (const invalidity of weightedInvalidities)
    if (canBeInvalid(draft, invalidity) && isTaken(invalidity, supports.crossEntropy ?? {}))
      possible.push(invalidity);
  draft.invalid = drawFrom(random, possible);
  draft.regimes = ['invalid'];
  draft.checks = [];
}

/** A kernel without an option need not look whether its value is valid. */
function isTaken(invalidity: Invalidity, supports: CrossEntropySupports): boolean {
  const { weight = true, labelSmoothing = true, ignoreIndex = true } = supports;
  if (invalidity.startsWith('weight')) return weight;
  if (invalidity.startsWith('smoothing')) return labelSmoothing;
  return invalidity === 'ignored-probabilities' ? ignoreIndex : true;
}

/**
 * A case while its optional parts are still to come: spreading them in costs more than drawing the draw does.
 */
type Draft = { -readonly [K in keyof Case]: Case[K] };

/** All but the form of the call. */
function fillCase(random: RandomSource, draw: CaseDraw): Draft {
  const { operation, direction, format, axis, shape, lanes, checks } = draw;
  const logits: Tensor = { shape, data: fillLogits(random, draw) };
  const draft: Draft = { operation, direction, format, axis, logits, regimes: namesOf(draw.regimes), checks };
  if (draw.loss !== null) {
    draft.loss = fillLoss(random, { draw: draw.loss, format, shape, lanes, logits: logits.data });
  }
  if (draw.cotangentKind !== null) {
    const dyShape = forwardShape(draft);
    const facts = { kind: draw.cotangentKind, format, size: sizeOf(dyShape), logits: logits.data, lanes };
    draft.cotangent = { shape: dyShape, data: fillCotangent(random, facts) };
  }
  return draft;
}

function namesOf({ bases, overlays }: DrawnRegimes): readonly string[] {
  if (bases.length === 0) return ['empty'];
  const names: string[] = [];
  for (let i = 0; i < bases.length; i++) insert(names, bases[i]!.name);
  for (let i = 0; i < overlays.length; i++) insert(names, overlays[i]!.name);
  return names;
}

/** Inserts a name into `names`, which are few and sorted. */
function insert(names: string[], name: string): void {
  let at = names.length;
  for (; at > 0 && names[at - 1]! > name; at--) names[at] = names[at - 1]!;
  names[at] = name;
}
