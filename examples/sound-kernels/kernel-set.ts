/**
 * The nine kernels of the contract over a recipe:
 * the formulas of docs/numerics.md, one rounding for each operation.
 */
import type { Arithmetic, CrossEntropyOptions, SubjectModule, Target, Tensor } from 'logitfuzz';
import { gather, lanesAlong, scatter, zeros, type Lanes } from './lanes.ts';
import type { Recipe, Round, WorkedLane } from './recipe.ts';

export interface KernelSet {
  readonly name: string;
  /** `round` rounds to the format of the data, whose smallest normal number is the other. */
  readonly recipe: (round: Round, smallestNormal: number) => Recipe;
  /** Why float64 data is declined; taken where there is none. */
  readonly float32Only?: string;
  readonly arithmetic?: Arithmetic;
}

export function kernelSet(set: KernelSet): SubjectModule {
  const inFloat32 = set.recipe(Math.fround, 2 ** -126);
  const inFloat64 = set.recipe((value) => value, 2 ** -1022);
  const recipeFor = ({ data }: Tensor): Recipe => {
    if (data instanceof Float32Array) return inFloat32;
    if (set.float32Only === undefined) return inFloat64;
    throw Object.assign(new Error(set.float32Only), { code: 'ERR_UNSUPPORTED' });
  };
  const loss = (logits: Tensor, target: Target, options: CrossEntropyOptions): LossProblem =>
    lossProblem(recipeFor(logits), logits, target, options);
  const kernels: SubjectModule = {
    name: set.name,
    ...(set.arithmetic === undefined ? {} : { arithmetic: set.arithmetic }),
    softmax: (x, { axis }) => perLane(recipeFor(x), x, axis, ({ p }) => p),
    logSoftmax: (x, { axis }) => perLane(recipeFor(x), x, axis, ({ logP }) => logP),
    logSumExp: (x, { axis }) => logSumExpOf(recipeFor(x), x, axis),
    softmaxBackward(x, dy, { axis }) {
      const recipe = recipeFor(x);
      return perLane(recipe, x, axis, (worked, lane, lanes) =>
        recipe.formulas.softmaxGradient(worked, gather(dy.data, lanes, lane).map(recipe.load), recipe),
      );
    },
    logSoftmaxBackward(x, dy, { axis }) {
      const recipe = recipeFor(x);
      return perLane(recipe, x, axis, (worked, lane, lanes) =>
        recipe.formulas.logSoftmaxGradient(worked, gather(dy.data, lanes, lane).map(recipe.load), recipe),
      );
    },
    logSumExpBackward(x, dy, { axis }) {
      const recipe = recipeFor(x);
      return perLane(recipe, x, axis, (worked, lane) =>
        recipe.formulas.logSumExpGradient(worked, recipe.load(dy.data[lane]!), recipe),
      );
    },
    crossEntropy: (logits, target, options) => reducedLoss(loss(logits, target, options), logits),
    crossEntropyBackward: (logits, target, dy, options) =>
      lossGradient(loss(logits, target, options), logits, dy),
    crossEntropyTargetBackward: (logits, target, dy, options) =>
      targetGradient(loss(logits, target, options), logits, dy),
  };
  sets.set(kernels, set);
  return kernels;
}

const sets = new WeakMap<SubjectModule, KernelSet>();

/** What the kernels were made of: to make others of it that compute in another format. */
export function kernelSetOf(kernels: SubjectModule): KernelSet | null {
  return sets.get(kernels) ?? null;
}

/** NaN for a lane with a NaN, with +∞, or of nothing but −∞; what the recipe makes of any other. */
function work(recipe: Recipe, x: Float64Array): WorkedLane {
  const isUndefined = x.some((value) => Number.isNaN(value) || value === Infinity);
  if (!isUndefined && x.some((value) => value > -Infinity))
    return recipe.workLane(x.map(recipe.load), recipe);
  const nothing = x.map(() => NaN);
  const logSumExp = x.some(Number.isNaN) ? NaN : isUndefined ? Infinity : -Infinity;
  return { p: nothing, powers: nothing, total: NaN, logP: nothing, logSumExp };
}

function perLane(
  recipe: Recipe,
  x: Tensor,
  axis: number | undefined,
  of: (worked: WorkedLane, lane: number, lanes: Lanes) => Float64Array,
): Tensor {
  const lanes = lanesAlong(x.shape, axis ?? -1);
  const y = zeros(x.shape, x);
  for (let lane = 0; lane < lanes.count; lane++)
    scatter(of(work(recipe, gather(x.data, lanes, lane)), lane, lanes), y.data, lanes, lane);
  return y;
}

