/**
 * The table of mutants as Markdown, for docs/mutants.md. Prettier aligns it;
 * the test beside this keeps the two the same.
 */
import { stageMeanings } from '../case/stage.ts';
import { mutantClasses, type Mutant, type MutantClass } from './mutants/mutant.ts';

function stages(): string {
  const rows = Object.entries(stageMeanings).map(([name, meaning]) => `| ${name} | ${meaning} |`);
  return ['| stage | what it takes in |', '| --- | --- |', ...rows].join('\n');
}

const introduction = `# Mutants

A fuzzer that finds nothing proves nothing. These are wrong kernels, each the sound host of \`src/score/host\` with one
small change, each standing for a class of bug that people have really made. \`logitfuzz score\` runs each of them as a
subject: a campaign that misses one is too weak there. The host itself is blamed for nothing, and a test holds it to that.

_subtle_: passes 20,000 cases of \`fc.float32Array\` within ±10 at an absolute tolerance of 1e-3, as [the score](score.md)
measures it. _gradient_: its only defect is a value of a gradient, so that the gradient oracle alone must find it. _large_: only
cases of more than 65,535 elements show it, which are rare, so that it is given ten times as many cases as the others. _seen_: a
public report of such a bug, seldom of the same line of code; or that a report was looked for and none found. _stage_: the
step of the calculation in which the mistake is made; a dash where it is of none, or of two with equal right.

${stages()}

This file is written from the table in \`src/score/mutants\`: \`npx vitest run src/score/mutants-document.test.ts -u\`.
`;

/** Each class a section: what was seen of it, and its mutants; then those that are wrong in halves alone. */
export function renderMutants(mutants: readonly Mutant[], ofHalves: readonly Mutant[]): string {
  const subtle = mutants.filter(({ isSubtle }) => isSubtle).length;
  const gradients = mutants.filter(({ isGradient }) => isGradient).length;
  const found = mutants.filter(({ seen }) => seen !== 'none found').length;
  const counts = `${mutants.length} mutants: ${subtle} subtle, ${gradients} of the gradient alone, ${found} with a report.`;
  const sections = mutantClasses.map((name) => renderClass(name, mutants));
  return [introduction, counts, '', ...sections, renderHalves(ofHalves)].join('\n');
}

const aboutHalves = `## In halves alone

In float16 and bfloat16 the mutants above are asked too, by way of float32, but for those of what no half shows:
float64, memory, and less than a step of a half. These are wrong in halves alone, each a host of \`src/score/host\` that computes in
float32 and rounds once, with one small change; where it declares a level of its own, the host is of that level. _only
inaccurate_: what it does is within what arithmetic may come to that stores halves on the way and adds in float32, so that all that
is said of it is \`inaccurate\`: float32 inside and one rounding would have been nearer. [The score](score-halves.md) has the cases that each takes.

What rounds twice on the way from float64 to the half, rounds ties away from zero, or loses the sign of 0 is no mistake: it
is inside of every bound ([numerics](numerics.md) §20).
`;

function renderHalves(mutants: readonly Mutant[]): string {
  const rows = mutants.map(({ name, class: of, change, stage, formats, inaccurateIn = [], seen }) => {
    const where = formats!.length > 1 ? 'both' : formats!.join();
    const only = inaccurateIn.length === 0 ? '' : inaccurateIn.length > 1 ? 'both' : inaccurateIn.join();
    return `| \`${name}\` | ${of} | ${change} | ${stage ?? '–'} | ${where} | ${only} | ${linked(seen)} |`;
  });
  return [
    aboutHalves,
    '| mutant | class | change | stage | formats | only inaccurate | seen |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function renderClass(name: MutantClass, mutants: readonly Mutant[]): string {
  const rows = mutants.filter((mutant) => mutant.class === name).map(renderRow);
  return [
    `## ${name}`,
    '',
    '| mutant | change | stage | | seen |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function renderRow({ name, stage, change, seen, isSubtle, isGradient, elementsMin }: Mutant): string {
  const isLarge = elementsMin !== undefined;
  const marks = [isSubtle ? 'subtle' : '', isGradient ? 'gradient' : '', isLarge ? 'large' : ''].filter(
    (mark) => mark !== '',
  );
  return `| \`${name}\` | ${change} | ${stage ?? '–'} | ${marks.join(', ')} | ${linked(seen)} |`;
}

/** Each owner/project#number a link to its thread. */
function linked(seen: string): string {
  return seen.replaceAll(
    /([\w.-]+\/[\w.-]+)#(\d+)/g,
    (thread, project: string, number: string) =>
      `[${thread}](https://github.com/${project}/issues/${number})`,
  );
}
