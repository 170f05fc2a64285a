import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { exampleRun } from '../archive/fixtures/example-run.ts';
import { findingSummary } from '../archive/finding-file.ts';
import type { FindingSummary } from '../archive/run-record.ts';
import type { Finding } from '../case/finding.ts';
import { renderConsole } from './render-console.ts';
import { renderJson } from './render-json.ts';
import { renderMarkdown } from './render-markdown.ts';
import { summaryJson } from './summary-json.ts';

const path = 'reports/runs/x/findings/y/finding.json';
const plain = { color: false, width: 200 };
const summaryOf = (changes: Partial<Finding> = {}): FindingSummary =>
  findingSummary(exampleFinding(changes), path);

const symptomsOfMany = [
  'nan',
  'inf',
  'sign',
  'zero',
  'ulps',
  'shape',
  'format',
  'printed',
  'threw',
  'crashed',
] as const;

const ofSubject = { blame: 'subject', signature: '1:a', count: 1 } as const;
const inaccurate = { ...ofSubject, severity: 'inaccurate', signature: '1:b', count: 99 } as const;

describe('the summary in the terminal', () => {
  test('says in its first line that nothing was found of the subject, whatever the references get wrong', () => {
    const text = renderConsole(exampleRun({ findings: [summaryOf()] }), plain);

    expect(text.split('\n')[0]).toBe('OK  from-scratch@0.1.0: nothing found in 100 cases in 2.5 s (40/s)');
    expect(text).toContain(
      [
        'What the references get wrong, new (1 cause, in cases):',
        'softmax/forward wrong ulps  tfjs-wasm 12',
        '    softmax/float32 [2, 1] axis 0: 0.25 is not 0.5: 1048576 times the allowed error at [1, 0]',
        `    npx logitfuzz replay ${path}`,
      ].join('\n'),
    );
  });

  test('tells one kind of error of the references once, however many signatures and references share it', () => {
    const findings = ['tfjs-cpu', 'tfjs-wasm'].flatMap((blame) =>
      ['1:a', '1:b'].map((signature) => summaryOf({ blame, signature: signature + blame, count: 3 })),
    );

    const text = renderConsole(exampleRun({ findings }), plain);

    expect(text).toContain('softmax/forward wrong ulps  tfjs-cpu 6, tfjs-wasm 6');
    expect(text.match(/npx logitfuzz replay/g)).toHaveLength(1);
  });

  test('counts in one line what --max-findings left out', () => {
    const run = exampleRun({
      findings: [summaryOf({ blame: 'subject' })],
      leftOut: { count: 2, failing: 1 },
    });
    const budget = { ...run.budget, maxFindings: 1 };

    expect(renderConsole({ ...run, budget }, plain)).toContain(
      '\n… and 2 findings of the subject at higher indices, 1 of which fails the run, left out by --max-findings 1\n',
    );
  });

  test('counts what the ledger knows in one line a reference, after what is new with its command', () => {
    const known = { known: true, count: 3 } as const;
    const of = (ledger: string): Partial<Finding> => ({ ledger, signature: `tfjs-wasm/known=${ledger}` });
    const findings = [
      summaryOf({ ...known, ...of('empty-transpose'), symptom: 'threw', severity: 'wrong' }),
      summaryOf({ ...known, ...of('infinite-maximum') }),
      summaryOf({ signature: '1:c', symptom: 'nan', count: 1 }),
    ];

    const lines = renderConsole(exampleRun({ findings }), plain).split('\n');

    const section = lines.slice(lines.findIndex((line) => line.startsWith('What')));
    expect(section.slice(0, 6)).toEqual([
      'What the references get wrong, new (1 cause, in cases):',
      'softmax/forward wrong nan  tfjs-wasm 1',
      '    softmax/float32 [2, 1] axis 0: 0.25 is not 0.5: 1048576 times the allowed error at [1, 0]',
      `    npx logitfuzz replay ${path}`,
      '',
      'known (ledger): tfjs-wasm 6 cases of 2 entries',
    ]);
  });

  test.each([
    ['WRONG', '783 of 1,295 cases wrong, 1 cause,', [summaryOf(ofSubject)]],
    ['INACCURATE', '783 of 1,295 cases inaccurate, 1 cause,', [summaryOf(inaccurate)]],
    [
      'WRONG',
      '783 of 1,295 cases diverge, 2 causes, 1 wrong and 1 inaccurate,',
      [summaryOf(inaccurate), summaryOf(ofSubject)],
    ],
    [
      'WRONG',
      '700 of 1,295 cases wrong, 1 cause beside 1 known,',
      [summaryOf({ ...inaccurate, known: true, count: 83 }), summaryOf(ofSubject)],
    ],
  ])('says how many cases diverge, and of how many causes: %s %s', (verdict, found, findings) => {
    const verdicts = { agree: 512, diverge: 783, inconclusive: 0, skip: 0 };

    const text = renderConsole(exampleRun({ findings, verdicts, cases: 1295 }), plain);

    expect(text.split('\n')[0]).toBe(`${verdict}  from-scratch@0.1.0: ${found} in 2.5 s (40/s)`);
  });

  test('tells a cause once: its smallest case, where it begins, how bad the worst was, its other kinds in a line', () => {
    const kind = (rest: string): string => `2:softmax/forward/any/subject/exact/${rest}`;
    const mild = { ...ofSubject, signature: kind('wrong/ulps/finite/default/any'), ratio: 40 } as const;
    const originally = {
      oracle: 'exact',
      severity: 'wrong',
      symptom: 'nan',
      ratio: 'Infinity',
      sentence: 'got 1.00022, exact 1',
    } as const;
    const finding = summaryOf({ ...mild, allowed: 2 ** -10, originally });
    const milder = { ...mild, signature: kind('inaccurate/ulps/-inf/default/any'), ratio: 2 } as const;
    const other = summaryOf({ ...milder, severity: 'inaccurate', known: true, count: 1299 });
    const cause = {
      id: 'c',
      blame: 'subject',
      severity: 'wrong',
      cases: 1300,
      signatures: [finding.signature, other.signature],
      finding: path,
      boundary: 'right up to |x| = 88.72, NaN above',
      stage: { name: 'shift', sentence: 'the maximum is not subtracted', confirmed: true },
      nearest: null,
    } as const;

    const text = renderConsole(exampleRun({ findings: [other, finding], causes: [cause] }), plain);

    expect(text).toContain(
      [
        'wrong  softmax/float32 [2, 1] axis 0  from-scratch@0.1.0  0.25 is not 0.5: 256 times the allowed error at [1, 0]  (1,300 cases)',
        '    found as: got 1.00022, exact 1',
        '    where it begins: right up to |x| = 88.72, NaN above',
        '    in which step: the maximum is not subtracted',
        '    and 1 more kind (1 known): inaccurate -inf',
        `    npx logitfuzz replay ${path}`,
      ].join('\n'),
    );
    expect(text.match(/ {4}npx logitfuzz replay reports/g)).toHaveLength(1);
  });

  test('folds the kinds of a cause to one line, however many there are', () => {
    const findings = Array.from({ length: 300 }, (_, i) =>
      summaryOf({ ...ofSubject, signature: `2:softmax/forward/any/subject/exact/wrong/nan/kind ${i}/x` }),
    );
    const signatures = findings.map(({ signature }) => signature);
    const cause = { id: 'c', blame: 'subject', severity: 'wrong', cases: 300, signatures } as const;
    const nothing = { finding: path, boundary: null, stage: null, nearest: null };

    const text = renderConsole(exampleRun({ findings, causes: [{ ...cause, ...nothing }] }), plain);

    const [line] = text.split('\n').filter((one) => one.includes('299 more kinds'));
    expect(line).toMatch(/^ {4}and 299 more kinds: kind 1; kind 2; .*; …$/);
    expect(line!.length).toBeLessThanOrEqual(160);
  });

  test('does not call it fine where the subject took no case', () => {
    const verdicts = { agree: 0, diverge: 0, inconclusive: 0, skip: 100 };

    expect(renderConsole(exampleRun({ verdicts }), plain)).toMatch(/^NOT JUDGED/);
  });

  test('does not call it fine where a reference broke the campaign off', () => {
    const breaks = [{ blame: 'tfjs-cpu', symptom: 'crashed' }];

    expect(renderConsole(exampleRun({ breaks }), plain).split('\n')[0]).toBe(
      'BROKEN OFF  from-scratch@0.1.0: the reference tfjs-cpu failed in case after case (crashed), after 100 cases in 2.5 s (40/s)',
    );
  });

  test('a subject that ends its process again and again has ended the run, and the second line says so', () => {
    const run = exampleRun({ stoppedBy: 'breaker', breaks: [{ blame: 'subject', symptom: 'crashed' }] });

    expect(renderConsole(run, plain).split('\n')[1]).toBe(
      'ended early: from-scratch did the same (crashed) in case after case',
    );
  });

  test.each([
    ['nothing found', []],
    [
      '0 of 100 cases diverge, 2 causes, 1 wrong and 1 inaccurate',
      [summaryOf(inaccurate), summaryOf(ofSubject)],
    ],
  ])('says of an interrupted run after how many cases, and how it is resumed: %s', (found, findings) => {
    const run = exampleRun({ exitCode: 130, stoppedBy: 'interrupted', findings });

    expect(renderConsole(run, plain).split('\n').slice(0, 2)).toEqual([
      `INTERRUPTED  from-scratch@0.1.0: ${found} so far, after 100 cases in 2.5 s (40/s)`,
      'To resume it: npx logitfuzz fuzz --resume reports/runs/20240229T134501123Z-7-ab12',
    ]);
  });

  test('names the baseline that an interrupted run was compared with, where it is not the usual one', () => {
    const ended = { exitCode: 143, stoppedBy: 'interrupted', run: 'my runs/1' };
    const baseline = { path: 'ci/known.json', entries: 0, fixed: [] };

    expect(renderConsole(exampleRun({ ...ended, baseline }), plain).split('\n')[1]).toBe(
      "To resume it: npx logitfuzz fuzz --resume 'my runs/1' --baseline ci/known.json",
    );
  });

  test.each([
    ['gate', 'interrupted', 'A gate is not resumed: run it again.'],
    ['fuzz', 'runs', 'All its cases were judged: there is nothing to resume.'],
  ])('%s, interrupted, stopped by %s: promises no resuming', (command, stoppedBy, sentence) => {
    const lines = renderConsole(exampleRun({ exitCode: 130, command, stoppedBy }), plain).split('\n');

    expect([lines[0]!.split(' ')[0], lines[1]]).toEqual(['INTERRUPTED', sentence]);
  });

  test.each([
    ['tfjs-wasm', '1 divergence of references is not in the ledger (--strict)'],
    ['mine', '1 divergence of references of your own (--strict-references)'],
  ])('names the flag by which a divergence of %s fails it', (blame, why) => {
    const findings = [{ ...summaryOf({ blame, known: false, ledger: null }), fails: true }];
    const run = exampleRun({ exitCode: 1, strict: true, strictReferences: true, findings });

    expect(renderConsole(run, plain).split('\n')[0]).toBe(
      `FAILED  from-scratch@0.1.0: nothing found, but ${why}, in 100 cases in 2.5 s (40/s)`,
    );
  });

  test('tells the subject’s findings first, wrong before inaccurate, the references’ apart', () => {
    const findings = [summaryOf(), summaryOf(inaccurate), summaryOf(ofSubject)];

    const lines = renderConsole(exampleRun({ findings }), plain).split('\n');

    expect(lines.flatMap((line) => /^(wrong|inaccurate|What)/.exec(line)?.[0] ?? [])).toEqual([
      'wrong',
      'inaccurate',
      'What',
    ]);
  });

  test('fits a screen, and counts what it leaves out', () => {
    const findings = Array.from({ length: 50 }, (_, i) => summaryOf({ ...ofSubject, signature: `1:${i}` }));
    const kinds = (['nan', 'inf', 'sign', 'zero', 'ulps', 'threw'] as const).flatMap((symptom) =>
      (['softmax', 'logSumExp'] as const).map((operation) =>
        summaryOf({ blame: 'tfjs-cpu', symptom, operation }),
      ),
    );

    const text = renderConsole(exampleRun({ findings: [...findings, ...kinds] }), {
      color: false,
      width: 80,
      height: 100,
    });

    expect(text.split('\n').length).toBeLessThanOrEqual(48);
    expect(text).toContain('… and 42 more');
    expect(text).toContain('… and 6 more kinds');
  });

  test('has the case itself where it is a log, which is read where the run is not, and not on a screen', () => {
    const run = exampleRun({ findings: [summaryOf(ofSubject)] });

    const [log, screen] = [{}, { height: 40 }].map((size) =>
      renderConsole(run, { color: false, width: 80, ...size }),
    );

    expect(log).toMatch(/^ {4}npx logitfuzz replay --case lf1\.\S+ --subject from-scratch$/m);
    expect(screen).not.toContain('--case');
    expect(screen).toContain('npx logitfuzz replay reports/');
  });

  test('puts the command on a line of its own where the terminal is narrow, never cut', () => {
    const text = renderConsole(exampleRun({ findings: [summaryOf()] }), { color: false, width: 80 });

    expect(text).toContain(`\n    npx logitfuzz replay ${path}`);
  });

  test('has colours only where they are asked for, and the same text', () => {
    const run = exampleRun({ findings: [summaryOf(ofSubject)] });

    expect(renderConsole(run, plain)).not.toContain('\u001b');
    expect(renderConsole(run, { ...plain, color: true })).toContain('\u001b[31m');
    expect(stripVTControlCharacters(renderConsole(run, { ...plain, color: true }))).toBe(
      renderConsole(run, plain),
    );
  });

  test('lets no name move the cursor', () => {
    const run = exampleRun({ subject: { name: '\u001b[2Jgone\n', version: '1', module: null } });

    expect(renderConsole(run, plain).split('\n')[0]).toContain(' [2Jgone @1: nothing found');
  });

  test('names a reference that is not there, and why', () => {
    expect(renderConsole(exampleRun(), plain)).toMatch(/^tfjs-node +not there: not installed$/m);
  });
});

