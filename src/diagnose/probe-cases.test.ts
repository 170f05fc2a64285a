import { expect, test } from 'vitest';
import { whyInvalid } from '../case/case-check.ts';
import { kernelTable } from '../contract/subject.ts';
import { halfFormats } from '../float/format.ts';
import { isRepresentable } from '../float/ulp.ts';
import { probeCases } from './probe-cases.ts';

test.each(halfFormats)('all that is probed in %s is valid, and every ε one of its own numbers', (format) => {
  const cases = kernelTable.flatMap(({ operation, direction }) =>
    probeCases({ operation, direction, format }).map((probe) => probe.case),
  );
  const smoothings = cases.flatMap(({ loss }) => (loss === undefined ? [] : [loss.labelSmoothing]));

  expect(cases.filter((c) => whyInvalid(c) !== null)).toEqual([]);
  expect(smoothings.filter((epsilon) => epsilon !== 0).length).toBeGreaterThan(10);
  expect(smoothings.filter((epsilon) => !isRepresentable(epsilon, format))).toEqual([]);
});
