import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Growth } from '../case/finding.ts';
import type { Ratio } from '../case/ratio.ts';
import { UsageError } from '../contract/failure.ts';
import { kernelNames } from '../contract/subject.ts';
import {
  fixedEntries,
  growthOf,
  isListed,
  kernelsListed,
  loadBaseline,
  loadBaselineIfThere,
  saveBaseline,
  updatedBaseline,
  type Baseline,
  type JudgedCases,
} from './baseline.ts';

const wrong = '1:softmax/forward/float32/subject/exact/wrong/ulps/finite/default/last';
const inaccurate = '1:logSumExp/backward/float64/subject/exact/inaccurate/ulps/finite/default/inner';
const disputed = '1:softmax/forward/float32/subject/differential/wrong/ulps/finite/default/last';
const cases: JudgedCases = {
  seed: '7',
  runs: 100,
  generatorVersion: 5,
  kernels: ['softmax', 'logSumExpBackward'],
  formats: ['float32', 'float64'],
};
const baseline = {
  subject: 'mine',
  cases,
  findings: {
    [wrong]: { severity: 'wrong', ratio: 2.5, cases: 3 },
    [inaccurate]: { severity: 'inaccurate', ratio: 1.25, cases: 8 },
  },
} as const;
const file = { schemaVersion: 2, subject: 'mine', ...cases };
const everything = {
  kernels: ['softmax', 'logSumExp', 'logSumExpBackward'] as const,
  formats: ['float32', 'float64'],
  isComplete: true,
};

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'logitfuzz-test-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the file', () => {
  test('has one line for each signature under its cause, sorted, and is read as it was written', () => {
    const path = join(folder, 'baseline.json');
    const { [wrong]: first, [inaccurate]: second } = baseline.findings;
    const given = { [wrong]: { ...first, cause: 'b' }, [disputed]: { ...first, cause: 'b' } };

    saveBaseline(path, { ...baseline, findings: { ...given, [inaccurate]: { ...second, cause: 'a' } } });

    expect(readFileSync(path, 'utf8').split('\n').slice(-15)).toEqual([
      '  "causes": {',
      '    "a": {',
      '      "signatures": {',
      `        "${inaccurate}": { "severity": "inaccurate", "ratio": 1.25, "cases": 8 }`,
      '      }',
      '    },',
      '    "b": {',
      '      "signatures": {',
      `        "${disputed}": { "severity": "wrong", "ratio": 2.5, "cases": 3 },`,
      `        "${wrong}": { "severity": "wrong", "ratio": 2.5, "cases": 3 }`,
      '      }',
      '    }',
      '  }',
      '}',
      '',
    ]);
    expect(loadBaseline(path).findings[wrong]).toEqual({ ...first, cause: 'b' });
  });

  test('keeps entries of which nobody says the cause, and reads version 2', () => {
    const path = join(folder, 'baseline.json');

    writeFileSync(path, JSON.stringify({ ...file, findings: baseline.findings }));
    expect(loadBaseline(path)).toEqual(baseline);

    saveBaseline(path, baseline);

    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines.filter((line) => line.includes('1:'))).toEqual([
      `        "${inaccurate}": { "severity": "inaccurate", "ratio": 1.25, "cases": 8 },`,
      `        "${wrong}": { "severity": "wrong", "ratio": 2.5, "cases": 3 }`,
    ]);
    expect(loadBaseline(path)).toEqual(baseline);
  });

  test('says how bad an entry is in three digits, which are the same on every machine', () => {
    const path = join(folder, 'baseline.json');
    const findings = {
      [wrong]: { severity: 'wrong', ratio: 1234.567, cases: 1 },
      [disputed]: { severity: 'wrong', ratio: 'Infinity', cases: 1 },
    } as const;

    saveBaseline(path, { ...baseline, findings });

    expect(loadBaseline(path).findings).toMatchObject({
      [wrong]: { ratio: 1230 },
      [disputed]: { ratio: 'Infinity' },
    });
  });

  test('of version 1 is read: how bad its entries are, and of which cases, is not known', () => {
    const path = join(folder, 'baseline.json');
    writeFileSync(
      path,
      JSON.stringify({ schemaVersion: 1, subject: 'mine', findings: { [wrong]: 'wrong' } }),
    );

    expect(loadBaseline(path)).toEqual({
      subject: 'mine',
      cases: null,
      findings: { [wrong]: { severity: 'wrong', ratio: null, cases: null } },
    });
  });

  test.each([4, '1', null])('of schemaVersion %j is refused', (schemaVersion) => {
    const path = join(folder, 'baseline.json');
    writeFileSync(path, JSON.stringify({ ...file, schemaVersion, findings: {} }));

    expect(() => loadBaseline(path)).toThrow(/schemaVersion .*(reads 1, 2 and 3|of a version that is read)/);
  });

  test('need not be there where it was not named', () => {
    expect(loadBaselineIfThere(join(folder, 'none.json'))).toBeNull();
    expect(() => loadBaseline(join(folder, 'none.json'))).toThrow(UsageError);
  });

  const entry = { severity: 'wrong', ratio: 2, cases: 1 };
  test.each([
    ['a reference’s finding', { [wrong.replace('subject', 'tfjs-cpu')]: entry }, 'no signature of a subject'],
    [
      'a severity that is not the signature’s',
      { [wrong]: { ...entry, severity: 'inaccurate' } },
      'is wrong, and is listed as',
    ],
    ['an unknown severity', { [wrong]: { ...entry, severity: 'bad' } }, 'findings.'],
    ['a ratio below zero', { [wrong]: { ...entry, ratio: -1 } }, 'findings.'],
    ['a ratio that is text', { [wrong]: { ...entry, ratio: 'much' } }, 'findings.'],
  ])('is refused with %s', (_what, findings, message) => {
    const path = join(folder, 'baseline.json');
    writeFileSync(path, JSON.stringify({ ...file, findings }));

    expect(() => loadBaseline(path)).toThrow(message);
  });
});

