/**
 * Long campaigns against the references alone, memory poisoned before each call, lanes to 10^6: what does the
 * ledger not explain yet? `npm run series:ledger -- 40000 11 22` (cases of each seed, then the seeds;
 * `--save` keeps the counts)
 */
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { caseSummary } from '../src/case/case-summary.ts';
import type { Case } from '../src/case/case.ts';
import { directions, operations } from '../src/contract/subject.ts';
import { findingKey } from '../src/examine/finding-key.ts';
import { generateCase } from '../src/generate/generate-case.ts';
import { judgeCase } from '../src/judge/judge-case.ts';
import { references as loaders } from '../reference/index.ts';
import { ledgerCountsSchema, type LedgerCounts } from '../reference/ledger/ledger-counts.ts';
import { muteOutput, watchOutput } from '../src/subjects/watch-output.ts';
import type { Implementation } from '../src/subjects/implementation.ts';
import { wideCases } from './wide-cases.ts';
import { isMain, repository } from './run.ts';

export interface LedgerReport {
  readonly cases: number;
  readonly counts: LedgerCounts['counts'];
  /** How often each signature came, and the first case of it. */
  readonly unexplained: ReadonlyMap<string, { count: number; readonly first: string }>;
}

/** Cases of each seed and a sweep of wide lanes. */
export async function surveyReferences(
  casesPerSeed: number,
  seeds: readonly string[],
  { wide = true }: { wide?: boolean } = {},
): Promise<LedgerReport> {
  const references = await poisonedReferences();
  const counts: Record<string, Record<string, number>> = {};
  const unexplained = new Map<string, { count: number; first: string }>();
  let cases = 0;
  const survey = async (c: Case, origin: string): Promise<void> => {
    cases++;
    for (const reference of references) {
      const [{ verdict }] = await judgeCase(c, { subject: reference, references: [] });
      if (verdict.kind !== 'diverge') continue;
      const { name: blame, version } = reference;
      const divergence = verdict.divergences[0];
      const { signature, ledger } = findingKey({ case: c, blame, version, divergence });
      if (ledger !== null) {
        const ofEntry = (counts[ledger] ??= {});
        ofEntry[blame] = (ofEntry[blame] ?? 0) + 1;
        continue;
      }
      const seen = unexplained.get(signature);
      const first = `${origin}: ${caseSummary(c)}: ${divergence.detail}`;
      if (seen === undefined) unexplained.set(signature, { count: 1, first });
      else seen.count++;
    }
  };
  if (wide) for (const c of wideCases()) await survey(c, 'wide');
  for (const seed of seeds) {
    for (let index = 0; index < casesPerSeed; index++) {
      const c = generateCase({ seed: BigInt(seed), index }, { operations, directions, formats: ['float32'] });
      await survey(c, `seed ${seed}, index ${index}`);
    }
  }
  return { cases, counts, unexplained };
}

async function poisonedReferences(): Promise<readonly Implementation[]> {
  const implementations: Implementation[] = [];
  for (const loader of loaders.filter(({ isDefault }) => isDefault)) {
    const loaded = await loader.load({ poisons: true });
    if (loaded.kind === 'available') implementations.push(watchOutput(loaded.implementation));
  }
  return implementations;
}

function reportText({ cases, counts, unexplained }: LedgerReport): string {
  const known = Object.entries(counts).map(
    ([id, by]) =>
      `known  ${id.padEnd(32)}${Object.entries(by)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')}`,
  );
  const fresh = [...unexplained].map(
    ([signature, { count, first }]) => `NEW    ${signature}  ${count}\n       ${first}`,
  );
  return [
    ...known,
    ...fresh,
    `${cases} cases, ${unexplained.size} signatures that the ledger does not explain`,
  ].join('\n');
}

/** The counts, with those of the references that ledger-in-stacks.ts has counted. */
function withStacked(
  counts: LedgerCounts['counts'],
  { inStacks, counts: before }: LedgerCounts,
): LedgerCounts['counts'] {
  const all: Record<string, Record<string, number>> = structuredClone(counts);
  for (const [id, of] of Object.entries(before))
    for (const name of inStacks?.references ?? [])
      if (of[name] !== undefined) (all[id] ??= {})[name] = of[name];
  return all;
}

if (isMain(import.meta.url)) {
  muteOutput();
  const args = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const [cases = '1000', ...seeds] = args;
  const report = await surveyReferences(Number(cases), seeds.length === 0 ? ['1'] : seeds, {
    wide: !process.argv.includes('--narrow'),
  });
  writeSync(1, `${reportText(report)}\n`);
  process.exitCode = report.unexplained.size === 0 ? 0 : 1;
  if (process.argv.includes('--save')) {
    const path = join(repository, 'reference/ledger/ledger-counts.json');
    const before = ledgerCountsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    const saved: LedgerCounts = {
      command: `npm run series:ledger -- ${args.join(' ')}`,
      cases: report.cases,
      unexplained: [...report.unexplained.values()].reduce((sum, { count }) => sum + count, 0),
      ...(before.inStacks === undefined ? {} : { inStacks: before.inStacks }),
      counts: withStacked(report.counts, before),
    };
    writeFileSync(path, `${JSON.stringify(saved, null, 2)}\n`);
  }
}
