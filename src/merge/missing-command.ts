/** The command that judges a shard which a merged run lacks, as those were judged that it has. */
import { defaultBaseline } from '../archive/baseline.ts';
import type { PartRecord, RunRecord } from '../archive/run-record.ts';
import { kernelTable } from '../contract/subject.ts';
import { defaultMaxElements } from '../generate/shape.ts';
import { chainLength } from '../search/climb.ts';
import { subjectFlag } from '../text/replay-command.ts';
import { shellQuoted } from '../text/shell-quoted.ts';

/** `record` is any run of the merged ones: what decides how a case is judged all have in common. */
export function shardCommand(
  record: RunRecord,
  { seed, runs, shard }: Pick<PartRecord, 'seed' | 'runs'> & { readonly shard: string | null },
  command: 'fuzz' | 'gate',
): string {
  const { subject, references, formats, maxElements = defaultMaxElements, budget, baseline } = record;
  const { timeMs, maxFindings, shrinkEvaluations, maximize } = budget;
  const asked = references.filter(({ available }) => available).map(({ name, module }) => module ?? name);
  const flags: readonly (readonly [string, string | number | null])[] = [
    ['seed', seed],
    ['runs', runs === null ? null : maximize ? runs * chainLength : runs],
    ['time', timeMs === null ? null : `${timeMs}ms`],
    ['shard', shard],
    ['references', asked.length === 0 ? 'none' : asked.join(',')],
    kernelsFlag(record),
    ['formats', formats.join(',')],
    ['max-elements', maxElements],
    ['max-findings', maxFindings],
    ['shrink-evaluations', shrinkEvaluations],
    ['maximize', maximize ? 'error' : null],
    ['baseline', baseline === undefined || baseline.path === defaultBaseline ? null : baseline.path],
  ];
  const words = flags.flatMap(([flag, value]) =>
    value === null ? [] : [`--${flag} ${flag === 'time' ? value : listQuoted(String(value))}`],
  );
  return [`npx logitfuzz ${command}`, subjectFlag(subject), ...words].join(' ');
}

/** Commas need no quotes. */
function listQuoted(text: string): string {
  return text.split(',').every((word) => shellQuoted(word) === word) ? text : shellQuoted(text);
}

/**
 * The kernels where they say the operations, too; else those were named, and what the subject exports of them
 * was drawn.
 */
function kernelsFlag({ kernels, operations }: RunRecord): readonly [string, string] {
  const drawn = kernelTable.filter(({ kernel }) => kernels?.includes(kernel));
  const isSaid = operations.every((operation) => drawn.some((row) => row.operation === operation));
  return isSaid
    ? ['kernels', drawn.map(({ kernel }) => kernel).join(',')]
    : ['operations', operations.join(',')];
}