test('lists what blames the subject, and never what blames a reference', () => {
  expect(isListed(baseline, { blame: 'subject', signature: wrong })).toBe(true);
  expect(isListed(baseline, { blame: 'tfjs-cpu', signature: wrong })).toBe(false);
  expect(isListed(baseline, { blame: 'subject', signature: disputed })).toBe(false);
  expect(isListed(baseline, { blame: 'subject', signature: 'constructor' })).toBe(false);
});

describe('an entry of before signatures had version 2', () => {
  const today = '2:softmax/forward/any/subject/exact/wrong/ulps/finite/default/any';
  const finding = { blame: 'subject', signature: today, formerly: wrong } as const;

  test('lists a finding by the signature that it had in version 1', () => {
    expect(isListed(baseline, finding)).toBe(true);
    expect(isListed(baseline, { blame: 'subject', signature: today })).toBe(false);
    expect(isListed(baseline, { ...finding, formerly: disputed })).toBe(false);
  });

  test('sees it grow, also where it was inaccurate', () => {
    const milder = { ...finding, formerly: inaccurate.replace('/inaccurate/', '/wrong/') };

    expect(growthOf(baseline, { ...finding, ratio: 40 }, cases)).toMatchObject({ ratio: 2.5 });
    expect(growthOf(baseline, { ...milder, ratio: 2 }, cases)).toMatchObject({ severity: 'inaccurate' });
  });

  test('is not fixed where it was found by that, or where a signature of today stands for it', () => {
    const other = wrong.replace('/finite/', '/nan/');
    const listed = { ...baseline, findings: { ...baseline.findings, [other]: baseline.findings[wrong] } };

    expect(fixedEntries(listed, { findings: [finding], reach: everything, cases })).toEqual([inaccurate]);
  });

  test('is written anew by an update', () => {
    const found = { ...finding, severity: 'wrong', ratio: 3, count: 4 } as const;
    const causes = [{ id: 'c', signatures: [today] }];
    const run = { subject: 'mine', cases, findings: [found], causes, reach: everything };

    expect(updatedBaseline(baseline, { ...run, exported: kernelNames }).findings).toEqual({
      [today]: { severity: 'wrong', ratio: 3, cases: 4, cause: 'c' },
    });
  });

  test('an update lists a signature by its own severity, also where the smallest case is worse, and is read again', () => {
    const path = join(folder, 'baseline.json');
    const found = { blame: 'subject', signature: inaccurate, severity: 'wrong', ratio: 3, count: 4 } as const;
    const run = { subject: 'mine', cases, findings: [found], reach: everything, exported: kernelNames };

    saveBaseline(path, updatedBaseline(null, run));

    expect(loadBaseline(path).findings).toMatchObject({ [inaccurate]: { severity: 'inaccurate', ratio: 3 } });
  });

  test('an entry of any format is within reach of whatever format was asked', () => {
    const listed = { ...baseline, findings: { [today]: baseline.findings[wrong] } };
    const reach = { ...everything, formats: ['float64'] };

    expect(fixedEntries(listed, { findings: [], reach, cases })).toEqual([today]);
  });
});

