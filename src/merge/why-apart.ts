/** Which runs cannot be merged: their cases were judged by others, or each case would not count once. */
import type { PartRecord, RunRecord } from '../archive/run-record.ts';
import { supportsText } from '../case/supports.ts';
import { kernelsOf } from '../generate/case-draw.ts';
import { defaultMaxElements } from '../generate/shape.ts';
import { dealOf } from './choose-parts.ts';
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
  ['--exhaustive', ({ exhaustive }) => String(exhaustive !== undefined)],
  ['--maximize', ({ budget }) => (budget.maximize ? 'error' : 'nothing')],
];

/**
 * A sentence that names two of the runs and their difference; null where all can be merged. What all must
 * have in common each has with the first, so that a thousand runs are checked in one pass.
 */
export function whyApart(runs: readonly RunAt[]): string | null {
  const seen: Seen = new Map();
  for (const run of runs) {
    const first = runs[0]!;
    const difference = differenceOf(first.record, run.record);
    const clash = difference === null ? clashWith(seen, run) : { path: first.path, difference };
    if (clash !== null) return `${clash.path} and ${run.path} cannot be merged: ${clash.difference}`;
  }
  return null;
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

/** The first part of each seed, of each of its shards, and with a corpus, and of which run it is. */
type Seen = Map<string, { readonly part: PartRecord; readonly path: string }>;

interface Clash {
  readonly path: string;
  readonly difference: string;
}

/** Notes the parts of the run, and tells of the first that clashes with one of before, or of its own. */
function clashWith(seen: Seen, { path, record }: RunAt): Clash | null {
  for (const part of [...record.parts, ...(record.spareParts ?? [])]) {
    for (const [key, why] of rivalries(part)) {
      const before = seen.get(key);
      if (before === undefined) seen.set(key, { part, path });
      const difference = before === undefined ? null : why(before.part, part);
      if (difference !== null) return { path: before!.path, difference };
    }
  }
  return null;
}

type Rivalry = (a: PartRecord, b: PartRecord) => string | null;

/** By what a part may clash with another, and why: the first of a kind stands for all. */
function rivalries(part: PartRecord): readonly (readonly [string, Rivalry])[] {
  const { seed, shard, corpus } = part;
  const ofCorpus: readonly [string, Rivalry] = ['corpus', whyCorpora];
  return [
    [`seed ${seed}`, whyBounds],
    [`shard ${shard.number} of ${dealOf(part)} of ${seed}`, whyCorpora],
    ...(corpus === null ? [] : [ofCorpus]),
  ];
}

/** The last block of a campaign depends on its bound, and so do its stacks. */
function whyBounds(a: PartRecord, b: PartRecord): string | null {
  if (a.runs === b.runs) return null;
  return `both are of seed ${a.seed} and share cases, but differ in --runs: ${boundOf(a)}, and ${boundOf(b)}`;
}

/** The cases of a corpus do not depend on the seed, and have its indices. */
function whyCorpora(a: PartRecord, b: PartRecord): string | null {
  if (a.seed !== b.seed)
    return `they are of the seeds ${a.seed} and ${b.seed}, and both judged a corpus: its cases would count twice`;
  if (a.corpus === b.corpus) return null;
  return `both are of seed ${a.seed} and share cases, but judged different corpora`;
}

function boundOf({ runs }: PartRecord): string {
  return runs === null ? 'no bound' : String(runs);
}
