/** What a kernel is called with, in the form that the case says. Calls nothing. */
import type { Case } from '../case/case.ts';
import type { CaseTensor } from '../case/case-tensors.ts';
import { givenTensorsOf, spoilOptions, type GivenOptions } from '../case/invalid-arguments.ts';
import type { AnyTensor, FloatTensor, HalfTensor } from '../tensor/tensor.ts';

/**
 * A kernel's arguments in the contract's order. Called the plain way, the axis is always among the options,
 * and what is default is left out. Each tensor is what `hand` makes of it.
 */
export function argumentsOf(c: Case, hand: (part: CaseTensor) => AnyTensor | HalfTensor): readonly unknown[] {
  const args: unknown[] = [];
  let weight: FloatTensor | undefined;
  for (const part of givenTensorsOf(c)) {
    const handed = hand(part);
    if (part.name === 'weight') weight = handed as FloatTensor;
    else args.push(handed);
  }
  args.push(optionsOf(c, weight));
  return args;
}

export type Options = GivenOptions;

/** The last of the arguments. */
export function optionsOf(c: Case, weight: FloatTensor | undefined): Options {
  const options = validOptionsOf(c, weight);
  if (c.invalid !== undefined) spoilOptions(options, c);
  return options;
}

function validOptionsOf({ loss, axis, call }: Case, weight: FloatTensor | undefined): Options {
  const options: Options = {};
  if (call?.kind !== 'axis') options.axis = axis;
  else if (call.as === 'undefined') options.axis = undefined;
  if (loss === undefined) return options;
  const { reduction, labelSmoothing, ignoreIndex } = loss;
  const isNamed = call?.kind === 'defaults' && call.as === 'named';
  const isUndefined = call?.kind === 'defaults' && call.as === 'undefined';
  if (reduction !== 'mean' || isNamed) options.reduction = reduction;
  else if (isUndefined) options.reduction = undefined;
  if (labelSmoothing !== 0 || isNamed) options.labelSmoothing = labelSmoothing;
  else if (isUndefined) options.labelSmoothing = undefined;
  if (weight !== undefined || isUndefined) options.weight = weight;
  if (ignoreIndex !== undefined || isUndefined) options.ignoreIndex = ignoreIndex;
  return options;
}

/** The same names with the same values: what the tensors among them hold is seen by itself. */
export function isSameOptions(now: Options, before: Options): boolean {
  let names = 0;
  for (const _ in now) names++;
  for (const _ in before) names--;
  return (
    names === 0 &&
    Object.is(now.axis, before.axis) &&
    now.reduction === before.reduction &&
    now.labelSmoothing === before.labelSmoothing &&
    now.weight === before.weight &&
    now.ignoreIndex === before.ignoreIndex
  );
}
