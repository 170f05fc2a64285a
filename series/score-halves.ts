/**
 * Writes docs/score-halves.md: the score of each half by the built command. Some minutes of one core:
 * `npm run series:score-halves -- --seeds 3 --runs 20000`. Exits 1 where a mutant survives.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { loadScore, type MutantScore, type ScoreRecord } from '../src/archive/score-record.ts';
import { halfFormats, type HalfFormat } from '../src/float/format.ts';
import { mutantsOfHalves, unseenInHalves } from '../src/score/mutants/in-halves.ts';
import { isMain, mainPath, rewriteDocument, temporaryFolder } from './run.ts';

type Scores = Readonly<Record<HalfFormat, ScoreRecord>>;

function scoreOf(format: HalfFormat, args: readonly string[]): ScoreRecord {
  const folder = temporaryFolder();
  try {
    const own = ['score', '--formats', format, '--oracles', 'none', '--out', folder.path, ...args];
    const { status } = spawnSync(process.execPath, [mainPath, ...own], { stdio: 'inherit' });
    if (status !== 0 && status !== 1) throw new Error(`the score of ${format} ended with ${status}`);
    return loadScore(join(folder.path, 'score'));
  } finally {
    folder.remove();
  }
}

/** Whether what is said of it in the first cases of some seed is `wrong`. */
function isEverWrong({ casesToWrong = [] }: MutantScore): boolean {
  return casesToWrong.some((cases) => cases !== null);
}

export function renderScoresOfHalves(scores: Scores): string {
  const { seeds, runs, generatorVersion } = scores.float16;
  const names = [...new Set(halfFormats.flatMap((format) => scores[format].mutants.map(({ name }) => name)))];
  const own = new Set(mutantsOfHalves.map(({ name }) => name));
  const rows = (isOwn: boolean): readonly string[] =>
    names.filter((name) => own.has(name) === isOwn).map((name) => rowOf(name, scores));
  const head = ['mutant', ...halfFormats.flatMap((format) => [format, '90 %', 'wrong after'])];
  const table = [row(head), row(head.map((_, at) => (at === 0 ? '---' : '---:')))];
  return [
    '# The mutation score in halves',
    '',
    `Written by \`npm run series:score-halves -- --seeds ${seeds.length} --runs ${runs}\`: generator ${generatorVersion}, seeds ${seeds[0]} to ${seeds.at(-1)}, up to ${runs} cases each,`,
    'all in one format. What the mutants are: [mutants](mutants.md).',
    '',
    ...halfFormats.flatMap((format) => [summaryOf(format, scores[format]), '']),
    'Cases to kill: the median over the seeds, and the 90th percentile. _Wrong after_: the median over the seeds of the cases to the',
    'first answer that was `wrong`, of the first 2,000 cases; a dash where all that was said in them is `inaccurate`. By default that is',
    'outside of float32 inside and one rounding, and inside of what arithmetic may come to that stores halves on the way.',
    '',
    '## Those of halves alone',
    '',
    ...table,
    ...rows(true),
    '',
    '## Those of all formats, by way of float32',
    '',
    ...table,
    ...rows(false),
    '',
    '## Those that are not asked in halves',
    '',
    '| mutant | formats | why |',
    '| --- | --- | --- |',
    ...Object.entries(unseenInHalves).map(([name, { formats, why }]) =>
      row([`\`${name}\``, formats.length > 1 ? 'both' : formats.join(), why]),
    ),
    '',
  ].join('\n');
}

function summaryOf(format: HalfFormat, { overall, mutants }: ScoreRecord): string {
  const left = mutants.filter(({ killed }) => !killed);
  const survivors =
    left.length === 0
      ? ''
      : ` Not in every seed: ${left.map(({ name, perSeed }) => `\`${name}\` (in ${perSeed.filter((cases) => cases !== null).length})`).join(', ')}.`;
  return (
    `**${format}: ${overall.killed} of ${overall.mutants} mutants are killed in every seed; the median mutant after ` +
    `${overall.median ?? '–'} cases, nine in ten within ${overall.percentile90 ?? '–'}; ` +
    `${mutants.filter((mutant) => !isEverWrong(mutant)).length} of them only as \`inaccurate\`.**${survivors}`
  );
}

function rowOf(name: string, scores: Scores): string {
  const cells = halfFormats.flatMap((format) => {
    const mutant = scores[format].mutants.find((one) => one.name === name);
    if (mutant === undefined) return ['', '', ''];
    const { casesToKill, casesToKillPercentile90: late } = mutant;
    return [casesToKill ?? 'survives', late ?? '–', medianOf(mutant) ?? '–'];
  });
  return row([`\`${name}\``, ...cells]);
}

/** Over the seeds in which one was wrong. */
function medianOf({ casesToWrong = [] }: MutantScore): number | undefined {
  const sorted = casesToWrong.filter((cases) => cases !== null).sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

if (isMain(import.meta.url)) {
  const args = process.argv.slice(2);
  const scores = { float16: scoreOf('float16', args), bfloat16: scoreOf('bfloat16', args) };
  rewriteDocument('score-halves.md', () => renderScoresOfHalves(scores));
  process.exitCode = Math.max(scores.float16.exitCode, scores.bfloat16.exitCode);
}
