/**
 * How a subject is called, where that is not the plain way. Not what it is asked: the answer that is due is
 * the same.
 */
import { z } from 'zod';

/**
 * One departure from the plain call, so that what goes wrong with it goes wrong by it. The plain call names
 * the axis, leaves out the options that are default, hands over arrays that no call has seen before, and is
 * the only one at its time.
 */
export type CallForm =
  /** The axis is the last, and is not among the options, or is there as undefined. */
  | { readonly kind: 'axis'; readonly as: 'absent' | 'undefined' }
  /** The options of a loss that are default are there, by their value or as undefined. */
  | { readonly kind: 'defaults'; readonly as: 'named' | 'undefined' }
  /** Each array is a view from this element on of a buffer of its own, which goes on behind it. */
  | { readonly kind: 'view'; readonly from: number }
  /** The same arrays are handed over twice: with other values first, and then with the case's. */
  | { readonly kind: 'same-arrays' }
  /** So many calls with other values are made after it; then its result is looked at again. */
  | { readonly kind: 'later-calls'; readonly calls: number }
  /** A call with other values is in flight at the same time, of a kernel that returns a promise. */
  | { readonly kind: 'in-flight'; readonly started: 'first' | 'second' };

const viewFromMax = 65_536;
const laterCallsMax = 16;

export const callFormSchema: z.ZodType<CallForm> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('axis'), as: z.enum(['absent', 'undefined']) }),
  z.strictObject({ kind: z.literal('defaults'), as: z.enum(['named', 'undefined']) }),
  z.strictObject({ kind: z.literal('view'), from: z.int().min(1).max(viewFromMax) }),
  z.strictObject({ kind: z.literal('same-arrays') }),
  z.strictObject({ kind: z.literal('later-calls'), calls: z.int().min(1).max(laterCallsMax) }),
  z.strictObject({ kind: z.literal('in-flight'), started: z.enum(['first', 'second']) }),
]);

/** The same case, called the plain way. */
export function plainly<C extends { readonly call?: CallForm }>(c: C): C {
  if (c.call === undefined) return c;
  const { call: _, ...plain } = c;
  return plain as C;
}

/** The form's name, for signatures: what a form has of sizes is not in it. */
export function callFormName(call: CallForm): string {
  return callFormNames[callFormPlaceOf(call)]!;
}

/** All names that forms have. */
export const callFormNames: readonly string[] = [
  'axis-absent',
  'axis-undefined',
  'defaults-named',
  'defaults-undefined',
  'view',
  'same-arrays',
  'later-calls',
  'in-flight-first',
  'in-flight-second',
];

/** The place of the form's name among them: for who counts forms. */
export function callFormPlaceOf(call: CallForm): number {
  switch (call.kind) {
    case 'axis':
      return call.as === 'absent' ? 0 : 1;
    case 'defaults':
      return call.as === 'named' ? 2 : 3;
    case 'view':
      return 4;
    case 'same-arrays':
      return 5;
    case 'later-calls':
      return 6;
    case 'in-flight':
      return call.started === 'first' ? 7 : 8;
  }
}

/** The form in a few words, for a person. */
export function callFormText(call: CallForm): string {
  switch (call.kind) {
    case 'axis':
      return call.as === 'absent' ? 'axis left out' : 'axis undefined';
    case 'defaults':
      return call.as === 'named' ? 'defaults by name' : 'defaults undefined';
    case 'view':
      return `views from element ${call.from}`;
    case 'same-arrays':
      return 'arrays of a call before';
    case 'later-calls':
      return call.calls === 1 ? 'looked at after another call' : `looked at after ${call.calls} other calls`;
    case 'in-flight':
      return call.started === 'first'
        ? 'another call in flight, started after it'
        : 'another call in flight, started before it';
  }
}

/** The form as a sentence, for a finding; the numbers of other calls are those of `otherValues`. */
export function callFormSentence(call: CallForm): string {
  const other = 'with zeros in place of every number, and 1 in place of every weight';
  switch (call.kind) {
    case 'axis':
      return call.as === 'absent'
        ? 'The axis is the last and is left out.'
        : 'The axis is the last and is passed as undefined.';
    case 'defaults':
      return call.as === 'named'
        ? 'The options that are default are passed by name.'
        : 'The options that are default are passed as undefined.';
    case 'view':
      return `Each array is a view from element ${call.from} of a larger buffer.`;
    case 'same-arrays':
      return `The very same arrays were handed over in a call before, ${other}.`;
    case 'later-calls':
      return `After the call ${call.calls === 1 ? 'another one is' : `${call.calls} others are`} made, ${other}, and the result is looked at again.`;
    case 'in-flight':
      return `Another call is in flight at the same time, started ${call.started === 'first' ? 'after' : 'before'} this one, ${other}.`;
  }
}

/** How much there is to a form, for shrinking: 0 for the plain call. */
export function callFormCost(call: CallForm | undefined): number {
  switch (call?.kind) {
    case undefined:
      return 0;
    case 'view':
      return call.from;
    case 'later-calls':
      return call.calls;
    case 'axis':
    case 'defaults':
    case 'same-arrays':
    case 'in-flight':
      return 1;
  }
}
