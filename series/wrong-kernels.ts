/** The wrong kernels of examples/wrong-kernels, and the stage of each, said before anything guessed it. */
import * as diagonalJacobian from '../examples/wrong-kernels/diagonal-jacobian.ts';
import * as droppedTail from '../examples/wrong-kernels/dropped-tail.ts';
import * as gradientOfTheMaximum from '../examples/wrong-kernels/gradient-of-the-maximum.ts';
import * as logOfSoftmax from '../examples/wrong-kernels/log-of-softmax.ts';
import * as maskedLaneZero from '../examples/wrong-kernels/masked-lane-zero.ts';
import * as meanOverPositions from '../examples/wrong-kernels/mean-over-positions.ts';
import * as nanSwallowed from '../examples/wrong-kernels/nan-swallowed.ts';
import * as negativeAxisIsLast from '../examples/wrong-kernels/negative-axis-is-last.ts';
import * as noMaxShift from '../examples/wrong-kernels/no-max-shift.ts';
import * as remembersTheLastCall from '../examples/wrong-kernels/remembers-the-last-call.ts';
import * as reshapeNotTranspose from '../examples/wrong-kernels/reshape-not-transpose.ts';
import * as shiftsInPlace from '../examples/wrong-kernels/shifts-in-place.ts';
import * as smoothingNotInGradient from '../examples/wrong-kernels/smoothing-not-in-gradient.ts';
import * as unnormalisedTargetGradient from '../examples/wrong-kernels/unnormalised-target-gradient.ts';
import type { StageName } from '../src/case/stage.ts';
import type { SubjectModule } from '../src/contract/subject.ts';

export interface WrongKernel {
  readonly name: string;
  readonly stage: StageName;
  readonly module: SubjectModule;
}

export const wrongKernels: readonly WrongKernel[] = [
  { name: 'diagonal-jacobian', stage: 'product', module: diagonalJacobian },
  { name: 'dropped-tail', stage: 'tail', module: droppedTail },
  { name: 'gradient-of-the-maximum', stage: 'product', module: gradientOfTheMaximum },
  { name: 'log-of-softmax', stage: 'logarithm', module: logOfSoftmax },
  { name: 'masked-lane-zero', stage: 'special values', module: maskedLaneZero },
  { name: 'mean-over-positions', stage: 'reduction', module: meanOverPositions },
  { name: 'nan-swallowed', stage: 'special values', module: nanSwallowed },
  { name: 'negative-axis-is-last', stage: 'strides', module: negativeAxisIsLast },
  { name: 'no-max-shift', stage: 'shift', module: noMaxShift },
  { name: 'remembers-the-last-call', stage: 'state', module: remembersTheLastCall },
  { name: 'reshape-not-transpose', stage: 'strides', module: reshapeNotTranspose },
  { name: 'shifts-in-place', stage: 'conduct', module: shiftsInPlace },
  { name: 'smoothing-not-in-gradient', stage: 'smoothing', module: smoothingNotInGradient },
  { name: 'unnormalised-target-gradient', stage: 'target', module: unnormalisedTargetGradient },
];

/** The kernel as a process of its own would have it: what it remembers is fresh. */
export async function freshKernel({ name }: Pick<WrongKernel, 'name'>): Promise<SubjectModule> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const url = new URL(`../examples/wrong-kernels/${name}.${extension}?${freshImports++}`, import.meta.url);
  return (await import(url.href)) as SubjectModule;
}

let freshImports = 0;