describe('an entry is fixed', () => {
  const found = [{ blame: 'subject', signature: wrong }];

  test('where the run could have found it and did not', () => {
    expect(fixedEntries(baseline, { findings: found, reach: everything, cases })).toEqual([inaccurate]);
  });

  test('but not where its kernel or its format was left out', () => {
    const narrow = { ...everything, kernels: ['softmax'] as const };
    const single = { ...everything, formats: ['float32'] };

    expect(fixedEntries(baseline, { findings: found, reach: narrow, cases })).toEqual([]);
    expect(fixedEntries(baseline, { findings: found, reach: single, cases })).toEqual([]);
  });

  test('nor, where two answers disputed it, while a reference is missing', () => {
    const given: Baseline = { ...baseline, findings: { [disputed]: baseline.findings[wrong] } };

    expect(fixedEntries(given, { findings: [], reach: { ...everything, isComplete: false }, cases })).toEqual(
      [],
    );
    expect(fixedEntries(given, { findings: [], reach: everything, cases })).toEqual([disputed]);
  });

  const others: readonly (readonly [string, Partial<JudgedCases>])[] = [
    ['fewer cases', { runs: 99 }],
    ['the cases of another seed', { seed: '8' }],
    ['those of another generator', { generatorVersion: 6 }],
    ['those that other kernels leave', { kernels: ['softmax', 'logSumExp', 'logSumExpBackward'] }],
    ['those that the subject supports now', { supports: { axis: 'last' } }],
    ['those of another bound on sizes', { maxElements: 10 }],
  ];
  test.each(others)('nor where the run judged other cases than it was written of: %s', (_what, change) => {
    const written = { ...baseline, cases: { ...cases, maxElements: 100 } };
    const judged = { ...written.cases, ...change };

    expect(fixedEntries(written, { findings: found, reach: everything, cases: judged })).toEqual([]);
  });

  test('where the run judged more cases, those that it was written of among them', () => {
    const judged = { ...cases, runs: 101, maxElements: 10 }; // of sizes a file of old does not say

    expect(fixedEntries(baseline, { findings: found, reach: everything, cases: judged })).toEqual([
      inaccurate,
    ]);
  });

  test('by a baseline of version 1, which does not say of which cases it was written', () => {
    const ofOld = { ...baseline, cases: null };

    expect(fixedEntries(ofOld, { findings: found, reach: everything, cases: { ...cases, runs: 1 } })).toEqual(
      [inaccurate],
    );
  });
});

test('an update keeps what the run could not have found, and drops what is fixed', () => {
  const findings = [
    {
      blame: 'subject',
      signature: disputed,
      severity: 'wrong' as const,
      ratio: 'Infinity' as const,
      count: 4,
    },
  ];
  const reach = { ...everything, kernels: ['softmax'] as const };

  const updated = updatedBaseline(baseline, {
    subject: 'mine',
    cases: { ...cases, seed: '8' },
    findings,
    reach,
    exported: kernelNames,
  });

  expect(updated.findings).toEqual({
    [inaccurate]: baseline.findings[inaccurate],
    [disputed]: { severity: 'wrong', ratio: 'Infinity', cases: 4 },
  });
  expect(updated.cases.seed).toBe('8');
});

describe('a finding has grown', () => {
  const found = (signature: string, ratio: Ratio | undefined): Growth | null =>
    growthOf(baseline, { blame: 'subject', signature, ...(ratio === undefined ? {} : { ratio }) }, cases);

  test('where it is 16 times as bad as the baseline lists it', () => {
    expect(found(wrong, 39.9)).toBeNull();
    expect(found(wrong, 40)).toEqual({ severity: 'wrong', ratio: 2.5, sameCases: true });
    expect(found(wrong, 'Infinity')).toMatchObject({ ratio: 2.5 });
  });

  test('where it is wrong and listed as inaccurate', () => {
    const worse = inaccurate.replace('/inaccurate/', '/wrong/');

    expect(found(worse, 1.1)).toEqual({ severity: 'inaccurate', ratio: 1.25, sameCases: true });
    expect(found(worse.replace('/ulps/', '/nan/'), 'Infinity')).toBeNull();
  });

  test.each(['seed', 'runs', 'generatorVersion', 'kernels', 'formats'] as const)(
    'of other cases where the %s is another',
    (key) => {
      const other = { ...cases, [key]: key === 'runs' ? 99 : [] };

      expect(growthOf(baseline, { blame: 'subject', signature: wrong, ratio: 40 }, other)?.sameCases).toBe(
        false,
      );
    },
  );

  test('not where nobody knows how bad it is or was, or where nothing can be divided', () => {
    const unknown: Baseline = {
      ...baseline,
      findings: { [wrong]: { ...baseline.findings[wrong], ratio: null } },
    };
    const finding = { blame: 'subject', signature: wrong, ratio: 'Infinity' } as const;

    expect(found(wrong, undefined)).toBeNull();
    expect(found(wrong, null)).toBeNull();
    expect(growthOf(unknown, finding, cases)).toBeNull();
    expect(growthOf({ ...baseline, cases: null }, finding, cases)).toBeNull();
    expect(growthOf(null, finding, cases)).toBeNull();
  });

  test('not where it was infinitely bad already, and never of a reference', () => {
    const infinite: Baseline = {
      ...baseline,
      findings: { [wrong]: { ...baseline.findings[wrong], ratio: 'Infinity' } },
    };

    expect(growthOf(infinite, { blame: 'subject', signature: wrong, ratio: 'Infinity' }, cases)).toBeNull();
    expect(growthOf(baseline, { blame: 'tfjs-cpu', signature: wrong, ratio: 'Infinity' }, cases)).toBeNull();
  });
});

test('an update drops what is listed of a kernel that is exported no more', () => {
  const reach = { ...everything, kernels: ['softmax'] as const };
  const run = { subject: 'mine', cases, findings: [], reach, exported: ['softmax'] as const };

  expect(kernelsListed(baseline)).toEqual(['softmax', 'logSumExpBackward']);
  expect(updatedBaseline(baseline, run).findings).toEqual({});
});
