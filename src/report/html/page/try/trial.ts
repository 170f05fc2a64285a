/**
 * A lane typed by hand, judged as the fuzzer judges it: the exact answer, what each element is allowed, and
 * the verdict on an answer. Pure: what is shown of it is try-it.tsx.
 */
import { outputKind, type Case } from '../../../../case/case.ts';
import type { ToleranceName, ToleranceTerm } from '../../../../case/verdict.ts';
import type { AssumedArithmetic, Operation } from '../../../../contract/subject.ts';
import { acceptedError } from '../../../../float/acceptance.ts';
import { floatArrayFrom, type Format } from '../../../../float/format.ts';
import { toldUlps, ulpSize } from '../../../../float/ulp.ts';
import { CaseWork } from '../../../../oracles/exact.ts';
import { judgeElement, type ElementVerdict } from '../../../../oracles/judge-values.ts';
import type { TypedTrial } from '../../try-address.ts';
import { readNumbers } from './typed-numbers.ts';

export interface ElementTrial {
  /** The element's logit, as the format holds it; null where the output is one number for the lane. */
  readonly logit: number | null;
  readonly exact: number;
  /** The absolute errors allowed; Infinity where nobody can be judged. */
  readonly careful: number;
  readonly naive: number;
  /** The same in ULPs at the exact answer; null where ULPs say nothing. */
  readonly carefulUlps: number | null;
  readonly naiveUlps: number | null;
  /** What was typed, as the format holds it; null where nothing was. */
  readonly got: number | null;
  readonly ulps: number | null;
  readonly verdict: Exclude<ElementVerdict, 'undecided'> | null;
}

export interface Trial {
  readonly kind: 'trial';
  readonly format: Format;
  readonly elements: readonly ElementTrial[];
  /** The element whose tolerance is told: the worst of those outside theirs, else the first. */
  readonly told: number;
  /** The tolerance that is told of it: the naive one where it is wrong. */
  readonly tolerance: ToleranceName;
  /** The terms of that tolerance; [] where the element is due exactly. */
  readonly terms: readonly ToleranceTerm[];
}

/** A sentence for whoever types; '' where nothing was typed yet. */
export interface NoTrial {
  readonly kind: 'none';
  readonly why: string;
}

/** A kernel of which nothing is known: exp and log within 1 ULP, subnormals kept. */
export const arithmetic: AssumedArithmetic = { expUlps: 1, logUlps: 1, flushesSubnormals: false };

export function trialOf(typed: TypedTrial): Trial | NoTrial {
  const { operation, format } = typed;
  const lane = readNumbers(typed.lane, format);
  if (lane.kind === 'unreadable') return { kind: 'none', why: `The lane: ${lane.why}.` };
  if (lane.values.length === 0) return { kind: 'none', why: '' };
  const logits = floatArrayFrom(format, lane.values);
  const target = operation === 'crossEntropy' ? classIn(typed.target, logits.length) : 0;
  if (target === null) {
    return { kind: 'none', why: `The class: a whole number from 0 to ${logits.length - 1}.` };
  }
  const work = new CaseWork(caseOf(operation, format, logits, target));
  const { exact } = work.refined(arithmetic);
  const answer = readNumbers(typed.answer, format);
  if (answer.kind === 'unreadable') return { kind: 'none', why: `The answer: ${answer.why}.` };
  const { values } = answer;
  if (values.length > 0 && values.length !== exact.length) {
    return { kind: 'none', why: `The answer has ${values.length} of ${exact.length} numbers.` };
  }
  const got = values.length === 0 ? null : floatArrayFrom(format, values);
  return judged(work, logits, got);
}

function classIn(text: string, classes: number): number | null {
  const target = Number(text.trim() === '' ? NaN : text);
  return Number.isInteger(target) && target >= 0 && target < classes ? target : null;
}

function caseOf(operation: Operation, format: Format, data: Case['logits']['data'], target: number): Case {
  const plain: Case = {
    operation,
    direction: 'forward',
    format,
    axis: -1,
    logits: { shape: [data.length], data },
    regimes: [],
    checks: [],
  };
  if (operation !== 'crossEntropy') return plain;
  const index = { shape: [], data: Int32Array.of(target) };
  return { ...plain, loss: { target: index, reduction: 'none', labelSmoothing: 0 } };
}

function judged(work: CaseWork, logits: Case['logits']['data'], got: ArrayLike<number> | null): Trial {
  const { format } = work.case;
  const answer = work.refined(arithmetic);
  const { exact, careful, naive } = answer;
  const isPerLogit = outputKind(work.case) === 'like logits';
  const elements = Array.from(exact, (due, i): ElementTrial => {
    const verdict = got === null ? null : judgeElement(got[i]!, answer, i);
    const [allowedCareful, allowedNaive] = [careful[i]!, naive[i]!].map((tolerance) =>
      acceptedError(got?.[i] ?? due, { exact: due, tolerance, format }),
    ) as [number, number];
    return {
      logit: isPerLogit ? logits[i]! : null,
      exact: due,
      careful: allowedCareful,
      naive: allowedNaive,
      carefulUlps: inUlps(allowedCareful, due, format),
      naiveUlps: inUlps(allowedNaive, due, format),
      got: got === null ? null : got[i]!,
      ulps: got === null ? null : toldUlps(got[i]!, { exact: due, format }),
      verdict: verdict === 'undecided' ? 'inconclusive' : verdict,
    };
  });
  const told = worstOf(elements);
  const tolerance = elements[told]!.verdict === 'wrong' ? 'naive' : 'careful';
  const terms = Number.isFinite(exact[told]!)
    ? work.explain(arithmetic, told, got?.[told] ?? null)[tolerance]
    : [];
  return { kind: 'trial', format, elements, told, tolerance, terms };
}

/** An absolute error in ULPs of the format at a value. */
function inUlps(error: number, at: number, format: Format): number | null {
  if (toldUlps(at, { exact: at, format }) === null || !Number.isFinite(error)) return null;
  return error / ulpSize(at, format);
}

const ranks: Readonly<Record<string, number>> = { wrong: 2, inaccurate: 1 };

function worstOf(elements: readonly ElementTrial[]): number {
  const rank = ({ verdict, got, exact, careful }: ElementTrial): number => {
    const severity = ranks[verdict ?? ''] ?? 0;
    const excess = Math.abs((got ?? exact) - exact) / careful;
    return severity * 2 + (Number.isNaN(excess) ? Number(severity > 0) : excess / (1 + excess) || 0);
  };
  const all = elements.map(rank);
  return Math.max(0, all.indexOf(Math.max(...all)));
}

/** The worst of the elements' verdicts; null where no answer was typed. */
export function verdictOn({ elements }: Trial): Exclude<ElementVerdict, 'undecided'> | null {
  for (const verdict of ['wrong', 'inaccurate', 'inconclusive', 'agree'] as const) {
    if (elements.some((element) => element.verdict === verdict)) return verdict;
  }
  return null;
}
