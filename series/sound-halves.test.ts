/** A sample of `npm run series:false-alarms -- 20000 --formats float16,bfloat16`. */
import { beforeAll, describe, expect, test } from 'vitest';
import { halfFormats } from '../src/float/format.ts';
import { nearestOfHalves } from './false-alarms.ts';
import { judgeSoundKernels, type SoundKernelReport } from './judge-sound-kernel.ts';
import { soundHalves } from './sound-halves.ts';

describe.each(halfFormats)('in 60 cases of %s', (format) => {
  let reports: readonly SoundKernelReport[] = [];
  beforeAll(async () => {
    const subjects = soundHalves.map(({ implementation }) => implementation);
    reports = await judgeSoundKernels(subjects, { cases: 60, seed: 9n, formats: [format] });
  });

  test('no sound kernel is called wrong, and no careful one inaccurate, at the level that it declares', () => {
    const alarms = reports.filter(
      ({ wrongCount, inaccurate }, at) => wrongCount > 0 || (soundHalves[at]!.isCareful && inaccurate > 0),
    );

    expect(alarms).toEqual([]);
    expect(reports.every(({ skipped }) => skipped === 0)).toBe(true);
  });

  test('and some come near to the bound of their level', () => {
    const rows = nearestOfHalves(soundHalves, reports);
    const worst = (column: string): number => Math.max(...rows.map((row) => Number(row[column])));

    for (const column of ['composed careful', 'composed naive', 'storage careful', 'storage naive'])
      expect(worst(column)).toBeGreaterThan(0.2);
  });
});
