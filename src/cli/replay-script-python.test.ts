/** The programs and issues of subjects that are no module of JavaScript. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { smallCase } from '../../reference/ledger/small-case.ts';
import { caseFromJson } from '../case/case-json.ts';
import { caseSummary } from '../case/case-summary.ts';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import type { Finding } from '../case/finding.ts';
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

function run(program: string): { status: number | null; stdout: string; stderr: string } {
  writeFileSync(join(folder.path, 'show.py'), program);
  return spawnSync(python, ['show.py'], { cwd: folder.path, encoding: 'utf8' });
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
