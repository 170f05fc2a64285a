/**
 * How many causes one planted mistake gives, and whether two are told apart: each mutant alone, and pairs of
 * mutants of different classes in one kernel. `npm run series:causes -- 20000 60`: cases and pairs;
 * `--document` writes docs/causes.md.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { caseFromJson } from '../src/case/case-json.ts';
import { causesOf, type Cause } from '../src/case/cause.ts';
import { caseSize } from '../src/case/case.ts';
import type { Finding } from '../src/case/finding.ts';
import { judgeCase } from '../src/judge/judge-case.ts';
import { operations, type SubjectModule } from '../src/contract/subject.ts';
import { findingContextOf } from '../src/examine/build-finding.ts';
import { emptyBatch, examineCase } from '../src/examine/examine.ts';
import type { Examiner } from '../src/examine/examiner.ts';
import { formats } from '../src/float/format.ts';
import { generateCase } from '../src/generate/generate-case.ts';
import { askAbout, isAsked } from '../src/score/evaluate.ts';
import { soundHost } from '../src/score/host/host.ts';
import { changedIn, withBoth } from '../src/score/host/mutate.ts';
import type { Mutant } from '../src/score/mutants/mutant.ts';
import { mutants } from '../src/score/mutants/mutants.ts';
import { subjectImplementation } from '../src/subjects/subject-implementation.ts';
import { watchOutput } from '../src/subjects/watch-output.ts';
import { isMain, repository } from './run.ts';

const seed = 42n;
const sound = subjectImplementation(soundHost, { name: 'host' });
/** Some mutants take time that grows with the square of a lane. */
const elementsMax = 8_192;
/** Those that only large cases show would take ten times as many cases each, and are left out. */
const ordinary = mutants.filter(({ elementsMin }) => elementsMin === undefined);

export interface Told {
  readonly name: string;
  readonly findings: readonly Finding[];
  readonly causes: readonly Cause[];
}

/** What a campaign of so many cases would find of a subject built on the host, each finding shrunk. */
export async function toldOf(
  name: string,
  create: () => SubjectModule,
  { cases }: { readonly cases: number },
): Promise<Told> {
  const module = create();
  const subject = watchOutput(subjectImplementation(module, { name }));
  const participants = { subject, references: [] };
  const examiner: Examiner = {
    participants,
    calls: { write: () => undefined },
    context: findingContextOf({ seed: String(seed), subject: name }, participants, []),
    shrinkEvaluations: 2_000,
  };
  const [changed, batch, known] = [changedIn(module), emptyBatch(), new Map<string, number>()];
  const space = { operations, formats, ...(module.refuses === true ? { refuses: true } : {}) };
  for (let index = 0; index < cases; index++) {
    const c = generateCase({ seed, index }, space);
    if (caseSize(c) > elementsMax) continue;
    if (!isAsked('campaign', askAbout(c, { others: [], sound }), changed)) continue;
    await examineCase(examiner, batch, { case: c, index, shrink: true, known });
  }
  const findings = [...batch.findings.values()];
  return { name, findings, causes: causesOf(findings) };
}

interface Pair {
  readonly first: Mutant;
  readonly second: Mutant;
  readonly create: () => SubjectModule;
}

/** So many of the pairs of different classes that can be planted in one kernel, spread over all of them. */
export function pairsOf(count: number): readonly Pair[] {
  const pairs: Pair[] = [];
  for (const [i, first] of ordinary.entries()) {
    for (const second of ordinary.slice(i + 1)) {
      if (first.class === second.class) continue;
      const create = withBoth(first.create, second.create);
      if (create !== null) pairs.push({ first, second, create });
    }
  }
  const step = Math.max(1, pairs.length / count);
  return Array.from({ length: Math.min(count, pairs.length) }, (_, i) => pairs[Math.floor(i * step)]!);
}

