import { expect, test } from 'vitest';
import { declaredText } from '../case/arithmetic-text.ts';
import { exampleRun } from '../archive/fixtures/example-run.ts';
import { declinedText } from './declined-text.ts';
import { renderConsole } from './render-console.ts';
import { renderMarkdown } from './render-markdown.ts';
import { drawnText } from './drawn-text.ts';

const names = ['tfjs-cpu', 'tfjs-wasm', 'torch', 'onnx'];
const run = {
  ...exampleRun(),
  formats: ['float32', 'float16'] as const,
  references: names.map((name) => ({ name, version: '1', engine: null, available: true, reason: null })),
  skips: {
    'tfjs-cpu: float32 only': 20,
    'tfjs-wasm: float32 only': 20,
    'onnx: float32 and float64 only': 9,
    'torch: rank 1 only': 4,
  },
};

test('who takes none of the halves is named once, by the formats that it takes', () => {
  expect(declinedText(run)).toBe(
    'tfjs-cpu and tfjs-wasm take float32 only; onnx takes float32 and float64 only',
  );
});

test('a run without halves says nothing of it, and neither does one that all take part in', () => {
  expect(declinedText({ ...run, formats: ['float32', 'float64'] })).toBe(null);
  expect(declinedText({ ...run, skips: {} })).toBe(null);
});

test('which halves are drawn is said, whoever asked for them', () => {
  expect(drawnText({ formats: ['float16', 'bfloat16'] })).toBe('all kernels; float16 and bfloat16');
  expect(drawnText({ formats: ['float32', 'float16', 'bfloat16'], supports: { axis: 'last' } })).toBe(
    'all kernels; float32, float16 and bfloat16, axis last',
  );
  expect(drawnText({ formats: ['float32', 'float64'] })).toBe(null);
});

const plain = { color: false, width: 200 };

test('what the subject declares of halves stands in the summary, and what passes then', () => {
  const arithmetic = { halves: 'storage', flushesSubnormals: true } as const;
  const subject = { ...run.subject, arithmetic };

  expect(renderConsole({ ...run, subject }, plain)).toContain(
    'declared: sums in the format itself; subnormals flushed, so that zeros pass for a softmax from 8,192 classes on\n',
  );
  expect(renderMarkdown({ ...run, subject }, [])).toContain('| declared | sums in the format itself;');
  expect(renderConsole({ ...run, subject, formats: ['float32'] }, plain)).not.toContain('declared');
  expect(declaredText({ lossDtype: 'float32', flushesSubnormals: true }, ['bfloat16'])).toBe(
    'a loss in float32',
  );
});
