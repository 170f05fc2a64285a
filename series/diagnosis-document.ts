/** docs/diagnosis.md, written from a report of the series. */
import { stageMeanings } from '../src/case/stage.ts';
import { markOf, type DiagnosisReport, type Mark, type Told } from './told-diagnoses.ts';
import { rewriteDocument } from './run.ts';

export function writeDiagnosisDocument(report: DiagnosisReport): void {
  rewriteDocument('diagnosis.md', () => documentOf(report));
}

const introduction = `# Diagnosis

A finding of the subject says where its mistake begins (its _boundary_), in which step of the calculation it is made (its
_stage_), and which of the [mutants](mutants.md) behaves like it. This is how often that is right, measured on mistakes that
are known. Where two stages fit, or none, a diagnosis says none: that is a miss here, and no error.

The stage of each mutant, of each entry of the ledger and of each wrong kernel was committed before the code that guesses
it. No mutant is compared with itself. The first rules were written looking at half of the mutants; the others, those whose
name's SHA-256 begins with a one, were held out: 83 of 100 were told right, 8 none and 9 wrong. Then the rules were mended
with all mutants, the ledger and the wrong kernels in view, so that their figures say how well the rules fit, and no more.

How good the rules are, the _later mistakes_ say: 49 others (\`series/later-mistakes\`), committed with their stages before
the rules were mended, and diagnosed once, when that was done. No rule was changed for one since. Who planted them mended the
rules, too, and they are planted in the same host as the mutants.

Each mutant and each later mistake is diagnosed by the first case of seed 42 that kills it, shrunk. An entry of the ledger is diagnosed by its
smallest case, asked of the first reference that it is about, which may have other entries as well. Each sound kernel is
accused of being wrong where it is not: nothing may be told of it.

\`npm run series:diagnosis -- --save\` writes this file.
`;

export function documentOf({
  mutants,
  unfound,
  later,
  ledger,
  wrongKernels,
  sound,
}: DiagnosisReport): string {
  const groups: readonly (readonly [string, readonly Told[]])[] = [
    ['mutants that the first rules were written by', mutants.filter(({ isHeldOut }) => !isHeldOut)],
    ['mutants held out at first, and looked at since', mutants.filter(({ isHeldOut }) => isHeldOut)],
    ['later mistakes: written after the rules, looked at once', later],
    ['the ledger', ledger],
    ['examples/wrong-kernels', wrongKernels],
  ];
  const isMissed = (one: Told): boolean => markOf(one) !== 'right' && markOf(one) !== 'has none';
  const quiet = sound.filter(
    ({ diagnosis }) => diagnosis.stage === null && diagnosis.nearest === null,
  ).length;
  return [
    introduction,
    '## Stages\n',
    table(
      ['', 'have a stage', 'right', 'none told', 'wrong', 'have none', 'of these told one'],
      groups.map(countsOf),
    ),
    `Sound kernels of which nothing was told: ${quiet} of ${sound.length}.\n`,
    `Mutants that these cases do not show, and that are not in the table: ${listed(unfound)}.\n`,
    '## Misses\n',
    table(['', 'stage', 'told', 'case'], groups.flatMap(([, all]) => all.filter(isMissed)).map(missRow)),
    '## Every diagnosis\n',
    ...groups.flatMap(([name, all]) => [
      `### ${capital(name)}\n`,
      table(['', 'stage told', 'boundary', 'nearest mutant'], all.map(rowOf)),
    ]),
    '## What each stage takes in\n',
    table(['stage', ''], Object.entries(stageMeanings)),
  ].join('\n');
}

function countsOf([name, all]: readonly [string, readonly Told[]]): readonly string[] {
  const count = (mark: Mark): number => all.filter((one) => markOf(one) === mark).length;
  const [right, none, wrong] = [count('right'), count('none told'), count('wrong')];
  const staged = right + none + wrong;
  const share = staged === 0 ? '' : ` (${Math.floor((100 * right) / staged)} %)`;
  return [
    name,
    staged,
    `${right}${share}`,
    none,
    wrong,
    count('has none') + count('told one'),
    count('told one'),
  ].map(String);
}

function missRow({ name, stage, diagnosis, case: summary }: Told): readonly string[] {
  return [`\`${name}\``, stage ?? '–', diagnosis.stage?.name ?? '–', summary];
}

function rowOf({ name, diagnosis }: Told): readonly string[] {
  const { stage, boundary, nearest } = diagnosis;
  const told = stage === null ? '–' : `${stage.name}${stage.confirmed ? ', confirmed bit for bit' : ''}`;
  return [`\`${name}\``, told, boundary ?? '–', nearest === null ? '–' : `\`${nearest.mutant}\``];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `\`${name}\``).join(', ');
}

function capital(text: string): string {
  return text.startsWith('examples/') ? text : text[0]!.toUpperCase() + text.slice(1);
}
