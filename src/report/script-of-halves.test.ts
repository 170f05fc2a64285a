/** Programs printed of findings in 16 bits, run: they decode and round by their own lines. */
// @module-tag processes
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import type { CallForm } from '../case/call-form.ts';
import { caseSummary } from '../case/case-summary.ts';
import type { Case } from '../case/case.ts';
import type { Finding } from '../case/finding.ts';
import { halfFacts, halfFormats, type HalfFormat } from '../float/format.ts';
import { answerOf } from '../oracles/exact.ts';
import { defaultArithmetic } from '../subjects/implementation.ts';
import { findingScript } from './finding-script.ts';
import { halfCase } from './fixtures/half-finding.ts';
import { halfLines } from './script-of-halves.ts';

const folder = mkdtempSync(join(tmpdir(), 'logitfuzz-half-script-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program that is printed of a kernel, whose module is this text. */
function runScript(c: Case, kernel: string, changes: Partial<Finding> = {}): Ran {
  const { exact, careful } = answerOf(c, { ...defaultArithmetic, ...changes.arithmetic });
  const { format } = c;
  const finding = exampleFinding({
    blame: 'subject',
    case: caseSummary(c),
    severity: 'inaccurate',
    format,
    ...changes,
  });
  writeFileSync(join(folder, 'kernel.mjs'), kernel);
  const matter = { case: c, exact, allowed: careful, module: './kernel.mjs', got: null };
  writeFileSync(join(folder, 'show.mjs'), findingScript(finding, matter));
  return spawnSync(process.execPath, ['show.mjs'], { cwd: folder, encoding: 'utf8', timeout: 60_000 });
}

/** A softmax of [1, 1], whose bits of 0.5 are these. */
const kernelOf = (bits: number, body = ''): string =>
  `export function softmax(x) { ${body}
    return { shape: [2], data: Uint16Array.of(0x${bits.toString(16)}, 0x${bits.toString(16)}), dtype: x.dtype }; }\n`;
const half: Readonly<Record<HalfFormat, number>> = { float16: 0x3800, bfloat16: 0x3f00 };

describe.each(halfFormats)('of %s', (format) => {
  const even = halfCase(format, [1, 1]);

  test('its lines read all 65,536 patterns, and round every number, what lies between two, and ties', () => {
    const { decode, round, largestFinite } = halfFacts(format);
    const lines = halfLines(format, 'numbersOf( rounded(').join('\n');
    const { read, rounded } = runInNewContext(`${lines}\n({ read, rounded });`) as {
      readonly read: (bits: number) => number;
      readonly rounded: (value: number) => number;
    };
    const misread: number[] = [];
    const misrounded: number[] = [];
    for (let bits = 0; bits < 2 ** 16; bits++) {
      const value = decode(bits);
      if (!Object.is(read(bits), value)) misread.push(bits);
      const next = decode(bits + 1 === 2 ** 16 ? 0 : bits + 1);
      const middle = value / 2 + next / 2;
      for (const one of [value, middle, middle * (1 + 2 ** -50), middle * (1 - 2 ** -50)])
        if (!Object.is(rounded(one) + 0, round(one) + 0)) misrounded.push(one);
    }
    expect(misread).toEqual([]);
    expect(misrounded).toEqual([]);
    expect(rounded(largestFinite * 1.01)).toBe(Infinity);
  });

  test('it hands over bits with their dtype; the right answer exits with 0, one step beside with 1', () => {
    const seen = `if (x.dtype !== '${format}' || !(x.data instanceof Uint16Array)) throw new Error('no bits');`;
    const right = runScript(even, kernelOf(half[format], seen));
    const beside = runScript(even, kernelOf(half[format] + 1, seen));

    expect(right).toMatchObject({ status: 0, stderr: '' });
    expect(beside.stdout).toMatch(/^at \[0\]: got 0\.50\d+, exact 0\.5, allowed ± \S+e-\d+$/m);
    expect(beside.status).toBe(1);
  });
});

const even = halfCase('float16', [1, 1]);
const forms: readonly CallForm[] = [
  { kind: 'view', from: 1 },
  { kind: 'same-arrays' },
  { kind: 'later-calls', calls: 1 },
  { kind: 'in-flight', started: 'second' },
];

test('in every form of the call each tensor has its dtype, and a sound kernel is right', () => {
  const checked = kernelOf(0x3800, "if (x.dtype !== 'float16') throw new Error('no dtype');");

  for (const call of forms)
    expect(runScript({ ...even, call }, checked)).toMatchObject({ status: 0, stderr: '' });
});

test('a result of another format is told by its array and dtype; a Float16Array is none', () => {
  const changes: Partial<Finding> = { oracle: 'conduct', symptom: 'format', severity: 'wrong' };
  const returning = (data: string): string => `class Float16Array extends Uint16Array {}
    export const softmax = (x) => ({ shape: [2], data: ${data} });\n`;

  const bits = runScript(even, returning('Uint16Array.of(1, 2)'), changes);
  expect(bits.stdout).toContain(
    'its result is a Uint16Array with the dtype undefined, not a Uint16Array with float16',
  );
  expect(bits.status).toBe(1);
  expect(runScript(even, kernelOf(0x3800), changes).status).toBe(0);
  expect(runScript(even, returning('Float16Array.of(1, 2)'), changes).status).toBe(0);
});

test('a kernel that gives other bits the second time is shown so', () => {
  const changing = `let n = 0x3800;
    export const softmax = (x) => ({ shape: [2], data: Uint16Array.of(n, n++), dtype: x.dtype });\n`;
  const changes: Partial<Finding> = { oracle: 'conduct', symptom: 'not-repeatable', severity: 'wrong' };

  const { status, stdout } = runScript(even, changing, changes);
  expect(stdout).toContain('the same call gave other values');
  expect(status).toBe(1);
});

test('a loss that is declared to be in float32 is compared as float32', () => {
  const loss: Case = {
    ...even,
    operation: 'crossEntropy',
    loss: { target: { shape: [], data: Int32Array.of(0) }, reduction: 'sum', labelSmoothing: 0 },
  };
  const arithmetic = { ...defaultArithmetic, lossDtype: 'float32' } as const;
  const kernel = (value: string): string =>
    `export const crossEntropy = () => ({ shape: [], data: Float32Array.of(${value}) });\n`;
  const changes: Partial<Finding> = { operation: 'crossEntropy', arithmetic };

  expect(runScript(loss, kernel('Math.LN2'), changes)).toMatchObject({ status: 0, stderr: '' });
  expect(runScript(loss, kernel('0.693359375'), changes).status).toBe(1); // ln 2 in float16
});
