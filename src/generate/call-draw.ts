/** How the subject is called, drawn when all else of the case is there. */
import type { CallForm } from '../case/call-form.ts';
import { caseSize, type Case } from '../case/case.ts';
import { axisClassOf } from '../case/signature.ts';
import { drawFrom, drawWeighted, weighted, type RandomSource } from './random-source.ts';

type Kind = CallForm['kind'] | 'plain';

/**
 * In hundredths of the cases. The plain call is what most cases are for; a form costs nothing that can be
 * measured where it is of the options, two buffers where it is a view, and further calls of the subject where
 * it is any other, as a large one never is: a further call of one costs as much as hundreds of others.
 */
const kinds = weighted<{ readonly kind: Kind; readonly weight: number }>([
  { kind: 'plain', weight: 68 },
  { kind: 'axis', weight: 8 },
  { kind: 'defaults', weight: 8 },
  { kind: 'view', weight: 10 },
  { kind: 'same-arrays', weight: 2 },
  { kind: 'later-calls', weight: 2 },
  { kind: 'in-flight', weight: 2 },
]);

/** The same of large cases: few, otherwise in buffers of their own, and a view costs them nothing more. */
const kindsOfLarge = weighted<{ readonly kind: Kind; readonly weight: number }>([
  { kind: 'plain', weight: 42 },
  { kind: 'axis', weight: 4 },
  { kind: 'defaults', weight: 4 },
  { kind: 'view', weight: 50 },
]);
const largeElements = 1_024;

/**
 * Most views begin one element behind an even place: 4 bytes off 8 and 16 for float32, 8 off 16 for float64.
 * The others are of every remainder, and one is further on than a small buffer is long.
 */
const viewStarts: readonly number[] = [1, 1, 1, 1, 2, 3, 5, 6, 7, 9, 17, 4_097];
const laterCalls: readonly number[] = [1, 1, 1, 2, 3];

/** Undefined for the plain call, which it is too where the form that was drawn says nothing of the case. */
export function drawCallForm(random: RandomSource, c: Case): CallForm | undefined {
  const { kind } = drawWeighted(random, caseSize(c) > largeElements ? kindsOfLarge : kinds);
  if (kind === 'plain') return undefined;
  switch (kind) {
    case 'axis':
      return axisClassOf(c) === 'last'
        ? { kind, as: drawFrom(random, ['absent', 'absent', 'undefined']) }
        : undefined;
    case 'defaults':
      return c.loss === undefined ? undefined : { kind, as: drawFrom(random, ['named', 'undefined']) };
    case 'view':
      return { kind, from: drawFrom(random, viewStarts) };
    case 'same-arrays':
      return { kind };
    case 'later-calls':
      return { kind, calls: drawFrom(random, laterCalls) };
    case 'in-flight':
      return { kind, started: drawFrom(random, ['first', 'second']) };
  }
}
