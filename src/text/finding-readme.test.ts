import { describe, expect, test } from 'vitest';
import type { CallForm } from '../case/call-form.ts';
import { caseToJson } from '../case/case-json.ts';
import type { Case } from '../case/case.ts';
import type { Diagnosis } from '../case/diagnosis.ts';
import { tensorToJson } from '../case/tensor-json.ts';
import { exampleCase, exampleFinding } from '../case/fixtures/example-finding.ts';
import { findingReadme } from './finding-readme.ts';
import { numberText } from './number-text.ts';
import { codeBlock, markdownText, plainText } from './plain-text.ts';

describe('the README of a finding', () => {
  const readme = findingReadme(exampleFinding(), 'reports/runs/x/findings/y/finding.json');

  test('opens with who is wrong, on what, and how to see it again', () => {
    expect(readme.split('\n').slice(0, 7)).toEqual([
      '# tfjs-wasm@4.22.0 is wrong: softmax/float32 [2, 1] axis 0',
      '',
      'tfjs-wasm answers 0.25 at [1, 0], and 0.5 is due',
      '',
      '```sh',
      'npx logitfuzz replay reports/runs/x/findings/y/finding.json',
      '```',
    ]);
  });

  test('tells the tolerance by its terms', () => {
    expect(readme).toContain('| the rounding of exp | 2.384e-7 |\n| **allowed** | **2.384e-7** |');
  });

  test('tables the smallest case, the guilty element marked', () => {
    expect(readme).toContain(
      [
        '| at | logits | exact | got | error | allowed | ULPs |',
        '| --- | --- | --- | --- | --- | --- | --- |',
        '| [0, 0] | 0 | 0.5 | 0.5 | 0 | 2.384e-7 | 0 |',
        '| **[1, 0] ◀** | **-0** | **0.5** | **0.25** | **0.25** | **2.384e-7** | **> 4096** |',
      ].join('\n'),
    );
  });

  test('gives the call as code, to the bit', () => {
    expect(readme).toContain(
      'softmax(\n  { shape: [2, 1], data: Float32Array.of(0, -0) },\n  { axis: 0 },\n)',
    );
  });

  test('tells what each implementation answered, and where it comes from', () => {
    expect(readme).toContain('| implementation | verdict | at [1, 0] | why |');
    expect(readme).toContain('| from-scratch@0.1.0 | agree | 0.5 |  |');
    expect(readme).toContain('seed 18446744073709551615, index 4711');
    expect(readme).toContain('| tfjs-node | not there: not installed |');
  });

  test('abbreviates a case of more than twenty elements about the guilty one', () => {
    const logits = { shape: [1_000], data: new Float32Array(1_000) };
    const wide: Case = { ...exampleCase, logits };
    const values = tensorToJson({ shape: [1_000], data: new Float64Array(1_000) }, 'float64');
    const finding = exampleFinding({
      minimal: caseToJson(wide),
      element: 500,
      got: values,
      exact: values,
      careful: values,
      naive: values,
    });

    const table = findingReadme(finding, 'x')
      .split('\n')
      .filter((line) => line.startsWith('| [') || /^\| (\*\*\[|…)/.test(line));

    expect(table).toHaveLength(6 + 1 + 9 + 1 + 3);
    expect(table.filter((line) => line.includes('◀'))).toEqual([expect.stringContaining('**[500] ◀**')]);
  });

  test('tables what has another shape than the logits apart', () => {
    const loss: Case = {
      ...exampleCase,
      operation: 'crossEntropy',
      direction: 'backward',
      cotangent: { shape: [], data: Float32Array.of(2) },
      loss: { target: { shape: [1], data: Int32Array.of(1) }, reduction: 'sum', labelSmoothing: 0 },
    };

    const text = findingReadme(
      exampleFinding({ operation: 'crossEntropy', direction: 'backward', minimal: caseToJson(loss) }),
      'x',
    );

    expect(text).toContain('| at | target |\n| --- | --- |\n| [0] | 1 |');
    expect(text).toContain('| at | dy |\n| --- | --- |\n| [] | 2 |');
    expect(text).toContain(
      "crossEntropyBackward(\n  { shape: [2, 1], data: Float32Array.of(0, -0) },\n  { shape: [1], data: Int32Array.of(1) },\n  { shape: [], data: Float32Array.of(2) },\n  { axis: 0, reduction: 'sum' },\n)",
    );
  });

  test('says how the kernel is called, where that is not the plain way, and calls it so', () => {
    const logits = { shape: [2], data: Float32Array.of(5, 0) };
    const readmeOf = (call: CallForm): string =>
      findingReadme(exampleFinding({ minimal: caseToJson({ ...exampleCase, axis: 0, logits, call }) }), 'x');

    expect(readmeOf({ kind: 'axis', as: 'absent' })).toContain(
      'softmax(\n  { shape: [2], data: Float32Array.of(5, 0) },\n  {},\n)',
    );
    expect(readmeOf({ kind: 'view', from: 1 })).toContain(
      'data: new Float32Array([...Array(1).fill(NaN), 5, 0, NaN]).subarray(1, 3) }',
    );
    expect(readmeOf({ kind: 'same-arrays' })).toContain(
      'The very same arrays were handed over in a call before, with zeros in place of every number, and 1 in place of every weight.',
    );
  });

  test('of a call that never came back has no values, and says so by having no tables of them', () => {
    const text = findingReadme(
      exampleFinding({
        oracle: 'conduct',
        symptom: 'timed-out',
        element: null,
        got: null,
        exact: null,
        careful: null,
        naive: null,
        allowed: null,
        terms: [],
        ulps: null,
      }),
      'x',
    );

    expect(text).toContain('| at | logits |');
    expect(text).not.toContain('**allowed**');
  });

  test('lets no name and no message out of its cell', () => {
    const hostile =
      'a|b`c`\n# Title\n<img src=x onerror=alert(1)> ![x](http://x) [y](javascript:z) \u001b[31mred\u202e **bold**';
    const finding = exampleFinding({
      sentence: hostile,
      blame: 'subject',
      subject: { name: hostile, version: hostile, module: `${hostile}\`\`\`\`` },
      answers: [
        { name: hostile, version: '1', role: 'subject', verdict: 'diverge', reason: hostile, value: 'NaN' },
      ],
    });

    const text = findingReadme(finding, 'x');

    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\u202e');
    expect(text.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(5);
    const outsideCode = text.replaceAll(/^(`{3,})\w*\n[^]*?\n\1$/gm, '');
    expect(outsideCode).not.toContain('<img');
    expect(outsideCode).not.toMatch(/(?<!\\)`|\]\(/);
    const [answers] = outsideCode.split('\n').filter((line) => line.includes('NaN'));
    expect(answers!.match(/(?<!\\)\|/g)).toHaveLength(5);
  });
});

test('plain text is one line, cut at its length in characters', () => {
  expect(plainText('a\r\n\tb\u0000c', 10)).toBe('a b c');
  expect(plainText('😀'.repeat(10), 4)).toBe('😀😀😀…');
});

test('Markdown text reads as what it was', () => {
  expect(markdownText('[2, 0]: 1e-7 > 0')).toBe('[2, 0]: 1e-7 &gt; 0');
  expect(markdownText('# no title')).toBe(String.raw`\# no title`);
});

test('a code block is fenced by more backticks than it holds', () => {
  expect(codeBlock('a\n```\nb')).toBe('````\na\n```\nb\n````');
});

test('a float32 is written in the fewest digits that read back to it', () => {
  expect(numberText(Math.fround(0.1), 'float32')).toBe('0.1');
  expect(numberText(Math.fround(1 / 3), 'float32')).toBe('0.33333334');
  expect(numberText(Math.fround(0.1), 'float64')).toBe('0.10000000149011612');
  expect(numberText(-0, 'float32')).toBe('-0');
  expect(Math.fround(Number(numberText(2 ** -149, 'float32')))).toBe(2 ** -149);
});

test('says where the mistake is, or that nothing tells, and has no such section where nobody asked', () => {
  const boundary = 'right up to |x| = 88.72, NaN above';
  const stage = { name: 'shift', sentence: 'the shift: moved lanes are wrong', confirmed: false } as const;
  const nearest = { mutant: 'no-shift', sentence: 'behaves like `no-shift`', advice: 'subtract first' };
  const readme = (diagnosis: Diagnosis): string =>
    findingReadme({ ...exampleFinding(), diagnosis }, 'f.json');

  expect(readme({ boundary, bounds: null, stage, nearest })).toContain(
    [
      '## Where the mistake is\n',
      String.raw`- Where it begins: right up to \|x\| = 88.72, NaN above.`,
      '- In which step: the shift: moved lanes are wrong.',
      '- It behaves like \\`no-shift\\`.',
      '',
    ].join('\n'),
  );
  expect(readme({ boundary: null, bounds: null, stage: null, nearest: null })).toContain(
    '- In which step: nothing that was tried tells.\n- No planted mistake behaves like it.\n',
  );
  expect(findingReadme(exampleFinding(), 'f.json')).not.toContain('Where the mistake is');
});
