/**
 * How many causes one planted mistake gives, and whether two are told apart: each mutant alone, each of the
 * wrong kernels, and pairs of mutants of different classes in one kernel.
 * `npm run series:causes -- 20000 60`: cases and pairs; `--document` writes docs/causes.md. `--only NAME`
 * asks the pairs of which a name has that. `--formats float16,bfloat16` tells of the mutants that these show,
 * alone, and asks no pairs; with `--only`, of those whose name has that.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { caseFromJson } from '../src/case/case-json.ts';
import { causesOf, type Cause } from '../src/case/cause.ts';
import { caseSize } from '../src/case/case.ts';
import type { Finding } from '../src/case/finding.ts';
import { representatives } from '../src/case/representative.ts';
import { isAlike } from '../src/case/verdict.ts';
import { dependentFinding } from '../src/campaign/dependent-finding.ts';
import { judgeCase } from '../src/judge/judge-case.ts';
import { kernelNameOf, operations, type KernelName, type SubjectModule } from '../src/contract/subject.ts';
import { divergencesOf } from '../src/examine/blamed.ts';
import { findingContextOf } from '../src/examine/build-finding.ts';
import { emptyBatch, examineCase } from '../src/examine/examine.ts';
import type { Examiner } from '../src/examine/examiner.ts';
import { nativeFormats, type Format } from '../src/float/format.ts';
import { generateCase } from '../src/generate/generate-case.ts';
import { askAbout, isAsked } from '../src/score/evaluate.ts';
import { changedTakingHalves, soundHostInHalves } from '../src/score/host/in-halves.ts';
import { changedIn, withBoth } from '../src/score/host/mutate.ts';
import type { Mutant } from '../src/score/mutants/mutant.ts';
import { isOfNative, mutantsIn } from '../src/score/mutants/in-halves.ts';
import { mutants } from '../src/score/mutants/mutants.ts';
import { subjectImplementation } from '../src/subjects/subject-implementation.ts';
import { isMain, repository } from './run.ts';
import { watchedImplementation } from './watched-implementation.ts';
import { freshKernel, wrongKernels } from './wrong-kernels.ts';

const seed = 42n;
const sound = subjectImplementation(soundHostInHalves, { name: 'host' });
/** Some mutants take time that grows with the square of a lane. */
const elementsMax = 8_192;
/** Those that only large cases show would take ten times as many cases each, and are left out. */
const ordinary = mutants.filter(({ elementsMin }) => elementsMin === undefined);

/** Where the pairs lie by which nothing was tuned, in steps from one of the others to the next. */
const heldOut = 0.25;

/** A subject with fresh state. */
type Create = () => SubjectModule | Promise<SubjectModule>;

export interface Told {
  readonly name: string;
  readonly findings: readonly Finding[];
  readonly causes: readonly Cause[];
  /** The indices at which it diverged, each with the kernel that was asked. */
  readonly wrongAt: ReadonlyMap<number, KernelName>;
}

/**
 * What a campaign of so many cases would find of a subject built on the host, each finding shrunk and asked
 * again of a fresh subject.
 */
export async function toldOf(
  name: string,
  create: Create,
  { cases, formats = nativeFormats }: { readonly cases: number; readonly formats?: readonly Format[] },
): Promise<Told> {
  const module = await create();
  const participants = { subject: watchedImplementation(name, module), references: [] };
  const examiner: Examiner = {
    participants,
    calls: { write: () => undefined },
    context: findingContextOf({ seed: String(seed), subject: name }, participants, []),
    shrinkEvaluations: 2_000,
  };
  const [changed, batch, known] = [changedIn(module), emptyBatch(), new Map<string, number>()];
  const wrongAt = new Map<number, KernelName>();
  const space = { operations, formats, ...(module.refuses === true ? { refuses: true } : {}) };
  for (let index = 0; index < cases; index++) {
    const c = generateCase({ seed, index }, space);
    if (caseSize(c) > elementsMax) continue;
    if (!isAsked('campaign', askAbout(c, { others: [], sound }), changed)) continue;
    const kernel = kernelNameOf(c.operation, c.direction);
    await examineCase(examiner, batch, {
      case: c,
      index,
      shrink: true,
      known,
      onJudged: ([{ verdict }]) => void (verdict.kind === 'diverge' && wrongAt.set(index, kernel)),
    });
  }
  const findings = await confirmed([...batch.findings.values()], create);
  return { name, findings, causes: causesOf(findings), wrongAt };
}

