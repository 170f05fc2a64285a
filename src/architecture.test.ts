/** The one-way flow of the folders, checked: a folder imports itself and what stands above it, nothing below. */
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
  'src/text',
  'src/provision',
  'reference',
  'src/oracles',
  'properties',
  'src/judge',
  'src/shrink',
  'src/search',
  'src/archive',
  'src/campaign',
  'src/merge',
  'src/report',
  'src/vitest-kit',
  'src/bench',
  'src/score',
  'src/cli',
];
/** Pairs that never meet in either direction: one bug must not hide in both. */
const apart: readonly (readonly [string, string])[] = [['src/oracles', 'src/kernels']];

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Relative imports, static and dynamic, of one source text; paths relative to the repository. */
function importsIn(file: string, source: string): Import[] {
  const specifiers = [...source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)].map((match) => match[1]!);
  return specifiers.map((specifier) => ({
    from: file,
    to: relative('.', resolve(dirname(file), specifier)),
  }));
}

function folderOf(path: string): string | undefined {
  return order.find((folder) => path.startsWith(`${folder}/`));
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

/** Files that import each other, directly or by others, types included; [] where there is no such circle. */
function circlesOf(imports: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to]);
  const reachedFrom = (start: string): Set<string> => {
    const reached = new Set<string>();
    const due = [start];
    for (let file = due.pop(); file !== undefined; file = due.pop()) {
      for (const to of targets.get(file) ?? []) {
        if (reached.has(to)) continue;
        reached.add(to);
        due.push(to);
      }
    }
    return reached;
  };
  const reach = new Map([...targets.keys()].map((file) => [file, reachedFrom(file)]));
  const inCircle = [...reach.keys()].filter((file) => reach.get(file)!.has(file)).sort();
  const circles = inCircle.map((file) => inCircle.filter((other) => isMutual(reach, file, other)));
  return [...new Map(circles.map((circle) => [circle.join(' '), circle])).values()];
}

function isMutual(reach: ReadonlyMap<string, ReadonlySet<string>>, a: string, b: string): boolean {
  return reach.get(a)!.has(b) && reach.get(b)!.has(a);
}

const files = ['src', 'reference', 'properties'].flatMap(sourceFiles);
const imports = files.flatMap((file) => importsIn(file, readFileSync(file, 'utf8')));

test('no folder imports one that stands below it, and the oracles and the kernels never meet', () => {
  expect(imports.filter(isForbidden)).toEqual([]);
});

test('every folder of source stands in the order', () => {
  const strangers = files.filter((file) => folderOf(file) === undefined && !/^src\/[^/]+\.ts$/.test(file));

  expect(strangers).toEqual([]);
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

test('a planted circle of types is named, with all of its files', () => {
  const planted = [
    ...importsIn('src/campaign/range.ts', "import type { CampaignPlan } from './plan.ts';"),
    ...imports,
  ];

  const [plan, protocol, range] = ['plan', 'protocol', 'range'].map((name) => `src/campaign/${name}.ts`);
  expect(circlesOf(planted)).toEqual([[plan, protocol, range]]);
});
