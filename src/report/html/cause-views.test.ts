import { expect, test } from 'vitest';
import { exampleFinding } from '../../case/fixtures/example-finding.ts';
import { ledger } from '../../../reference/ledger/ledger.ts';
import { causeViews } from './cause-views.ts';

const [entry] = ledger;
const known = { known: true, ledger: entry!.id } as const;

test('what the ledger knows by one entry is one row, whoever is blamed, and the subject stands before all', () => {
  const views = causeViews([
    exampleFinding({ blame: 'tfjs-cpu', signature: 'tfjs-cpu/known=a', ...known }),
    exampleFinding({ blame: 'tfjs-wasm', signature: 'tfjs-wasm/known=a', ...known }),
    exampleFinding({ blame: 'tfjs-wasm', signature: '2:reference' }),
    exampleFinding({ blame: 'subject', signature: '2:a' }),
    exampleFinding({ blame: 'subject', signature: '2:b' }),
  ]);

  expect(views.map(({ places }) => [...places].sort((a, b) => a - b))).toEqual([[3, 4], [2], [0, 1]]);
  expect(views.map(({ title }) => title !== '')).toEqual([false, false, true]);
  expect(views[2]!.id).toBe(entry!.id);
});

test('a row tells where the mistake begins by a finding of its kernel and symptom, and by no other kind', () => {
  const diagnosis = { boundary: 'right up to |x| = 88', bounds: null, stage: null, nearest: null };
  const boundaries = (['ulps', 'sign'] as const).map((symptom) => {
    const other = exampleFinding({ signature: '2:b', symptom, diagnosis });
    return causeViews([exampleFinding({ signature: '2:a', symptom: 'ulps' }), other]).map((view) => [
      view.places.length,
      view.boundary,
    ]);
  });

  expect(boundaries).toEqual([[[2, 'Where it begins: right up to |x| = 88.']], [[2, '']]]);
});
