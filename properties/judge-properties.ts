/** The property oracle: asks an implementation what some of the laws need of a case, and judges them. */
import { plainly } from '../src/case/call-form.ts';
import { outputShape, type Case } from '../src/case/case.ts';
import type { Divergence } from '../src/case/verdict.ts';
import type { Answer } from '../src/oracles/answer.ts';
import { ask, type Responses } from '../src/oracles/ask.ts';
import { CaseWork } from '../src/oracles/exact.ts';
import { divergenceOf, noViolations } from '../src/oracles/violations.ts';
import type { Implementation } from '../src/subjects/implementation.ts';
import type { Tensor } from '../src/tensor/tensor.ts';
import type { Law, LawAnswer, LawInstance } from './law.ts';
import { laws as allLaws } from './laws/laws.ts';
import { truncation, ulpsJudged } from './laws/truncation.ts';
import type { AssumedArithmetic } from '../src/contract/subject.ts';

export interface PropertyOptions {
  /**
   * How many of the laws that say something of the case are judged;
   * the others have their turn in other cases.
   */
  readonly lawsPerCase?: number;
  /** Those that may be. Default all. */
  readonly laws?: readonly Law[];
  /** The answer to the case itself, where the caller has it. */
  readonly answer?: Answer;
}

/** A law costs up to two further cases and their exact answers. */
export const lawsPerCaseDefault = 2;

/**
 * The worst divergence, `law` naming the law; null where none is broken, or where the implementation answers
 * none of the cases that a law needs. Which laws, and what is free in them, is drawn from the case's own
 * bytes: the same every time. A promise only where the implementation answers with one.
 */
export function judgeProperties(
  asked: Case,
  got: Tensor,
  implementation: Implementation,
  { lawsPerCase = lawsPerCaseDefault, laws = allLaws, answer }: PropertyOptions = {},
): Divergence | null | Promise<Divergence | null> {
  const c = plainly(asked); // what a law asks beside is asked the plain way
  const draw = drawOf(c);
  const chosen: [Law, LawInstance][] = [];
  for (let turn = 0; turn < laws.length && chosen.length < lawsPerCase; turn++) {
    const law = laws[(draw + turn) % laws.length]!;
    const instance = law.about(c, draw);
    if (instance !== null) chosen.push([law, instance]);
  }
  if (chosen.length === 0) return null;
  const given = { case: c, output: got, answer: answer ?? new CaseWork(c).rough(implementation.arithmetic) };
  return judgeFrom(0, null);

  function judgeFrom(
    place: number,
    worst: Divergence | null,
  ): Divergence | null | Promise<Divergence | null> {
    if (place === chosen.length) return worst;
    const [law, instance] = chosen[place]!;
    const conclude = (responses: Responses): Divergence | null | Promise<Divergence | null> =>
      judgeFrom(place + 1, worseOf(worst, judgeInstance(law, instance, responses)));
    const responses = ask(implementation, instance.cases);
    return responses instanceof Promise ? responses.then(conclude) : conclude(responses);
  }

  function judgeInstance(law: Law, instance: LawInstance, responses: Responses): Divergence | null {
    if (responses.kind === 'no-values') return null;
    const violations = noViolations();
    const others = instance.cases.map(
      (other, i) => new AskedBeside(other, responses.tensors[i]!, implementation.arithmetic),
    );
    instance.check(given, others, violations);
    return divergenceOf(violations, aboutLaw(law, c));
  }
}

/** What was answered to a case that a law needs; its exact answer is worked out where a claim hangs on it. */
class AskedBeside implements LawAnswer {
  readonly case: Case;
  readonly output: Tensor;
  readonly #arithmetic: AssumedArithmetic;
  #answer: Answer | null = null;

  constructor(c: Case, output: Tensor, arithmetic: AssumedArithmetic) {
    this.case = c;
    this.output = output;
    this.#arithmetic = arithmetic;
  }

  get answer(): Answer {
    return (this.#answer ??= new CaseWork(this.case).rough(this.#arithmetic));
  }
}

/** The law of truncation.ts, which needs the answer alone: null where it says nothing of the case. */
export function judgeRounding(
  c: Case,
  got: Tensor,
  answer: Answer,
  { expUlps, logUlps }: AssumedArithmetic,
): Divergence | null {
  const instance = Math.max(expUlps, logUlps) <= ulpsJudged ? truncation.about(c, 0) : null;
  if (instance === null) return null;
  const violations = noViolations();
  instance.check({ case: c, output: got, answer }, [], violations);
  return divergenceOf(violations, aboutLaw(truncation, c));
}

function aboutLaw({ name, statement }: Law, c: Case): Parameters<typeof divergenceOf>[1] {
  return {
    oracle: 'property',
    law: name,
    sentence: `breaks “${statement}”`,
    format: c.format,
    shape: outputShape(c),
  };
}

/** The cases that a law needs beside this one, as `judgeProperties` asks them; [] where it says nothing. */
export function casesOfLaw(asked: Case, name: string): readonly Case[] {
  const c = plainly(asked);
  return allLaws.find((law) => law.name === name)?.about(c, drawOf(c))?.cases ?? [];
}

function worseOf(a: Divergence | null, b: Divergence | null): Divergence | null {
  if (a === null || b === null) return a ?? b;
  return a.severity === 'inaccurate' && b.severity === 'wrong' ? b : a;
}

/** FNV-1a over the case's tensors, shape and kernel: an integer in [0, 2^32). */
function drawOf({ operation, direction, axis, logits, cotangent, loss }: Case): number {
  let hash = 0x811c9dc5;
  const mix = (byte: number): void => {
    hash = Math.imul(hash ^ byte, 0x01000193);
  };
  for (const letter of `${operation}/${direction}/${axis}/${logits.shape.join(',')}`)
    mix(letter.charCodeAt(0));
  for (const tensor of [logits, cotangent, loss?.target]) {
    if (tensor === undefined) continue;
    const { buffer, byteOffset, byteLength } = tensor.data;
    const bytes = new Uint8Array(buffer, byteOffset, Math.min(byteLength, bytesMax));
    for (let i = 0; i < bytes.length; i++) mix(bytes[i]!);
  }
  return hash >>> 0;
}

/** How many bytes of each tensor are hashed: enough to tell cases apart. */
const bytesMax = 1024;
