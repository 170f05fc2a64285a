/**
 * The one-way flow of the folders, checked: a folder imports itself and what stands above it, nothing below.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const order = [
  'src/float',
  'src/tensor',
  'src/contract',
  'src/kernels',
  'src/case',
  'src/generate',
  'src/subjects',
  'src/connect',
  'src/text',
  'src/provision',
  'reference',
  'src/oracles',
  'properties',
  'src/judge',
  'src/shrink',
  'src/search',
  'src/archive',
  'src/score/host',
  'src/score/mutants',
  'src/diagnose',
  'src/examine',
  'src/worker',
  'src/campaign',
  'src/queue',
  'src/merge',
  'src/report',
  'src/vitest-kit',
  'src/bench',
  'src/score',
  'src/cli',
];
/**
 * What keeps totals, recovery and plan runs nothing itself:
 * it imports nothing of these, and reaches no code of theirs.
 */
const runsNothing = 'src/campaign';
const whatRuns = ['src/judge', 'src/oracles', 'src/shrink', 'properties'];
/** What knows TensorFlow.js is reached by the table of the references: what else may import it, and why. */
const ofTensorflow = 'reference/tfjs';
const mayKnowTensorflow: Readonly<Record<string, string>> = {
  'reference/index.ts': 'the table itself',
  'reference/ledger': 'what TensorFlow.js gets wrong is told from what it does not by computing as it does',
  'src/bench/bench-worker.ts': 'the loop that people write instead of a harness calls TensorFlow.js itself',
  'src/bench/kernel-peers.ts': 'kernels are timed beside TensorFlow.js as its users call it',
};
/**
 * A report reads and never judges, but for what runs in its page: there a lane can be tried, by the oracles
 * alone. So that the page asks for nothing, it reaches no folder but these.
 */
const page = 'src/report/html/page';
const inPage: readonly string[] = [
  'src/float',
  'src/tensor',
  'src/contract',
  'src/case',
  'src/text',
  'src/oracles',
  'src/report',
];
/** Pairs that never meet in either direction: one bug must not hide in both. */
const apart: readonly (readonly [string, string])[] = [['src/oracles', 'src/kernels']];

interface Import {
  readonly from: string;
  readonly to: string;
  /** Gone when the code runs. */
  readonly isType: boolean;
}

/**
 * Relative imports and re-exports, static and dynamic, of one source text; paths relative to the repository.
 */
