/**
 * How often a diagnosis names the stage of a mistake that is known: of the mutants, none of which is compared
 * with itself, of later mistakes, and of those that nobody planted for it. `npm run series:diagnosis`
 * (`--save` writes docs/diagnosis.md; `--sample` asks every sixth mutant and no reference but tfjs-cpu). In
 * four pieces: `--piece looked-at --keep a.json`, so `held-out`, `later` and `others`, and then
 * `--unite a.json b.json …`. Exit 1 where it is worse than it was.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { references } from '../reference/index.ts';
import { ledger } from '../reference/ledger/ledger.ts';
import { caseFromJson, caseToJson } from '../src/case/case-json.ts';
import { caseSummary } from '../src/case/case-summary.ts';
import type { Case } from '../src/case/case.ts';
import type { Diagnosis } from '../src/case/diagnosis.ts';
import type { StageName } from '../src/case/stage.ts';
import type { Divergence } from '../src/case/verdict.ts';
import { diagnose } from '../src/diagnose/diagnose.ts';
import { judgeCase } from '../src/judge/judge-case.ts';
import { mutants } from '../src/score/mutants/mutants.ts';
import type { Implementation } from '../src/subjects/implementation.ts';
import { muteOutput, watchOutput } from '../src/subjects/watch-output.ts';
import { writeDiagnosisDocument } from './diagnosis-document.ts';
import { markOf, type DiagnosisReport, type Mark, type Told } from './told-diagnoses.ts';
import { firstFindings, type FirstFinding } from './first-findings.ts';
import { laterMistakes } from './later-mistakes/later-mistakes.ts';
import { isMain } from './run.ts';
import { soundImplementations } from './sound-implementations.ts';
import { watchedImplementation } from './watched-implementation.ts';
import { wrongKernels } from './wrong-kernels.ts';

/** The first bit of the hash of the name: these were looked at when the first rules were done. */
export function isHeldOut(name: string): boolean {
  return createHash('sha256').update(name).digest()[0]! >= 128;
}

const [runs, sampleOf] = [6_000, 6];

const pieces = ['looked-at', 'held-out', 'later', 'others'] as const;
type Piece = (typeof pieces)[number];

const nothing: DiagnosisReport = {
  mutants: [],
  unfound: [],
  later: [],
  ledger: [],
  wrongKernels: [],
  sound: [],
};

function union(reports: readonly DiagnosisReport[]): DiagnosisReport {
  const all = <K extends keyof DiagnosisReport>(key: K): DiagnosisReport[K] =>
    reports.flatMap((report) => report[key] as readonly unknown[]) as unknown as DiagnosisReport[K];
  return {
    mutants: all('mutants'),
    unfound: all('unfound'),
    later: all('later'),
    ledger: all('ledger'),
    wrongKernels: all('wrongKernels'),
    sound: all('sound'),
  };
}

/** All pieces, or one of them. */
export async function surveyDiagnoses({
  sample = false,
  piece,
}: { sample?: boolean; piece?: Piece | undefined } = {}): Promise<DiagnosisReport> {
  const isAsked = (name: string): boolean =>
    piece === undefined || piece === (isHeldOut(name) ? 'held-out' : 'looked-at');
  const inPiece = mutants.filter(({ name }) => isAsked(name));
  const asked = inPiece.filter(
    ({ elementsMin }, i) => elementsMin === undefined && (!sample || i % sampleOf === 0),
  );
  const found = await firstFindings(asked, sample ? runs / 2 : runs);
  const unfoundIn = (some: typeof found): readonly string[] =>
    inPiece.map(({ name }) => name).filter((name) => !some.some((one) => one.name === name));
  const ofMutants: Told[] = [];
  for (const finding of found) {
    const { name, stage, create } = mutants.find((mutant) => mutant.name === finding.name)!;
    ofMutants.push(await told(finding, stage, watchedImplementation(name, create()), name));
  }
  if (piece === 'looked-at' || piece === 'held-out')
    return { ...nothing, mutants: ofMutants, unfound: unfoundIn(found) };
  const later = sample || piece === 'others' ? [] : await surveyLater();
  if (piece === 'later') return { ...nothing, later };
  const ofWrong: Told[] = [];
  const plain = wrongKernels.map(({ name, module }) => ({ name, create: () => module }));
  for (const finding of await firstFindings(plain, 2_000)) {
    const { name, stage, module } = wrongKernels.find((kernel) => kernel.name === finding.name)!;
    ofWrong.push(await told(finding, stage, watchedImplementation(name, module)));
  }
  return {
    mutants: ofMutants,
    unfound: unfoundIn(found),
    later,
    ledger: await surveyLedger(sample),
    wrongKernels: ofWrong,
    sound: sample ? [] : await surveySound(),
  };
}

async function surveyLater(): Promise<readonly Told[]> {
  const all: Told[] = [];
  for (const finding of await firstFindings(laterMistakes, runs)) {
    const { name, stage, create } = laterMistakes.find((mistake) => mistake.name === finding.name)!;
    all.push(await told(finding, stage, watchedImplementation(name, create())));
  }
  return all;
}

async function told(
  { name, minimal, divergence }: FirstFinding,
  stage: StageName | null,
  implementation: Implementation,
  except?: string,
): Promise<Told> {
  const diagnosis = await diagnosisOf(minimal, divergence, implementation, except);
  return { name, stage, case: caseSummary(minimal), diagnosis, isHeldOut: isHeldOut(name) };
}

