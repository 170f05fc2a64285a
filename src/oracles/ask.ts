/**
 * Asks one implementation further cases, one after the other, and waits only where it answers with a promise.
 */
import type { Case } from '../case/case.ts';
import type { Outcome } from '../case/outcome.ts';
import type { Implementation } from '../subjects/implementation.ts';
import type { Tensor } from '../tensor/tensor.ts';

export type Responses =
  | { readonly kind: 'values'; readonly tensors: readonly Tensor[] }
  /** The first case that it gave no values for ended the asking. */
  | { readonly kind: 'no-values'; readonly reason: string };

/** Asks the implementation the cases one after the other: its answers in their order. */
export function ask(implementation: Implementation, cases: readonly Case[]): Responses | Promise<Responses> {
  if (implementation.runMany !== undefined && cases.length > 1) return askAtOnce(implementation, cases);
  const tensors: Tensor[] = [];
  for (const c of cases) {
    const declined = implementation.declines(c);
    if (declined !== null) return { kind: 'no-values', reason: declined };
    const outcome = implementation.run(c);
    if (outcome instanceof Promise) return askOn(implementation, cases, tensors, outcome);
    const reason = keep(tensors, outcome);
    if (reason !== null) return { kind: 'no-values', reason };
  }
  return { kind: 'values', tensors };
}

/** Those behind the first that gives no values are asked too, and count for nothing. */
async function askAtOnce(implementation: Implementation, cases: readonly Case[]): Promise<Responses> {
  const tensors: Tensor[] = [];
  for (const c of cases) {
    const declined = implementation.declines(c);
    if (declined !== null) return { kind: 'no-values', reason: declined };
  }
  for (const outcome of await implementation.runMany!(cases)) {
    const reason = keep(tensors, outcome);
    if (reason !== null) return { kind: 'no-values', reason };
  }
  return { kind: 'values', tensors };
}

async function askOn(
  implementation: Implementation,
  cases: readonly Case[],
  tensors: Tensor[],
  pending: Promise<Outcome>,
): Promise<Responses> {
  const reason = keep(tensors, await pending);
  if (reason !== null) return { kind: 'no-values', reason };
  const rest = await ask(implementation, cases.slice(tensors.length));
  return rest.kind === 'values' ? { kind: 'values', tensors: [...tensors, ...rest.tensors] } : rest;
}

function keep(tensors: Tensor[], outcome: Outcome): string | null {
  if (outcome.kind === 'unsupported') return outcome.reason;
  if (outcome.kind !== 'values' || outcome.tensor === null) return `it gave no values (${outcome.kind})`;
  tensors.push(outcome.tensor);
  return null;
}