function importsIn(file: string, source: string): Import[] {
  const specifiers = source.matchAll(
    /(?:(import|export) (type )?[^;'"`()]*?from|import)\s*\(?\s*'(\.[^']*)'/g,
  );
  return [...specifiers].map(([, , type, specifier]) => ({
    from: file,
    to: relative('.', resolve(dirname(file), specifier!)),
    isType: type !== undefined,
  }));
}

function folderOf(path: string): string | undefined {
  return order.find((folder) => path.startsWith(`${folder}/`));
}

/** Imports of what knows TensorFlow.js by what does not have to; tests may. */
function knowsTensorflow({ from, to }: Import): boolean {
  const allowed = [ofTensorflow, ...Object.keys(mayKnowTensorflow)];
  const isIn = (file: string, place: string): boolean => file === place || file.startsWith(`${place}/`);
  return isIn(to, ofTensorflow) && !from.endsWith('.test.ts') && !allowed.some((place) => isIn(from, place));
}

function isForbidden({ from, to }: Import): boolean {
  const [a, b] = [folderOf(from), folderOf(to)];
  if (a === undefined || b === undefined) return false; // src/index.ts and this test stand above all folders
  if (apart.some(([x, y]) => (a === x && b === y) || (a === y && b === x))) return true;
  return order.indexOf(b) > order.indexOf(a);
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

/**
 * Imports by which `runsNothing` asks for what runs cases:
 * its own, types included, and others' where code is reached.
 */
function whatCampaignRuns(imports: readonly Import[]): Import[] {
  const isOfCampaign = (file: string): boolean =>
    folderOf(file) === runsNothing && !file.endsWith('.test.ts');
  const isOfRunning = (file: string): boolean => whatRuns.includes(folderOf(file) ?? '');
  const own = imports.filter(({ from, to }) => isOfCampaign(from) && isOfRunning(to));
  const values = imports.filter(({ isType }) => !isType);
  const reached = reachedFrom(values.map(({ from }) => from).filter(isOfCampaign), values);
  const isBetween = (file: string): boolean => reached.has(file) && !isOfCampaign(file) && !isOfRunning(file);
  const byOthers = values.filter(({ from, to }) => isBetween(from) && isOfRunning(to));
  return [...own, ...byOthers];
}

/**
 * Imports by which a report would judge: of what runs cases, but for the oracles by the page; and those by
 * which the page reaches what has no place in it.
 */
function whatReportsJudge(imports: readonly Import[]): Import[] {
  const isOfPage = (file: string): boolean => file.startsWith(`${page}/`);
  const values = imports.filter(({ from, isType }) => !isType && !from.endsWith('.test.ts'));
  const judging = values.filter(({ from, to }) => {
    const isAllowed = isOfPage(from) && folderOf(to) === 'src/oracles';
    return folderOf(from) === 'src/report' && whatRuns.includes(folderOf(to) ?? '') && !isAllowed;
  });
  const pages = values.map(({ from }) => from).filter(isOfPage);
  const reached = new Set([...pages, ...reachedFrom(pages, values)]);
  const strange = values.filter(({ from, to }) => reached.has(from) && !inPage.includes(folderOf(to) ?? ''));
  return [...new Set([...judging, ...strange])];
}

/** All that these files import, directly or by others. */
function reachedFrom(files: readonly string[], imports: readonly Import[]): Set<string> {
  const targets = new Map<string, string[]>();
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to]);
  const reached = new Set<string>();
  const due = [...files];
  for (let file = due.pop(); file !== undefined; file = due.pop()) {
    for (const to of targets.get(file) ?? []) {
      if (reached.has(to)) continue;
      reached.add(to);
      due.push(to);
    }
  }
  return reached;
}

/** Files that import each other, directly or by others, types included; [] where there is no such circle. */
function circlesOf(imports: readonly Import[]): string[][] {
  const files = new Set(imports.map(({ from }) => from));
  const reach = new Map([...files].map((file) => [file, reachedFrom([file], imports)]));
  const inCircle = [...reach.keys()].filter((file) => reach.get(file)!.has(file)).sort();
  const circles = inCircle.map((file) => inCircle.filter((other) => isMutual(reach, file, other)));
  return [...new Map(circles.map((circle) => [circle.join(' '), circle])).values()];
}

function isMutual(reach: ReadonlyMap<string, ReadonlySet<string>>, a: string, b: string): boolean {
  return reach.get(a)!.has(b) && reach.get(b)!.has(a);
}

/** A line that is a comment or a part of one, to its end. */
const commentLine = /^\s*(?:\/\*\*|\*|\/\/)/;
const commentColumns = 110;

/** Doc comments that begin with "Of ", and comment lines that are too wide. */
function breachesOfWriting(file: string, source: string): string[] {
  const begins = [...source.matchAll(/\/\*\*\s+(?:\*\s+)?Of (?=\S)/g)].map(({ index }) =>
    lineAt(source, index),
  );
  const wide = source
    .split('\n')
    .flatMap((line, i) => (commentLine.test(line) && line.length > commentColumns ? [i + 1] : []));
  return [
    ...begins.map((line) => `${file}:${line} begins with "Of "`),
    ...wide.map((line) => `${file}:${line} is wider than ${commentColumns} columns`),
  ];
}

function lineAt(source: string, index: number): number {
  return source.slice(0, index).split('\n').length;
}

const written = ['src', 'reference', 'properties', 'series', 'scripts', 'examples'].flatMap(sourceFiles);
const files = ['src', 'reference', 'properties'].flatMap(sourceFiles);
const imports = files.flatMap((file) => importsIn(file, readFileSync(file, 'utf8')));

test('no folder imports one that stands below it, and the oracles and the kernels never meet', () => {
  expect(imports.filter(isForbidden)).toEqual([]);
});

test('every folder of source stands in the order', () => {
  const strangers = files.filter((file) => folderOf(file) === undefined && !/^src\/[^/]+\.ts$/.test(file));

  expect(strangers).toEqual([]);
});

test('the campaign imports no judge, no oracle, no law and no shrinker, and reaches no code of theirs', () => {
  expect(whatCampaignRuns(imports)).toEqual([]);
});

test('a report judges nothing, and its page by the oracles alone, and by what they import', () => {
  const asks = imports.filter(({ from, to }) => from.startsWith(page) && folderOf(to) === 'src/oracles');

  expect(whatReportsJudge(imports)).toEqual([]);
  expect(asks.length).toBeGreaterThan(0);
});

test('the page bundles no package but preact, and nothing of Node', () => {
  const main = `${page}/main.tsx`;
  const values = imports.filter(({ isType }) => !isType);
  const packages = [main, ...reachedFrom([main], values)].flatMap((file) => {
    const specifiers = readFileSync(file, 'utf8').matchAll(
      /^(?:import|export) (?!type )[^;]*?from '([^.'][^']*)'/gm,
    );
    return [...specifiers].map(([, name]) => name!);
  });

  expect([...new Set(packages)].sort()).toEqual(['preact', 'preact/hooks']);
});

test('nothing but the table of the references knows TensorFlow.js, and what is listed with a reason', () => {
  const used = Object.keys(mayKnowTensorflow).filter((place) =>
    imports.some(({ from, to }) => from.startsWith(place) && to.startsWith(`${ofTensorflow}/`)),
  );

  expect(imports.filter(knowsTensorflow)).toEqual([]);
  expect(used).toEqual(Object.keys(mayKnowTensorflow));
});

test('no file imports itself by way of others, types included', () => {
  expect(circlesOf(imports)).toEqual([]);
});

test('the check sees the imports: a run that saw none would prove nothing', () => {
  expect(imports.length).toBeGreaterThan(200);
  expect(new Set(imports.map(({ from }) => folderOf(from))).size).toBeGreaterThan(order.length - 3);
});

test('a planted upward import fails the check, and so does an oracle that asks a kernel', () => {
  const upward = importsIn('src/float/ulp.ts', "import { judgeCase } from '../judge/judge-case.ts';");
  const hidden = importsIn('src/oracles/exact.ts', "const k = await import('../kernels/softmax.ts');");

  expect(upward.filter(isForbidden)).toHaveLength(1);
  expect(hidden.filter(isForbidden)).toHaveLength(1);
});

test('planted, a stack that asks how TensorFlow.js smooths its labels is a breach, and a doctor that asks for one reference', () => {
  const stack = importsIn(
    'src/examine/stack.ts',
    "import { smoothingOf } from '../../reference/tfjs/smoothing.ts';",
  );
  const doctor = importsIn('reference/doctor.ts', "import { tfjsCpu } from './tfjs/cpu.ts';");

  expect([...stack, ...doctor].filter(knowsTensorflow)).toHaveLength(2);
});

test('a planted circle of types is named, with all of its files', () => {
  const planted = [
    ...importsIn('src/examine/range.ts', "import type { CampaignPlan } from '../campaign/plan.ts';"),
    ...imports,
  ];

  const [plan, range, protocol] = ['campaign/plan', 'examine/range', 'worker/protocol'].map(
    (name) => `src/${name}.ts`,
  );
  expect(circlesOf(planted)).toEqual([[plan, range, protocol]]);
});

test('planted in the campaign, a type of the judge, or code that asks an oracle by way of another file, is a breach', () => {
  const type = importsIn(
    'src/campaign/death.ts',
    "import type { Participants } from '../judge/judge-case.ts';",
  );
  const onTheWay = importsIn(
    'src/examine/finding-fields.ts',
    "import { answerOf } from '../oracles/exact.ts';",
  );

  expect(whatCampaignRuns([...imports, ...type])).toEqual(type);
  expect(whatCampaignRuns([...imports, ...onTheWay])).toEqual(onTheWay);
});

test('planted, a report that asks an oracle is a breach, and a page that asks a kernel or the judge', () => {
  const reports = importsIn('src/report/story.ts', "import { answerOf } from '../oracles/exact.ts';");
  const kernels = importsIn(`${page}/data.ts`, "import { softmax } from '../../../kernels/index.ts';");
  const judges = importsIn(`${page}/data.ts`, "import { judgeCase } from '../../../judge/judge-case.ts';");

  for (const planted of [reports, kernels, judges]) {
    expect(whatReportsJudge([...imports, ...planted])).toContainEqual(planted[0]);
  }
});

test('no doc comment begins with "Of ", and no comment line is wider than 110 columns', () => {
  expect(written.flatMap((file) => breachesOfWriting(file, readFileSync(file, 'utf8')))).toEqual([]);
  expect(written.filter((file) => !files.includes(file)).length).toBeGreaterThan(20);
});

test('planted, each way to write a comment wrongly is named with its line', () => {
  const opening = '/**';
  const source = [
    `  ${opening} Of one regime. */`,
    opening,
    ' * Of one kernel.',
    ' */',
    `  // ${'x'.repeat(106)}`,
    `  ${opening} ${'x'.repeat(103)} */`,
    ` * ${'x'.repeat(107)}`,
    `  // ${'x'.repeat(105)}`,
    `${opening} Office hours. */`,
  ].join('\n');

  const [of, wide] = ['begins with "Of "', 'is wider than 110 columns'];
  expect(breachesOfWriting('planted.ts', source)).toEqual([
    `planted.ts:1 ${of}`,
    `planted.ts:2 ${of}`,
    ...[5, 6].map((line) => `planted.ts:${line} ${wide}`),
  ]);
});