/** Two causes of the pair: one that one of the two has alone, and one that is none of its. */
export function isToldApart({ causes }: Told, alone: readonly Told[]): boolean {
  const ids = causes.map(({ id }) => id);
  return alone.some((one) => {
    const own = ids.filter((id) => one.causes.some((cause) => cause.id === id));
    return own.length > 0 && own.length < ids.length;
  });
}

/**
 * Whether one of two is wrong on every minimal case of the other in the same way of speaking: no answer of
 * the pair then shows the other.
 */
export async function isMasking(create: () => SubjectModule, other: Told): Promise<boolean> {
  const subject = subjectImplementation(create(), { name: 'masking' });
  for (const { findings } of other.causes) {
    const [judged] = await judgeCase(caseFromJson(findings[0]!.minimal), { subject, references: [] });
    if (judged.verdict.kind !== 'diverge') return false;
  }
  return true;
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

if (isMain(import.meta.url)) {
  const numbers = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const [cases, count] = [Number(numbers[0] ?? 20_000), Number(numbers[1] ?? 60)];
  const alone = new Map<string, Told>();
  for (const mutant of ordinary) {
    const told = await toldOf(mutant.name, mutant.create, { cases });
    alone.set(mutant.name, told);
    console.log(
      mutant.name.padEnd(44),
      String(told.findings.length).padStart(4),
      String(told.causes.length).padStart(3),
    );
  }
  const pairs: string[] = [];
  let [apart, masked] = [0, 0];
  let asked = 0;
  for (const { first, second, create } of pairsOf(count)) {
    const both = [alone.get(first.name)!, alone.get(second.name)!] as const;
    if (both.some((one) => one.causes.length === 0)) continue;
    if ((await isMasking(first.create, both[1])) || (await isMasking(second.create, both[0]))) {
      masked++;
      continue;
    }
    const told = await toldOf(`${first.name} + ${second.name}`, create, { cases });
    const isApart = isToldApart(told, both);
    asked++;
    if (isApart) apart++;
    pairs.push(
      row([first.name, second.name, told.findings.length, told.causes.length, isApart ? 'yes' : 'no']),
    );
    console.log(told.name, told.findings.length, told.causes.length, isApart ? 'apart' : 'NOT APART');
  }
  const found = [...alone.values()].filter(({ causes }) => causes.length > 0);
  const ones = found.filter(({ causes }) => causes.length === 1).length;
  const most = Math.max(...found.map(({ causes }) => causes.length));
  const summary =
    `${found.length} of ${ordinary.length} mutants were found in ${cases} cases of seed ${seed}, of up to ` +
    `${elementsMax} elements; ${mutants.length - ordinary.length} that only larger ones show are left out. ` +
    `${ones} give one cause, none more than ${most}. Of ${asked + masked} pairs ${masked} mask each other ` +
    `(one is wrong on every minimal case of the other); of the other ${asked} ${apart} are told apart.`;
  console.log(summary);
  if (process.argv.includes('--document')) {
    const rows = [...alone.values()].map((told) =>
      row([
        told.name,
        mutants.find(({ name }) => name === told.name)!.class,
        told.findings.length,
        told.causes.length,
      ]),
    );
    const text = [
      '# Causes of planted mistakes',
      '',
      `Written by \`npm run series:causes -- ${cases} ${count} --document\`. A finding is one signature; a cause is one`,
      'mistake, as [src/case/cause.ts](../src/case/cause.ts) groups them. What is planted is in [mutants.md](mutants.md).',
      '',
      summary,
      '',
      '## Each mutant alone',
      '',
      row(['mutant', 'class', 'findings', 'causes']),
      row(['---', '---', '---:', '---:']),
      ...rows,
      '',
      '## Two mutants of different classes in one kernel',
      '',
      'Told apart: the pair has a cause that one of the two has alone, and one that is none of its.',
      '',
      row(['first', 'second', 'findings', 'causes', 'told apart']),
      row(['---', '---', '---:', '---:', '---']),
      ...pairs,
      '',
    ].join('\n');
    writeFileSync(join(repository, 'docs/causes.md'), text);
  }
}
