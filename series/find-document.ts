/** The section "Time to find" of docs/score.md. Pure. */
import { limitSeconds, type FindRecord } from '../src/bench/find/find-record.ts';
import { loopTolerances } from '../src/bench/find/loop-tolerances.ts';
import {
  aheadOfUs,
  finderHead,
  finderRows,
  missed,
  missedByLoops,
  mutantCells,
  mutantHead,
} from '../src/bench/find/render-find.ts';

export function findSection(record: FindRecord, machine: string): string {
  const { capSeconds, mutants, missing } = record;
  const rest = missedByLoops(record);
  const over = missed(record);
  const ahead = aheadOfUs(record);
  return [
    '## Time to find',
    '',
    'The CPU seconds, of the user and the system and after start-up, of the process that looks, until it has found a mutant: by this tool',
    'with default settings, without references, and by the loops that people write instead (`npm run series:find`; twenty of the mutants in',
    `\`npx logitfuzz bench --sections find\`). ${mutants.length} mutants, each looked for with so many seeds, and for so many CPU seconds at the most; ${machine}.`,
    '',
    ...table([finderHead, ...finderRows(record)]),
    '',
    ...missing.map(({ name, reason }) => `Skipped, ${name}: ${reason}.`),
    'Found is what is found with every seed, never what is found with none; the median and the 90 % are over the mutants, each of',
    'which stands for its median over the seeds. A false alarm is a case on which a loop rejects the sound kernels, too: nobody could',
    'go on with that loop, and here it goes on, the mutant not counted as found by that case.',
    '',
    'The loops are as good as loops are. Each knows which kernels the mutant changes and draws no other, where this tool draws all nine:',
    'ranks up to 4, any axis, widths up to 1,100, three float32 for one float64, logits of magnitudes 1 to 1,000, masked ones, and all floats',
    'that there are; a cotangent; targets of both kinds, weights, smoothing, ignored classes; and it compares shape, values and whether the',
    'logits were written to with the formulas in float64, which answer sooner than TensorFlow.js and have all options. They differ in',
    'their tolerance:',
    '',
    ...loopTolerances.map(({ name, definition }) => `- _${name}_: ${definition}.`),
    '- _hypothesis, allclose_: `numpy.allclose` as it is, rtol 1e-5, atol 1e-8, NaN equals NaN. Only the CPU time of Python is counted, without the',
    '  pipe to the kernels, which are JavaScript, and without the kernels.',
    '',
    'One stream of cases serves all of them: what drawing a case, the reference, the sound kernel in the place of the mutant, and',
    'comparing take goes to the clock of every mutant that changes the kernel. This tool starts a process for every mutant and seed,',
    'so that its figures hold what V8 takes to warm up, and those of the loops hold a share of it.',
    '',
    `The goal: where the fastest loop takes more than 1 s, at most a tenth of that; elsewhere at most ${limitSeconds} s; and what no loop finds, within`,
    `${capSeconds} s, the median under ${limitSeconds} s. It is met for **${mutants.length - over.length} of ${mutants.length}**; of the ${rest.mutants} that no loop finds this tool finds`,
    `${rest.found}, the median after ${rest.median === null ? '–' : rest.median.toPrecision(2)} s.`,
    '',
    "Which case shows a mutant is the generator's choice, the same for every mutant and on every machine. So what misses the goal does so by",
    'what a case costs (the column of microseconds): V8 has to compile and optimize in the first hundreds, where a case takes many times',
    'what it takes later; a loop has less code to warm, and one kernel to draw. Mutants of wide lanes, of rare shapes and of state take',
    'hundreds of cases, most of which are put to kernels that they do not change. To draw such cases first does not help: with a fifth of',
    'the first 1,024 wider than a tile the median fell from 127 cases to 97 and rose from 0.096 s to 0.29 (one seed, tried once),',
    'since what judges an element is interpreted at first, too.',
    '',
    ...(ahead.length === 0
      ? ['No loop is ahead of it anywhere.']
      : [
          `A loop is ahead of it for ${ahead.length}. A dash in the last column: within the goal all the same.`,
          '',
          ...table([
            [...mutantHead.slice(0, -1), 'allowed'],
            ...ahead.map((row) => {
              const cells = mutantCells(row);
              return [code(cells[0]!), ...cells.slice(1, -1), row.isMet ? '–' : cells.at(-1)!];
            }),
          ]),
        ]),
    '',
    ...restOfMissed(record),
  ].join('\n');
}

/** Those that miss the goal although no loop is ahead. */
function restOfMissed(record: FindRecord): readonly string[] {
  const ahead = new Set(aheadOfUs(record).map(({ name }) => name));
  const rows = missed(record).filter(({ name }) => !ahead.has(name));
  if (rows.length === 0) return [];
  return [
    `Ahead of every loop, and beyond the goal: ${rows.length}.`,
    '',
    ...table([
      mutantHead,
      ...rows.map((row) => mutantCells(row).map((cell, at) => (at === 0 ? code(cell) : cell))),
    ]),
    '',
  ];
}

function code(text: string): string {
  return `\`${text}\``;
}

function table([head, ...rows]: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head!), line(head!.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)];
}
