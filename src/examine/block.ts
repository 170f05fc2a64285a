/**
 * The cases of one block in a worker, and what the references answer to them in stacks.
 * A stack is asked when first needed.
 */
import { caseSize, type Case } from '../case/case.ts';
import { caseBytesOf } from '../case/case-tensors.ts';
import type { Implementation } from '../subjects/implementation.ts';
import type { Stack, Stacking } from '../subjects/stacking.ts';
import { caseElementsMax, stackElementsMax, stackKeyOf, stackOf } from './stack.ts';
import type { Outcome } from '../case/outcome.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { lengthOf, type Range } from './range.ts';

export interface Block {
  /** Generated when first asked for, and kept where it is small and there is room for it. */
  caseAt(index: number): Case;
  /**
   * The answer to the case out of each reference's stack; null where the reference is asked the case alone.
   */
  stackedAt(index: number): readonly (Tensor | null)[] | Promise<readonly (Tensor | null)[]>;
  /**
   * The stack that the reference at `place` of [subject,
   * ...references] was asked the case in; null where in none.
   */
  stackCaseAt(index: number, place: number): Case | null;
}

interface Outside {
  generate(index: number): Case;
  readonly references: readonly Implementation[];
  /** Keys that are not to be stacked. */
  readonly unstacked: ReadonlySet<string>;
  /** Called before a reference is called, with its place in [subject, ...references]. */
  onRun(index: number, place: number): void;
  /** Called before the block's cases are all generated, which takes a while and calls nobody. */
  onGenerate(): void;
}

/** Which of the cases are always asked alone, whatever they are: about one in 128, by a hash of the index. */
export function isAlone(index: number): boolean {
  return Math.imul(index + 1, 0x9e3779b1) >>> 25 === 0;
}

export function openBlock(
  block: Range,
  outside: Outside,
  { bytesMax = caseBytesMax }: { readonly bytesMax?: number } = {},
): Block {
  const { references } = outside;
  const caseAt = keepCases(block, outside.generate, bytesMax);
  const groups = new Map<Stacking, Groups>();
  const nobody: readonly null[] = references.map(() => null);
  const stackFor = keepLast((members, stacking) => stackOf(members.map(caseAt), stacking));
  const asked = references.map((reference, at) => {
    const { stacking } = reference;
    if (stacking === undefined) return noStacks;
    const groupsOf = (): Groups => {
      const known = groups.get(stacking) ?? groupByKey(block, stacking, { caseAt, ...outside });
      groups.set(stacking, known);
      return known;
    };
    return openStacks(reference, { stacking, place: at + 1, caseAt, groupsOf, stackFor, ...outside });
  });
  const answersTo = (index: number): readonly (Tensor | null)[] =>
    asked.map(({ partOf }) => partOf(index)?.tensor ?? null);

  async function askAll(index: number): Promise<readonly (Tensor | null)[]> {
    for (const stacks of asked) if (stacks.isDue(index)) await stacks.ask(index);
    return answersTo(index);
  }

  return {
    caseAt,
    stackedAt(index) {
      if (isAlone(index)) return nobody;
      return asked.some((stacks) => stacks.isDue(index)) ? askAll(index) : answersTo(index);
    },
    stackCaseAt(index, place) {
      const part = asked[place - 1]?.partOf(index);
      return part ? stackFor(part.members, references[place - 1]!.stacking!).case : null;
    },
  };
}

/** The memory that the cases of a block may take: their tensors, of which nearly all of it is. */
const caseBytesMax = 64 * 2 ** 20;

/** A case that is in no stack, or for which there is no room left, is generated each time. */
function keepCases(
  block: Range,
  generate: (index: number) => Case,
  bytesMax: number,
): (index: number) => Case {
  const cases: (Case | undefined)[] = Array.from({ length: lengthOf(block) }, () => undefined);
  let room = bytesMax;
  return (index) => {
    const place = (index - block.from) / block.step;
    const kept = cases[place];
    if (kept !== undefined) return kept;
    const c = generate(index);
    const bytes = caseSize(c) > caseElementsMax ? Infinity : caseBytesOf(c);
    if (bytes > room) return c;
    room -= bytes;
    return (cases[place] = c);
  };
}

