/** Every channel counts causes: one mistake of many signatures is told once. */
import type { Log } from 'sarif';
import { expect, test } from 'vitest';
import { exampleRun } from '../archive/fixtures/example-run.ts';
import type { CauseRecord } from '../archive/cause-record.ts';
import type { RunRecord } from '../archive/run-record.ts';
import { summaryOf } from './fixtures/hostile-run.ts';
import { githubAnnotations, githubSummary } from './github.ts';
import { renderJunit } from './junit.ts';
import { renderSarif } from './sarif.ts';
import { toldCauses } from './told-causes.ts';

const kind = (i: number, kernel = 'softmax'): string =>
  `2:${kernel}/forward/any/subject/exact/wrong/nan/kind ${i}/default/any`;
const cause = (signatures: readonly string[]): CauseRecord => ({
  id: signatures[0]!.length.toString(),
  blame: 'subject',
  severity: 'wrong',
  cases: 30,
  signatures,
  finding: 'reports/runs/x/findings/y/finding.json',
  boundary: 'right up to |x| = 88.72, NaN above',
  stage: null,
  nearest: null,
});

const ofSoftmax = Array.from({ length: 25 }, (_, i) => kind(i));
const ofLoss = [kind(0, 'logSumExp'), kind(0, 'logSoftmax')];
const findings = [
  ...ofSoftmax.map((signature) => summaryOf({ blame: 'subject', signature, count: 1 })),
  ...(['logSumExp', 'logSoftmax'] as const).map((operation, at) =>
    summaryOf({ blame: 'subject', signature: ofLoss[at]!, operation, count: 2 }),
  ),
];
const run: RunRecord = exampleRun({ findings, causes: [cause(ofSoftmax), cause(ofLoss)], exitCode: 1 });
const count = (text: string, part: string): number => text.split(part).length - 1;

test('JUnit fails each kernel by each of its causes, and says where they begin and what else they show', () => {
  const xml = renderJunit(run);

  // One of the two shows in two kernels, neither of which may be green.
  expect(count(xml, '<failure ')).toBe(3);
  expect(xml).toMatch(
    /NaN above\n25 cases; signature \S+ 0\S+\nand 24 more kinds: kind 1; kind 2;.*; kind 24\n/,
  );
});

test('SARIF has a result for each, and names all kernels that show it', () => {
  const { results } = (JSON.parse(renderSarif(run)) as Log).runs[0]!;

  const kernels = results!.map(({ locations }) => locations![0]!.logicalLocations!.map(({ name }) => name));
  expect(kernels).toEqual([['softmax/forward'], ['logSumExp/forward', 'logSoftmax/forward']]);
  expect(results![0]!.message.text).toContain('right up to |x| = 88.72, NaN above\nand 24 more kinds: ');
  expect(results![0]!.properties!['count']).toBe(25);
});

test('there is an annotation for each, and a section of the job summary', () => {
  const annotations = githubAnnotations(run);
  expect(annotations).toHaveLength(2);
  expect(annotations[0]).toContain('NaN above%0Aand 24 more kinds: kind 1; ');

  const summary = githubSummary(run, { bytesMax: 100_000 });
  expect(count(summary, '\n### ')).toBe(2);
  expect(summary).toContain('Causes of 0 divergent cases: 2.');
});

test('a cause some of whose kinds are new and others have grown is told as both', () => {
  const growth = { severity: 'wrong', ratio: 2, sameCases: true } as const;
  const [first, second] = findings.map((finding) => ({ ...finding, fails: true })) as [
    (typeof run)['findings'][number],
    (typeof run)['findings'][number],
  ];
  const grown = { ...first, known: true, growth };

  const told = toldCauses({ findings: [grown, second], causes: [cause(ofSoftmax)] });

  expect(told.map(({ finding }) => finding.growth)).toEqual([growth, undefined]);
});

test('what is new stands for its cause before what the baseline lists, and says so', () => {
  const [first, second] = findings.slice(0, 2).map((finding) => ({ ...finding, fails: true })) as [
    (typeof run)['findings'][number],
    (typeof run)['findings'][number],
  ];
  const known = { ...first, known: true, fails: false };

  const [told] = toldCauses({ findings: [known, second], causes: [cause(ofSoftmax)] });

  expect(told).toMatchObject({ finding: { signature: kind(1) }, others: [{ signature: kind(0) }] });
});
