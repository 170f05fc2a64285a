/**
 * Case + predicate → minimal case. Greedy passes, each going from large steps to small, repeated until a
 * whole round finds nothing plainer. Every accepted case is strictly simpler than the one before, so it ends
 * whatever the predicate says; every candidate is valid by the contract. Knows of cases only: neither
 * generator nor oracle.
 */
import { createHash } from 'node:crypto';
import { caseSize, type Case } from '../case/case.ts';
import { tensorsOf } from '../case/case-tensors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Pass } from './attempt.ts';
import { dropCall } from './drop-call.ts';
import { dropElements } from './drop-elements.ts';
import { dropOptions } from './drop-options.ts';
import { dropRank } from './drop-rank.ts';
import { plainerTensors } from './plainer-numbers.ts';

/** What makes the case smallest comes first: the later ones then try less, and cheaper. */
const passes: readonly Pass[] = [dropCall, dropElements, dropRank, dropOptions, plainerTensors];

export interface ShrinkBounds {
  readonly maxEvaluations: number;
  /** Logits of the candidates asked about, all together. Default: as many as `shrinkElementsOf` says. */
  readonly maxElements?: number;
}

export interface Shrunk {
  readonly case: Case;
  /** Calls of the predicate. */
  readonly evaluations: number;
  /** Those that said yes. */
  readonly steps: number;
  readonly stoppedBy: 'minimal' | 'evaluations' | 'elements';
}

/**
 * So many logits are looked at to shrink a case: a few seconds' work, in which a width that must stay above
 * 65,536 is found to the one; of a case of millions only some candidates. Never a time, which would give
 * another case each time.
 */
export function shrinkElementsOf(c: Case): number {
  return 2 ** 23 + 4 * caseSize(c);
}

/**
 * The smallest case found that still fails. `stillFails` is never asked of `c` itself, and never twice of one
 * candidate. The result is the last case that it said yes to, or `c`. Deterministic where the predicate is.
 */
export async function shrinkCase(
  c: Case,
  stillFails: (candidate: Case) => boolean | Promise<boolean>,
  { maxEvaluations, maxElements = shrinkElementsOf(c) }: ShrinkBounds,
): Promise<Shrunk> {
  const tried = new Set<string>([keyOf(c)]);
  let [current, evaluations, elements, steps] = [c, 0, 0, 0];
  for (let stepsBefore = -1; stepsBefore !== steps;) {
    stepsBefore = steps;
    for (const pass of passes) {
      const attempts = pass(current);
      for (let next = attempts.next(); next.done !== true;) {
        const candidate = next.value;
        const key = keyOf(candidate);
        let isTaken = false;
        if (!tried.has(key)) {
          if (evaluations >= maxEvaluations)
            return { case: current, evaluations, steps, stoppedBy: 'evaluations' };
          elements += caseSize(candidate);
          if (elements > maxElements) return { case: current, evaluations, steps, stoppedBy: 'elements' };
          tried.add(key);
          evaluations++;
          const answer = stillFails(candidate);
          isTaken = typeof answer === 'boolean' ? answer : await answer;
        }
        if (isTaken) [current, steps] = [candidate, steps + 1];
        next = attempts.next(isTaken);
      }
    }
  }
  return { case: current, evaluations, steps, stoppedBy: 'minimal' };
}

/** All that can be tried from `c`, large steps first, lazily: each strictly simpler than `c` and valid. */
export function* shrinkCandidates(c: Case): Generator<Case, void, undefined> {
  for (const pass of passes) {
    const attempts = pass(c);
    for (let next = attempts.next(); next.done !== true; next = attempts.next(false)) yield next.value;
  }
}

/** Equal for equal cases, to the bit. */
function keyOf(c: Case): string {
  const hash = createHash('sha1');
  const { reduction, labelSmoothing, ignoreIndex } = c.loss ?? {};
  const tensors = tensorsOf(c);
  const shapes = tensors.map(({ name, tensor }) => [name, tensor.shape]);
  hash.update(JSON.stringify([c.axis, reduction, labelSmoothing, ignoreIndex, shapes, c.call]));
  for (const { tensor } of tensors) hash.update(bytesOf(tensor));
  return hash.digest('base64');
}

function bytesOf({ data }: Tensor | Tensor<Int32Array>): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
