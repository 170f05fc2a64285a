/**
 * The mutants of the class `state`: each is right where its first wrong answer is asked for alone, so that
 * only what was asked before can show it.
 */
import { expect, test } from 'vitest';
import type { Case } from '../../case/case.ts';
import type { Outcome } from '../../case/outcome.ts';
import { operations } from '../../contract/subject.ts';
import { nativeFormats } from '../../float/format.ts';
import { generateCase } from '../../generate/generate-case.ts';
import { subjectImplementation } from '../../subjects/subject-implementation.ts';
import { soundHost } from '../host/host.ts';
import { stateMutants } from './state.ts';

const space = { operations, formats: nativeFormats, maxElements: 4_096 };
/** Plain calls: in other forms a case is more than one call. */
const cases: readonly Case[] = Array.from({ length: 3_000 }, (_, index) =>
  generateCase({ seed: 42n, index }, space),
).filter(({ call }) => call === undefined);
const host = subjectImplementation(soundHost, { name: 'host' });

function textOf(outcome: Outcome | Promise<Outcome>): string {
  if (outcome instanceof Promise || outcome.kind !== 'values') return JSON.stringify(outcome);
  return JSON.stringify([outcome.violations, [...(outcome.tensor?.data ?? [])].map(String)]);
}

test.each(stateMutants)('$name is right alone, where it is wrong after other calls', ({ name, create }) => {
  const warm = subjectImplementation(create(), { name });
  const witness = cases.find((c) => textOf(warm.run(c)) !== textOf(host.run(c)))!;
  const fresh = subjectImplementation(create(), { name });

  expect(witness).toBeDefined();
  expect(textOf(fresh.run(witness))).toBe(textOf(host.run(witness)));
});
