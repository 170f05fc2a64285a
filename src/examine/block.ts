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
  /** Asks the reference at `place` for the stacks that these cases are in, where that is still to be done. */
  askStacks(indices: readonly number[], place: number): Promise<void>;
  /**
   * The case, where the reference at `place` is asked it alone, and it is kept: `caseAt` returns this object.
   * Null else; also for a reference that has no stacks.
   */
  aloneAt(index: number, place: number): Case | null;
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
  const cases = keepCases(block, outside.generate, bytesMax);
  const { caseAt } = cases;
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
    return openStacks(reference, { block, stacking, place: at + 1, caseAt, groupsOf, stackFor, ...outside });
  });
  const answersTo = (index: number): readonly (Tensor | null)[] =>
    asked.map(({ answerTo }) => answerTo(index));

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
      const members = asked[place - 1]?.companyOf(index) ?? null;
      return members === null ? null : stackFor(members, references[place - 1]!.stacking!).case;
    },
    async askStacks(indices, place) {
      const stacks = asked[place - 1]!;
      for (const index of indices) if (!isAlone(index) && stacks.isDue(index)) await stacks.ask(index);
    },
    aloneAt(index, place) {
      const stacks = asked[place - 1]!;
      if (stacks === noStacks || stacks.answerTo(index) !== null) return null;
      if (isAlone(index)) caseAt(index); // no group has asked for it
      return cases.keptAt(index);
    },
  };
}

/** The memory that the cases of a block may take: their tensors, of which nearly all of it is. */
const caseBytesMax = 64 * 2 ** 20;

interface KeptCases {
  caseAt(index: number): Case;
  /** Null for one that is not kept, or has not been generated. */
  keptAt(index: number): Case | null;
}

/** A case that is too large for a stack, or for which there is no room left, is generated each time. */
function keepCases(block: Range, generate: (index: number) => Case, bytesMax: number): KeptCases {
  const cases = placesOf<Case | undefined>(block, undefined);
  let room = bytesMax;
  return {
    caseAt(index) {
      const place = placeIn(block, index);
      const kept = cases[place];
      if (kept !== undefined) return kept;
      const c = generate(index);
      const bytes = caseSize(c) > caseElementsMax ? Infinity : caseBytesOf(c);
      if (bytes > room) return c;
      room -= bytes;
      return (cases[place] = c);
    },
    keptAt: (index) => cases[placeIn(block, index)] ?? null,
  };
}

/** One for each case of the block. */
function placesOf<T>(block: Range, initial: T): T[] {
  return Array.from({ length: lengthOf(block) }, () => initial);
}

function placeIn({ from, step }: Range, index: number): number {
  return (index - from) / step;
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
 * All cases of a case's key, itself among them, by the case's place in the block.
 * Undefined for a case that is asked alone whatever the others are.
 */
type Groups = readonly (readonly number[] | undefined)[];

function groupByKey(
  block: Range,
  stacking: Stacking,
  { caseAt, unstacked, onGenerate }: Pick<Block, 'caseAt'> & Pick<Outside, 'unstacked' | 'onGenerate'>,
): Groups {
  onGenerate();
  const byKey = new Map<string, number[]>();
  const groups = placesOf<readonly number[] | undefined>(block, undefined);
  for (let index = block.from; index < block.to; index += block.step) {
    const key = isAlone(index) ? null : stackKeyOf(caseAt(index), stacking);
    if (key === null || unstacked.has(key)) continue;
    let members = byKey.get(key);
    if (members === undefined) byKey.set(key, (members = []));
    members.push(index);
    groups[placeIn(block, index)] = members;
  }
  return groups;
}

/** The stacks of one reference. */
interface Stacks {
  /** Whether a stack of the case is still to be asked. */
  isDue(index: number): boolean;
  /** Asks for all cases of the case's key, in as many calls as their size needs. */
  ask(index: number): Promise<void>;
  /** Null where the case is in no stack. */
  answerTo(index: number): Tensor | null;
  /** The cases of the stack that the case was asked in, itself among them; null where in none. */
  companyOf(index: number): readonly number[] | null;
}

/** The stacks of a reference that is asked each case alone. */
const noStacks: Stacks = {
  isDue: () => false,
  ask: () => Promise.resolve(),
  answerTo: () => null,
  companyOf: () => null,
};

function openStacks(
  reference: Implementation,
  {
    block,
    stacking,
    place,
    caseAt,
    groupsOf,
    stackFor,
    onRun,
  }: Pick<Block, 'caseAt'> &
    Pick<Outside, 'onRun'> & {
      readonly block: Range;
      readonly stacking: Stacking;
      readonly place: number;
      readonly groupsOf: () => Groups;
      readonly stackFor: StackFor;
    },
): Stacks {
  /** By the case's place in the block: null where it is asked alone, undefined where that is not known. */
  const answers = placesOf<Tensor | null | undefined>(block, undefined);
  const companies = placesOf<readonly number[] | null>(block, null);

  const membersWith = (index: number): readonly number[] => groupsOf()[placeIn(block, index)] ?? [];

  return {
    isDue(index) {
      const at = placeIn(block, index);
      if (answers[at] !== undefined) return false;
      const isAlone = membersWith(index).length < 2;
      if (isAlone) answers[at] = null;
      return !isAlone;
    },
    async ask(index) {
      const members = membersWith(index);
      for (const member of members) answers[placeIn(block, member)] = null;
      const askable = members.filter((member) => reference.declines(caseAt(member)) === null);
      for (const some of partsOf(askable, (member) => caseAt(member).logits.data.length)) {
        if (some.length < 2) continue;
        const stack = stackFor(some, stacking);
        if (reference.declines(stack.case) !== null) continue;
        onRun(index, place);
        const pending = reference.run(stack.case);
        const outcome: Outcome = pending instanceof Promise ? await pending : pending;
        if (outcome.kind !== 'values' || outcome.tensor === null || outcome.violations.length > 0) continue;
        for (const [i, tensor] of stack.unstack(outcome.tensor).entries()) {
          const at = placeIn(block, some[i]!);
          answers[at] = tensor;
          companies[at] = some;
        }
      }
    },
    answerTo: (index) => answers[placeIn(block, index)] ?? null,
    companyOf: (index) => companies[placeIn(block, index)]!,
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
