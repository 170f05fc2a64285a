/** Renderers say of a finding what its run recorded of it, and read no rule of their own into it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exampleRun } from '../archive/fixtures/example-run.ts';
import { loadRun } from '../archive/run-folder.ts';
import type { RunRecord } from '../archive/run-record.ts';
import { hostileRun, summaryOf } from './fixtures/hostile-run.ts';
import { githubAnnotations, githubSummary } from './github.ts';
import { renderHtml } from './html/render-html.tsx';
import { renderJunit } from './junit.ts';
import { renderConsole } from './render-console.ts';
import { renderMarkdown } from './render-markdown.ts';
import { renderSarif } from './sarif.ts';
import { summaryJson } from './summary-json.ts';

const renderers: Readonly<Record<string, (run: RunRecord) => string>> = {
  junit: renderJunit,
  sarif: renderSarif,
  'github annotations': (run) => githubAnnotations(run).join('\n'),
  'github summary': (run) => githubSummary(run, { bytesMax: 1_000_000 }),
  console: (run) => renderConsole(run, { color: false, width: 200 }),
  markdown: (run) => renderMarkdown(run, []),
  html: (run) => renderHtml(run, [], { script: '', score: null }),
  json: (run) => JSON.stringify(summaryJson(run)),
};

/** The record as `loadRun` reads it from a run.json. */
function readBack(json: string): RunRecord {
  const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-'));
  try {
    writeFileSync(join(folder, 'run.json'), json);
    return loadRun(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const strictGate = hostileRun({ strict: true });
const recorded = JSON.stringify(strictGate);
const recordedBefore = JSON.stringify(strictGate, (key, value: unknown) =>
  key === 'fails' ? undefined : value,
);

test.each(Object.entries(renderers))(
  '%s of a run that was recorded without the field is the same',
  (_, render) => {
    expect(render(readBack(recordedBefore))).toBe(render(readBack(recorded)));
  },
);

test('both kinds of finding are in that run', () => {
  expect(new Set(readBack(recordedBefore).findings.map(({ fails }) => fails))).toEqual(
    new Set([true, false]),
  );
});

test.each([
  ['junit', '<failure'],
  ['sarif', '"level": "error"'],
  ['github annotations', '::error'],
  ['github summary', 'Findings that fail it: 1'],
])('%s has a failure where the run recorded one, and only there', (name, mark) => {
  const finding = summaryOf({ blame: 'subject', severity: 'inaccurate' });
  const run = exampleRun({ findings: [finding] });
  const saying = (fails: boolean): RunRecord => ({ ...run, findings: [{ ...finding, fails }] });

  expect(renderers[name]!(saying(true))).toContain(mark);
  expect(renderers[name]!(saying(false))).not.toContain(mark);
});

test('what --json prints has no such field', () => {
  expect(JSON.stringify(summaryJson(strictGate))).not.toContain('"fails"');
});

test('run.json may leave the field out, and holds no other than a boolean in it', () => {
  expect(recordedBefore).not.toContain('"fails"');
  expect(() => readBack(recorded.replace('"fails":true', '"fails":"yes"'))).toThrow('fails');
});
