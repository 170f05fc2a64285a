/** The cases of one block in a worker, and what the references answer to them in stacks. A stack is asked when first needed. */
import type { Case } from '../case/case.ts';
import type { Implementation } from '../subjects/implementation.ts';
import { stackElementsMax, stackKeyOf, stackOf } from '../judge/stack.ts';
import type { Outcome } from '../case/outcome.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { lengthOf, type Stretch } from './plan.ts';

export interface Block {
  /** Generated when first asked for. */
  caseAt(index: number): Case;
  /** By reference; null where it is asked alone. */
  stackedAt(index: number): readonly (Tensor | null)[] | Promise<readonly (Tensor | null)[]>;
  /** The stack that the reference at `place` of [subject, ...references] was asked the case in; null where in none. */
  stackCaseAt(index: number, place: number): Case | null;
}

interface Outside {
  generate(index: number): Case;
  readonly references: readonly Implementation[];
  /** Keys that are not to be stacked. */
  readonly unstacked: ReadonlySet<string>;
  /** Told before a reference is called, by its place in [subject, ...references]. */
  onRun(index: number, place: number): void;
  /** Told before the block's cases are all generated, which takes a while and calls nobody. */
  onGenerate(): void;
}

/** Which of the cases are always asked alone, whatever they are: about one in 64, by a hash of the index. */
export function isAlone(index: number): boolean {
  return Math.imul(index + 1, 0x9e3779b1) >>> 26 === 0;
}

export function openBlock(block: Stretch, outside: Outside): Block {
  const { references, unstacked } = outside;
  const cases: (Case | undefined)[] = Array.from({ length: lengthOf(block) }, () => undefined);
  const nobody: readonly null[] = references.map(() => null);
  let byKey: Map<string, number[]> | null = null;
  const answers = new Map<number, readonly (Tensor | null)[]>();
  /** By reference, by index: the indices of the stack that it is in. */
  const parts = references.map(() => new Map<number, readonly number[]>());
  const placeOf = (index: number): number => (index - block.from) / block.step;
  const caseAt = (index: number): Case => (cases[placeOf(index)] ??= outside.generate(index));

  function group(): Map<string, number[]> {
    outside.onGenerate();
    const groups = new Map<string, number[]>();
    for (let index = block.from; index < block.to; index += block.step) {
      const key = isAlone(index) ? null : stackKeyOf(caseAt(index));
      if (key === null || unstacked.has(key)) continue;
      const members = groups.get(key);
      if (members === undefined) groups.set(key, [index]);
      else members.push(index);
    }
    return groups;
  }

  /** Asks every reference for the stack, in as many calls as its size needs, and keeps what each case is answered. */
  async function ask(members: readonly number[], index: number): Promise<void> {
    const kept = new Map(members.map((member) => [member, references.map((): Tensor | null => null)]));
    for (const [place, reference] of references.entries()) {
      const askable = members.filter((member) => reference.declines(caseAt(member)) === null);
      for (const part of partsOf(askable, (member) => caseAt(member).logits.data.length)) {
        const stack = stackOf(part.map(caseAt));
        if (part.length < 2 || reference.declines(stack.case) !== null) continue;
        outside.onRun(index, place + 1);
        const pending = reference.run(stack.case);
        const outcome: Outcome = pending instanceof Promise ? await pending : pending;
        if (outcome.kind !== 'values' || outcome.tensor === null || outcome.breaches.length > 0) continue;
        stack.unstack(outcome.tensor).forEach((tensor, i) => {
          kept.get(part[i]!)![place] = tensor;
          parts[place]!.set(part[i]!, part);
        });
      }
    }
    for (const [member, tensors] of kept) answers.set(member, tensors);
  }

  return {
    caseAt,
    stackedAt(index) {
      if (references.length === 0 || isAlone(index)) return nobody;
      const known = answers.get(index);
      if (known !== undefined) return known;
      const key = stackKeyOf(caseAt(index));
      const members = key === null ? undefined : (byKey ??= group()).get(key);
      if (members === undefined || members.length < 2) return nobody;
      return ask(members, index).then(() => answers.get(index) ?? nobody);
    },
    stackCaseAt(index, place) {
      const part = parts[place - 1]?.get(index);
      return part === undefined ? null : stackOf(part.map(caseAt)).case;
    },
  };
}

/** In order, each of at most `stackElementsMax` elements unless it is of one case. */
function partsOf(members: readonly number[], sizeOf: (member: number) => number): number[][] {
  const parts: number[][] = [];
  let room = 0;
  for (const member of members) {
    const size = sizeOf(member);
    if (parts.length === 0 || size > room) {
      parts.push([]);
      room = stackElementsMax;
    }
    parts.at(-1)!.push(member);
    room -= size;
  }
  return parts;
}
