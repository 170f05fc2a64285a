/** SARIF, held to the schema of 2.1.0 as Microsoft's own package ships it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import type { Log, Result } from 'sarif';
import { expect, test } from 'vitest';
import { exampleRun } from '../archive/fixtures/example-run.ts';
import { hostileRun, summaryOf } from './fixtures/hostile-run.ts';
import { githubAnnotations } from './github.ts';
import { renderSarif } from './sarif.ts';

const path = createRequire(import.meta.url).resolve(
  '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
);
// One pattern of the schema is none in Unicode mode.
const ajv = new Ajv.default({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats.default(ajv as never);
const validate = ajv.compile(JSON.parse(readFileSync(path, 'utf8')) as object);

function faultsOf(text: string): readonly string[] {
  validate(JSON.parse(text));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

function resultsOf(text: string): readonly Result[] {
  return (JSON.parse(text) as Log).runs[0]!.results!;
}

const own = { blame: 'subject', signature: '1:a' } as const;

test('the schema finds nothing wrong, whatever a subject is called and says', () => {
  expect(faultsOf(renderSarif(exampleRun()))).toEqual([]);
  expect(faultsOf(renderSarif(hostileRun()))).toEqual([]);
});

test('and does where a level is none of SARIF’s: the check would see it', () => {
  const text = renderSarif(hostileRun()).replace('"level": "error"', '"level": "fatal"');

  expect(faultsOf(text)).toContainEqual(
    expect.stringContaining('must be equal to one of the allowed values'),
  );
});

test('there is a rule for each class of divergence that occurs, and a result points to its own', () => {
  const findings = [
    summaryOf(own),
    summaryOf({ ...own, signature: '1:b' }),
    summaryOf({ ...own, signature: '1:c', symptom: 'threw' }),
  ];

  const { tool, results } = (JSON.parse(renderSarif(exampleRun({ findings }))) as Log).runs[0]!;

  expect(tool.driver.rules!.map(({ id }) => id)).toEqual(['wrong-threw', 'wrong-ulps']);
  for (const { ruleId, ruleIndex } of results!) expect(tool.driver.rules![ruleIndex!]!.id).toBe(ruleId);
});

test('a result carries signature, replay command, and where the subject’s module is', () => {
  const subject = { name: 'mine', version: '1', module: './src/my kernels.ts' };

  const [result] = resultsOf(
    renderSarif(exampleRun({ subject, findings: [summaryOf({ ...own, subject })] })),
  );

  expect(result!.partialFingerprints!['logitfuzzSignature/v1']).toBe('1:a');
  expect(result!.properties!['replay']).toBe(
    "npx logitfuzz replay reports/runs/x/findings/y/finding.json --subject './src/my kernels.ts'",
  );
  expect(result!.locations![0]!.physicalLocation!.artifactLocation).toEqual({
    uri: 'src/my%20kernels.ts',
    uriBaseId: '%SRCROOT%',
  });
});

test('the fingerprint that GitHub goes by tells two signatures apart', () => {
  const text = renderSarif(
    exampleRun({ findings: [summaryOf(own), summaryOf({ ...own, signature: '1:b' })] }),
  );

  const hashes = resultsOf(text).map((result) => result.partialFingerprints!['primaryLocationLineHash']);
  expect(new Set(hashes).size).toBe(2);
});

test('what the baseline lists is a note; what references get wrong is not in it', () => {
  const findings = [summaryOf({ ...own, known: true }), summaryOf()];
  const baseline = { path: 'b.json', entries: 1, fixed: [] };

  const results = resultsOf(renderSarif(exampleRun({ findings, baseline })));

  expect(results.map(({ level, baselineState }) => [level, baselineState])).toEqual([['note', 'unchanged']]);
});

test('what has grown is updated, an error where it fails the run, and says by how much', () => {
  const growth = { severity: 'inaccurate', ratio: 2, sameCases: true } as const;
  const findings = [
    summaryOf({ ...own, known: true, ratio: 1.5, growth }),
    summaryOf({ ...own, signature: '1:b', known: true, growth: { ...growth, sameCases: false } }),
  ];
  const baseline = { path: 'b.json', entries: 1, fixed: [] };

  const results = resultsOf(renderSarif(exampleRun({ findings, baseline })));

  expect(results.map(({ level, baselineState }) => [level, baselineState])).toEqual([
    ['error', 'updated'],
    ['warning', 'updated'],
  ]);
  expect(results[0]!.message.text).toContain('(inaccurate when it was listed, wrong now)');
});

test('a result and an annotation point at the line of the kernel, where that is known', () => {
  const run = exampleRun({
    subject: { name: 'mine', version: '1', module: './dist/k.js' },
    findings: [summaryOf(own)],
  });
  const places = { softmax: { path: 'src/my kernels.ts', line: 12 } };

  const [result] = resultsOf(renderSarif(run, places));
  const [annotation] = githubAnnotations(run, places);

  expect(result!.locations![0]!.physicalLocation).toMatchObject({
    artifactLocation: { uri: 'src/my%20kernels.ts', uriBaseId: '%SRCROOT%' },
    region: { startLine: 12 },
  });
  expect(annotation).toContain('file=src/my kernels.ts,line=12,');
});
