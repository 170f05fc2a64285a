/**
 * The calls beside the judged one that the form of a case's call needs, and what they show of it. What they
 * answer themselves is not looked at.
 */
import type { CallForm } from '../case/call-form.ts';
import type { CaseTensor } from '../case/case-tensors.ts';
import type { Outcome } from '../case/outcome.ts';
import type { FloatArray } from '../float/format.ts';
import { pool, zerosOf } from '../float/pool.ts';
import { lengthOf } from './foreign-values.ts';

type Data = FloatArray | Int32Array;

/** What the form's calls are made with. */
export interface FormCalls {
  /** The judged call; `beside` is waited for before its result is read, where the call returned a promise. */
  judged(beside?: () => Waiting): Outcome | Promise<Outcome>;
  /** A call with other values in arrays of its own. */
  another(): Waiting;
  /** A call with other values in the very arrays of the judged one, which hold their own again afterwards. */
  before(): Waiting;
  /** What the judged call returned, as it is by now; null where that was no tensor. */
  returned(): FloatArray | null;
}

/** A promise that never rejects, of a call that is still to end; null where it has ended. */
export type Waiting = Promise<void> | null;

/** A form that needs calls beside the judged one: the others say how that is made. */
export type FormOfManyCalls = Extract<CallForm, { kind: 'same-arrays' | 'later-calls' | 'in-flight' }>;

export function isOfManyCalls(call: CallForm | undefined): call is FormOfManyCalls {
  const kind = call?.kind;
  return kind === 'same-arrays' || kind === 'later-calls' || kind === 'in-flight';
}

/** Makes the calls in their order. A promise only where the kernel returned one. */
export function callInForm(call: FormOfManyCalls, calls: FormCalls): Outcome | Promise<Outcome> {
  switch (call.kind) {
    case 'same-arrays':
      return afterwards(calls.before(), () => calls.judged());
    case 'later-calls':
      return once(calls.judged(), (outcome) => lookAgain(call.calls, calls, outcome));
    case 'in-flight': {
      if (call.started === 'first') return calls.judged(() => calls.another());
      const other = calls.another();
      return calls.judged(() => other);
    }
  }
}

function once(
  outcome: Outcome | Promise<Outcome>,
  next: (outcome: Outcome) => Outcome | Promise<Outcome>,
): Outcome | Promise<Outcome> {
  return outcome instanceof Promise ? outcome.then(next) : next(outcome);
}

function afterwards(waiting: Waiting, next: () => Outcome | Promise<Outcome>): Outcome | Promise<Outcome> {
  return waiting === null ? next() : waiting.then(next);
}

function lookAgain(times: number, calls: FormCalls, outcome: Outcome): Outcome | Promise<Outcome> {
  const returned = calls.returned();
  if (outcome.kind !== 'values' || outcome.tensor === null || returned === null) return outcome;
  if (times > 0) return afterwards(calls.another(), () => lookAgain(times - 1, calls, outcome));
  const detail = whyChanged(returned, outcome.tensor.data);
  if (detail === null) return outcome;
  return { ...outcome, violations: [...outcome.violations, { kind: 'output-overwritten', detail }] };
}

/** A sentence; null where the result still is what it was. Any NaN is as good as another. */
function whyChanged(now: FloatArray, before: FloatArray): string | null {
  if (lengthOf(now) !== before.length) return 'a later call took the memory of the result away';
  for (let i = 0; i < before.length; i++) {
    if (!Object.is(now[i], before[i]))
      return `a later call overwrote the result: it held ${before[i]}, and then ${now[i]}`;
  }
  return null;
}

/**
 * What the other calls of a form are made with: zeros, and 1 in place of each weight, so that anybody can
 * write them down. Any class index is 0. Of a case without elements nothing is another.
 */
export function otherValues({ name, tensor }: CaseTensor, isEmpty: boolean): Data {
  if (isEmpty) return tensor.data;
  const { length } = tensor.data;
  return name === 'weight' ? pool.float64(length).fill(1) : zerosOf(length);
}