/** As a campaign tells them: what a fresh subject does not show depends on earlier calls. */
async function confirmed(findings: readonly Finding[], create: Create): Promise<readonly Finding[]> {
  const told: Finding[] = [];
  for (const finding of findings) {
    const subject = watchedImplementation('fresh', await create());
    const asked = { subject, references: [], lawsPerCase: Infinity };
    const [judged] = await judgeCase(caseFromJson(finding.minimal), asked);
    const isAlone = divergencesOf(judged).some((divergence) => isAlike(divergence, finding));
    told.push(isAlone ? finding : dependentFinding(finding, { confirmed: 'after-more' }));
  }
  return representatives(told, (finding) => finding);
}

interface Pair {
  readonly first: Mutant;
  readonly second: Mutant;
  readonly create: () => SubjectModule;
}

/**
 * So many of the pairs of different classes that can be planted in one kernel, spread over all of them;
 * `offset`, in steps from one to the next, for others.
 */
export function pairsOf(count: number, offset = 0): readonly Pair[] {
  const pairs: Pair[] = [];
  for (const [i, first] of ordinary.entries()) {
    for (const second of ordinary.slice(i + 1)) {
      if (first.class === second.class) continue;
      const create = withBoth(first.create, second.create);
      if (create !== null) pairs.push({ first, second, create });
    }
  }
  const step = Math.max(1, pairs.length / count);
  const length = Math.min(count, Math.floor(pairs.length / step));
  return Array.from({ length }, (_, i) => pairs[Math.floor((i + offset) * step)]!);
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

/** Whether one of the cases, of a kernel that both change, shows this mistake where the other is right. */
export function showsBeside(one: Told, other: Told, kernels: ReadonlySet<KernelName>): boolean {
  return [...one.wrongAt].some(([index, kernel]) => kernels.has(kernel) && !other.wrongAt.has(index));
}

interface TriedPair {
  readonly first: string;
  readonly second: string;
  readonly told: Told;
  readonly outcome: 'yes' | 'no' | 'one is not met';
}

/** Null where they mask each other; undefined where one of them was not found. */
async function tryPair(
  { first, second, create }: Pair,
  alone: (mutant: Mutant) => Promise<Told>,
  cases: number,
): Promise<TriedPair | null | undefined> {
  const [a, b] = [await alone(first), await alone(second)];
  if (a.causes.length === 0 || b.causes.length === 0) return undefined;
  if ((await isMasking(first.create, b)) || (await isMasking(second.create, a))) return null;
  const told = await toldOf(`${first.name} + ${second.name}`, create, { cases });
  const kernels = changedIn(create());
  const areBothMet = showsBeside(a, b, kernels) && showsBeside(b, a, kernels);
  const outcome = isToldApart(told, [a, b]) ? 'yes' : areBothMet ? 'no' : 'one is not met';
  console.log(told.name, told.findings.length, told.causes.length, outcome);
  return { first: first.name, second: second.name, told, outcome };
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

function rowOf(told: Told, ...more: readonly string[]): string {
  return row([told.name, ...more, told.findings.length, told.causes.length]);
}

function log(told: Told): Told {
  const counts = [told.findings.length, told.causes.length].map((count) => String(count).padStart(4));
  console.log(told.name.padEnd(44), ...counts);
  return told;
}

/** Pairs, and how many of them mask each other. */
interface TriedPairs {
  readonly pairs: readonly TriedPair[];
  readonly masked: number;
}

function summaryOf({ pairs, masked }: TriedPairs): string {
  const count = (of: TriedPair['outcome']): number => pairs.filter(({ outcome }) => outcome === of).length;
  const [apart, met] = [count('yes'), pairs.length - count('one is not met')];
  return (
    `Of ${pairs.length + masked} pairs ${masked} mask each other: one is wrong on every minimal case of the ` +
    `other. In ${pairs.length - met} one of the two is not met: none of the cases, of a kernel that both ` +
    `change, shows it where the other one is right. Of the other ${met} ${apart} are told apart ` +
    `(${Math.floor((100 * apart) / met)} %).`
  );
}

function rowsOf({ pairs }: TriedPairs): readonly string[] {
  return [
    row(['first', 'second', 'findings', 'causes', 'told apart']),
    row(['---', '---', '---:', '---:', '---']),
    ...pairs.map(({ first, second, told: { findings, causes }, outcome }) =>
      row([first, second, findings.length, causes.length, outcome]),
    ),
  ];
}

function counted(all: readonly Told[]): string {
  const ones = all.filter(({ causes }) => causes.length === 1).length;
  return `${ones} give one cause, none more than ${Math.max(...all.map(({ causes }) => causes.length))}.`;
}

/** Each mutant that these show alone, as `--formats` names them. */
async function tellOfHalves(
  formats: readonly Format[],
  { cases, only = '' }: { readonly cases: number; readonly only?: string },
): Promise<void> {
  const asked = mutantsIn(formats).filter(
    ({ name, elementsMin }) => elementsMin === undefined && name.includes(only),
  );
  const told: Told[] = [];
  for (const mutant of asked) {
    const create = (): SubjectModule =>
      isOfNative(mutant) ? changedTakingHalves(mutant.create()) : mutant.create();
    told.push(log(await toldOf(mutant.name, create, { cases, formats })));
  }
  const found = told.filter(({ causes }) => causes.length > 0);
  console.log(`${found.length} of ${asked.length} mutants were found in ${cases} cases: ${counted(found)}`);
}

if (isMain(import.meta.url)) {
  const args = process.argv.slice(2);
  const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined;
  const numbers = args.filter((argument) => /^\d+$/.test(argument));
  const [cases, count] = [Number(numbers[0] ?? 20_000), Number(numbers[1] ?? 60)];
  const formats = args.includes('--formats') ? args[args.indexOf('--formats') + 1]! : null;
  if (formats !== null) {
    await tellOfHalves(formats.split(',') as Format[], { cases, ...(only === undefined ? {} : { only }) });
    process.exit(0);
  }
  const known = new Map<string, Told>();
  const alone = async ({ name, create }: Mutant): Promise<Told> => {
    const told = known.get(name) ?? log(await toldOf(name, create, { cases }));
    known.set(name, told);
    return told;
  };
  const kernels: Told[] = [];
  if (only === undefined) {
    for (const mutant of ordinary) await alone(mutant);
    for (const { name } of wrongKernels)
      kernels.push(log(await toldOf(name, () => freshKernel({ name }), { cases })));
  }
  const tryAll = async (offset: number): Promise<TriedPairs> => {
    const pairs: TriedPair[] = [];
    let masked = 0;
    for (const pair of pairsOf(count, offset)) {
      if (only !== undefined && !`${pair.first.name} + ${pair.second.name}`.includes(only)) continue;
      const tried = await tryPair(pair, alone, cases);
      if (tried === null) masked++;
      else if (tried !== undefined) pairs.push(tried);
    }
    return { pairs, masked };
  };
  const lookedAt = await tryAll(0);
  const others = await tryAll(heldOut);
  const found = [...known.values()].filter(({ causes }) => causes.length > 0);
  const summaryOfMutants =
    `${found.length} of ${ordinary.length} mutants were found in ${cases} cases of seed ${seed}, of up to ` +
    `${elementsMax} elements; ${mutants.length - ordinary.length} that only larger ones show are left out. ` +
    counted(found);
  const summaryOfKernels = `Of ${kernels.length} ${counted(kernels)}`;
  console.log([summaryOfMutants, summaryOfKernels, summaryOf(lookedAt), summaryOf(others)].join('\n'));
  if (args.includes('--document') && only === undefined) {
    const classOf = new Map(ordinary.map(({ name, class: of }) => [name, of]));
    const text = [
      '# Causes of planted mistakes',
      '',
      `Written by \`npm run series:causes -- ${cases} ${count} --document\`. A finding is one signature; a cause is one`,
      'mistake, as [src/case/cause.ts](../src/case/cause.ts) groups them. What is planted is in [mutants.md](mutants.md).',
      '',
      '## Each mutant alone',
      '',
      summaryOfMutants,
      '',
      row(['mutant', 'class', 'findings', 'causes']),
      row(['---', '---', '---:', '---:']),
      ...[...known.values()].map((told) => rowOf(told, classOf.get(told.name)!)),
      '',
      '## The wrong kernels',
      '',
      'Those of [examples/wrong-kernels](../examples/wrong-kernels), each with the mistake that its name says. ' +
        summaryOfKernels,
      '',
      row(['kernel', 'findings', 'causes']),
      row(['---', '---:', '---:']),
      ...kernels.map((told) => rowOf(told)),
      '',
      '## Two mutants of different classes in one kernel',
      '',
      'Told apart: the pair has a cause that one of the two has alone, and one that is none of its. ' +
        'Two sets of pairs, spread over all that can be planted.',
      '',
      '### Those by which the grouping was made',
      '',
      summaryOf(lookedAt),
      '',
      ...rowsOf(lookedAt),
      '',
      '### Others',
      '',
      summaryOf(others),
      '',
      ...rowsOf(others),
      '',
    ].join('\n');
    writeFileSync(join(repository, 'docs/causes.md'), text);
  }
}
