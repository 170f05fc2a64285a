/** The programs in Python that ask a library of halves, run: they say whether its answer is what is due. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { caseFromJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import { needsLibrary, needsPython } from '../connect/fixtures/python.ts';
import { formats, halfFormats, type HalfFormat } from '../float/format.ts';
import { answerOf } from '../oracles/exact.ts';
import { findingScript } from './finding-script.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import { smallCase } from '../../reference/ledger/small-case.ts';
import { referenceNamed } from '../../reference/index.ts';

const arithmetic = { ...defaultArithmetic, halves: 'composed' } as const;

/** A program that asks the case, and what it says and ends with; `off` is added to what is said to be due. */
function run(blame: string, c: Case, python: string, off = 0): { status: number | null; said: string } {
  const { exact, naive } = answerOf(c, arithmetic);
  const program = findingScript(exampleFinding({ blame, arithmetic }), {
    case: c,
    exact: exact.map((value) => value + off),
    allowed: naive,
    module: null,
    got: null,
  });
  const { status, stdout, stderr } = spawnSync(python, ['-c', program], { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}`.trim().split('\n').at(-1)! };
}

const softmaxOf = (format: HalfFormat): Case =>
  caseFromJson(smallCase({ kernel: 'softmax/forward', format, shape: [3], logits: [0, 1, 2] }));

const lossOf = (format: HalfFormat, direction: 'forward' | 'backward'): Case =>
  caseFromJson(
    smallCase({
      kernel: `crossEntropy/${direction}`,
      format,
      shape: [2, 3],
      logits: [0, 1, 2, 3, 4, 6],
      classes: [1, 2],
      weight: [1, 0.5, 2],
      ...(direction === 'forward' ? {} : { dy: [2] }),
    }),
  );

const libraries = ['numpy', 'scipy', 'onnxruntime', 'onnx-reference', 'torch', 'jax'] as const;
const modules = { numpy: 'ml_dtypes', scipy: 'scipy', onnxruntime: 'onnxruntime', 'onnx-reference': 'onnx' };

describe.each(
  libraries.flatMap((name) => {
    const need = name === 'torch' || name === 'jax' ? needsLibrary(name) : needsPython(modules[name]);
    const takes = halfFormats.filter((format) => referenceNamed(name)!.support.formats.includes(format));
    return takes.map((format) => ({ name, format, ...need }));
  }),
)('$name in $format', ({ name, format, python, isSkipped, reason }) => {
  const all = [
    softmaxOf(format),
    ...(name.startsWith('onnx') || name === 'torch' ? [lossOf(format, 'forward')] : []),
    ...(name === 'torch' ? [lossOf(format, 'backward')] : []),
  ];

  test.skipIf(isSkipped)(`is asked by a program of its own${reason}`, () => {
    const right = all.map((c) => run(name, c, python));
    const wrong = run(name, softmaxOf(format), python, 0.25);

    expect(right).toEqual(
      all.map((_, i) => ({ status: 0, said: `0 of ${[3, 1, 6][i]} values are outside of what is allowed` })),
    );
    expect(wrong).toEqual({ status: 1, said: '3 of 3 values are outside of what is allowed' });
  });
});

test('what is due in bfloat16 is rounded once, from doubles: by way of float32 it would be rounded twice', () => {
  const c = softmaxOf('bfloat16');
  const { exact, naive } = answerOf(c, arithmetic);
  const text = (format: Case['format']): string =>
    findingScript(exampleFinding({ blame: 'numpy', arithmetic }), {
      case: { ...c, format },
      exact,
      allowed: naive,
      module: null,
      got: null,
    });

  expect(formats.filter((format) => text(format).includes('low, high = bfloat16('))).toEqual(['bfloat16']);
  expect(text('bfloat16')).toContain('pip install numpy ml_dtypes && python show.py');
  expect(text('float16')).not.toContain('ml_dtypes');
});
