/** The choices that a kernel makes on its way: drawn at random, or all of them in turn. */
import { drawInt, type RandomSource } from '../../src/generate/random-source.ts';

/** Asked the same questions in the same order, answers the same. */
export type Choose = <T>(options: readonly T[]) => T;

export function drawChoices(random: RandomSource): Choose {
  return (options) => options[drawInt(random, options.length)]!;
}

/**
 * Calls `run` once for every way to answer the questions that it asks, `most` times at most, and tells how
 * often.
 */
export function everyWay(run: (choose: Choose) => void, most: number = Infinity): number {
  let answers: number[] = [];
  for (let ways = 1; ; ways++) {
    const sizes: number[] = [];
    run((options) => {
      const at = sizes.push(options.length) - 1;
      return options[(answers[at] ??= 0)]!;
    });
    answers = answers.slice(0, sizes.length);
    while (answers.length > 0 && answers[answers.length - 1]! + 1 === sizes[answers.length - 1])
      answers.pop();
    if (answers.length === 0 || ways >= most) return ways;
    answers[answers.length - 1]!++;
  }
}
