/**
 * Recorded files, each with one value replaced by a hostile one: either a sentence refuses the file, or all
 * that is made of it is made.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { fixedEntries, growthOf, kernelsListed, loadBaseline } from '../archive/baseline.ts';
import { loadCorpus } from '../archive/corpus.ts';
import { exampleRun } from '../archive/fixtures/example-run.ts';
import { findingSummary, loadFinding } from '../archive/finding-file.ts';
import { loadRun } from '../archive/run-folder.ts';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { remarksOn } from '../merge/remarks.ts';
import { unionOf } from '../merge/union.ts';
import { findingReadme } from '../text/finding-readme.ts';
import { UsageError } from '../contract/failure.ts';
import { explainFinding } from './explain-finding.ts';
import { githubAnnotations, githubSummary } from './github.ts';
import { renderHtml } from './html/render-html.tsx';
import { renderJunit } from './junit.ts';
import { renderConsole } from './render-console.ts';
import { renderJson } from './render-json.ts';
import { renderMarkdown } from './render-markdown.ts';
import { renderSarif } from './sarif.ts';
import { storyOf } from './story.ts';
import { summaryJson } from './summary-json.ts';

const root = mkdtempSync(join(tmpdir(), 'logitfuzz-hostile-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const texts = ['', 'A', 'NaN', '\0', '\ud800', '../../x', '__proto__', '{}', '9'.repeat(400), '%E0%A4%A'];
const numbers = [-1, 0, 0.5, 2 ** 31, 2 ** 53, 1e308, -1e308];
const hostile: readonly unknown[] = [...texts, ...numbers, null, true, [], {}, [null], { a: 1 }];

type Path = readonly (string | number)[];

/** The place of every value in the data that holds no others, and of every list and table. */
function placesIn(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [
    at,
    ...Object.keys(value).flatMap((key) => placesIn((value as Record<string, unknown>)[key], [...at, key])),
  ];
}

function withValue(data: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const copy = (Array.isArray(data) ? [...(data as unknown[])] : { ...(data as object) }) as Record<
    string,
    unknown
  >;
  copy[key] = withValue(copy[key], rest, value);
  return copy;
}

function readAs<T>(name: string, data: unknown, read: (path: string) => T): T | null {
  const path = join(root, name);
  writeFileSync(path, JSON.stringify(data));
  try {
    return read(path);
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

const finding = exampleFinding({
  blame: 'subject',
  ratio: 'Infinity',
  growth: { severity: 'wrong', ratio: 2, sameCases: true },
});
const run = exampleRun({
  findings: [findingSummary(finding, 'finding.json')],
  baseline: { path: 'b.json', entries: 1, fixed: ['1:x'], grown: [] },
  breaks: [{ blame: 'tfjs-wasm', symptom: 'crashed' }],
});

function mutated(data: unknown): fc.Arbitrary<{ readonly at: Path; readonly data: unknown }> {
  return fc
    .record({ at: fc.constantFrom(...placesIn(data)), value: fc.constantFrom(...hostile) })
    .map(({ at, value }) => ({ at, data: withValue(JSON.parse(JSON.stringify(data)), at, value) }));
}

const sampling = { seed: 14, numRuns: 1_500 };

test('a finding is refused in a sentence, or told in full', () => {
  fc.assert(
    fc.property(mutated(finding), ({ data }) => {
      const read = readAs('finding.json', data, (path) => loadFinding(path));
      if (read === null) return;
      const told = [findingReadme(read, 'x'), explainFinding(read, { verb: 'is' }), storyOf(read)];

      expect(told.every((text) => text.length > 0)).toBe(true);
    }),
    sampling,
  );
});

test('a run is refused in a sentence, or reported in full', () => {
  fc.assert(
    fc.property(mutated(run), ({ data }) => {
      const read = readAs('run.json', data, (path) => loadRun(path));
      if (read === null) return;
      const told = [{ finding, path: 'finding.json' }];
      renderConsole(read, { color: false, width: 80 });
      renderJunit(read);
      renderSarif(read);
      githubAnnotations(read);
      githubSummary(read, { bytesMax: 1e6 });
      renderMarkdown(read, told);
      renderJson(read, told);
      renderHtml(read, told, { script: '', score: null });
      summaryJson(read);
      const runs = [{ path: 'a', record: read, findings: [finding] }];
      remarksOn(runs, unionOf(runs));
    }),
    { ...sampling, numRuns: 400 },
  );
});

test('a baseline is refused in a sentence, or compared with', () => {
  const signature = '1:softmax/forward/float32/subject/exact/wrong/ulps/finite/default/last';
  const cases = { seed: '7', runs: 9, generatorVersion: 5, kernels: ['softmax'], formats: ['float32'] };
  const findings = { [signature]: { severity: 'wrong', ratio: 2, cases: 1 } };
  const reach = { kernels: ['softmax'], formats: ['float32'], isComplete: true } as const;

  fc.assert(
    fc.property(mutated({ schemaVersion: 2, subject: 'mine', ...cases, findings }), ({ data }) => {
      const read = readAs('baseline.json', data, (path) => loadBaseline(path));
      if (read === null) return;
      growthOf(read, { blame: 'subject', signature, ratio: 'Infinity' }, null);
      fixedEntries(read, { findings: [], reach, cases: read.cases! });
      expect(kernelsListed(read).length).toBeLessThan(10);
    }),
    sampling,
  );
});

test('a case of the corpus is refused in a sentence, or read', () => {
  const entry = { schemaVersion: 1, name: 'entry', why: 'x', case: finding.minimal };

  fc.assert(
    fc.property(mutated(entry), ({ data }) => {
      const folder = join(root, 'corpus');
      mkdirSync(folder, { recursive: true });
      const read = readAs('corpus/entry.json', data, () => loadCorpus(folder));

      expect(read === null || read.length === 1).toBe(true);
    }),
    sampling,
  );
});
