/**
 * The nine kernels on a simulated machine, in whatever order of multiplications and additions is chosen: all
 * of them sound. Lanes lie along the last axis.
 */
import { isIndexTarget, type Case } from '../../src/case/case.ts';
import type { Choose } from './choices.ts';
import type { Machine } from './machine.ts';
import { multiplyOut, treesOver, treeText, type Factor, type Tree } from './products.ts';

export interface Evaluation {
  readonly values: Float32Array;
  /** The order, for a message. */
  readonly order: string;
}

export function evaluate(c: Case, machine: Machine, choose: Choose): Evaluation {
  const said: string[] = [];
  const kernel = new Kernel(c, machine, (options, name) => {
    const option = choose(options);
    said.push(name(option));
    return option;
  });
  const values = Float32Array.from(kernel.answer());
  return { values, order: said.filter((text) => text !== '').join(', ') };
}

type Choice = <T>(options: readonly T[], name: (option: T) => string) => T;
type Sum = (terms: readonly number[]) => number;

interface Lane {
  readonly e: readonly number[];
  readonly sum: number;
  readonly max: number;
  readonly logP: readonly number[];
}

/** The share as one number, or as e and S for a product that it is multiplied out in. */
const shareForms = ['e/S', 'e·(1/S)', 'exp(ℓ)', 'e and ÷S', 'e and 1/S'] as const;
type ShareForm = (typeof shareForms)[number];

class Kernel {
  readonly #c: Case;
  readonly #machine: Machine;
  readonly #choice: Choice;
  readonly #sum: Sum;
  readonly #width: number;
  readonly #count: number;
  readonly #dy: readonly number[];

  constructor(c: Case, machine: Machine, choice: Choice) {
    this.#c = c;
    this.#machine = machine;
    this.#choice = choice;
    [this.#count, this.#width] = [c.logits.shape[0]!, c.logits.shape[1]!];
    this.#dy = Array.from(c.cotangent?.data ?? [], machine.load);
    const { round } = machine;
    const forward: Sum = (terms) => terms.reduce((sum, term) => round(sum + term), 0);
    const sums = {
      'first to last': forward,
      'last to first': (terms: readonly number[]) => forward([...terms].reverse()),
      'by halves': function halves(terms: readonly number[]): number {
        if (terms.length < 3) return forward(terms);
        const half = terms.length >> 1;
        return round(halves(terms.slice(0, half)) + halves(terms.slice(half)));
      },
    };
    this.#sum = this.#choice(Object.entries(sums), ([name]) => `sums ${name}`)[1];
  }

  answer(): readonly number[] {
    const { operation, direction } = this.#c;
    if (operation === 'crossEntropy') {
      if (direction === 'forward') return this.#loss();
      return direction === 'backward' ? this.#lossGradient() : this.#targetGradient();
    }
    if (direction === 'backward') return this.#gradient();
    if (operation === 'logSumExp') return this.#lanes().map(({ max, sum }) => this.#r(max + this.#log(sum)));
    if (operation === 'logSoftmax') return this.#lanes().flatMap(({ logP }) => logP);
    const form = this.#choice(shareForms.slice(0, 3), String);
    return this.#lanes().flatMap((lane) => lane.e.map((_, k) => this.#share(form, lane, k)[0]!.value));
  }

  #r(value: number): number {
    return this.#machine.round(value);
  }

