/** Asks an implementation cases and says of each whether it is right: so many at most, and no others. */
import { caseSize, type Case } from '../case/case.ts';
import type { Divergence, OracleName } from '../case/verdict.ts';
import { acceptedError, isAccepted } from '../float/acceptance.ts';
import type { FloatArray } from '../float/format.ts';
import { judgeCase } from '../judge/judge-case.ts';
import type { Answer } from '../oracles/answer.ts';
import type { Implementation } from '../subjects/implementation.ts';

export interface Answered {
  readonly case: Case;
  /** 'unsure': it declined, nobody could decide, or no more may be asked. */
  readonly verdict: 'right' | 'wrong' | 'unsure';
  /** The first divergence of a wrong one. */
  readonly divergence: Divergence | null;
  /** Null where there are no values. */
  readonly got: FloatArray | null;
  readonly exact: Float64Array | null;
  /** What is allowed to a careful algorithm. */
  readonly careful: Float64Array | null;
  /** What is allowed to any sound one; null where it was not asked for. */
  readonly naive: Float64Array | null;
  /** The largest error ÷ what is allowed to a careful algorithm; Infinity where a side is not finite. */
  readonly ratio: number;
}

export interface Prober {
  ask(c: Case): Promise<Answered>;
  /** Cases that may still be asked. */
  left(): number;
}

export interface ProbeBounds {
  readonly casesMax: number;
  /** Logits of the cases, all together. */
  readonly elementsMax: number;
  /** Told before each call; may throw, where the time is over. */
  readonly onRun?: () => void;
  /** Whether laws, numerical gradients and repeated calls are asked as well: only where they alone object. */
  readonly fully?: boolean;
}

const byValue: ReadonlySet<OracleName> = new Set(['conduct', 'exact']);

export function openProber(
  subject: Implementation,
  { casesMax, elementsMax, onRun, fully = false }: ProbeBounds,
): Prober {
  let [cases, elements] = [casesMax, elementsMax];
  return {
    left: () => cases,
    async ask(c) {
      cases--;
      elements -= caseSize(c);
      if (cases < 0 || elements < 0) return unsure(c);
      const asked: Case = fully ? { ...c, checks: ['gradient', 'property', 'repeat'] } : c;
      const oracles = fully ? { lawsPerCase: Infinity } : { oracles: byValue };
      const [judged] = await judgeCase(asked, { subject, references: [], ...oracles, onRun });
      const { verdict, outcome, answer } = judged;
      const got = outcome.kind === 'values' ? (outcome.tensor?.data ?? null) : null;
      return {
        case: c,
        verdict: verdict.kind === 'diverge' ? 'wrong' : verdict.kind === 'agree' ? 'right' : 'unsure',
        divergence: verdict.kind === 'diverge' ? verdict.divergences[0] : null,
        got,
        exact: answer?.exact ?? null,
        careful: answer?.careful ?? null,
        naive: verdict.kind === 'diverge' ? (answer?.naive ?? null) : null,
        ratio: verdict.kind === 'agree' ? verdict.worstRatio : ratioOf(got, answer),
      };
    },
  };
}

function unsure(c: Case): Answered {
  return {
    case: c,
    verdict: 'unsure',
    divergence: null,
    got: null,
    exact: null,
    careful: null,
    naive: null,
    ratio: 0,
  };
}

function ratioOf(got: FloatArray | null, answer: Answer | null): number {
  if (got === null || answer === null) return Infinity;
  let worst = 0;
  for (let i = 0; i < got.length; i++) {
    if (Object.is(got[i], answer.exact[i]) || answer.careful[i] === Infinity) continue;
    const [exact, tolerance] = [answer.exact[i]!, answer.careful[i]!];
    const error = Math.abs(got[i]! - exact);
    const allowed = acceptedError(got[i]!, { exact, tolerance, format: answer.format });
    const ratio = Number.isNaN(error) ? Infinity : error === 0 ? 0 : error / allowed;
    if (ratio > worst) worst = ratio;
  }
  return worst;
}

/** The flat positions of the elements that no sound algorithm explains. */
export function wrongElements({ case: c, got, exact, naive }: Answered): readonly number[] {
  if (got === null || exact === null || naive === null) return [];
  const wrong: number[] = [];
  for (let i = 0; i < got.length; i++) {
    const [g, e] = [got[i]!, exact[i]!];
    if (
      Number.isFinite(e)
        ? !isAccepted(g, { exact: e, exactLow: 0, tolerance: naive[i]!, format: c.format })
        : !Object.is(g, e)
    )
      wrong.push(i);
  }
  return wrong;
}
