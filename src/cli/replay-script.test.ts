/** What replay prints without judging: programs and issues, as files of findings lead to them. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { referenceNamed } from '../../reference/index.ts';
import { ledger } from '../../reference/ledger/ledger.ts';
import { caseFromJson, caseToJson } from '../case/case-json.ts';
import { caseSummary } from '../case/case-summary.ts';
import type { Case } from '../case/case.ts';
import { exampleCase, exampleFinding } from '../case/fixtures/example-finding.ts';
import type { Finding } from '../case/finding.ts';
import { tensorToJson } from '../case/tensor-json.ts';
import { UsageError } from '../contract/failure.ts';
import { installTfjs } from '../report/fixtures/install-tfjs.ts';
import { checkForms, issueOf, knownProgram, scriptOf, type FormArguments } from './replay-script.ts';
import { temporaryFolder } from './run-command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const plain: FormArguments = { original: false, json: false, script: false, issue: false };

/** A wide case of a known divergence: nothing of it is in what is printed. */
const wide: Case = {
  ...exampleCase,
  operation: 'logSumExp',
  axis: -1,
  logits: { shape: [12], data: Float32Array.from({ length: 12 }, (_, i) => (i === 3 ? Infinity : -17 - i)) },
};

function known(changes: Partial<Finding> = {}): Finding {
  return exampleFinding({
    operation: 'logSumExp',
    blame: 'tfjs-wasm',
    known: true,
    ledger: 'infinite-maximum',
    symptom: 'nan',
    case: caseSummary(wide),
    minimal: caseToJson(wide),
    original: caseToJson(wide),
    ...changes,
  });
}

const threeTimes: Case = {
  ...exampleCase,
  operation: 'logSoftmax',
  axis: -1,
  logits: { shape: [2], data: Float32Array.of(0, 0) },
};

/** A subject that answers −1 for −log 2. */
function wrong(changes: Partial<Finding> = {}): Finding {
  const shape = [2];
  return exampleFinding({
    operation: 'logSoftmax',
    blame: 'subject',
    symptom: 'ulps',
    case: caseSummary(threeTimes),
    minimal: caseToJson(threeTimes),
    original: caseToJson(threeTimes),
    element: 0,
    guilty: 2,
    got: tensorToJson({ shape, data: Float32Array.of(-1, -1) }, 'float32'),
    exact: tensorToJson({ shape, data: Float64Array.of(-Math.LN2, -Math.LN2) }, 'float64'),
    answers: [
      { name: 'a|b', version: '1', role: 'subject', verdict: 'diverge', reason: 'off', value: -1 },
      {
        name: 'tfjs-cpu',
        version: '4.22.0',
        role: 'reference',
        verdict: 'agree',
        reason: null,
        value: -0.6931472,
      },
    ],
    subject: { name: 'a|b', version: '1', module: './wrong.mjs' },
    ...changes,
  });
}

function programIn(issue: string): string {
  return /^```js\n(.*?)\n```$/ms.exec(issue)![1]!;
}

function run(program: string): { status: number | null; stdout: string } {
  writeFileSync(join(folder.path, 'show.mjs'), program);
  return spawnSync(process.execPath, ['show.mjs'], { cwd: folder.path, encoding: 'utf8' });
}

