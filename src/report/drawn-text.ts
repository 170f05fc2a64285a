/** What a campaign draws, in words: the kernels, and what the subject supports. */
import type { MissingKernel, RunRecord } from '../archive/run-record.ts';
import { supportsText } from '../case/supports.ts';
import { exhaustiveLanes } from '../generate/exhaustive.ts';
import { kernelNames, type KernelName, type Supports } from '../contract/subject.ts';
import { isHalf, type Format } from '../float/format.ts';
import { plainText } from '../text/plain-text.ts';

/**
 * `softmax, logSumExp; float16 and bfloat16, rank 1 to 3`, and `all lanes [x], [0, g], [g, 0]; all kernels;
 * float16`; null where all is drawn, and no halves.
 */
export function drawnText({
  kernels,
  formats = [],
  supports = {},
  exhaustive,
}: {
  readonly kernels?: readonly KernelName[] | undefined;
  readonly formats?: readonly Format[] | undefined;
  readonly supports?: Supports | undefined;
  /** There where all small lanes are asked, in place of what is drawn. */
  readonly exhaustive?: unknown;
}): string | null {
  const named = kernels ?? kernelNames;
  // Which halves are drawn depends on who asked for them, too.
  const within = supportsText(formats.some(isHalf) ? { ...supports, formats } : supports);
  const all = exhaustive === undefined ? '' : exhaustiveLanes;
  if (named.length === kernelNames.length && within === '' && all === '') return null;
  const which = named.length === kernelNames.length ? 'all kernels' : named.join(', ');
  return [all, which, within].filter((part) => part !== '').join('; ');
}

/** `softmaxBackward, which --kernels lists, is not exported`: null where nothing is missing. */
export function missingText({ missingKernels = [] }: Pick<RunRecord, 'missingKernels'>): string | null {
  if (missingKernels.length === 0) return null;
  return missingKernels.map(missingSentence).join(', and ');
}

export function missingSentence({ kernel, listedBy }: MissingKernel): string {
  return `${kernel}, which ${plainText(listedBy, 100)} lists, is not exported`;
}
