import { expect, test } from 'vitest';
import type { Case } from '../case/case.ts';
import { dependenceOf } from './dependence.ts';

const c: Case = {
  operation: 'softmax',
  direction: 'forward',
  format: 'float32',
  axis: 0,
  logits: { shape: [2, 2], data: Float32Array.of(1, Number.NaN, 2, Number.NaN) },
  regimes: [],
  checks: ['property'],
};
const wrong = { element: 0, oracle: 'exact', symptom: 'ulps' } as const;

async function asked(
  shows: (variant: Case) => boolean,
  given: Case = c,
): Promise<{ readonly named: Awaited<ReturnType<typeof dependenceOf>>; readonly variants: number }> {
  let variants = 0;
  const named = await dependenceOf(given, wrong, (variant) => {
    variants++;
    return Promise.resolve(shows(variant));
  });
  return { named, variants };
}

test('where the plainest variant shows it, nothing else is asked', async () => {
  const { named, variants } = await asked(() => true);

  expect(variants).toBe(1);
  expect(named).toMatchObject({ anyFormat: true, case: { axis: 1 } });
  expect([...named.case.logits.data]).toEqual([1, 2]);
  expect(named.lane).toBeNull();
});

test('values beside the blamed lane may go where the lane may not stand alone', async () => {
  const { named } = await asked((variant) => variant.logits.shape.every((size) => size === 2));

  expect(named).toMatchObject({ lane: 0, anyFormat: true, case: { axis: 1 } });
  expect([...named.case.logits.data]).toEqual([1, 2, 0, 0]);
});

test('what has to stay, stays: values beside the blamed lane, the axis, the format', async () => {
  const { named } = await asked(
    (variant) => variant.axis === 0 && variant.format === 'float32' && variant.logits.data.some(Number.isNaN),
  );

  expect(named.anyFormat).toBe(false);
  expect(named.case).toMatchObject({ axis: 0, format: 'float32', logits: c.logits });
});

test('one after the other is left out: the axis does not stay because the format does', async () => {
  const { named } = await asked((variant) => variant.format === 'float32');

  expect(named).toMatchObject({ anyFormat: false, case: { axis: 1 } });
});

test('a number that the other format does not hold is not asked there', async () => {
  const data = Float64Array.of(1e300, 0, 0, 0);
  const { named } = await asked(() => true, { ...c, format: 'float64', logits: { shape: [2, 2], data } });

  expect(named).toMatchObject({ anyFormat: false, case: { axis: 1, format: 'float64' } });
});
