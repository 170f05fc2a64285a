/** What an implementation did with a case. */
import type { Tensor } from '../tensor/tensor.ts';

/** How a call can break the contract beside its values. */
export type ConductViolation =
  | { readonly kind: 'input-written'; readonly detail: string }
  | { readonly kind: 'outside-written'; readonly detail: string }
  | { readonly kind: 'output-aliased'; readonly detail: string }
  | { readonly kind: 'output-overwritten'; readonly detail: string }
  | { readonly kind: 'not-a-tensor'; readonly detail: string }
  | { readonly kind: 'shape'; readonly detail: string }
  | { readonly kind: 'format'; readonly detail: string }
  /** What the language gives to all code of the process was changed: Array.prototype.push, Promise. */
  | { readonly kind: 'intrinsic-changed'; readonly detail: string }
  | { readonly kind: 'printed'; readonly detail: string }
  /** Invalid arguments were answered, where the subject says that it refuses them. */
  | { readonly kind: 'accepted'; readonly detail: string };

/** What an implementation did with one case: values, or why there are none. */
export type Outcome =
  /**
   * `tensor` is null where what came back cannot be read
   * as values of the right count (the violations say why).
   */
  | {
      readonly kind: 'values';
      readonly tensor: Tensor | null;
      readonly violations: readonly ConductViolation[];
    }
  | { readonly kind: 'unsupported'; readonly reason: string }
  | { readonly kind: 'threw'; readonly message: string }
  | { readonly kind: 'timed-out'; readonly limitMs: number }
  | { readonly kind: 'crashed'; readonly detail: string }
  | { readonly kind: 'out-of-memory'; readonly detail: string };

/** What leaves no process to be asked any more. */
export type Ending = Extract<Outcome, { kind: 'timed-out' | 'crashed' | 'out-of-memory' }>;

export function isEnding(outcome: Outcome): outcome is Ending {
  return endings.some((kind) => kind === outcome.kind);
}

/** The kinds of those, which are their symptoms too. */
export const endings: readonly Ending['kind'][] = ['timed-out', 'crashed', 'out-of-memory'];

export type OutcomeKind = Outcome['kind'];
