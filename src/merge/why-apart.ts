/** Which runs cannot be merged: their cases were judged by others, or each case would not count once. */
import type { PartRecord, RunRecord } from '../archive/run-record.ts';
import { supportsText } from '../case/supports.ts';
import { kernelsOf } from '../generate/case-draw.ts';
import { defaultMaxElements } from '../generate/shape.ts';
import type { RunAt } from './union.ts';

/** What all runs must have in common, by the name that the sentence gives it. */
const traits: readonly (readonly [string, (record: RunRecord) => string])[] = [
  ['the version of logitfuzz', ({ tool }) => tool],
  ['the version of the generator', ({ generatorVersion }) => String(generatorVersion)],
  ['the subject', ({ subject }) => `${subject.name}@${subject.version}`],
  ['the references that were there', referencesText],
  ['--operations', ({ operations }) => operations.join(',')],
  ['the kernels that were drawn', (record) => kernelsText(record)],
  ['--formats', ({ formats }) => formats.join(',')],
  ['what the subject supports', ({ supports = {} }) => supportsText(supports)],
  ['whether it refuses invalid arguments', ({ refuses = false }) => String(refuses)],
  ['--max-elements', ({ maxElements = defaultMaxElements }) => String(maxElements)],
  ['--shrink-evaluations', ({ budget }) => String(budget.shrinkEvaluations)],
  ['--maximize', ({ budget }) => (budget.maximize ? 'error' : 'nothing')],
];

/** A sentence that names both runs and the difference; null where they can be merged. */
export function whyApart(a: RunAt, b: RunAt): string | null {
  const difference = differenceOf(a.record, b.record) ?? clashOf(a.record.parts, b.record.parts);
  return difference === null ? null : `${a.path} and ${b.path} cannot be merged: ${difference}`;
}

function differenceOf(a: RunRecord, b: RunRecord): string | null {
  for (const [name, of] of traits) {
    if (of(a) !== of(b)) return `they differ in ${name}: ${of(a)}, and ${of(b)}`;
  }
  return null;
}

function kernelsText({ kernels, operations }: RunRecord): string {
  return (kernels ?? kernelsOf({ operations }).map(({ kernel }) => kernel)).join(',');
}

function referencesText({ references }: RunRecord): string {
  const available = references.filter((reference) => reference.available);
  if (available.length === 0) return 'none';
  return available.map(({ name, version, engine }) => `${name}@${version} (${engine})`).join(', ');
}

function clashOf(some: readonly PartRecord[], others: readonly PartRecord[]): string | null {
  for (const a of some) {
    for (const b of others) {
      const clash = a.seed === b.seed ? clashWithin(a, b) : clashAcross(a, b);
      if (clash !== null) return clash;
    }
  }
  return null;
}

/** Parts of one campaign share no case, or all of them. */
function clashWithin(a: PartRecord, b: PartRecord): string | null {
  const both = `both are of seed ${a.seed} and share cases`;
  if (a.runs !== b.runs) return `${both}, but differ in --runs: ${boundOf(a)}, and ${boundOf(b)}`;
  if (a.shard.of !== b.shard.of)
    return `${both}, but differ in the number of shards: ${a.shard.of}, and ${b.shard.of}`;
  if (a.shard.number === b.shard.number && a.corpus !== b.corpus)
    return `${both}, but judged different corpora`;
  return null;
}

/** The cases of a corpus do not depend on the seed. */
function clashAcross(a: PartRecord, b: PartRecord): string | null {
  if (a.corpus === null || b.corpus === null) return null;
  return `they are of the seeds ${a.seed} and ${b.seed}, and both judged a corpus: its cases would count twice`;
}

function boundOf({ runs }: PartRecord): string {
  return runs === null ? 'no bound' : String(runs);
}
