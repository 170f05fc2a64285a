import { expect, test } from 'vitest';
import { smallCase } from '../../reference/ledger/small-case.ts';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { caseFromJson } from '../case/case-json.ts';
import { caseSummary } from '../case/case-summary.ts';
import { answerOf } from '../oracles/exact.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import { findingScript } from './finding-script.ts';
import { runText } from '../text/script-lines.ts';
import { audienceFor, audienceNames } from './issue/audience.ts';

const c = caseFromJson(smallCase({ kernel: 'logSumExp/backward', shape: [2], logits: [1e8, 1e8], dy: [1] }));

test('a finding that blames a library of Python is a program in Python that asks it by its own functions', () => {
  const { exact, naive } = answerOf(c, defaultArithmetic);
  const finding = exampleFinding({
    blame: 'torch',
    case: caseSummary(c),
    ledger: null,
    references: [{ name: 'torch', version: '2.15.0+cu132', engine: null, available: true, reason: null }],
  });

  const text = findingScript(finding, { case: c, exact, allowed: naive, module: null, got: null });

  expect(text).toContain('# Run it with: pip install torch==2.15.0 numpy && python show.py');
  expect(text).toContain('y = torch.logsumexp(x, -1)\ny.backward(dy)\ny = x.grad\n');
  expect(text).toContain('exact = np.array([0.5, 0.5], np.float64)');
  expect(text).not.toMatch(/\bconst\b|\/\//);
});

test('each library has a form of an issue, which is its own where nobody names one', () => {
  expect(audienceNames).toEqual(['tfjs', 'pytorch', 'onnxruntime', 'onnx', 'jax', 'scipy', 'plain']);
  expect(audienceFor({ blame: 'onnx-reference' }, undefined).name).toBe('onnx');
  expect(() => audienceFor({ blame: 'scipy' }, 'pytorch')).toThrow(
    '--for pytorch is an issue about PyTorch, and the finding blames "scipy"',
  );
});

test('what is installed beside a library keeps its own version', () => {
  const load: readonly string[] = [];

  expect(runText({ install: ['playwright', '@tensorflow/a', '@tensorflow/b'], load }, '4.22.0')).toBe(
    'npm install playwright @tensorflow/a@4.22.0 @tensorflow/b@4.22.0 && node show.mjs',
  );
  expect(runText({ language: 'python', install: ['onnxruntime', 'onnx'], load }, '1.32.0')).toBe(
    'pip install onnxruntime==1.32.0 onnx && python show.py',
  );
});
