/** The programs and issues of subjects that are no module of JavaScript. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { smallCase } from '../../reference/ledger/small-case.ts';
import { caseFromJson, caseToJson } from '../case/case-json.ts';
import { caseSummary } from '../case/case-summary.ts';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import type { Finding } from '../case/finding.ts';
import { halfFormats, roundTo } from '../float/format.ts';
import { halfCase } from '../report/fixtures/half-finding.ts';
import { bfloat16Lines } from '../report/script-in-python.ts';
import { needsPython } from '../connect/fixtures/python.ts';
import { issueOf, scriptOf, type FormArguments } from './replay-script.ts';
import { temporaryFolder } from './run-command.ts';

const { python, isSkipped, reason } = needsPython();
const folder = temporaryFolder();
afterAll(() => folder.remove());

const plain: FormArguments = { original: false, json: false, script: false, issue: false };

/** Equal logits of three classes; the second is meant and counts twice: 2 · log 3, by reduction sum. */
const minimal = smallCase({
  kernel: 'crossEntropy/forward',
  shape: [1, 3],
  logits: [0, 0, 0],
  classes: [1],
  weight: [1, 2, 1],
  reduction: 'sum',
});

function wrong(changes: Partial<Finding> = {}): Finding {
  return exampleFinding({
    operation: 'crossEntropy',
    blame: 'subject',
    symptom: 'ulps',
    case: caseSummary(caseFromJson(minimal)),
    minimal,
    original: minimal,
    element: 0,
    guilty: 1,
    got: null,
    subject: { name: 'mine', version: '1', module: 'mine.py', engine: 'NumPy 2.4.6, Python 3.11.7' },
    ...changes,
  });
}

function run(
  program: string,
  by: string = python,
): { status: number | null; stdout: string; stderr: string } {
  writeFileSync(join(folder.path, 'show.py'), program);
  return spawnSync(by, ['show.py'], { cwd: folder.path, encoding: 'utf8' });
}

/** A loss whose options have the names of PyTorch, and which is too large by `factor`. */
const kernels = (factor: number): string => `
import numpy as np

def cross_entropy(logits, target, dim=-1, reduction='mean', weight=None):
    assert dim == -1 and reduction == 'sum' and target.tolist() == [1]
    return np.asarray(weight[1] * np.log(logits.dtype.type(3)) * logits.dtype.type(${factor}))
`;

describe(`a subject in Python${reason}`, () => {
  test.skipIf(isSkipped)(
    'has a program in Python, which shows what is wrong and nothing of what is mended',
    () => {
      const program = scriptOf(wrong(), { ...plain, script: true, subject: 'mine.py' });
      const absent = run(program);
      writeFileSync(join(folder.path, 'mine.py'), kernels(1.5));
      const shown = run(program);
      writeFileSync(join(folder.path, 'mine.py'), kernels(1));
      const mended = run(program);

      expect([absent.status, shown.status, mended.status]).toEqual([2, 1, 0]);
      expect(absent.stderr).toMatch(/^could not run: .*No such file/);
      expect(shown.stdout).toMatch(/^at \[\]: got 3\.295\d+, exact 2\.197\d+, allowed ± /);
    },
  );

  test('has the program in its issue, and who computed it', () => {
    const issue = issueOf(wrong(), { ...plain, issue: true, subject: 'mine.py' });

    expect(issue).toContain('- engine: NumPy 2.4.6, Python 3.11.7\n- linux x64\n');
    expect(issue).toMatch(/^```python\n# Exits with 1/m);
  });

  test('has none of what only the kit sees', () => {
    const finding = wrong({ oracle: 'conduct', symptom: 'input-written' });

    expect(() => scriptOf(finding, { ...plain, script: true, subject: 'mine.py' })).toThrow(
      'no program in Python shows input-written of a call',
    );
  });
});

const halves = needsPython('ml_dtypes');

describe(`a subject in Python, in 16 bits${halves.reason}`, () => {
  /** Looks at the dtype and values that it is given, and rounds its answer to the format. */
  const softmaxOf = (factor: number): string => `
import numpy as np

def softmax(x, axis=-1):
    assert x.dtype.name == FORMAT and x.tolist() == [1.0, 1.0, 0.0]
    e = np.exp(x.astype(np.float32) - 1)
    return (e / e.sum() * np.float32(${factor})).astype(x.dtype)
`;

  test.skipIf(halves.isSkipped).each(halfFormats)(
    'has a program that hands over %s and rounds to it',
    (format) => {
      const c = halfCase(format, [1, 1, 0]);
      const finding = wrong({
        operation: 'softmax',
        format,
        severity: 'inaccurate',
        minimal: caseToJson(c),
        case: caseSummary(c),
      });
      const runWith = (factor: number): ReturnType<typeof run> => {
        const program = scriptOf(finding, { ...plain, script: true, subject: 'halves.py' });
        writeFileSync(
          join(folder.path, 'halves.py'),
          softmaxOf(factor).replace('FORMAT', JSON.stringify(format)),
        );
        return run(program, halves.python);
      };

      expect(runWith(1)).toMatchObject({ status: 0, stderr: '' });
      const shown = runWith(1.01);
      expect(shown.stdout).toMatch(/^at \[0\]: got 0\.42\d+, exact 0\.4223\d+, allowed ± /);
      expect(shown.status).toBe(1);
    },
  );

  test.skipIf(halves.isSkipped)('its lines round to bfloat16 as the format does, halfway cases too', () => {
    const numbers = [
      1 + 2 ** -8,
      1 + 3 * 2 ** -8,
      1 + 2 ** -8 + 2 ** -40,
      2 ** -134,
      3 * 2 ** -134,
      3.3961e38,
      -0.1,
    ];
    const lines = bfloat16Lines.join('\n');
    const { stdout } = run(
      `import numpy as np\n${lines}\nprint(bfloat16(np.array(${JSON.stringify(numbers)})).tolist())`,
      halves.python,
    );

    const due = numbers.map((value) => roundTo('bfloat16', value));
    expect(stdout.trim().slice(1, -1).replaceAll('inf', 'Infinity').split(', ').map(Number)).toEqual(due);
  });
});

test.each([
  'cmd:./kernels',
  './model.onnx',
  './kernels.wasm',
  './libk.so',
  './softmax.wgsl',
  'browser:./k.js',
])('%s is imported by no program, and its issue says how logitfuzz judges it', (module) => {
  const finding = wrong({ subject: { name: 'mine', version: '1', module } });
  const issue = issueOf(finding, { ...plain, issue: true, subject: module });

  expect(() => scriptOf(finding, { ...plain, script: true, subject: module })).toThrow(
    / is none of them; replay/,
  );
  expect(issue).toMatch(/^```sh\nnpx logitfuzz replay --case lf1\.\S+ --subject /m);
  expect(issue).not.toContain('import(');
  expect(issue).not.toContain('The program needs nothing of it');
});
