/** What a campaign draws, in words: the kernels, and what the subject supports. */
import type { MissingKernel, RunRecord } from '../archive/run-record.ts';
import { supportsText } from '../case/supports.ts';
import { kernelNames, type KernelName, type Supports } from '../contract/subject.ts';
import { plainText } from '../text/plain-text.ts';

/** `softmax, logSumExp; rank 1 to 3, axis last`; null where everything is drawn. */
export function drawnText({
  kernels,
  supports = {},
}: {
  readonly kernels?: readonly KernelName[] | undefined;
  readonly supports?: Supports | undefined;
}): string | null {
  const named = kernels ?? kernelNames;
  const within = supportsText(supports);
  if (named.length === kernelNames.length && within === '') return null;
  const which = named.length === kernelNames.length ? 'all kernels' : named.join(', ');
  return within === '' ? which : `${which}; ${within}`;
}

/** `softmaxBackward, which --kernels lists, is not exported`: null where nothing is missing. */
export function missingText({ missingKernels = [] }: Pick<RunRecord, 'missingKernels'>): string | null {
  if (missingKernels.length === 0) return null;
  return missingKernels.map(missingSentence).join(', and ');
}

export function missingSentence({ kernel, listedBy }: MissingKernel): string {
  return `${kernel}, which ${plainText(listedBy, 100)} lists, is not exported`;
}
