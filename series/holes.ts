/**
 * What the tolerances let pass: elements of generated cases that every sound kernel gets nearly right, and of
 * which 0 would still be accepted; by kernel and by the largest term of the tolerance. `npm run series:holes
 * -- 20000 [seed]`
 */
import { soundKernels } from '../examples/sound-kernels/all.ts';
import { caseSummary } from '../src/case/case-summary.ts';
import type { Case } from '../src/case/case.ts';
import { kernelNameOf, operations, type KernelName } from '../src/contract/subject.ts';
import { UsageError } from '../src/contract/failure.ts';
import { generateCase } from '../src/generate/generate-case.ts';
import { answerOf, explainTolerance } from '../src/oracles/exact.ts';
import { defaultArithmetic, type Implementation } from '../src/subjects/implementation.ts';
import { subjectImplementation } from '../src/subjects/subject-implementation.ts';
import { floorOf } from '../src/oracles/underflow.ts';
import { isMain } from './run.ts';

export interface Hole {
  readonly kernel: KernelName;
  /** The largest term of the naive tolerance. */
  readonly term: string;
  elements: number;
  /** Tolerance ÷ |exact|. */
  ratio: number;
  worst: string;
}

/** What counts as nearly right, relative: no sound kernel has lost anything there. */
const nearly = 2 ** -6;
const sizeMax = 4096;

const subjects: readonly Implementation[] = soundKernels.map((module) =>
  subjectImplementation(module, { name: module.name ?? 'sound' }),
);

/** Elements above 4F of float32 cases, whose naive tolerance is no less than they are. */
export function searchHoles({
  cases,
  seed = 1n,
}: {
  readonly cases: number;
  readonly seed?: bigint;
}): readonly Hole[] {
  const holes = new Map<string, Hole>();
  for (let index = 0; index < cases; index++) {
    const c = generateCase({ seed, index }, { operations, formats: ['float32'] });
    if (c.logits.data.length <= sizeMax) search(holes, c, index);
  }
  return [...holes.values()].sort((a, b) => b.ratio - a.ratio);
}

function search(holes: Map<string, Hole>, c: Case, index: number): void {
  const { exact, naive } = answerOf(c, defaultArithmetic);
  const open = [...exact.keys()].filter((i) => {
    const size = Math.abs(exact[i]!);
    return size > 4 * floorOf(c.format) && size < Infinity && naive[i]! >= size && naive[i]! < Infinity;
  });
  if (open.length === 0) return;
  const answers = subjects.flatMap((subject) => {
    const outcome = subject.run(c);
    return outcome instanceof Promise || outcome.kind !== 'values' || outcome.tensor === null
      ? []
      : [outcome.tensor.data];
  });
  for (const i of open) {
    const size = Math.abs(exact[i]!);
    if (!answers.every((data) => Math.abs(data[i]! - exact[i]!) <= nearly * size)) continue;
    const terms = explainTolerance(c, defaultArithmetic, i).naive;
    const { name } = terms.reduce((most, term) => (term.value > most.value ? term : most));
    const kernel = kernelNameOf(c.operation, c.direction);
    const key = `${kernel} ${name}`;
    const hole = holes.get(key) ?? { kernel, term: name, elements: 0, ratio: 0, worst: '' };
    holes.set(key, hole);
    hole.elements++;
    const ratio = naive[i]! / size;
    if (ratio <= hole.ratio) continue;
    hole.ratio = ratio;
    hole.worst = `case ${index}, element ${i} is ${exact[i]}: ${caseSummary(c)}`;
  }
}

if (isMain(import.meta.url)) {
  const cases = Number(process.argv[2] ?? 20_000);
  if (!Number.isSafeInteger(cases) || cases < 1)
    throw new UsageError(`the number of cases is ${process.argv[2]}, not an integer of at least 1`);
  const holes = searchHoles({ cases, seed: BigInt(process.argv[3] ?? 1) });
  for (const { kernel, term, elements, ratio, worst } of holes)
    console.log(`${kernel}, ${term}: ${elements} elements, up to ${ratio.toPrecision(3)}: ${worst}`);
}
