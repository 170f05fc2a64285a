/**
 * One case put to one implementation, and who blames it: all oracles as in a campaign, or one of them alone.
 */
import { caseSize, type Case } from '../case/case.ts';
import type { Divergence, OracleName, Severity } from '../case/verdict.ts';
import { kernelNameOf, type KernelName } from '../contract/subject.ts';
import { propertyMaxElements } from '../generate/case-draw.ts';
import { judgeCase, type CaseJudgement } from '../judge/judge-case.ts';
import { when } from '../judge/when.ts';
import { CaseWork } from '../oracles/exact.ts';
import { judgeGradient, judgeOwnGradient } from '../oracles/gradient/judge-gradient.ts';
import { judgeProperties } from '../../properties/judge-properties.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { lanesOf } from '../tensor/lanes.ts';

/**
 * The oracles that evaluate: all as the campaign draws them,
 * or one on every case that it has something to say of, but for large ones:
 * laws and numerical gradients of those cost as much as a thousand others.
 */
export type Column = 'campaign' | OracleName;

export interface Asking {
  /** The case as it was drawn, and with every check drawn. */
  readonly case: Case;
  readonly fully: Case;
  /** What is known of either of them, shared by all who are asked. */
  readonly work: CaseWork;
  /** The implementations that the differential oracle compares with. */
  readonly others: readonly Implementation[];
  /** The kernels that the laws drawn for the case ask. */
  lawsAsk(): ReadonlySet<KernelName>;
}

export interface Evaluation {
  /** The oracles that blame the implementation, in their order; [] for none. */
  readonly oracles: readonly OracleName[];
  /** The severity of what the first of them says; null for none. */
  readonly severity: Severity | null;
  /** Nobody could decide. */
  readonly isInconclusive: boolean;
}

const silence: Evaluation = { oracles: [], severity: null, isInconclusive: false };

function byGradient({ severity }: Divergence): Evaluation {
  return { oracles: ['gradient'], severity, isInconclusive: false };
}

/** A numerical gradient takes n² steps for each lane of n classes. */
const gradientWidthMax = 1024;
const gradientMaxElements = 4_096;

/** `sound` answers every case, at once. */
export function askAbout(
  c: Case,
  { others, sound }: { readonly others: readonly Implementation[]; readonly sound: Implementation },
): Asking {
  const fully: Case = { ...c, checks: ['gradient', 'property', 'repeat'] };
  let asked: ReadonlySet<KernelName> | null = null;
  const work = new CaseWork(c);
  return { case: c, fully, work, others, lawsAsk: () => (asked ??= kernelsAskedByLaws(work, sound)) };
}

function kernelsAskedByLaws(work: CaseWork, sound: Implementation): ReadonlySet<KernelName> {
  const c = work.case;
  const asked = new Set([kernelNameOf(c.operation, c.direction)]);
  const outcome = sound.run(c);
  if (outcome instanceof Promise || outcome.kind !== 'values' || outcome.tensor === null)
    throw new Error('the sound kernels answer every case at once');
  const recording: Implementation = {
    ...sound,
    run(other) {
      asked.add(kernelNameOf(other.operation, other.direction));
      return sound.run(other);
    },
  };
  void judgeProperties(c, outcome.tensor, recording, { answer: work.rough(sound.arithmetic) });
  return asked;
}

const maxElements: Partial<Record<Column, number>> = {
  gradient: gradientMaxElements,
  property: propertyMaxElements,
};

/**
 * Whether the case calls one of the kernels when it is evaluated. Where it calls none that a mutant changed,
 * the mutant is the sound host, and cannot be blamed.
 */
export function isAsked(column: Column, asking: Asking, kernels: ReadonlySet<KernelName>): boolean {
  const { operation, direction, checks, invalid } = asking.case;
  if (invalid !== undefined) return column === 'campaign' || column === 'conduct';
  if (caseSize(asking.case) > (maxElements[column] ?? Infinity)) return false;
  if (column !== 'gradient' && kernels.has(kernelNameOf(operation, direction))) return true;
  const asksForward = column === 'gradient' || (column === 'campaign' && checks.includes('gradient'));
  if (asksForward && direction !== 'forward') {
    if (kernels.has(kernelNameOf(operation, direction)) || kernels.has(kernelNameOf(operation, 'forward')))
      return true;
  }
  if (column !== 'property' && !(column === 'campaign' && checks.includes('property'))) return false;
  return [...asking.lawsAsk()].some((kernel) => kernels.has(kernel));
}

/** A promise only where the implementation answers with one. */
export function evaluate(
  column: Column,
  { case: c, fully, work, others }: Asking,
  subject: Implementation,
): Evaluation | Promise<Evaluation> {
  if (column === 'gradient') return evaluateGradient(work, subject);
  const judgement =
    column === 'campaign'
      ? judgeCase(c, { subject, references: [] }, work)
      : judgeCase(
          fully,
          {
            subject,
            references: column === 'differential' ? others : [],
            oracles: new Set([column]),
          },
          work,
        );
  return when(judgement, evaluationOf);
}

function evaluationOf([{ verdict }]: CaseJudgement): Evaluation {
  if (verdict.kind !== 'diverge')
    return verdict.kind === 'inconclusive' ? { oracles: [], severity: null, isInconclusive: true } : silence;
  return {
    oracles: [...new Set(verdict.divergences.map(({ oracle }) => oracle))],
    severity: verdict.divergences[0].severity,
    isInconclusive: false,
  };
}

/**
 * Asks the gradient oracle on any lane of up to 1,024 classes, in cases of up to 4,096 elements, where a
 * campaign draws it for smaller ones only.
 */
function evaluateGradient(work: CaseWork, subject: Implementation): Evaluation | Promise<Evaluation> {
  const c = work.case;
  if (c.direction === 'forward' || lanesOf(c.logits.shape, c.axis).length > gradientWidthMax) return silence;
  return when(subject.run(c), (outcome) => {
    if (outcome.kind !== 'values' || outcome.tensor === null) return silence;
    const answer = work.answer(subject.arithmetic);
    const { divergence: found } = judgeGradient(c, outcome.tensor, answer);
    if (found !== null) return byGradient(found);
    return when(judgeOwnGradient(c, subject, outcome.tensor, answer), ({ divergence }) =>
      divergence === null ? silence : byGradient(divergence),
    );
  });
}
