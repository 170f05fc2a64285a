import { describe, expect, test } from 'vitest';
import { caseFromJson } from '../../src/case/case-json.ts';
import { referenceNames } from '../index.ts';
import type { BlamedDivergence } from './entry.ts';
import { explains, ledger, ledgerEntryFor } from './ledger.ts';
import { valueDivergence } from './near-miss.ts';
import { smallCase } from './small-case.ts';

test('the ids of the ledger are different, and fit into a signature', () => {
  const ids = ledger.map(({ id }) => id);

  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[a-z][a-z0-9-]*$/.test(id))).toEqual([]);
});

test('every entry is about references that there are, and says what each of them gives', () => {
  const about = ledger.map(({ affects }) => Object.keys(affects).sort());

  expect(about.flat().filter((name) => !referenceNames.includes(name))).toEqual([]);
  expect(ledger.map(({ given }) => Object.keys(given).sort())).toEqual(about);
});

describe.each(ledger.map((entry) => ({ id: entry.id, entry })))('$id', ({ entry }) => {
  const { nearMiss } = entry;
  const miss: BlamedDivergence = { ...nearMiss, case: caseFromJson(nearMiss.case) };

  test(`does not take its near miss for itself, and no other entry does: ${nearMiss.because}`, () => {
    expect(ledgerEntryFor(miss)).toBeNull();
  });

  test('has a near miss that only the case, or the value given, tells from it', () => {
    const { covers, affects } = entry;
    const { operation, direction, format } = miss.case;

    expect(covers.kernels).toContain(`${operation}/${direction}`);
    expect(covers.symptoms).toContain(miss.divergence.symptom);
    expect(covers.oracles).toContain(miss.divergence.oracle);
    expect(covers.severities).toContain(miss.divergence.severity);
    expect(affects).toHaveProperty([miss.blame], expect.arrayContaining([miss.version]));
    expect(covers.formats ?? ['float32']).toContain(format);
  });

  test.each(['subject', 'from-scratch', 'tfjs-directml'])('never explains a divergence of %s', (blame) => {
    const c = caseFromJson(entry.smallest);
    const { element, exact } = entry.shown === null ? { element: 0, exact: 0 } : entry.shown;
    const divergences = entry.covers.symptoms.flatMap((symptom) =>
      entry.covers.oracles.map((oracle): BlamedDivergence => {
        const divergence = {
          ...valueDivergence(symptom, { element, got: NaN, exact: Number(exact) }),
          oracle,
        };
        return { case: c, blame, version: Object.values(entry.affects)[0]![0]!, divergence };
      }),
    );

    expect(divergences.filter((blamed) => explains(entry, blamed))).toEqual([]);
  });
});

test('a reference in another version is another implementation, of which nothing is known', () => {
  const blamed: BlamedDivergence = {
    case: caseFromJson(smallCase({ kernel: 'logSumExp/forward', shape: [1], logits: [-Infinity] })),
    blame: 'tfjs-cpu',
    version: '4.22.0',
    divergence: valueDivergence('nan', { got: NaN, exact: -Infinity }),
  };

  expect(ledgerEntryFor(blamed)?.id).toBe('infinite-maximum');
  expect(ledgerEntryFor({ ...blamed, version: '4.23.0' })).toBeNull();
});

test('a wrong value in a lane that the cause is not at work in is new, whatever another lane holds', () => {
  const c = caseFromJson(smallCase({ kernel: 'logSumExp/forward', shape: [2, 1], logits: [-Infinity, 0] }));
  const at = (element: number, exact: number): BlamedDivergence => ({
    case: c,
    blame: 'tfjs-node',
    version: '4.22.0',
    divergence: valueDivergence('nan', { element, got: NaN, exact }),
  });

  expect(ledgerEntryFor(at(0, -Infinity))?.id).toBe('infinite-maximum');
  expect(ledgerEntryFor(at(1, 0))).toBeNull();
});