describe('of a known divergence', () => {
  test('the program is that of the entry, and of the original case only where that is asked for', () => {
    const entry = ledger.find(({ id }) => id === 'infinite-maximum')!;
    const script = scriptOf(known(), { ...plain, script: true });
    const original = scriptOf(known(), { ...plain, script: true, original: true });

    expect(script).toMatch(/^\/\/ Known: entry 8 of docs\/tensorflow-js-divergences\.md, infinite-maximum: /);
    expect(script).toContain(entry.snippet.code);
    expect(script).toContain("tf.setBackend('wasm')");
    expect(script).not.toContain('-28');
    expect(original).toContain('-28');
    expect(original).not.toContain(entry.snippet.code);
  });

  test('where the entry asks another API than the one to blame, it is that of the smallest case', () => {
    const finding = known({ ledger: 'unnormalized-labels', blame: 'tensorflow' });

    expect(knownProgram(finding)).toContain("executeMultipleOutputs('SoftmaxCrossEntropyWithLogits'");
    expect(knownProgram(finding)).toContain('new Float32Array([0, -1])');
  });

  test('of an entry that is gone it is the program of the case', () => {
    expect(knownProgram(known({ ledger: 'gone' }))).toBeNull();
    expect(scriptOf(known({ ledger: 'gone' }), { ...plain, script: true })).toContain('-28');
  });

  test('the issue is about the entry: its smallest case, cause and workaround, and a program that runs', () => {
    installTfjs(folder.path);
    const entry = ledger.find(({ id }) => id === 'common-offset')!;
    const issue = issueOf(known({ ledger: 'common-offset', operation: 'crossEntropy', blame: 'tfjs-cpu' }), {
      ...plain,
      issue: true,
    });

    expect(issue).toMatch(/^# Logits far from 0 lose their log-probabilities/);
    expect(issue).toContain('**Standalone code to reproduce the issue**');
    expect(issue).toContain('| the value | 0 | 0.69314718055994531 | 0.6931 |');
    expect(issue).toContain('logits [33554432, 33554432], labels [1, 0]');
    expect(issue).toContain('tfjs-wasm, tfjs-node, tfjs-webgl and tfjs-webgpu give the same');
    expect(issue).toContain(`Cause: ${entry.cause}`);
    expect(issue).toContain(`Workaround: ${entry.workaround}`);
    expect(issue).toContain('It prints `0`, and exits with 1.');
    expect(run(programIn(issue))).toMatchObject({ status: 1, stdout: expect.stringMatching(/^0$/m) });
  });
});

describe('of the subject', () => {
  test('the issue says the versions, got, exact to 17 digits, how, why, and what is allowed', () => {
    const issue = issueOf(wrong(), { ...plain, issue: true, subject: './wrong.mjs' });

    expect(issue).toMatch(/^# `logSoftmax` .*, on 2 equal logits \(a\\\|b\)$/m);
    expect(issue).toContain('- a\\|b 1, module ./wrong.mjs\n- Node v20.20.0, linux x64\n');
    expect(issue).toMatch(/^\| \[0\] \| -1 \| -0\.69314718055994531 \| 0\.3069 \| \S+e-7 \|$/m);
    expect(issue).toMatch(/^\| \[1\] \| -1 \| -0\.69314718055994531 \|/m);
    expect(issue).toContain('`log p_j = (x_j − max x) − log Σ_k exp(x_k − max x)`');
    expect(issue).toContain('double-double');
    expect(issue).toContain('within their own allowed error: tfjs-cpu 4.22.0 (-0.6931472)');
    expect(issue).toMatch(
      /^The error that is allowed at \[0\] is \S+e-7, the most that rounding to float32/m,
    );
  });

  test('its program, pasted beside the module, shows it, and shows nothing of a right one', () => {
    const issue = issueOf(wrong(), { ...plain, issue: true, subject: './wrong.mjs' });
    const kernel = (value: string): string =>
      `export const logSoftmax = (x) => ({ shape: x.shape, data: x.data.map(() => ${value}) });\n`;
    writeFileSync(join(folder.path, 'wrong.mjs'), kernel('-1'));
    const shown = run(programIn(issue));
    writeFileSync(join(folder.path, 'wrong.mjs'), kernel('-Math.LN2'));
    const mended = run(programIn(issue));

    expect(shown.stdout).toContain('at [0]: got -1, exact -0.6931471805599453, allowed ± ');
    expect([shown.status, mended.status]).toEqual([1, 0]);
  });

  test('the issue has the diagnosis where there is one', () => {
    const boundary = 'right up to |x| = 88.72, NaN above';
    const diagnosis = { boundary, bounds: null, stage: null, nearest: null };
    const args = { ...plain, issue: true, subject: './wrong.mjs' };

    expect(issueOf(wrong({ diagnosis }), args)).toMatch(/^- .*right up to \\\|x\\\| = 88\.72/m);
    expect(issueOf(wrong(), args)).not.toContain('What asking it more');
  });

  test('of conduct it says what a caller may count on, and shows no values that are right', () => {
    const conduct = { oracle: 'conduct', symptom: 'input-written', sentence: 'the call wrote to x' } as const;
    const right = tensorToJson({ shape: [2], data: Float32Array.of(-Math.LN2, -Math.LN2) }, 'float32');
    const args = { ...plain, issue: true, subject: './wrong.mjs' };
    const issue = issueOf(wrong({ ...conduct, element: null, got: right }), args);

    expect(issue).toMatch(/^# `logSoftmax` writes to its input/);
    expect(issue).toContain('The call wrote to x.');
    expect(issue).toContain('after the call they hold what they held before it');
    expect(issue).not.toContain('exact, to 17 digits');
    expect(issue).not.toContain('votes');
  });

  test('without --subject neither a program nor an issue names the module that the finding names', () => {
    expect(() => issueOf(wrong(), { ...plain, issue: true })).toThrow(/with --subject$/);
    expect(() => scriptOf(wrong(), { ...plain, script: true })).toThrow(/with --subject$/);
  });

  test('hostile names and sentences stay within their line', () => {
    const subject = { name: 'x\n## Owned\n', version: '`1`', module: null };
    const issue = issueOf(wrong({ subject, oracle: 'property', sentence: 'a\n# b', law: '<img src=x>' }), {
      ...plain,
      issue: true,
      subject: './wrong.mjs',
    });

    expect(issue.match(/^#+ .*$/gm)).toHaveLength(6);
    expect(issue).not.toContain('<img');
  });
});

test('an issue of a known divergence tells of the rounding in the format of the case that it shows', () => {
  const finding = known({ ledger: 'common-offset', operation: 'crossEntropy', blame: 'tfjs-cpu' });

  expect(issueOf({ ...finding, format: 'float64' }, { ...plain, issue: true })).toContain(
    'the most that rounding to float32 at every step',
  );
});

test('calls that have to come before it are in the program, but for too many', () => {
  const history = [caseToJson(threeTimes)];
  const finding = wrong({ symptom: 'depends-on-earlier-calls', oracle: 'conduct', history });
  const args = { ...plain, script: true, subject: './wrong.mjs' };
  const large: Case = { ...threeTimes, logits: { shape: [5000], data: new Float32Array(5000) } };
  writeFileSync(
    join(folder.path, 'wrong.mjs'),
    `let calls = 0;
    export const logSoftmax = (x) => ({ shape: x.shape, data: x.data.fill(++calls > 99 ? 0 : -Math.LN2) });\n`,
  );

  const shown = run(scriptOf(finding, args));

  expect(shown.stdout).toContain('at [0]: got 0, exact -0.6931471805599453');
  expect(shown.status).toBe(1);
  expect(() => scriptOf({ ...finding, history: [caseToJson(large)] }, args)).toThrow(/5000 logits in all/);
});

test.each([
  [{ script: true, json: true }, '--json and --script print different things'],
  [{ issue: true, json: true }, '--json and --issue print different things'],
  [{ issue: true, script: true }, '--script and --issue print different things'],
  [{ issue: true, original: true }, '--original about another'],
  [{ for: 'tfjs' }, '--for is of an issue: add --issue'],
])('%o contradict each other', (flags, message) => {
  expect(() => checkForms({ ...plain, ...flags })).toThrow(UsageError);
  expect(() => checkForms({ ...plain, ...flags })).toThrow(message);
});

test('--for names a form that there is, and none of a project that is not to blame', () => {
  const args = { ...plain, issue: true, subject: './wrong.mjs' };

  expect(() => issueOf(wrong(), { ...args, for: 'mxnet' })).toThrow(
    /there are tfjs, pytorch, onnxruntime, onnx, jax, scipy, plain$/,
  );
  expect(() => issueOf(wrong(), { ...args, for: 'tfjs' })).toThrow(/about TensorFlow\.js.*blames "subject"/);
  expect(issueOf(known(), { ...args, for: 'plain' })).toContain('## A program that shows it');
});

test('each entry of the ledger has an issue for each reference that it affects, with the exact value', () => {
  const issues = ledger.flatMap(({ id, affects, smallest }) => {
    const { operation, direction } = caseFromJson(smallest);
    return Object.keys(affects).map((blame) => {
      const finding = known({ ledger: id, blame, operation, direction });
      return { id, blame, text: issueOf(finding, { ...plain, issue: true }) };
    });
  });

  const [ofPython, others] = [true, false].map((is) =>
    issues.filter(({ blame }) => (referenceNamed(blame)?.package.language === 'python') === is),
  );
  const ofTfjs = others!.filter(({ text }) => text.includes('**System information**'));
  expect(ofTfjs.filter(({ text }) => !/^\*\*System information\*\*\n\n- .*@tensorflow/m.test(text))).toEqual(
    [],
  );
  expect(
    ofTfjs.filter(
      ({ text }) => !/^ *const (got|\[got\]) = |= tf\./m.test(programIn(text)) && !text.includes('try {'),
    ),
  ).toEqual([]);
  expect(ofPython!.length).toBeGreaterThan(0);
  expect(
    ofPython!.filter(({ text }) => !/^```python\n# [^]*^import sys$[^]*^ *sys\.exit\(/m.test(text)),
  ).toEqual([]);
  expect(issues.find(({ id }) => id === 'unwritten-reduction')!.text).toContain('nothing is rounded in it');
  expect(issues.filter(({ text }) => /undefined is due|null is due|NaN times/.test(text))).toEqual([]);
  expect(issues).toHaveLength(ledger.reduce((sum, { affects }) => sum + Object.keys(affects).length, 0));
});