function logSumExpOf(recipe: Recipe, x: Tensor, axis: number | undefined): Tensor {
  const lanes = lanesAlong(x.shape, axis ?? -1);
  const y = zeros(lanes.outerShape, x);
  for (let lane = 0; lane < lanes.count; lane++)
    y.data[lane] = work(recipe, gather(x.data, lanes, lane)).logSumExp;
  return y;
}

interface LossProblem {
  readonly recipe: Recipe;
  readonly lanes: Lanes;
  readonly axis: number;
  readonly reduction: 'mean' | 'sum' | 'none';
  readonly keep: number;
  readonly denominator: number;
  isIgnored(lane: number): boolean;
  weightOf(k: number): number;
  /** t' of a position's classes. */
  targetsOf(lane: number): Float64Array;
}

function lossProblem(
  recipe: Recipe,
  logits: Tensor,
  { data: target }: Target,
  { axis = -1, reduction = 'mean', labelSmoothing = 0, weight, ignoreIndex }: CrossEntropyOptions,
): LossProblem {
  const { round, load, sum, multiplyAdd } = recipe;
  const lanes = lanesAlong(logits.shape, axis);
  const isIndex = target instanceof Int32Array;
  const isIgnored = (lane: number): boolean => isIndex && target[lane] === ignoreIndex;
  const weightOf = (k: number): number => (weight === undefined ? 1 : load(weight.data[k]!));
  const keep = round(1 - labelSmoothing);
  const spread = round(labelSmoothing / lanes.length);
  const hot = (lane: number): Float64Array =>
    new Float64Array(lanes.length).map((_, k) => +(target[lane] === k));
  const kept = isIndex ? [...target].filter((index) => index !== ignoreIndex) : [];
  return {
    recipe,
    lanes,
    axis,
    reduction,
    keep,
    denominator: isIndex ? sum(Float64Array.from(kept, weightOf)) : lanes.count,
    isIgnored,
    weightOf,
    targetsOf(lane) {
      const t = isIndex ? hot(lane) : gather(target, lanes, lane).map(load);
      return labelSmoothing === 0 ? t : t.map((value) => multiplyAdd(keep, value, spread));
    },
  };
}

function reducedLoss(
  { recipe, lanes, reduction, denominator, ...loss }: LossProblem,
  logits: Tensor,
): Tensor {
  const { sum, divide, formulas } = recipe;
  const losses = new Float64Array(lanes.count);
  for (let lane = 0; lane < lanes.count; lane++) {
    if (loss.isIgnored(lane)) continue;
    const { logP } = work(recipe, gather(logits.data, lanes, lane));
    const terms = loss.targetsOf(lane).map((t, k) => {
      const w = loss.weightOf(k);
      if ((t === 0 || w === 0) && !Number.isNaN(logP[k]!)) return 0;
      return formulas.lossTerm({ w, t, logP: logP[k]! }, recipe);
    });
    losses[lane] = sum(terms);
  }
  const output = zeros(reduction === 'none' ? lanes.outerShape : [], logits);
  if (reduction === 'none') output.data.set(losses);
  else if (reduction === 'sum') output.data[0] = sum(losses);
  else output.data[0] = denominator === 0 ? NaN : divide(sum(losses), denominator);
  return output;
}

/** k of a position: dy, or dy/D for 'mean'. */
function scaleOf({ recipe, reduction, denominator }: LossProblem, dy: Tensor, lane: number): number {
  if (reduction === 'none') return recipe.load(dy.data[lane]!);
  const own = recipe.load(dy.data[0]!);
  if (reduction === 'sum') return own;
  return denominator === 0 ? NaN : recipe.divide(own, denominator);
}

function lossGradient(loss: LossProblem, logits: Tensor, dy: Tensor): Tensor {
  const { recipe } = loss;
  return perLane(recipe, logits, loss.axis, (worked, lane) => {
    if (loss.isIgnored(lane)) return new Float64Array(worked.p.length);
    const weighted = loss.targetsOf(lane).map((t, k) => recipe.round(loss.weightOf(k) * t));
    return recipe.formulas.lossGradient(worked, { weighted, k: scaleOf(loss, dy, lane) }, recipe);
  });
}

/**
 * Any factor that is 0 gives 0, also where log p is −∞;
 * the logarithm comes first, so that no product of small ones hides it.
 */
function targetGradient(loss: LossProblem, logits: Tensor, dy: Tensor): Tensor {
  const { recipe, keep } = loss;
  return perLane(recipe, logits, loss.axis, ({ logP }, lane) => {
    const k = scaleOf(loss, dy, lane);
    return logP.map((value, c) => {
      const w = loss.weightOf(c);
      if ((k === 0 || recipe.round(keep * w) === 0) && !Number.isNaN(value)) return 0;
      return recipe.formulas.targetGradient({ k, keep, w, logP: value }, recipe);
    });
  });
}
