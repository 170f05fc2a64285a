/** What `bench --sections find` measures: twenty mutants, within five minutes. */
import { defaultPython } from '../../connect/python.ts';
import { mutants } from '../../score/mutants/mutants.ts';
import type { FindJob } from './find-job.ts';
import { findRecordOf, type FindRecord } from './find-record.ts';
import { finderNames, pythonName } from './finder-names.ts';
import { pythonMissing, searchInProcess, type Searched } from './measure-find.ts';
import { twentyMutants } from './twenty-mutants.ts';

export const capSeconds = 20;
/** This tool gets all of them. A loop takes minutes for what it does not find, and gets the first. */
const seeds = ['1', '2', '3'] as const;

export async function findTwenty(): Promise<FindRecord> {
  const python = defaultPython();
  const reason = pythonMissing(python);
  const loop = { mutants: twentyMutants, seed: Number(seeds[0]), capSeconds };
  const jobs: readonly FindJob[] = [
    { kind: 'loops', ...loop },
    ...(reason === null ? [{ kind: 'python', ...loop, python } as const] : []),
  ];
  // They are counted by what they spend, not by the clock on the wall: two of them side by side.
  const loops = await Promise.all(jobs.map(searchInProcess));
  const own: Searched[] = [];
  for (const mutant of twentyMutants)
    for (const seed of seeds) own.push(await searchInProcess({ kind: 'tool', mutant, seed, capSeconds }));
  const all = [...own, ...loops];
  return findRecordOf(
    mutants.filter(({ name }) => twentyMutants.includes(name)),
    {
      searches: all.flatMap(({ searches }) => searches),
      alarms: all.flatMap(({ alarms }) => alarms),
      missing: reason === null ? [] : [{ name: pythonName, reason }],
      finders: finderNames,
      capSeconds,
    },
  );
}