function diagnosisOf(
  minimal: Case,
  { oracle, severity, symptom }: Divergence,
  implementation: Implementation,
  except?: string,
): Promise<Diagnosis> {
  const finding = { oracle, severity, symptom, minimal: caseToJson(minimal) };
  return diagnose(finding, implementation, except === undefined ? {} : { except });
}

/** The smallest case of each entry, asked of the first reference that it is about. */
async function surveyLedger(isSample: boolean): Promise<readonly Told[]> {
  const loaded = new Map<string, Implementation>();
  for (const reference of references
    .filter(({ isDefault }) => isDefault)
    .slice(0, isSample ? 1 : undefined)) {
    const one = await reference.load({ poisons: true });
    if (one.kind === 'available') loaded.set(reference.name, watchOutput(one.implementation));
  }
  const all: Told[] = [];
  for (const { id, stage, affects, smallest } of ledger) {
    const name = Object.keys(affects).find((one) => loaded.has(one));
    if (name === undefined) continue;
    const c = caseFromJson(smallest);
    const [{ verdict }] = await judgeCase(c, { subject: loaded.get(name)!, references: [] });
    if (verdict.kind !== 'diverge') continue;
    const diagnosis = await diagnosisOf(c, verdict.divergences[0], loaded.get(name)!);
    all.push({ name: `${id} (${name})`, stage, case: caseSummary(c), diagnosis, isHeldOut: false });
  }
  return all;
}

/** Each sound kernel is said to be wrong in a plain case: the diagnosis has to find nothing. */
async function surveySound(): Promise<readonly Told[]> {
  const logits = { shape: [2, 3], data: Float32Array.of(0, -40, 3, 100, 99, 100.5) };
  const c: Case = {
    operation: 'softmax',
    direction: 'forward',
    format: 'float32',
    axis: 1,
    logits,
    regimes: [],
    checks: [],
  };
  const all: Told[] = [];
  for (const implementation of await soundImplementations()) {
    if (implementation.declines(c) !== null) continue;
    const accused = { oracle: 'exact', severity: 'wrong', symptom: 'ulps' } as Divergence;
    const diagnosis = await diagnosisOf(c, accused, implementation);
    all.push({ name: implementation.name, stage: null, case: caseSummary(c), diagnosis, isHeldOut: false });
  }
  return all;
}

/** What was measured when the rules were done: fewer right ones, and something broke. */
const rightMin = 0.9;

/** None of those that the rules were mended by is told wrongly, and of the sound kernels nothing at all. */
export function isGood({
  mutants: ofMutants,
  ledger: ofLedger,
  wrongKernels: ofWrong,
  sound,
}: DiagnosisReport): boolean {
  const count = (all: readonly Told[], mark: Mark): number =>
    all.filter((one) => markOf(one) === mark).length;
  const planted = [...ofMutants, ...ofWrong].filter(({ stage }) => stage !== null);
  const isQuiet = sound.every(({ diagnosis }) => diagnosis.stage === null && diagnosis.nearest === null);
  const isRight = count(planted, 'right') >= rightMin * planted.length;
  return isRight && count([...planted, ...ofLedger], 'wrong') === 0 && isQuiet;
}

function lineOf(one: Told): string {
  const { name, stage, diagnosis } = one;
  return `${markOf(one).padEnd(9)} ${name}: ${stage ?? '–'}, told ${diagnosis.stage?.name ?? '–'}`;
}

if (isMain(import.meta.url)) {
  muteOutput(); // what the implementations print
  const say = (line: string): void => void writeSync(1, `${line}\n`);
  const after = (flag: string): string | undefined =>
    process.argv[process.argv.indexOf(flag) + 1 || Infinity];
  const paths = process.argv.includes('--unite')
    ? process.argv.filter((word) => word.endsWith('.json'))
    : null;
  const read = (path: string): DiagnosisReport => JSON.parse(readFileSync(path, 'utf8')) as DiagnosisReport;
  const piece = pieces.find((one) => one === after('--piece'));
  const report =
    paths === null
      ? await surveyDiagnoses({ sample: process.argv.includes('--sample'), piece })
      : union(paths.map(read));
  const kept = after('--keep');
  if (kept !== undefined) writeFileSync(kept, JSON.stringify(report));
  const groups = {
    'mutants looked at': report.mutants.filter((one) => !one.isHeldOut),
    'mutants held out at first': report.mutants.filter((one) => one.isHeldOut),
    'later mistakes': report.later,
    ledger: report.ledger,
    'wrong kernels': report.wrongKernels,
    'sound kernels': report.sound,
  };
  for (const [name, all] of Object.entries(groups)) {
    const marks = new Map<Mark, number>();
    for (const one of all) marks.set(markOf(one), (marks.get(markOf(one)) ?? 0) + 1);
    say(`${name}: ${[...marks].map(([mark, count]) => `${count} ${mark}`).join(', ')}`);
    for (const one of all) if (markOf(one) !== 'right' && markOf(one) !== 'has none') say(`  ${lineOf(one)}`);
  }
  if (process.argv.includes('--save')) writeDiagnosisDocument(report);
  process.exit(isGood(report) ? 0 : 1); // the references keep timers
}
