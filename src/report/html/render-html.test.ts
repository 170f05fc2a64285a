import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { exampleFinding } from '../../case/fixtures/example-finding.ts';
import { exampleRun } from '../../archive/fixtures/example-run.ts';
import { findingSummary } from '../../archive/finding-file.ts';
import type { RunRecord } from '../../archive/run-record.ts';
import type { Finding } from '../../case/finding.ts';
import type { DetailView } from './finding-view.ts';
import { trendOf } from '../compare/trend.ts';
import { jsonInHtml } from './document.tsx';
import { renderHtml } from './render-html.tsx';

const path = 'reports/runs/x/findings/y/finding.json';
const script = 'globalThis.ready = 1 < 2;';

function render(findings: readonly Finding[] = [], changes: Partial<RunRecord> = {}): string {
  const run = exampleRun({ findings: findings.map((finding) => findingSummary(finding, path)), ...changes });
  return renderHtml(
    run,
    findings.map((finding) => ({ finding, path })),
    { script },
  );
}

/** The text that a reader sees before any script has run. */
function textOf(html: string): string {
  const visible = html.replaceAll(/<(script|style|svg)\b.*?<\/\1>/gs, '').replaceAll(/<[^>]*>/g, ' ');
  return visible.replaceAll(/\s+/g, ' ');
}

const ofSubject = exampleFinding({ blame: 'subject', signature: '1:a' });
const inaccurate = exampleFinding({ blame: 'subject', signature: '1:b', severity: 'inaccurate' });

describe('the verdict', () => {
  test.each([
    [[], {}, 'is not found wrong'],
    [[exampleFinding()], {}, 'is not found wrong'],
    [[inaccurate], {}, 'is inaccurate'],
    [[inaccurate, ofSubject], {}, 'is wrong'],
    [[], { verdicts: { agree: 0, diverge: 0, inconclusive: 0, skip: 100 } }, 'was not judged'],
  ] as const)('case %#', (findings, changes, verdict) => {
    expect(textOf(render(findings, changes))).toContain(` from-scratch ${verdict} `);
  });

  test('says where, and how badly, with a link to the worst', () => {
    const counts = { agree: 90, diverge: 9, inconclusive: 0, skip: 1 };
    const byKernel = { 'softmax/forward/from-scratch': counts };
    const html = render([inaccurate, ofSubject], { byKernel });

    expect(textOf(html)).toContain('softmax, forward (9 of 99)');
    expect(html).toMatch(/href="#finding-[0-9a-f]{10}">Show it/);
  });
});

test('the policy allows its own script and style, by their hashes, and nothing else', () => {
  const html = render([ofSubject]);
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1];
  const style = /<style>(.*?)<\/style>/s.exec(html)![1]!;
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

  expect(policy!.replaceAll('&#39;', "'")).toBe(
    `default-src 'none'; style-src ${hash(style)}; script-src ${hash(script)}; base-uri 'none'; form-action 'none'`,
  );
  expect(html).toContain(`<script>${script}</script>`);
  expect(html).not.toMatch(/\s(?:src|srcset|style|on\w+)=/);
  expect(html).not.toMatch(/href="(?!#)/);
});

test('nothing in the data can end its element, and it reads back the same', () => {
  const items = [{ a: '</script><!--&\u2028\u2029' }, { b: 'ü' }];
  const text = jsonInHtml(items);

  expect(text).not.toMatch(/[<>&\u2028\u2029]/);
  expect(JSON.parse(`[${text}]`)).toEqual(items);
});

test('a detail has the smallest case, who answered what, the terms, and the command', () => {
  const html = render([ofSubject]);
  const packed = /id="details-data">([^<]*)</.exec(html)![1]!;
  const detail = JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString()) as DetailView;

  expect(detail.tables[0]!.header).toEqual(['at', 'logits', 'exact', 'got', 'error', 'allowed', 'ULPs']);
  expect(detail.tables[0]!.rows.map(({ kind }) => kind)).toEqual(['plain', 'worst']);
  expect(detail.answers.map(({ name, kind }) => [name, kind])).toEqual([
    ['from-scratch@0.1.0', 'agree'],
    ['tfjs-wasm@4.22.0', 'wrong'],
  ]);
  expect(detail.budget).toEqual({
    terms: [{ name: 'the rounding of exp', value: '2.384e-7', share: 1 }],
    allowed: '2.384e-7',
    error: '0.25',
    used: 2 ** 20,
  });
  expect(detail.replay).toBe(`npx logitfuzz replay ${path}`);
});

test('every element outside its tolerance is marked, the one that is named apart', () => {
  const { got } = exampleFinding();
  // 0.25 twice
  const all = exampleFinding({ blame: 'subject', element: 0, got: { ...got!, base64: 'AACAPgAAgD4=' } });
  const packed = /id="details-data">([^<]*)</.exec(render([all]))![1]!;
  const detail = JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString()) as DetailView;

  expect(detail.tables[0]!.rows.map(({ kind }) => kind)).toEqual(['worst', 'guilty']);
});

test('the coverage is a map of counts, an untouched cell a point', () => {
  const text = textOf(render());

  expect(text).toContain(' ties 50 · ');
});

test('a plot says in words what it shows', () => {
  const errors = {
    'softmax/forward/float32/width/1/from-scratch': { cases: 5, ulps: 3, allowed: 9, notFinite: 0 },
    'softmax/forward/float32/width/2/from-scratch': { cases: 5, ulps: 90, allowed: 9, notFinite: 0 },
  };

  expect(render([], { errors })).toContain(
    'Errors in ULPs by width. from-scratch: at most 90 ULPs, outside its tolerance in 1 of 2 columns.',
  );
});

test('a score that was taken is told', () => {
  const score = {
    mutants: [
      {
        name: 'no shift',
        class: 'overflow',
        killed: true,
        casesToKill: 12,
        oracles: [
          { oracle: 'exact', first: 3 },
          { oracle: 'gradient', first: 0 },
        ],
      },
      { name: 'off by one', class: 'shape', killed: false, casesToKill: null, oracles: [] },
    ],
  };
  const text = textOf(renderHtml(exampleRun(), [], { script, score }));

  expect(text).toContain('Of 2 planted wrong kernels 1 are found.');
  expect(text).toContain('no shift overflow in 12 cases exact');
  expect(text).toContain('off by one shape not found');
});

test('the trend of the runs under the root is shown where there are two', () => {
  const runs = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'].map((startedAt) =>
    exampleRun({ startedAt }),
  );
  const of = (count: number): string => {
    const trend = trendOf(runs.slice(0, count), runs[0]!.subject.name);
    return textOf(renderHtml(exampleRun(), [], { script, trend }));
  };

  expect(of(2)).toContain('2 runs of the subject under the reports root, oldest first.');
  expect(of(1)).not.toContain('under the reports root, oldest first');
});