describe('the summary as JSON', () => {
  test('has the fixed fields, findings in the order in which they are told', () => {
    const summary = summaryJson(exampleRun({ findings: [summaryOf(), summaryOf(ofSubject)] }));

    expect(summary).toMatchObject({
      schemaVersion: 1,
      command: 'fuzz',
      exitCode: 0,
      stoppedBy: 'runs',
      run: 'reports/runs/20240229T134501123Z-7-ab12',
      seed: '7',
      cases: 100,
      casesPerSecond: 40,
      seconds: 2.5,
      verdicts: { agree: 98, diverge: 0, inconclusive: 1, skip: 1 },
      subject: { name: 'from-scratch', version: '0.1.0' },
      references: [
        { name: 'tfjs-wasm', version: '4.22.0', engine: 'XNNPACK', available: true },
        { name: 'tfjs-node', available: false },
      ],
      findings: [
        { blame: 'subject' },
        {
          blame: 'tfjs-wasm',
          ulps: 2 ** 22,
          alsoBy: ['differential'],
          path,
          replay: `npx logitfuzz replay ${path}`,
        },
      ],
    });
    expect(summary).not.toHaveProperty('coverage');
  });
});

describe('the report', () => {
  const findings = [
    { finding: exampleFinding(), path },
    { finding: exampleFinding(ofSubject), path },
  ];
  const run = exampleRun({ findings: findings.map(({ finding }) => findingSummary(finding, path)) });

  test('in JSON holds the run, and each finding in full', () => {
    const report = JSON.parse(renderJson(run, findings)) as { coverage: object; findings: object[] };

    expect(report.coverage).toEqual({ 'ties/softmax/forward/last': 50 });
    expect(report.findings).toEqual([
      { ...summaryOf(ofSubject), ...exampleFinding(ofSubject) },
      { ...summaryOf(), ...exampleFinding() },
    ]);
  });

  test('in Markdown tells the subject’s findings before the references’, with case, command, counts and versions', () => {
    const text = renderMarkdown(run, findings);

    expect(text).toMatch(/^# from-scratch@0\.1\.0: 1 cause, 1 of them wrong, in 0 of 100 cases\n/);
    expect(text.match(/^## .*$/gm)).toEqual([
      '## Findings of the subject',
      '## Findings of the references',
      '## Verdicts',
      '## Largest error within the careful tolerance',
      '## Coverage',
      '## Skipped',
      '## Drawn checks',
      '## Inconclusive',
      '## Where it ran',
    ]);
    expect(text).toContain('| **[1, 0] ◀** | **-0** | **0.5** | **0.25** |');
    expect(text).toContain('| ties/softmax/forward/last | 50 | 50 % |');
    expect(text).toContain('| tfjs-wasm | 4.22.0, XNNPACK |');
  });

  test('in Markdown counts what the ledger knows by entry, and tells in full only what is new', () => {
    const known = { known: true, ledger: 'empty-transpose', signature: '1:a/known=empty-transpose' };

    const text = renderMarkdown(run, [
      { finding: exampleFinding(known), path: 'one' },
      { finding: exampleFinding({ ...known, signature: '1:b/known=empty-transpose' }), path: 'two' },
    ]);

    expect(text).toContain("not the subject's. These are new.\n\nNone.\n\n## Known, by the ledger");
    expect(text).toContain('| empty-transpose | tfjs-wasm@4.22.0 | 24 | one |');
  });

  test('in Markdown says that nothing was found', () => {
    expect(renderMarkdown(exampleRun(), [])).toMatch(
      /^# from-scratch@0\.1\.0: nothing found\n[^]*\nNone\.\n/,
    );
  });
});

test.each([
  [80, 24],
  [120, 40],
])(
  'the summary fits a screen of %i by %i, with a finding of each sort and the rest counted',
  (width, height) => {
    const many = (blame: string): readonly FindingSummary[] =>
      symptomsOfMany.map((symptom, i) => {
        const finding = exampleFinding({
          blame,
          ledger: null,
          known: false,
          symptom,
          signature: `${blame} ${i}`,
        });
        return findingSummary(
          finding,
          `reports/runs/20240229T134501123Z-7-ab12/findings/${blame}-${i}/finding.json`,
        );
      });
    const run = exampleRun({ findings: [...many('subject'), ...many('tfjs-wasm')] });

    const lines = renderConsole(run, { color: false, width, height }).split('\n');

    const rows = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / width)), 0);
    expect(rows).toBeLessThan(height);
    expect(lines.filter((line) => line.includes('logitfuzz replay')).length).toBeGreaterThanOrEqual(2);
    expect(lines.filter((line) => /^… and \d+ more/.test(line))).toHaveLength(2);
  },
);
