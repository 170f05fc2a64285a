import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../contract/failure.ts';
import { kernelNames } from '../contract/subject.ts';
import {
  fixedEntries,
  isListed,
  kernelsListed,
  loadBaseline,
  loadBaselineIfThere,
  saveBaseline,
  updatedBaseline,
  type Baseline,
} from './baseline.ts';

const wrong = '1:softmax/forward/float32/subject/exact/wrong/ulps/finite/default/last';
const inaccurate = '1:logSumExp/backward/float64/subject/exact/inaccurate/ulps/finite/default/inner';
const disputed = '1:softmax/forward/float32/subject/differential/wrong/ulps/finite/default/last';
const baseline: Baseline = {
  schemaVersion: 1,
  subject: 'mine',
  findings: { [wrong]: 'wrong', [inaccurate]: 'inaccurate' },
};
const everything = {
  kernels: ['softmax', 'logSumExp', 'logSumExpBackward'] as const,
  formats: ['float32', 'float64'],
  isComplete: true,
};

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'logitfuzz-test-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the file', () => {
  test('has one line for each signature, sorted, and is read as it was written', () => {
    const path = join(folder, 'baseline.json');

    saveBaseline(path, baseline);

    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines.filter((line) => line.includes('1:'))).toEqual([
      `    "${inaccurate}": "inaccurate",`,
      `    "${wrong}": "wrong"`,
    ]);
    expect(loadBaseline(path)).toEqual(baseline);
  });

  test('need not be there where it was not named', () => {
    expect(loadBaselineIfThere(join(folder, 'none.json'))).toBeNull();
    expect(() => loadBaseline(join(folder, 'none.json'))).toThrow(UsageError);
  });

  test.each([
    [
      'a reference’s finding',
      { [wrong.replace('subject', 'tfjs-cpu')]: 'wrong' },
      'no signature of a subject',
    ],
    ['a severity that is not the signature’s', { [wrong]: 'inaccurate' }, 'is wrong, and is listed as'],
    ['an unknown severity', { [wrong]: 'bad' }, 'findings.'],
  ])('is refused with %s', (_what, findings, message) => {
    const path = join(folder, 'baseline.json');
    writeFileSync(path, JSON.stringify({ ...baseline, findings }));

    expect(() => loadBaseline(path)).toThrow(message);
  });
});

test('lists what blames the subject, and never what blames a reference', () => {
  expect(isListed(baseline, { blame: 'subject', signature: wrong })).toBe(true);
  expect(isListed(baseline, { blame: 'tfjs-cpu', signature: wrong })).toBe(false);
  expect(isListed(baseline, { blame: 'subject', signature: disputed })).toBe(false);
  expect(isListed(baseline, { blame: 'subject', signature: 'constructor' })).toBe(false);
});

describe('an entry is fixed', () => {
  const found = [{ blame: 'subject', signature: wrong }];

  test('where the run could have found it and did not', () => {
    expect(fixedEntries(baseline, { findings: found, reach: everything })).toEqual([inaccurate]);
  });

  test('but not where its kernel or its format was left out', () => {
    const narrow = { ...everything, kernels: ['softmax'] as const };
    const single = { ...everything, formats: ['float32'] };

    expect(fixedEntries(baseline, { findings: found, reach: narrow })).toEqual([]);
    expect(fixedEntries(baseline, { findings: found, reach: single })).toEqual([]);
  });

  test('nor, where two answers disputed it, while a reference is missing', () => {
    const given: Baseline = { ...baseline, findings: { [disputed]: 'wrong' } };

    expect(fixedEntries(given, { findings: [], reach: { ...everything, isComplete: false } })).toEqual([]);
    expect(fixedEntries(given, { findings: [], reach: everything })).toEqual([disputed]);
  });
});

test('an update keeps what the run could not have found, and drops what is fixed', () => {
  const findings = [{ blame: 'subject', signature: disputed, severity: 'wrong' as const }];
  const reach = { ...everything, kernels: ['softmax'] as const };

  const updated = updatedBaseline(baseline, { subject: 'mine', findings, reach, exported: kernelNames });

  expect(updated.findings).toEqual({ [inaccurate]: 'inaccurate', [disputed]: 'wrong' });
});

test('an update drops what is listed of a kernel that is exported no more', () => {
  const reach = { ...everything, kernels: ['softmax'] as const };
  const run = { subject: 'mine', findings: [], reach, exported: ['softmax'] as const };

  expect(kernelsListed(baseline)).toEqual(['softmax', 'logSumExpBackward']);
  expect(updatedBaseline(baseline, run).findings).toEqual({});
});
