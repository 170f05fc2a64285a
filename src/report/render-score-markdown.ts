/** A score as docs/score.md: what was measured, and how to read it. Pure. */
import type { CasesToKill, GroupScore, MutantScore, ScoreRecord } from '../archive/score-record.ts';
import { alarmRange, aloneOf } from './render-score.ts';

export function renderScoreMarkdown(record: ScoreRecord): string {
  const { overall, seeds, runs } = record;
  const survivors = record.mutants.filter(({ killed }) => !killed);
  const inconclusive = survivors.filter((mutant) => mutant.inconclusive > 0).length;
  return [
    '# The mutation score',
    'A fuzzer that finds nothing proves nothing. So wrong kernels are planted ([mutants](mutants.md)), each a sound one with one',
    'small change, and `npx logitfuzz score` counts the cases until each is found. This file is written by `npm run series:score`;',
    `its figures are of generator ${record.generatorVersion}, seeds ${seeds[0]} to ${seeds.at(-1)}, up to ${runs} cases each, no references.`,
    '',
    `**${overall.killed} of ${overall.mutants} mutants are killed in every seed; the median mutant after ${cell(overall.median)} cases, nine in ten`,
    `within ${cell(overall.percentile90)}.** ${survivors.length} survive, ${inconclusive} of them with inconclusive cases.${subtleSentence(record)}`,
    '',
    'The goals: all killed within 20,000 cases (those that only large cases show, marked so in the list of mutants, within ten times',
    'as many), the median under 300, none surviving as inconclusive; at least half of them subtle; and',
    'the gradient oracle alone kills every mutant whose only defect is a gradient.',
    '',
    ...survivors.map(({ name, change }) => `- survives: \`${name}\`. ${change}`),
    '## By class',
    'Cases to kill: a mutant stands for its median over the seeds; the columns are over the mutants of the class.',
    '',
    ...groupTable('class', [...record.classes, ...(record.subtle === null ? [] : [record.subtle]), overall]),
    '',
    ...(record.oracles.length === 0 ? [] : ['## What each oracle is worth alone', ...aloneText(record), '']),
    ...(record.tolerances.length === 0
      ? []
      : ['## What the tolerances in use elsewhere are worth', ...elsewhereText(record), '']),
    '## Every mutant',
    ...mutantText(record),
    '',
  ].join('\n');
}

function subtleSentence({ subtle, overall }: ScoreRecord): string {
  if (subtle === null) return '';
  return ` ${subtle.mutants} of ${overall.mutants} are subtle: they pass plain inputs at an absolute 1e-3.`;
}

function aloneText({ oracles, mutants }: ScoreRecord): readonly string[] {
  const gradients = mutants.filter(({ isGradient }) => isGradient);
  const caught = gradients.filter((mutant) => aloneOf(mutant, 'gradient') !== null).length;
  return [
    'One oracle alone judges every case that it has something to say about. A campaign draws the costly oracles for a share of the',
    'cases; here the share is 1, so that a row says what the oracle is worth and not how often it is asked. The gradient oracle judges any',
    'lane of up to 1,024 classes, the property oracle two laws a case, as in a campaign. The differential oracle compares with',
    'tfjs-cpu and tfjs-wasm, each by its derived tolerance: what comparing two libraries is worth with sound tolerances. A mutant',
    "that an oracle alone does not kill in the first seed's cases survives it, and is not judged by it in the other seeds.",
    '',
    ...groupTable('oracle', oracles, [
      ['false alarms', (name) => String(oracles.find((oracle) => oracle.name === name)!.alarms)],
    ]),
    '',
    'A false alarm is a case on which the oracle blames the mutant and the sound host in the same way: what they are compared with is',
    'wrong there. It is not counted as a kill. Only the differential oracle has them: TensorFlow.js is wrong in places,',
    'and a comparison cannot tell who is. A case counts once for each mutant that was blamed on it.',
    '',
    `The gradient oracle alone kills ${caught} of the ${gradients.length} mutants whose only defect is a gradient.`,
  ];
}