type StackFor = (members: readonly number[], stacking: Stacking) => Stack;

/** A stack is made once for all references that are asked the same: they are asked one after the other. */
function keepLast(make: StackFor): StackFor {
  let kept: {
    readonly stacking: Stacking;
    readonly members: readonly number[];
    readonly stack: Stack;
  }[] = [];
  return (members, stacking) => {
    const same = kept.find((one) => one.stacking === stacking && isSame(one.members, members));
    if (same !== undefined) return same.stack;
    const stack = make(members, stacking);
    kept = [...kept, { stacking, members, stack }].slice(-keptMax);
    return stack;
  };
}

/** The number of stacks kept: as many as the cases of one key come in. */
const keptMax = 4;

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((index, i) => index === b[i]);
}

/**
 * All cases of a case's key, by its index, itself among them.
 * None for a case that is asked alone whatever the others are.
 */
type Groups = ReadonlyMap<number, readonly number[]>;

function groupByKey(
  block: Range,
  stacking: Stacking,
  { caseAt, unstacked, onGenerate }: Pick<Block, 'caseAt'> & Pick<Outside, 'unstacked' | 'onGenerate'>,
): Groups {
  onGenerate();
  const byKey = new Map<string, number[]>();
  const groups = new Map<number, readonly number[]>();
  for (let index = block.from; index < block.to; index += block.step) {
    const key = isAlone(index) ? null : stackKeyOf(caseAt(index), stacking);
    if (key === null || unstacked.has(key)) continue;
    let members = byKey.get(key);
    if (members === undefined) byKey.set(key, (members = []));
    members.push(index);
    groups.set(index, members);
  }
  return groups;
}

/** What one reference answered to the stack that a case is in. */
interface Part {
  readonly tensor: Tensor;
  readonly members: readonly number[];
}

/** The stacks of one reference. */
interface Stacks {
  /** Whether a stack of the case is still to be asked. */
  isDue(index: number): boolean;
  /** Asks for all cases of the case's key, in as many calls as their size needs. */
  ask(index: number): Promise<void>;
  /** Null where the case is in no stack. */
  partOf(index: number): Part | null;
}

/** The stacks of a reference that is asked each case alone. */
const noStacks: Stacks = { isDue: () => false, ask: () => Promise.resolve(), partOf: () => null };

function openStacks(
  reference: Implementation,
  {
    stacking,
    place,
    caseAt,
    groupsOf,
    stackFor,
    onRun,
  }: Pick<Block, 'caseAt'> &
    Pick<Outside, 'onRun'> & {
      readonly stacking: Stacking;
      readonly place: number;
      readonly groupsOf: () => Groups;
      readonly stackFor: StackFor;
    },
): Stacks {
  /** The part of each case, by index; null where the case is asked alone. */
  const parts = new Map<number, Part | null>();

  const membersWith = (index: number): readonly number[] => groupsOf().get(index) ?? [];

  return {
    isDue(index) {
      if (parts.has(index)) return false;
      const isAlone = membersWith(index).length < 2;
      if (isAlone) parts.set(index, null);
      return !isAlone;
    },
    async ask(index) {
      const members = membersWith(index);
      for (const member of members) parts.set(member, null);
      const askable = members.filter((member) => reference.declines(caseAt(member)) === null);
      for (const some of partsOf(askable, (member) => caseAt(member).logits.data.length)) {
        if (some.length < 2) continue;
        const stack = stackFor(some, stacking);
        if (reference.declines(stack.case) !== null) continue;
        onRun(index, place);
        const pending = reference.run(stack.case);
        const outcome: Outcome = pending instanceof Promise ? await pending : pending;
        if (outcome.kind !== 'values' || outcome.tensor === null || outcome.violations.length > 0) continue;
        stack.unstack(outcome.tensor).forEach((tensor, i) => parts.set(some[i]!, { tensor, members: some }));
      }
    },
    partOf: (index) => parts.get(index) ?? null,
  };
}

/**
 * The members in order, in parts of at most `stackElementsMax` elements each unless a part is of one case.
 */
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
