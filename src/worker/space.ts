/**
 * The space that a campaign draws from: what was asked for, without what the subject does not export or
 * support. It is settled once, by what the first worker loads, so that all that judge the campaign's cases
 * agree on what case an index is.
 */
import { supportsText } from '../case/supports.ts';
import { UsageError } from '../contract/failure.ts';
import { kernelTable, type KernelName, type Operation, type Supports } from '../contract/subject.ts';
import { isHalf, type Format } from '../float/format.ts';
import type { SubjectState } from '../examine/sighting.ts';
import { exhaustiveCount } from '../generate/exhaustive.ts';
import type { CampaignSpace } from '../generate/generate-case.ts';

/** The kernels of a campaign, or those that may be: it takes those of them that the subject exports. */
export type PlannedKernels = readonly KernelName[] | { readonly among: readonly KernelName[] };

/** What of a campaign's choices says which cases it draws. */
export interface SpaceSetup {
  readonly operations: readonly Operation[];
  readonly formats: readonly Format[];
  /**
   * There where nobody named formats, until the space is settled: halves that the subject declares are drawn
   * too.
   */
  readonly halves?: 'as-declared';
  /** Absent in a plan of before there was a choice: all of the operations. */
  readonly kernels?: PlannedKernels;
  /** What the subject says that it supports; absent where it says nothing. */
  readonly supports?: Supports;
  /** True where invalid arguments are drawn too, since the subject says that it refuses them. */
  readonly refuses?: true;
  /** Most elements of a case's logits; absent in older plans: the generator's default. */
  readonly maxElements?: number;
  /** True where the cases are those of `exhaustive.ts`, all of them: no seed, no bound but their number. */
  readonly exhaustive?: true;
  /** Cases of the whole campaign, all shards together; null for no bound. */
  readonly runs?: number | null;
}

/**
 * The setup with the kernels that are drawn, and with what the subject supports; as it is where that was
 * settled before. Where the subject exports none of the kernels asked for, they are drawn all the same, and
 * each case is a skip that says so.
 * @throws UsageError where nothing is left that the subject supports.
 */
export function settledSpace<T extends SpaceSetup>(setup: T, subject: SubjectState): T {
  const { kernels, halves, ...settled } = setup;
  if (kernels === undefined || !('among' in kernels)) return setup;
  const { supports, refuses } = subject;
  const declared = halves === undefined ? [] : (supports?.formats ?? []).filter(isHalf);
  const formats = [...setup.formats, ...declared];
  const taken = formats.filter((format) => subject.formats?.includes(format) ?? true);
  if (taken.length === 0)
    throw new UsageError(
      `the subject ${JSON.stringify(subject.name)} does not say that it takes ${formats.join(' or ')}: there is nothing to draw`,
    );
  const exported = exportedKernels(subject);
  const asked = kernels.among.filter((kernel) => exported.includes(kernel));
  const left = {
    formats: taken.filter((format) => supports?.formats?.includes(format) ?? true),
    kernels: asked.length === 0 ? kernels.among : asked.filter((kernel) => isSupported(kernel, supports)),
  };
  if (left.formats.length === 0) throw nothingLeft(subject, formats.join(', '));
  if (left.kernels.length === 0) throw nothingLeft(subject, asked.join(', '));
  const said = {
    ...(supports === undefined ? {} : { supports }),
    ...(refuses === undefined ? {} : { refuses }),
  };
  const space = { ...settled, ...left, ...said } as unknown as T;
  return space.exhaustive === true ? { ...space, runs: countOf(space, subject) } : space;
}

/** How many cases it takes to ask all small lanes. @throws UsageError where that cannot be done. */
function countOf(space: SpaceSetup, { name, supports }: SubjectState): number {
  if ((supports?.rank?.[1] ?? 1) > 0 && (supports?.maxElements ?? 2) > 1)
    return exhaustiveCount(spaceOf(space));
  throw new UsageError(
    `the subject ${JSON.stringify(name)} supports ${supportsText(supports ?? {})}: --exhaustive asks lanes of two`,
  );
}

/** The gradient with respect to the target has probabilities for its target. */
function isSupported(kernel: KernelName, supports: Supports | undefined): boolean {
  return (
    kernel !== 'crossEntropyTargetBackward' ||
    (supports?.crossEntropy?.target?.includes('probabilities') ?? true)
  );
}

function nothingLeft({ name, supports }: SubjectState, asked: string): UsageError {
  return new UsageError(
    `the subject ${JSON.stringify(name)} supports ${supportsText(supports ?? {})}, and ${asked} is asked for: there is nothing to draw`,
  );
}

/** The kernels that the subject exports, by name, in the order of `kernelTable`. */
export function exportedKernels({ kernels }: Pick<SubjectState, 'kernels'>): readonly KernelName[] {
  return kernelTable
    .filter(({ operation, direction }) => kernels.includes(`${operation}/${direction}`))
    .map(({ kernel }) => kernel);
}

/** @throws Error before the space is settled. */
export function spaceOf(setup: SpaceSetup): CampaignSpace {
  const { operations, formats, kernels, supports, refuses, maxElements, exhaustive } = setup;
  if (kernels !== undefined && 'among' in kernels) throw new Error('the space was not settled');
  const bound = maxElements === undefined ? {} : { maxElements };
  const all = exhaustive === true ? { exhaustive } : {};
  return { operations, formats, kernels, supports, refuses, ...bound, ...all };
}
