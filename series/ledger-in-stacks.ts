/**
 * Campaigns against references that are slow to ask: in stacks, and alone what diverges there and is not
 * known. What does the ledger not explain yet?
 * `npm run series:ledger-in-stacks -- 20000 11 22` (cases of each seed, then the seeds; `--save` keeps the
 * counts; `--references a,b` asks others than tfjs-webgl and tfjs-webgpu)
 */
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { caseSummary } from '../src/case/case-summary.ts';
import type { Case } from '../src/case/case.ts';
import type { Outcome } from '../src/case/outcome.ts';
import { directions, operations } from '../src/contract/subject.ts';
import { isAlone } from '../src/examine/block.ts';
import { findingKey } from '../src/examine/finding-key.ts';
import { stackKeyOf, stackOf } from '../src/examine/stack.ts';
import { generateCase } from '../src/generate/generate-case.ts';
import { judgeCase } from '../src/judge/judge-case.ts';
import { referenceNamed } from '../reference/index.ts';
import { ledgerCountsSchema } from '../reference/ledger/ledger-counts.ts';
import type { Implementation } from '../src/subjects/implementation.ts';
import { isMain, repository } from './run.ts';

/** A shader takes its time with a large stack, and is not compiled again for another. */
const elementsMax = 8_192;

/** In software the largest cases take seconds. */
const outside = { rssLimitMb: 4_096, caseTimeoutMs: 60_000 };

interface Survey {
  judged: number;
  declined: number;
  readonly counts: Map<string, number>;
  /** The first case of each signature, and how often it came. */
  readonly unexplained: Map<string, { count: number; readonly first: string }>;
}

/** Adds what the reference makes of so many cases of a seed. */
async function surveySeed(
  reference: Implementation,
  { seed, cases }: { readonly seed: string; readonly cases: number },
  survey: Survey,
): Promise<void> {
  const alone: Case[] = [];
  const groups = new Map<string, Case[]>();
  for (let index = 0; index < cases; index++) {
    const c = generateCase({ seed: BigInt(seed), index }, { operations, directions, formats: ['float32'] });
    if (reference.declines(c) !== null) {
      survey.declined++;
      continue;
    }
    const key = isAlone(index) ? null : stackKeyOf(c, reference.stacking!);
    if (key === null) alone.push(c);
    else groups.set(key, [...(groups.get(key) ?? []), c]);
  }
  for (const group of groups.values())
    for (const some of partsOf(group)) await surveyStack(reference, some, survey);
  for (const c of alone) await surveyAnswer(reference, { c, outcome: await reference.run(c) }, survey);
}

function partsOf(group: readonly Case[]): Case[][] {
  const parts: Case[][] = [[]];
  let held = 0;
  for (const c of group) {
    const size = c.logits.data.length;
    if (held > 0 && held + size > elementsMax) {
      parts.push([]);
      held = 0;
    }
    held += size;
    parts.at(-1)!.push(c);
  }
  return parts;
}

async function surveyStack(reference: Implementation, cases: readonly Case[], survey: Survey): Promise<void> {
  const stack = stackOf(cases, reference.stacking!);
  const isAskable = reference.declines(stack.case) === null;
  const outcome = isAskable ? await reference.run(stack.case) : null;
  const tensors =
    outcome?.kind === 'values' && outcome.tensor !== null ? stack.unstack(outcome.tensor) : null;
  for (const [i, c] of cases.entries()) {
    if (tensors === null) {
      await surveyAnswer(reference, { c, outcome: await reference.run(c) }, survey);
      continue;
    }
    const part: Outcome = { kind: 'values', tensor: tensors[i]!, violations: [] };
    await surveyAnswer(reference, { c, outcome: part, isStacked: true }, survey);
  }
}

interface Answer {
  readonly c: Case;
  readonly outcome: Outcome;
  readonly isStacked?: boolean;
}

async function surveyAnswer(
  reference: Implementation,
  { c, outcome, isStacked = false }: Answer,
  survey: Survey,
): Promise<void> {
  const subject = { ...reference, run: () => outcome };
  const [{ verdict }] = await judgeCase(c, { subject, references: [] });
  const divergence = verdict.kind === 'diverge' ? verdict.divergences[0] : null;
  const { name: blame, version } = reference;
  const key = divergence === null ? null : findingKey({ case: c, blame, version, divergence, isStacked });
  // A stack may hide a mistake, and cause one.
  if (key?.ledger === null && isStacked)
    return surveyAnswer(reference, { c, outcome: await reference.run(c) }, survey);
  survey.judged++;
  if (key === null) return;
  if (key.ledger !== null) {
    survey.counts.set(key.ledger, (survey.counts.get(key.ledger) ?? 0) + 1);
    return;
  }
  const first = `${caseSummary(c)}: ${divergence!.detail}`;
  const seen = survey.unexplained.get(key.signature) ?? { count: 0, first };
  survey.unexplained.set(key.signature, { ...seen, count: seen.count + 1 });
}

function surveyText(name: string, { judged, declined, counts, unexplained }: Survey): string {
  return [
    ...[...counts].map(([id, count]) => `known  ${name}  ${id.padEnd(32)}${count}`),
    ...[...unexplained].map(
      ([signature, { count, first }]) => `NEW    ${signature}  ${count}\n       ${first}`,
    ),
    `${name}: ${judged} cases judged, ${declined} declined, ${unexplained.size} signatures that the ledger does not explain`,
  ].join('\n');
}

if (isMain(import.meta.url)) {
  const named = process.argv.indexOf('--references');
  const args = process.argv.slice(2, named < 0 ? undefined : named).filter((one) => !one.startsWith('--'));
  const [cases = '1000', ...seeds] = args;
  const names = named < 0 ? ['tfjs-webgl', 'tfjs-webgpu'] : process.argv[named + 1]!.split(',');
  const surveys = new Map<string, Survey>();
  for (const name of names) {
    const loaded = await referenceNamed(name)!.load({ outside });
    if (loaded.kind === 'missing') throw new Error(`${name}: ${loaded.reason}; ${loaded.remedy}`);
    const survey: Survey = { judged: 0, declined: 0, counts: new Map(), unexplained: new Map() };
    surveys.set(name, survey);
    for (const seed of seeds.length === 0 ? ['1'] : seeds)
      await surveySeed(loaded.implementation, { seed, cases: Number(cases) }, survey);
    loaded.implementation.dispose?.();
    writeSync(1, `${surveyText(name, survey)}\n`);
  }
  const all = [...surveys.values()];
  const unexplained = all.reduce((sum, survey) => sum + survey.unexplained.size, 0);
  process.exitCode = unexplained === 0 ? 0 : 1;
  if (process.argv.includes('--save')) {
    const path = join(repository, 'reference/ledger/ledger-counts.json');
    const saved = ledgerCountsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    const counts: Record<string, Record<string, number>> = structuredClone(saved.counts);
    for (const [name, survey] of surveys)
      for (const [id, count] of survey.counts) (counts[id] ??= {})[name] = count;
    const inStacks = {
      command: `npm run series:ledger-in-stacks -- ${args.join(' ')}`,
      references: names,
      cases: Number(cases) * Math.max(seeds.length, 1),
      unexplained,
    };
    writeFileSync(path, `${JSON.stringify({ ...saved, inStacks, counts }, null, 2)}\n`);
  }
}