function elsewhereText({ tolerances, mutants, runs }: ScoreRecord): readonly string[] {
  const asked = tolerances[0]?.falseAlarms[0]?.cases ?? 0;
  const kernels = tolerances[0]?.falseAlarms.length ?? 0;
  return [
    'The same mutants, each answer compared with the exact one rounded to float32, by the tolerances that other projects use',
    `([numerics](numerics.md) §17), on two kinds of input. _Plain_: ${runs} cases of \`fc.float32Array\` within ±10, rows of up to 16`,
    "classes, default options. _Own_: the float32 cases among the first seed's, the very ones that the oracles judge. What is killed on",
    'own inputs and not on plain ones says what the generator is worth. _False alarms_: rejected answers of sound kernels on the own cases,',
    `about ${asked} for each kernel, the fewest and the most over ${kernels} kernels that differ in all that soundness leaves free (from-scratch, and`,
    '[examples/sound-kernels](../examples/sound-kernels)). A kill does not count where the sound host is rejected too. _derived_',
    'is the exact oracle of this project and nothing else; a `wrong` counts as its false alarm.',
    '',
    '| tolerance | what it allows | killed on plain | killed on own | false alarms | kernels with any |',
    '| --- | --- | ---: | ---: | ---: | ---: |',
    ...tolerances.map(({ name, definition, source, killedOnPlain, killedOnOwn, falseAlarms }) => {
      const alarms = falseAlarms.map((row) => row.alarms);
      const guilty = alarms.filter((count) => count > 0).length;
      return row([
        name,
        `${definition} (${source})`,
        `${killedOnPlain} of ${mutants.length}`,
        `${killedOnOwn} of ${mutants.length}`,
        alarmRange(alarms),
        `${guilty} of ${falseAlarms.length}`,
      ]);
    }),
    '',
    'No constant is right: every tolerance that was taken from another project rejects correct answers of sound kernels, and still',
    'passes most mutants on plain inputs. A tolerance has to depend on the element that it judges.',
  ];
}

function mutantText({ mutants, oracles, tolerances }: ScoreRecord): readonly string[] {
  const names = oracles.map(({ name }) => name);
  const fixed = tolerances.map(({ name }) => name);
  return [
    'Cases to kill: the campaign (median and 90th percentile over the seeds), then each oracle alone (median), then each',
    'tolerance on plain inputs. A dash: it survives.',
    '',
    row(['mutant', 'class', 'median', '90 %', ...names, ...fixed.map((name) => `±10: ${name}`)]),
    row(['---', '---', ...['median', '90 %', ...names, ...fixed].map(() => '---:')]),
    ...mutants.map((mutant) => mutantRow(mutant, names, fixed)),
  ];
}

function mutantRow(mutant: MutantScore, oracles: readonly string[], fixed: readonly string[]): string {
  return row([
    `\`${mutant.name}\``,
    mutant.class,
    cell(mutant.casesToKill),
    cell(mutant.casesToKillPercentile90),
    ...oracles.map((name) => cell(aloneOf(mutant, name))),
    ...fixed.map((name) => cell(mutant.elsewhere[name]!.plain)),
  ]);
}

type Extra = readonly [head: string, of: (name: string) => string];

function groupTable(
  noun: string,
  groups: readonly GroupScore[],
  extras: readonly Extra[] = [],
): readonly string[] {
  return [
    row([noun, 'mutants', 'killed', 'median', '90 %', ...extras.map(([head]) => head)]),
    row(['---', ...['mutants', 'killed', 'median', '90 %', ...extras].map(() => '---:')]),
    ...groups.map(({ name, mutants, killed, median, percentile90 }) =>
      row([
        name,
        String(mutants),
        String(killed),
        cell(median),
        cell(percentile90),
        ...extras.map(([, of]) => of(name)),
      ]),
    ),
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function cell(cases: CasesToKill): string {
  return cases === null ? '–' : String(cases);
}
