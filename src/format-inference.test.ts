/**
 * A format travels with the case: nobody but the edges infers
 * it from a typed array's class. Checked in the sources.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** The file of the functions that infer; nobody else asks for a class. */
const inferring = 'src/float/format.ts';
/**
 * Where data comes without a case, as from a kernel's caller or from a subject;
 * paths, or folders with all in them.
 */
const edges: readonly string[] = [
  'src/tensor/tensor.ts', // tensorFormat and isIndexTensor, of a tensor's data
  'src/contract/validate.ts',
  'src/kernels/',
  'src/vitest-kit/',
  'src/bench/find/', // callers of kernels as people write them, without a case
  'src/connect/', // what makes a module of something else is asked as a module is
  // Kernels too, though not of the project's own: they take what the contract gives them.
  'src/oracles/gradient/plain-kernels.ts',
  'src/diagnose/replicas.ts',
  'src/score/host/',
  'src/score/mutants/',
  'series/later-mistakes/',
];

const askingForClass = /instanceof\s+\(?(?:Float32Array|Float64Array|Int32Array)\b/;
const callOfInference = /(?<!function )\b(?:formatOf|tensorFormat|isFloatArray|isIndexArray)\(/;

/** Lines that infer and may not, as `file:line`. */
function breachesIn(file: string, source: string): string[] {
  if (file === inferring) return [];
  const isEdge = edges.some((edge) => file === edge || (edge.endsWith('/') && file.startsWith(edge)));
  return source.split('\n').flatMap((line, i) => {
    const isBreach = askingForClass.test(line) || (callOfInference.test(line) && !isEdge);
    return isBreach ? [`${file}:${i + 1}`] : [];
  });
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return /(?<!\.test)\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

const files = ['src', 'reference', 'properties', 'series'].flatMap(sourceFiles);

test('no format is inferred from the class of an array but at the edges', () => {
  expect(files.flatMap((file) => breachesIn(file, readFileSync(file, 'utf8')))).toEqual([]);
});

test('the scan sees the inference: each edge that is listed has some', () => {
  const idle = edges.filter((edge) => {
    const under = files.filter((file) => file.startsWith(edge));
    return !under.some((file) => callOfInference.test(readFileSync(file, 'utf8')));
  });

  expect(idle).toEqual([]);
});

test('a planted inference is a breach, and no class is asked for at an edge either', () => {
  const call = '\nconst format = formatOf(c.logits.data);';
  const question = 'if (target.data instanceof Int32Array) return;';

  expect(breachesIn('src/report/story.ts', call)).toEqual(['src/report/story.ts:2']);
  expect(breachesIn('src/kernels/softmax.ts', call)).toEqual([]);
  expect(breachesIn('src/kernels/softmax.ts', question)).toEqual(['src/kernels/softmax.ts:1']);
});
