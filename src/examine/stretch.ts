/**
 * Cases of a range that are called one after the other, in the order of their indices, and judged when some
 * hundreds have been: in columns, each of one kernel and format. Who surely agrees is counted; everybody else
 * is examined as a case by itself (examine.ts) with the outcomes that are kept, so that what is found does
 * not depend on columns, and no call is made a second time.
 */
import { caseSize, type Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import { kernelPlaceOf } from '../contract/subject.ts';
import type { CaseJudgement } from '../judge/judge-case.ts';
import { createRecycledPool, type ArrayPool, type RecycledPool } from '../float/pool.ts';
import { formats } from '../float/format.ts';
import { when } from '../judge/when.ts';
import { ColumnWork, hasColumns, screen, type ColumnAnswer } from '../oracles/column.ts';
import { judgeConduct } from '../oracles/conduct.ts';
import type { Implementation } from '../subjects/implementation.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { AgreedPlace } from './count-case.ts';
import { examineCase, type Batch } from './examine.ts';
import type { CaseToExamine, Examiner } from './examiner.ts';

export interface Stretch {
  /**
   * Calls everybody with the case, and keeps what they answer; judges what is kept once it is enough. A case
   * that no column can hold is examined at once. A promise only where something has to be waited for.
   */
  take(toExamine: CaseToExamine): void | Promise<void>;
  /**
   * Judges what is kept, in the order of the indices.
   * @throws TimeIsUp where the time does not suffice for all of it: what is left is kept.
   */
  judge(): Promise<void>;
  /** The index of the first case that is kept; null where none is. */
  readonly first: number | null;
}

/** What the exact answers of a stretch are held in while it is judged, of stretches that are. */
const idle: RecycledPool[] = [];

/**
 * A stretch is judged once it has so many cases, or so many elements of their logits. More cases save no
 * more, and each collection of garbage copies those that are kept (docs/decisions/0028-columns.md).
 */
const [casesMax, elementsMax] = [64, 2 ** 15];
/** The first of a process: what is wrong with most subjects shows in a few cases, and need not wait. */
const casesAtFirst = 8;

/** What of a process's cases has been judged in stretches, one after the other. */
export interface Judged {
  cases: number;
}

/**
 * `onJudge` is told that from now on nobody is being called. Each stretch may be as long as all before it.
 */
export function openStretch(
  examiner: Examiner,
  batch: Batch,
  { onJudge, judged }: { readonly onJudge: () => void; readonly judged: Judged },
): Stretch {
  const { subject, references, oracles } = examiner.participants;
  const everybody = [subject, ...references];
  let kept: KeptCase[] = [];
  let elements = 0;

  async function judge(): Promise<void> {
    if (kept.length === 0) return;
    onJudge();
    const arrays = idle.pop() ?? createRecycledPool();
    let done = 0;
    try {
      const agreed = agreedOf(kept, everybody, arrays);
      for (; done < kept.length; done++) {
        const pending = conclude(kept[done]!, agreed[done]!);
        if (pending instanceof Promise) await pending;
      }
    } finally {
      arrays.recycle();
      idle.push(arrays);
      judged.cases += done;
      kept = kept.slice(done);
      elements = kept.reduce((sum, { toExamine }) => sum + caseSize(toExamine.case), 0);
    }
  }

  function conclude(
    { toExamine, responses, judgement }: KeptCase,
    agreed: readonly AgreedPlace[] | null,
  ): void | Promise<void> {
    const { case: c, index } = toExamine;
    if (judgement !== null) return batch.counts.add(c, judgement, index);
    if (agreed !== null) return batch.counts.addAgreed(c, index, agreed);
    return examineCase(examiner, batch, { ...toExamine, kept: responses.map(({ outcomes }) => outcomes) });
  }

  function keep(one: KeptCase): void {
    kept.push(one);
    elements += caseSize(one.toExamine.case);
  }

  function examineNow(toExamine: CaseToExamine): void | Promise<void> {
    const earlier = {
      judge,
      keep: (judgement: CaseJudgement) => keep({ toExamine, responses: [], judgement }),
    };
    return examineCase(examiner, batch, { ...toExamine, earlier });
  }

  return {
    take(toExamine) {
      const most = Math.min(Math.max(casesAtFirst, judged.cases), casesMax);
      if (kept.length >= most || elements >= elementsMax) return judge().then(() => this.take(toExamine));
      if (oracles !== undefined || !fitsColumn(toExamine.case)) return examineNow(toExamine);
      const responses = callFrom(0, examiner, everybody, toExamine, []);
      return responses instanceof Promise
        ? responses.then((settled) => keep({ toExamine, responses: settled, judgement: null }))
        : keep({ toExamine, responses, judgement: null });
    },
    judge,
    get first() {
      return kept[0]?.toExamine.index ?? null;
    },
  };
}

/** The costly checks make calls of their own, which come right after the case's; the others need no more. */
function fitsColumn({ format, invalid, checks }: Case): boolean {
  return (
    hasColumns(format) &&
    invalid === undefined &&
    !checks.includes('gradient') &&
    !checks.includes('property')
  );
}

interface KeptCase {
  readonly toExamine: CaseToExamine;
  /** By place in [subject, ...references]. */
  readonly responses: readonly Response[];
  /** There for a case that no column could hold; null where it is to be judged. */
  readonly judgement: CaseJudgement | null;
}

/** What became of one implementation's calls. */
interface Response {
  /** Why it was not asked; null where it was. */
  readonly skipped: string | null;
  /** The values to be judged; null where there are none, or where more is to be said of the call. */
  readonly values: Tensor | null;
  /** What its calls answered; [] where it was asked in a stack or not at all. */
  readonly outcomes: readonly Outcome[];
}

/** The implementations from this place on, one after the other: all calls that judging the case makes. */
function callFrom(
  place: number,
  examiner: Examiner,
  everybody: readonly Implementation[],
  toExamine: CaseToExamine,
  responses: Response[],
): readonly Response[] | Promise<readonly Response[]> {
  const { case: c, index, stacked } = toExamine;
  for (let next = place; next < everybody.length; next++) {
    const implementation = everybody[next]!;
    const skipped = implementation.declines(c);
    if (skipped !== null) {
      responses.push({ skipped, values: null, outcomes: [] });
      continue;
    }
    const inStack = next === 0 ? null : (stacked?.(next) ?? null); // a subject is in no stack
    if (inStack !== null) {
      responses.push({ skipped: null, values: inStack, outcomes: [] });
      continue;
    }
    examiner.calls.write({ index, stage: 'judge', place: next });
    const outcomes = call(implementation, c);
    if (outcomes instanceof Promise)
      return outcomes.then((settled) => {
        responses.push(responseOf(c, settled));
        return callFrom(next + 1, examiner, everybody, toExamine, responses);
      });
    responses.push(responseOf(c, outcomes));
  }
  return responses;
}

/** The call, and the identical one after it where a repeat was drawn. */
function call(implementation: Implementation, c: Case): readonly Outcome[] | Promise<readonly Outcome[]> {
  return when<Outcome, readonly Outcome[]>(implementation.run(c), (outcome) =>
    outcome.kind === 'unsupported' || !c.checks.includes('repeat')
      ? [outcome]
      : when<Outcome, readonly Outcome[]>(implementation.run(c), (repeat) => [outcome, repeat]),
  );
}

function responseOf({ format }: Case, outcomes: readonly Outcome[]): Response {
  const [outcome, repeat] = outcomes as [Outcome, Outcome | undefined];
  const isSound =
    outcome.kind === 'values' &&
    judgeConduct(outcome, repeat === undefined ? undefined : { outcome: repeat, format }) === null;
  return { skipped: null, values: isSound ? outcome.tensor : null, outcomes };
}

/** What is counted of each case on which all who were asked surely agree; null of the others. */
function agreedOf(
  called: readonly KeptCase[],
  everybody: readonly Implementation[],
  arrays: ArrayPool,
): readonly (readonly AgreedPlace[] | null)[] {
  const agreed: (AgreedPlace[] | null)[] = called.map(() => null);
  for (const column of columnsOf(called)) {
    const cases = column.map((at) => called[at]!.toExamine.case);
    const work = new ColumnWork(cases, arrays);
    for (const at of column) agreed[at] = [];
    for (let place = 0; place < everybody.length; place++)
      addPlace(place, everybody[place]!, { column, work, called, agreed });
  }
  return agreed;
}

/** Adds what one implementation is counted with, and takes away the cases on which it may not agree. */
function addPlace(
  place: number,
  { name: implementation, arithmetic }: Implementation,
  {
    column,
    work,
    called,
    agreed,
  }: {
    readonly column: readonly number[];
    readonly work: ColumnWork;
    readonly called: readonly KeptCase[];
    readonly agreed: (AgreedPlace[] | null)[];
  },
): void {
  const { format } = called[column[0]!]!.toExamine.case;
  let answer: ColumnAnswer | null = null; // nobody's who declines all of them
  for (let i = 0; i < column.length; i++) {
    const at = column[i]!;
    const places = agreed[at]!;
    if (places === null) continue;
    const { skipped, values } = called[at]!.responses[place]!;
    if (skipped !== null) {
      places.push({ implementation, skipped, worstRatio: 0, values: null });
      continue;
    }
    answer ??= work.answer(arithmetic);
    const worstRatio = screen(answer, i, values!.data, format);
    if (worstRatio < 0) {
      agreed[at] = null;
      continue;
    }
    const { exact, exactLow, careful, offsets } = answer;
    const due = { got: values!.data, exact, exactLow, careful, from: offsets[i]! };
    places.push({ implementation, skipped: null, worstRatio, values: due });
  }
}

/**
 * The places of the cases of each kernel and format, of those that are to be judged and of which nothing is
 * to be said but the values.
 */
function columnsOf(called: readonly KeptCase[]): Iterable<readonly number[]> {
  const columns = new Map<number, number[]>();
  for (let at = 0; at < called.length; at++) {
    const { toExamine, responses, judgement } = called[at]!;
    if (judgement !== null || !responses.every(isPlain)) continue;
    const { operation, direction, format } = toExamine.case;
    const key = kernelPlaceOf(operation, direction) * formats.length + formats.indexOf(format);
    const column = columns.get(key);
    if (column === undefined) columns.set(key, [at]);
    else column.push(at);
  }
  return columns.values();
}

function isPlain({ skipped, values }: Response): boolean {
  return skipped !== null || values !== null;
}