  #log(value: number): number {
    return this.#r(Math.log(value));
  }

  #lanes(): Lane[] {
    const { load, exp } = this.#machine;
    return Array.from({ length: this.#count }, (_, lane) => {
      const x = Array.from(this.#c.logits.data.subarray(lane * this.#width, (lane + 1) * this.#width), load);
      const max = Math.max(...x);
      const z = x.map((value) => this.#r(value - max));
      const e = z.map(exp);
      const sum = this.#sum(e);
      const logSum = this.#log(sum);
      return { e, sum, max, logP: z.map((value) => this.#r(value - logSum)) };
    });
  }

  #share(form: ShareForm, { e, sum, logP }: Lane, k: number): readonly Factor[] {
    switch (form) {
      case 'e/S':
        return [{ value: this.#r(e[k]! / sum) }];
      case 'e·(1/S)':
        return [{ value: this.#r(e[k]! * this.#r(1 / sum)) }];
      case 'exp(ℓ)':
        return [{ value: this.#machine.exp(logP[k]!) }];
      case 'e and ÷S':
        return [{ value: e[k]! }, { value: sum, isDivisor: true }];
      case 'e and 1/S':
        return [{ value: e[k]! }, { value: this.#r(1 / sum) }];
    }
  }

  #product(tree: Tree, factors: readonly Factor[]): number {
    return multiplyOut(tree, factors, this.#machine);
  }

  #tree(names: readonly string[]): Tree {
    return this.#choice(treesOver(names.length), (tree) => treeText(tree, names));
  }

  #shareForm(): { readonly form: ShareForm; readonly names: readonly string[] } {
    const form = this.#choice(shareForms, String);
    return { form, names: form === 'e and ÷S' ? ['e', '÷S'] : form === 'e and 1/S' ? ['e', '1/S'] : ['p'] };
  }

  #gradient(): readonly number[] {
    const { operation } = this.#c;
    const { form, names } = this.#shareForm();
    const last = this.#tree([
      ...names,
      operation === 'softmax' ? 'dy−D' : operation === 'logSoftmax' ? 'T' : 'dy',
    ]);
    const isDistributed =
      operation === 'softmax' && this.#choice([false, true], (is) => (is ? 'distributed' : ''));
    const dotNames = [...names, 'dy'];
    const dotTrees = operation === 'softmax' ? treesOver(dotNames.length) : [0];
    const dot = this.#choice(names.length > 1 ? [...dotTrees, null] : dotTrees, (tree) =>
      operation !== 'softmax' ? '' : tree === null ? 'Σ e·dy whole' : `Σ ${treeText(tree, dotNames)}`,
    );
    const ofLane = (lane: Lane, at: number): readonly number[] => {
      const share = lane.e.map((_, k) => this.#share(form, lane, k));
      const dy = operation === 'logSumExp' ? [] : this.#dy.slice(at * this.#width, (at + 1) * this.#width);
      const by = (k: number, value: number): number => this.#product(last, [...share[k]!, { value }]);
      if (operation === 'logSumExp') return share.map((_, k) => by(k, this.#dy[at]!));
      if (operation === 'logSoftmax') {
        const total = this.#sum(dy);
        return dy.map((d, k) => this.#r(d - by(k, total)));
      }
      const mean =
        dot === null
          ? this.#product(
              [0, 1],
              [{ value: this.#sum(dy.map((d, k) => this.#r(lane.e[k]! * d))) }, share[0]![1]!],
            )
          : this.#sum(dy.map((d, k) => this.#product(dot, [...share[k]!, { value: d }])));
      return dy.map((d, k) => (isDistributed ? this.#r(by(k, d) - by(k, mean)) : by(k, this.#r(d - mean))));
    };
    return this.#lanes().flatMap(ofLane);
  }

  /**
   * w, t, 1 − ε and ε/C as they are read and rounded; t' whole; D; and whether terms with a factor of 0 are
   * left out.
   */
  #factsOfLoss(): LossInputs {
    const { loss } = this.#c;
    const { target, labelSmoothing, weight, reduction } = loss!;
    const { load } = this.#machine;
    const isIndex = isIndexTarget(target);
    const w = Array.from({ length: this.#width }, (_, k) =>
      weight === undefined ? 1 : load(weight.data[k]!),
    );
    const t = Array.from({ length: this.#count * this.#width }, (_, i) => {
      if (!isIndex) return load(target.data[i]!);
      return target.data[Math.floor(i / this.#width)] === i % this.#width ? 1 : 0;
    });
    const keep = this.#r(1 - labelSmoothing);
    const spread = this.#r(labelSmoothing / this.#width);
    const smoothed = labelSmoothing === 0 ? t : t.map((value) => this.#r(this.#r(keep * value) + spread));
    const counted = isIndex ? this.#sum(Array.from(target.data, (index) => w[index]!)) : this.#count;
    const isExpanded = this.#choice([false, true], (is) => (is ? 'zeros multiplied' : ''));
    const byReciprocal =
      reduction === 'mean' && this.#choice([false, true], (is) => (is ? 'by 1/D' : 'by ÷D'));
    const denominator: Factor =
      reduction !== 'mean'
        ? { value: 1 }
        : byReciprocal
          ? { value: this.#r(1 / counted) }
          : { value: counted, isDivisor: true };
    return {
      isSmoothed: labelSmoothing > 0,
      isMean: reduction === 'mean',
      isUndefined: reduction === 'mean' && counted === 0,
      isExpanded,
      w,
      t,
      keep,
      spread,
      smoothed,
      denominator,
    };
  }

  /**
   * Each part of the loss, a sum over classes: its factors for a class, and those that may stand outside of
   * the sum.
   */
  #partsOf(facts: LossInputs): readonly Part[] {
    const { isSmoothed, w, t, keep, spread, smoothed } = facts;
    const width = this.#width;
    const ofClass = (i: number): readonly Factor[] => [{ value: w[i % width]! }, { value: t[i]! }];
    if (
      !isSmoothed ||
      this.#hasMaskedNegative(t) ||
      this.#choice([true, false], (is) => (is ? "t' whole" : 'parts of t'))
    )
      return [
        {
          names: ['w', "t'"],
          inner: (i) => [{ value: w[i % width]! }, { value: smoothed[i]! }],
          common: [],
          commonNames: [],
        },
      ];
    return [
      { names: ['w', 't'], inner: ofClass, common: [{ value: keep }], commonNames: ['1−ε'] },
      {
        names: ['w'],
        inner: (i) => [{ value: w[i % width]! }],
        common: [{ value: spread }],
        commonNames: ['ε/C'],
      },
    ];
  }

  /**
   * Split into parts, a negative target of a class with ℓ = −∞ is ∞ − ∞; the contract's t' is whole
   * (docs/numerics.md §9).
   */
  #hasMaskedNegative(t: readonly number[]): boolean {
    return this.#c.logits.data.includes(-Infinity) && t.some((value) => value < 0);
  }

  #loss(): readonly number[] {
    const facts = this.#factsOfLoss();
    const reduction = this.#c.loss!.reduction;
    const places = facts.isMean ? (['in the term', 'per position', 'last'] as const) : (['last'] as const);
    const place = this.#choice(places, (at) => (facts.isMean ? `D ${at}` : ''));
    const lanes = this.#lanes();
    const parts = this.#partsOf(facts).map((part) => {
      const isOutside =
        part.common.length > 0 && this.#choice([false, true], (is) => (is ? 'outside' : 'inside'));
      const isDInside = place === 'in the term';
      const inside = [...(isOutside ? [] : part.common), ...(isDInside ? [facts.denominator] : [])];
      const tree = this.#tree([
        ...part.names,
        'ℓ',
        ...(isOutside ? [] : part.commonNames),
        ...(isDInside ? ['D'] : []),
      ]);
      return { ...part, isOutside, inside, tree };
    });
    const losses = lanes.map((lane, at) => {
      const sums = parts.map(({ inner, common, inside, isOutside, tree }) => {
        if (common[0]?.value === 0 && (!facts.isExpanded || lane.logP.includes(-Infinity))) return 0;
        const terms = lane.logP.map((value, k) => {
          const factors = inner(at * this.#width + k);
          const isNothing = factors.some((factor) => factor.value === 0);
          if (isNothing && (!facts.isExpanded || value === -Infinity)) return 0;
          return this.#product(tree, [...factors, { value: -value }, ...inside]);
        });
        const sum = this.#sum(terms);
        return isOutside ? this.#r(sum * common[0]!.value) : sum;
      });
      const loss = sums.reduce((a, b) => this.#r(a + b));
      return place === 'per position' ? this.#product([0, 1], [{ value: loss }, facts.denominator]) : loss;
    });
    if (reduction === 'none') return losses;
    if (facts.isUndefined) return [NaN];
    const total = this.#sum(losses);
    return [
      facts.isMean && place === 'last' ? this.#product([0, 1], [{ value: total }, facts.denominator]) : total,
    ];
  }

  #scale(lane: number): number {
    return this.#dy[this.#c.loss!.reduction === 'none' ? lane : 0]!;
  }

  #targetGradient(): readonly number[] {
    const { w, keep, denominator, isMean } = this.#factsOfLoss();
    const tree = this.#tree(['dy', '1−ε', 'w', 'ℓ', ...(isMean ? ['D'] : [])]);
    return this.#lanes().flatMap(({ logP }, at) =>
      logP.map((value, k) => {
        const factors = [this.#scale(at), keep, w[k]!];
        if (factors.includes(0) && value === -Infinity) return 0;
        const all = [...factors, -value].map((factor) => ({ value: factor }));
        return this.#product(tree, isMean ? [...all, denominator] : all);
      }),
    );
  }

  #lossGradient(): readonly number[] {
    const facts = this.#factsOfLoss();
    const lanes = this.#lanes();
    const isIndex = isIndexTarget(this.#c.loss!.target) && !facts.isSmoothed;
    const isByIndex = isIndex && this.#choice([false, true], (is) => (is ? 'w·(p − δ)' : ''));
    return isByIndex ? this.#indexGradient(facts, lanes) : this.#splitGradient(facts, lanes);
  }

  #indexGradient(
    { w, denominator, isMean, isUndefined }: LossInputs,
    lanes: readonly Lane[],
  ): readonly number[] {
    const form = this.#choice(shareForms.slice(0, 3), String);
    const tree = this.#tree(['dy', 'w', 'p−δ', ...(isMean ? ['D'] : [])]);
    const { data } = this.#c.loss!.target;
    return lanes.flatMap((lane, at) =>
      lane.e.map((_, k) => {
        const y = data[at]!;
        const share = this.#share(form, lane, k)[0]!.value;
        const difference = k === y ? this.#r(share - 1) : share;
        const factors = [this.#scale(at), w[y]!, difference].map((value) => ({ value }));
        return isUndefined ? NaN : this.#product(tree, isMean ? [...factors, denominator] : factors);
      }),
    );
  }

  /**
   * k·(p·T − w·t'), where dy and D each stand after the difference, in the share's product, or in each term
   * of T.
   */
  #splitGradient(facts: LossInputs, lanes: readonly Lane[]): readonly number[] {
    const scales = facts.isMean ? ['dy', 'D'] : ['dy'];
    const placeNames = ['last', 'with the share', 'in the terms'] as const;
    const places = scales.map((name) => this.#choice(placeNames, (at) => `${name} ${at}`));
    const named = (place: (typeof placeNames)[number]): string[] =>
      scales.filter((_, s) => places[s] === place);
    const isKept = named('last').length === 2 && this.#choice([false, true], (is) => (is ? 'k first' : ''));
    const { form, names } = this.#shareForm();
    const parts = this.#partsOf(facts).map((part) => {
      const inTerm = [...part.names, ...part.commonNames, ...named('in the terms')];
      return {
        ...part,
        terms: this.#tree(inTerm),
        own: this.#tree([...inTerm, ...named('with the share')]),
      };
    });
    const ofShare = this.#tree([...names, 'T', ...named('with the share')]);
    const last = isKept ? ([[1, 2], 0] as const) : this.#tree(['g', ...named('last')]);
    return lanes.flatMap((lane, at) => {
      if (facts.isUndefined) return lane.e.map(() => NaN);
      const factorOf: Record<string, Factor> = { dy: { value: this.#scale(at) }, D: facts.denominator };
      const scaledBy = (place: (typeof placeNames)[number]): Factor[] =>
        named(place).map((name) => factorOf[name]!);
      const product = (part: Part, tree: Tree, k: number, more: readonly Factor[]): number => {
        const factors = part.inner(at * this.#width + k);
        if (!facts.isExpanded && factors.some(({ value }) => value === 0)) return 0;
        return this.#product(tree, [...factors, ...part.common, ...more]);
      };
      const inTerms = scaledBy('in the terms');
      const totals = parts.map((part) =>
        this.#sum(lane.e.map((_, k) => product(part, part.terms, k, inTerms))),
      );
      const value = totals.reduce((a, b) => this.#r(a + b));
      return lane.e.map((_, k) => {
        const all = [...inTerms, ...scaledBy('with the share')];
        const own = parts.map((part) => product(part, part.own, k, all)).reduce((a, b) => this.#r(a + b));
        const share = this.#product(ofShare, [
          ...this.#share(form, lane, k),
          { value },
          ...scaledBy('with the share'),
        ]);
        return this.#product(last, [{ value: this.#r(share - own) }, ...scaledBy('last')]);
      });
    });
  }
}

interface LossInputs {
  readonly isSmoothed: boolean;
  readonly isMean: boolean;
  readonly isUndefined: boolean;
  readonly isExpanded: boolean;
  readonly w: readonly number[];
  readonly t: readonly number[];
  readonly keep: number;
  readonly spread: number;
  readonly smoothed: readonly number[];
  readonly denominator: Factor;
}

interface Part {
  readonly names: readonly string[];
  readonly inner: (i: number) => readonly Factor[];
  readonly common: readonly Factor[];
  readonly commonNames: readonly string[];
}
