import { describe, expect, test } from 'vitest';
import { exampleFinding } from '../case/fixtures/example-finding.ts';
import { causeRecords, listedCauses, type CauseRecord } from './cause-record.ts';

const own = exampleFinding({ blame: 'subject', signature: 'a', root: exampleFinding().minimal, count: 3 });
const milder = { ...own, signature: 'b', severity: 'inaccurate', index: 2, count: 4 } as const;
const theirs = exampleFinding({ signature: 'tfjs-wasm/known=entry', known: true, ledger: 'entry' });

const cause = (changes: Partial<CauseRecord>): CauseRecord => ({
  id: 'c',
  blame: 'subject',
  severity: 'wrong',
  cases: 7,
  signatures: ['a'],
  finding: 'a.json',
  boundary: null,
  stage: null,
  nearest: null,
  ...changes,
});

describe('the causes of a run', () => {
  test('name the representative first, by the path of its finding, and count the cases of all', () => {
    expect(causeRecords([milder, theirs, own], ({ signature }) => `${signature}.json`)).toMatchObject([
      { blame: 'subject', severity: 'wrong', cases: 7, signatures: ['a', 'b'], finding: 'a.json' },
      { blame: 'tfjs-wasm', signatures: ['tfjs-wasm/known=entry'] },
    ]);
  });

  test('begin where the representative does, or the one that was diagnosed', () => {
    const nearest = { mutant: 'm', sentence: 's', advice: 'a' };
    const diagnosis = { boundary: 'right up to 88', bounds: null, stage: null, nearest };

    const [first] = causeRecords([own, { ...milder, diagnosis }], () => 'f.json');

    expect(first).toMatchObject({ boundary: 'right up to 88', stage: null, nearest });
    expect(causeRecords([own], () => 'f.json')).toMatchObject([{ boundary: null, nearest: null }]);
  });

  test('are told with the findings that the run lists, in the order of the signatures', () => {
    const a = { ...own, path: 'a.json' };
    const b = { ...milder, path: 'b.json' };

    const causes = [cause({ signatures: ['b', 'gone', 'a'] }), cause({ signatures: ['gone'] })];
    const told = listedCauses({ causes, findings: [a, b] });

    expect(told.map(({ findings }) => findings)).toEqual([[b, a]]);
  });

  test('are one for each finding where a run of old lists none', () => {
    const a = { ...own, path: 'a.json' };
    const b = { ...milder, path: 'b.json' };

    const told = listedCauses({ findings: [a, b] });

    expect(told).toMatchObject([
      { blame: 'subject', severity: 'wrong', cases: 3, signatures: ['a'], finding: 'a.json', findings: [a] },
      { severity: 'inaccurate', cases: 4, signatures: ['b'], finding: 'b.json', findings: [b] },
    ]);
    expect(new Set(told.map(({ id }) => id)).size).toBe(2);
  });
});
